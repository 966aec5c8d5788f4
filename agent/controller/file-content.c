/* What files hold: see file-content.h.  Pure functions on JSON. */

#include <config.h>

#include "agent/controller/file-content.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/object-parse.h"
#include "lib/field-error.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "svec.h"
#include "util.h"

/* A walk through the objects of a file. */
struct walk {
    void (*item)(enum resource_kind, const struct json *,
                 const struct field_errors *faults, void *aux);
    void (*bad)(const char *message, void *aux);
    void *aux;

    char *list_kind;                /* What a "VPCList" says of items without
                                     * a kind, or NULL. */
    struct sset seen;               /* "KIND/NAME". */
    int index;                      /* Of the item; -1: the file is one. */
    const char *items_path;         /* How paths to items begin, or NULL. */
    const struct svec *doubles;     /* In the order of the file. */
    size_t next_double;             /* Not before this item. */
};

/* How paths to items begin, or NULL if the file is a single object. */
static const char *
items_path(const struct json *json)
{
    const char *kind = json_util_string(json, "kind", "");
    const struct json *items = json_util_get(json, "items");
    size_t n = strlen(kind);

    return (json->type == JSON_ARRAY ? "["
            : (n >= 4 && !strcmp(kind + n - 4, "List")
               && items && items->type == JSON_ARRAY) ? "items["
            : NULL);
}

static bool
starts_with(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

char *
file_content_check(const struct json *json, const struct svec *doubles)
{
    const struct json *items = json_util_get(json, "items");
    const char *kind = json_util_string(json, "kind", NULL);
    const char *prefix = items_path(json);
    const char *path;
    size_t i;

    if (json->type != JSON_ARRAY && !kind) {
        /* It could be anything, and replaces nothing. */
        return xstrdup("has no \"kind\": neither a List nor an object");
    }
    if (kind && !strcmp(kind, "List")
        && (!items || items->type != JSON_ARRAY)) {
        return xstrdup("is a List without an array \"items\"");
    }
    SVEC_FOR_EACH (i, path, doubles) {
        if (prefix && !starts_with(path, prefix)) {
            return xasprintf("has member \"%s\" twice", path);
        }
    }
    return NULL;
}

/* Tells that the item was skipped: "items[3]: MESSAGE". */
static void OVS_PRINTF_FORMAT(2, 3)
skip(const struct walk *w, const char *format, ...)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    va_list args;

    if (w->index >= 0) {
        ds_put_format(&s, "items[%d]: ", w->index);
    }
    va_start(args, format);
    ds_put_format_valist(&s, format, args);
    va_end(args);
    w->bad(ds_cstr(&s), w->aux);
    ds_destroy(&s);
}

/* Adds an error for each member of the item that is there twice. */
static void
add_doubles(struct walk *w, struct field_errors *faults)
{
    struct ds prefix = DS_EMPTY_INITIALIZER;

    if (w->index >= 0) {
        ds_put_format(&prefix, "%s%d]", w->items_path, w->index);
    }
    while (w->next_double < w->doubles->n) {
        const char *path = w->doubles->names[w->next_double];

        if (!starts_with(path, ds_cstr(&prefix))) {
            break;
        }
        path += prefix.length;
        path += *path == '.';
        field_errors_add(faults, FE_DUPLICATE, path, "is there twice");
        w->next_double++;
    }
    ds_destroy(&prefix);
}

static void
take_item(struct walk *w, const struct json *item,
          struct field_errors *faults)
{
    const char *kind_name = json_util_string(item, "kind", w->list_kind);
    const char *name = json_util_string(json_util_get(item, "metadata"),
                                        "name", "");
    enum resource_kind kind;
    char *key;

    if (item->type != JSON_OBJECT || !kind_name) {
        skip(w, "has no kind");
        return;
    }
    if (!resource_kind_from_kind(kind_name, &kind)) {
        skip(w, "\"%.80s\" is not a kind of object that the agent knows",
             kind_name);
        return;
    }
    if (!name[0]) {
        skip(w, "%s without metadata.name", kind_name);
        return;
    }
    key = xasprintf("%s/%s", kind_name, name);
    if (sset_add(&w->seen, key)) {
        object_parse_refuse_unknown(kind, item, faults);
        w->item(kind, item, faults->n ? faults : NULL, w->aux);
    } else {
        skip(w, "%s \"%.253s\" is in the file already", kind_name, name);
    }
    free(key);
}

static void
walk_item(struct walk *w, const struct json *item)
{
    struct field_errors faults = FIELD_ERRORS_INITIALIZER;

    add_doubles(w, &faults);
    take_item(w, item, &faults);
    field_errors_destroy(&faults);
}

static void
walk_items(struct walk *w, const struct json *json)
{
    const struct json *items = (json->type == JSON_ARRAY ? json
                                : json_util_get(json, "items"));
    const char *kind = json_util_string(json, "kind", "");
    size_t n = strlen(kind);

    if (n > strlen("List")) {
        w->list_kind = xmemdup0(kind, n - strlen("List"));
    }
    for (size_t i = 0; i < items->array.n; i++) {
        w->index = i;
        walk_item(w, items->array.elems[i]);
    }
}

void
file_content_for_each(const struct json *json, const struct svec *doubles,
                      void (*item)(enum resource_kind, const struct json *,
                                   const struct field_errors *, void *aux),
                      void (*bad)(const char *message, void *aux), void *aux)
{
    struct walk w = { .item = item, .bad = bad, .aux = aux, .index = -1,
                      .items_path = items_path(json), .doubles = doubles };

    sset_init(&w.seen);
    if (w.items_path) {
        walk_items(&w, json);
    } else {
        walk_item(&w, json);
    }
    sset_destroy(&w.seen);
    free(w.list_kind);
}
