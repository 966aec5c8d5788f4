/* Pages of lists: see list-page.h. */

#include <config.h>

#include "agent/controller/list-page.h"

#include <stdlib.h>

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

static void
take_items(struct list_page *page, const struct json *items)
{
    size_t n = items ? items->array.n : 0;

    page->items = xmalloc(MAX(1, n) * sizeof *page->items);
    for (size_t i = 0; i < n; i++) {
        const struct json *item = items->array.elems[i];

        if (metadata_string(item, "name")) {
            page->items[page->n_items++] = item;
        } else {
            page->n_nameless++;
        }
    }
}

char *
list_page_parse(const char *text, size_t n, enum resource_kind kind,
                struct list_page *page)
{
    const char *fault;
    char *error;

    *page = (struct list_page) { .json = json_util_parse(text, n, &error) };
    if (!page->json) {
        return error;
    }
    fault = page_fault(page->json, kind);
    if (fault) {
        json_destroy(page->json);
        page->json = NULL;
        return xstrdup(fault);
    }
    page->version = metadata_string(page->json, "resourceVersion");
    page->next = metadata_string(page->json, "continue");
    if (page->next && !page->next[0]) {
        page->next = NULL;
    }
    take_items(page, json_util_get(page->json, "items"));
    return NULL;
}

void
list_page_destroy(struct list_page *page)
{
    json_destroy(page->json);
    free(page->items);
}
