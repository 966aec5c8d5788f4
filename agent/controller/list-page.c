/* Pages of lists: see list-page.h.
 *
 * A page is read item by item, so that there is never a tree of all of it.
 * One that is not as it should be is parsed once more as a whole: that says
 * what is wrong with it, and where. */

#include <config.h>

#include "agent/controller/list-page.h"

#include <stdlib.h>
#include <string.h>

#include "lib/endpoint-decode.h"
#include "lib/json-scan.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

static const char *
metadata_string(const struct json *json, const char *name)
{
    return json_util_string(json_util_get(json, "metadata"), name, NULL);
}

/* Whether each item is of 'kind', as far as it says. */
static bool
items_are_of_kind(const struct json *items, const char *kind)
{
    for (size_t i = 0; items && i < items->array.n; i++) {
        if (!resource_meta_is_kind(items->array.elems[i], kind, false)) {
            return false;
        }
    }
    return true;
}

/* What keeps 'json' from being a page of a list of 'kind', or NULL.  "items"
 * is null in the empty lists of some servers. */
static const char *
page_fault(const struct json *json, enum resource_kind kind)
{
    const char *item_kind = resource_get_class(kind)->kind;
    const struct json *items = json_util_get(json, "items");
    char *list_kind = xasprintf("%sList", item_kind);
    bool is_list = resource_meta_is_kind(json, list_kind, true);

    free(list_kind);
    if (!is_list) {
        return "the answer is no list of this kind and API version";
    }
    if (!metadata_string(json, "resourceVersion")) {
        return "the list has no metadata.resourceVersion";
    }
    if (items ? items->type != JSON_ARRAY
        : !shash_find(json_object(json), "items")) {
        return "the list has no array \"items\"";
    }
    if (!items_are_of_kind(items, item_kind)) {
        return "the list has an item of another kind or API version";
    }
    return NULL;
}

static struct list_item *
add_item(struct list_page *page)
{
    if (page->n_items >= page->allocated_items) {
        page->items = x2nrealloc(page->items, &page->allocated_items,
                                 sizeof *page->items);
    }
    return &page->items[page->n_items++];
}

/* Takes 'item'. */
static void
take_json(struct list_page *page, struct json *item)
{
    if (metadata_string(item, "name")) {
        *add_item(page) = (struct list_item) { .json = item };
    } else {
        page->n_nameless++;
        json_destroy(item);
    }
}

/* Goes past an item, and parses it.  Returns NULL with an odd cursor if it is
 * not of 'kind'. */
static struct json *
parse_item(struct json_scan *s, enum resource_kind kind)
{
    const char *start = s->p;
    struct json *json;
    char *error;

    if (!json_scan_skip(s)) {
        return NULL;
    }
    json = json_util_parse(start, s->p - start, &error);
    if (!json || !resource_meta_is_kind(json, resource_get_class(kind)->kind,
                                        false)) {
        json_scan_give_up(s);
        free(error);
        json_destroy(json);
        return NULL;
    }
    return json;
}

static void
scan_items(struct json_scan *s, enum resource_kind kind,
           struct list_page *page)
{
    bool first = true;

    if (!json_scan_open(s, '[')) {
        return;
    }
    while (json_scan_element(s, &first)) {
        struct json_scan start = *s;
        struct endpoint *ep = (kind == RES_ENDPOINT ? endpoint_decode(s)
                               : NULL);

        if (ep) {
            *add_item(page) = (struct list_item) { .endpoint = ep };
        } else {
            struct json *json;

            *s = start;
            json = parse_item(s, kind);
            if (json) {
                take_json(page, json);
            }
        }
    }
}

static void
scan_metadata(struct json_scan *s, struct list_page *page)
{
    struct json_slice name = { NULL, 0 }, value;

    if (!json_scan_open(s, '{')) {
        return;
    }
    while (json_scan_member(s, &name)) {
        bool is_version = json_slice_is(&name, "resourceVersion");
        char **string = is_version ? &page->version : &page->next;

        if (!is_version && !json_slice_is(&name, "continue")) {
            json_scan_skip(s);
        } else if (!*string && json_scan_string(s, &value)) {
            *string = xmemdup0(value.s, value.n);
        } else {
            json_scan_give_up(s);
        }
    }
}

/* Reads a page that is as it should be, item by item.  Returns false, with
 * what '*page' has got so far, if it is anything else. */
static bool
scan_page(const char *text, size_t n, enum resource_kind kind,
          struct list_page *page)
{
    struct json_slice name = { NULL, 0 }, version = { NULL, 0 };
    struct json_slice list_kind = { NULL, 0 };
    struct json_scan s = json_scan_start(text, n);
    const char *item_kind = resource_get_class(kind)->kind;
    bool has_items = false, has_metadata = false;

    if (json_scan_open(&s, '{')) {
        while (json_scan_member(&s, &name)) {
            if (!has_items && json_slice_is(&name, "items")) {
                has_items = true;
                scan_items(&s, kind, page);
            } else if (!has_metadata && json_slice_is(&name, "metadata")) {
                has_metadata = true;
                scan_metadata(&s, page);
            } else if (!version.s && json_slice_is(&name, "apiVersion")) {
                json_scan_string(&s, &version);
            } else if (!list_kind.s && json_slice_is(&name, "kind")) {
                json_scan_string(&s, &list_kind);
            } else {
                json_scan_give_up(&s);
            }
        }
    }
    return (json_scan_at_end(&s) && has_items && page->version
            && json_slice_is(&version, RESOURCE_API_VERSION)
            && list_kind.n == strlen(item_kind) + 4
            && !memcmp(list_kind.s, item_kind, strlen(item_kind))
            && !memcmp(list_kind.s + strlen(item_kind), "List", 4));
}

/* Reads a page by way of a tree of all of it, which can say what is wrong. */
static char *
parse_page(const char *text, size_t n, enum resource_kind kind,
           struct list_page *page)
{
    const struct json *items;
    const char *fault;
    char *error;
    struct json *json = json_util_parse(text, n, &error);

    if (!json) {
        return error;
    }
    fault = page_fault(json, kind);
    if (fault) {
        json_destroy(json);
        return xstrdup(fault);
    }
    page->version = xstrdup(metadata_string(json, "resourceVersion"));
    page->next = nullable_xstrdup(metadata_string(json, "continue"));
    items = json_util_get(json, "items");
    for (size_t i = 0; items && i < items->array.n; i++) {
        take_json(page, json_clone(items->array.elems[i]));
    }
    json_destroy(json);
    return NULL;
}

char *
list_page_parse(const char *text, size_t n, enum resource_kind kind,
                struct list_page *page)
{
    char *error;

    *page = (struct list_page) { .version = NULL };
    if (!scan_page(text, n, kind, page)) {
        list_page_destroy(page);
        *page = (struct list_page) { .version = NULL };
        error = parse_page(text, n, kind, page);
        if (error) {
            return error;
        }
    }
    if (page->next && !page->next[0]) {
        free(page->next);
        page->next = NULL;
    }
    return NULL;
}

void
list_page_destroy(struct list_page *page)
{
    for (size_t i = 0; i < page->n_items; i++) {
        json_destroy(page->items[i].json);
        endpoint_destroy(page->items[i].endpoint);
    }
    free(page->items);
    free(page->version);
    free(page->next);
}
