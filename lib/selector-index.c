/* The index of selectors: see selector-index.h.
 *
 * A selection is filed under the hash of the first requirement that asks for
 * one value; without such, under ANY_HASH, where every label set looks.  A
 * label set is filed under the hashes of its labels.  Matches are looked at in
 * full, so hashes that collide do no harm. */

#include <config.h>

#include "lib/selector-index.h"

#include <stdlib.h>

#include "hash.h"
#include "smap.h"
#include "util.h"

#define ANY_HASH 0

/* A label of a selectable. */
struct selectable_label {
    struct hmap_node node;          /* In the index's 'labels'. */
    struct selectable *selectable;
};

static uint32_t
hash_label(const char *key, const char *value)
{
    return hash_string(key, hash_string(value, 0));
}

/* Where a selector is filed. */
static uint32_t
hash_selector(const struct label_selector *selector)
{
    for (size_t i = 0; i < selector->n; i++) {
        const struct label_requirement *req = &selector->reqs[i];

        if (req->op == LABEL_IN && req->values.n == 1) {
            return hash_label(req->key, req->values.names[0]);
        }
    }
    return ANY_HASH;
}

void
selector_index_init(struct selector_index *index)
{
    hmap_init(&index->selections);
    hmap_init(&index->labels);
    hmapx_init(&index->selectables);
}

void
selector_index_destroy(struct selector_index *index)
{
    hmap_destroy(&index->selections);
    hmap_destroy(&index->labels);
    hmapx_destroy(&index->selectables);
}

/* Links both if the one selects the other. */
static void
link_if_selected(struct selection *selection, struct selectable *s)
{
    if (label_selector_matches(&selection->selector, s->labels)) {
        hmapx_add(&selection->selectables, s);
        hmapx_add(&s->selections, selection);
    }
}

static void
link_selections(struct selector_index *index, struct selectable *s,
                uint32_t hash)
{
    struct selection *selection;

    HMAP_FOR_EACH_WITH_HASH (selection, node, hash, &index->selections) {
        link_if_selected(selection, s);
    }
}

void
selectable_insert(struct selector_index *index, struct selectable *s,
                  const struct smap *labels)
{
    struct smap_node *node;
    size_t n = 0;

    s->labels = labels;
    hmapx_init(&s->selections);
    s->index = xcalloc(smap_count(labels) + 1, sizeof *s->index);
    SMAP_FOR_EACH (node, labels) {
        uint32_t hash = hash_label(node->key, node->value);

        s->index[n].selectable = s;
        hmap_insert(&index->labels, &s->index[n++].node, hash);
        link_selections(index, s, hash);
    }
    hmapx_add(&index->selectables, s);
    link_selections(index, s, ANY_HASH);
}

void
selectable_remove(struct selector_index *index, struct selectable *s)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &s->selections) {
        struct selection *selection = node->data;

        hmapx_find_and_delete(&selection->selectables, s);
    }
    hmapx_destroy(&s->selections);
    for (size_t i = 0; i < smap_count(s->labels); i++) {
        hmap_remove(&index->labels, &s->index[i].node);
    }
    free(s->index);
    hmapx_find_and_delete(&index->selectables, s);
}

void
selection_init(struct selection *selection, void *owner)
{
    selection->owner = owner;
    selection->index = NULL;
    hmapx_init(&selection->selectables);
}

/* Makes it select nothing. */
static void
selection_clear(struct selection *selection)
{
    struct hmapx_node *node;

    if (!selection->index) {
        return;
    }
    HMAPX_FOR_EACH (node, &selection->selectables) {
        struct selectable *s = node->data;

        hmapx_find_and_delete(&s->selections, selection);
    }
    hmapx_clear(&selection->selectables);
    hmap_remove(&selection->index->selections, &selection->node);
    label_selector_destroy(&selection->selector);
    selection->index = NULL;
}

void
selection_destroy(struct selection *selection)
{
    selection_clear(selection);
    hmapx_destroy(&selection->selectables);
}

bool
selection_set(struct selection *selection, struct selector_index *index,
              const struct label_selector *selector)
{
    uint32_t hash;

    if (selection->index == index
        && (!index || label_selector_equals(&selection->selector, selector))) {
        return false;
    }
    selection_clear(selection);
    if (!index) {
        return true;
    }
    selection->index = index;
    label_selector_clone(selector, &selection->selector);
    hash = hash_selector(selector);
    hmap_insert(&index->selections, &selection->node, hash);
    if (hash == ANY_HASH) {
        struct hmapx_node *node;

        HMAPX_FOR_EACH (node, &index->selectables) {
            link_if_selected(selection, node->data);
        }
    } else {
        struct selectable_label *label;

        HMAP_FOR_EACH_WITH_HASH (label, node, hash, &index->labels) {
            link_if_selected(selection, label->selectable);
        }
    }
    return true;
}

bool
selection_has(const struct selection *selection, const struct selectable *s)
{
    return hmapx_contains(&selection->selectables, s);
}
