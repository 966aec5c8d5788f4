/* What files hold: see file-content.h.  Pure functions on JSON. */

#include <config.h>

#include "agent/controller/file-content.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "util.h"

/* A walk through the objects of a file. */
struct walk {
    void (*item)(enum resource_kind, const struct json *, void *aux);
    void (*bad)(const char *message, void *aux);
    void *aux;

    char *list_kind;                /* What a "VPCList" says of items without
                                     * a kind, or NULL. */
    struct sset seen;               /* "KIND/NAME". */
    int index;                      /* Of the item; -1: the file is one. */
};

const char *
file_content_check(const struct json *json)
{
    const struct json *items = json_util_get(json, "items");
    const char *kind = json_util_string(json, "kind", NULL);

    if (json->type == JSON_ARRAY) {
        return NULL;
    }
    if (!kind) {
        /* It could be anything, and replaces nothing. */
        return "has no \"kind\": neither a List nor an object";
    }
    if (!strcmp(kind, "List") && (!items || items->type != JSON_ARRAY)) {
        return "is a List without an array \"items\"";
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

static void
take_item(struct walk *w, const struct json *item)
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
        w->item(kind, item, w->aux);
    } else {
        skip(w, "%s \"%.253s\" is in the file already", kind_name, name);
    }
    free(key);
}

/* The array of objects in 'json', or NULL if it is a single object.  Sets
 * 'w->list_kind'. */
static const struct json *
find_items(struct walk *w, const struct json *json)
{
    const char *kind = json_util_string(json, "kind", NULL);
    const struct json *items = json_util_get(json, "items");
    size_t n = kind ? strlen(kind) : 0;

    if (json->type == JSON_ARRAY) {
        return json;
    }
    if (!items || items->type != JSON_ARRAY || n < 4
        || strcmp(kind + n - 4, "List")) {
        return NULL;
    }
    if (n > 4) {
        w->list_kind = xmemdup0(kind, n - 4);
    }
    return items;
}

void
file_content_for_each(const struct json *json,
                      void (*item)(enum resource_kind, const struct json *,
                                   void *aux),
                      void (*bad)(const char *message, void *aux), void *aux)
{
    struct walk w = { .item = item, .bad = bad, .aux = aux, .index = -1 };
    const struct json *items = find_items(&w, json);

    sset_init(&w.seen);
    if (items) {
        for (size_t i = 0; i < items->array.n; i++) {
            w.index = i;
            take_item(&w, items->array.elems[i]);
        }
    } else {
        take_item(&w, json);
    }
    sset_destroy(&w.seen);
    free(w.list_kind);
}
