/* Labels: see model-label.h.
 *
 * A labeller gives an endpoint a new number some time after its labels
 * changed.  Until then its packets carry the old number, which still stands
 * for the old label set.  The status says which set that is; where it does
 * not, the number is paired with the labels that the endpoint had when we
 * first saw it with that number.  A number from spec stands for the labels
 * that the endpoint has. */

#include <config.h>

#include "agent/model/model-label.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/label-set.h"
#include "lib/label.h"
#include "util.h"

/* Label sets. */

const struct m_label_set *
m_label_find_set(const struct m_vpc *vpc, uint32_t id)
{
    const struct m_label_set *set;

    HMAP_FOR_EACH_WITH_HASH (set, id_node, hash_int(id, 0),
                             &vpc->label_set_ids) {
        if (set->id == id) {
            return set;
        }
    }
    return NULL;
}

static void
m_label_set_alloc_id(struct m_vpc *vpc, struct m_label_set *set)
{
    set->id = hash_string(set->text, 0);
    while (!set->id || m_label_find_set(vpc, set->id)) {
        set->id++;
    }
    hmap_insert(&vpc->label_set_ids, &set->id_node, hash_int(set->id, 0));
}

static struct m_label_set *
m_label_set_get(struct m_vpc *vpc, const struct smap *labels)
{
    char *text = label_set_to_string(labels);
    struct m_label_set *set;
    struct smap_node *node;

    HMAP_FOR_EACH_WITH_HASH (set, node, hash_string(text, 0),
                             &vpc->label_sets) {
        if (!strcmp(set->text, text)) {
            free(text);
            set->n_refs++;
            return set;
        }
    }
    set = xzalloc(sizeof *set);
    set->vpc = vpc;
    set->text = text;
    smap_init(&set->labels);
    SMAP_FOR_EACH (node, labels) {
        if (!label_is_own(node->key)) {
            smap_add(&set->labels, node->key, node->value);
        }
    }
    ovs_list_init(&set->endpoints);
    set->n_refs = 1;
    hmap_insert(&vpc->label_sets, &set->node, hash_string(text, 0));
    m_label_set_alloc_id(vpc, set);
    vpc->sets_changed = true;
    return set;
}

static void
m_label_set_unref(struct m_label_set *set)
{
    if (set && !--set->n_refs) {
        struct m_vpc *vpc = set->vpc;

        hmap_remove(&vpc->label_sets, &set->node);
        hmap_remove(&vpc->label_set_ids, &set->id_node);
        vpc->sets_changed = true;
        smap_destroy(&set->labels);
        free(set->text);
        free(set);
    }
}

/* Numbers. */

static struct m_label_pair *
find_pair(const struct m_vpc *vpc, uint32_t number,
          const struct m_label_set *set)
{
    struct m_label_pair *pair;

    HMAP_FOR_EACH_WITH_HASH (pair, node, hash_int(number, 0),
                             &vpc->label_pairs) {
        if (pair->number == number && pair->set == set) {
            return pair;
        }
    }
    return NULL;
}

static void
m_label_pair_destroy(struct m_vpc *vpc, struct m_label_pair *pair)
{
    hmap_remove(&vpc->label_pairs, &pair->node);
    free(pair);
}

/* Counts an endpoint whose number stands for 'set', of 'vpc', in or out. */
static void
count_pair(struct m_vpc *vpc, uint32_t number, const struct m_label_set *set,
           int change)
{
    struct m_label_pair *pair = find_pair(vpc, number, set);

    if (!pair) {
        pair = xzalloc(sizeof *pair);
        pair->number = number;
        pair->set = set;
        hmap_insert(&vpc->label_pairs, &pair->node, hash_int(number, 0));
        vpc->pairs_changed = true;
    }
    pair->n_endpoints += change;
    if (!pair->n_endpoints) {
        m_label_pair_destroy(vpc, pair);
        vpc->pairs_changed = true;
    }
}

/* Sets the number of 'ep', and takes over a reference to what it stands for:
 * NULL, if it has none. */
static void
set_number(struct m_endpoint *ep, uint32_t number, struct m_label_set *set)
{
    struct m_label_set *old_set = ep->number_set;
    uint32_t old_number = ep->number;

    ep->number = number;
    ep->number_set = set;
    if (set && set->vpc->counts_pairs) {
        count_pair(set->vpc, number, set, 1);
    }
    if (old_set && old_set->vpc->counts_pairs) {
        count_pair(old_set->vpc, old_number, old_set, -1);
    }
    m_label_set_unref(old_set);
}

static bool
has_number_in(const struct m_endpoint *ep, const struct m_vpc *vpc)
{
    return ep->number_set && ep->number_set->vpc == vpc;
}

static void
count_all_pairs(struct m_vpc *vpc)
{
    const struct m_endpoint *ep;

    vpc->counts_pairs = true;
    LIST_FOR_EACH (ep, vpc_node, &vpc->endpoints) {
        if (has_number_in(ep, vpc)) {
            count_pair(vpc, ep->number, ep->number_set, 1);
        }
    }
}

static void
drop_pairs(struct m_vpc *vpc)
{
    struct m_label_pair *pair;

    HMAP_FOR_EACH_SAFE (pair, node, &vpc->label_pairs) {
        m_label_pair_destroy(vpc, pair);
    }
    hmap_destroy(&vpc->label_pairs);
    hmap_init(&vpc->label_pairs);
    vpc->counts_pairs = false;
}

void
m_label_count_pairs(struct m_vpc *vpc, bool count)
{
    if (count && !vpc->counts_pairs) {
        count_all_pairs(vpc);
    } else if (!count && vpc->counts_pairs) {
        drop_pairs(vpc);
    }
}

uint32_t
m_label_get_number(const struct m_endpoint *ep)
{
    uint32_t number;

    return (ep->up.object
            && endpoint_policy_label(ep->up.object->endpoint, &number)
            ? number : 0);
}

/* Returns the label set that the number of 'ep' was given for, if its status
 * says so, for the caller to m_label_set_unref(); else NULL. */
static struct m_label_set *
get_stated_set(const struct m_endpoint *ep)
{
    const struct endpoint *def = ep->up.object->endpoint;
    const char *text = endpoint_get_status(def)->policy_label_set;
    struct m_label_set *set = NULL;

    if (!def->has_policy_label && text) {
        struct smap labels = SMAP_INITIALIZER(&labels);

        if (label_set_from_string(text, &labels)) {
            set = m_label_set_get(ep->vpc, &labels);
        }
        smap_destroy(&labels);
    }
    return set;
}

/* Returns what the number of 'ep' stands for, for the caller to
 * m_label_set_unref(). */
static struct m_label_set *
get_number_set(const struct m_endpoint *ep, uint32_t number)
{
    struct m_label_set *old = ep->number_set;
    struct m_label_set *set = get_stated_set(ep);

    if (!set) {
        set = (old && ep->number == number && old->vpc == ep->vpc
               && !ep->up.object->endpoint->has_policy_label
               ? old : ep->labels);
        set->n_refs++;
    }
    return set;
}

static void
update_number(struct m_endpoint *ep)
{
    uint32_t number = m_label_get_number(ep);

    set_number(ep, number, number ? get_number_set(ep, number) : NULL);
}

/* Endpoints. */

/* Selectors know sets that endpoints have. */
static void
m_label_set_add_endpoint(struct m_label_set *set, struct m_endpoint *ep)
{
    if (ovs_list_is_empty(&set->endpoints)) {
        selectable_insert(&set->vpc->label_index, &set->selectable,
                          &set->labels);
    }
    ovs_list_push_back(&set->endpoints, &ep->set_node);
}

static void
m_label_set_remove_endpoint(struct m_label_set *set, struct m_endpoint *ep)
{
    ovs_list_remove(&ep->set_node);
    if (ovs_list_is_empty(&set->endpoints)) {
        selectable_remove(&set->vpc->label_index, &set->selectable);
    }
}

void
m_label_release(struct model *model, struct m_endpoint *ep)
{
    if (ep->labels) {
        struct m_vpc *vpc = ep->labels->vpc;

        m_label_set_remove_endpoint(ep->labels, ep);
        set_number(ep, 0, NULL);
        m_label_set_unref(ep->labels);
        hmapx_add(&model->policy_vpcs, vpc);
        ep->labels = NULL;
    }
}

void
m_label_update(struct model *model, struct m_endpoint *ep)
{
    struct m_label_set *old_set = ep->labels;

    if (!ep->up.object || !ep->vpc) {
        m_label_release(model, ep);
        return;
    }
    ep->labels = m_label_set_get(ep->vpc,
                                 ep->up.object->endpoint->meta.labels);
    update_number(ep);
    if (ep->labels != old_set) {
        if (old_set) {
            m_label_set_remove_endpoint(old_set, ep);
        }
        m_label_set_add_endpoint(ep->labels, ep);
    }
    if (old_set) {
        struct m_vpc *old_vpc = old_set->vpc;

        m_label_set_unref(old_set);
        hmapx_add(&model->policy_vpcs, old_vpc);
    }
    hmapx_add(&model->policy_vpcs, ep->vpc);
}

/* The pairs and the sets, for policies. */

static int
compare_sources(const void *a_, const void *b_)
{
    const struct policy_source *a = a_;
    const struct policy_source *b = b_;

    return (a->number != b->number ? (a->number < b->number ? -1 : 1)
            : a->labels < b->labels ? -1 : a->labels > b->labels);
}

/* Sorts the sources and leaves each in it once.  Returns how many there are
 * then. */
static size_t
sort_sources(struct policy_source *sources, size_t n)
{
    size_t n_unique = 0;

    qsort(sources, n, sizeof *sources, compare_sources);
    for (size_t i = 0; i < n; i++) {
        if (!i || compare_sources(&sources[i], &sources[i - 1])) {
            sources[n_unique++] = sources[i];
        }
    }
    return n_unique;
}

/* As m_label_get_sources(), for a VPC whose pairs are not counted. */
static struct policy_source *
collect_sources(const struct m_vpc *vpc, size_t *n)
{
    struct policy_source *sources = xcalloc(ovs_list_size(&vpc->endpoints) + 1,
                                            sizeof *sources);
    const struct m_endpoint *ep;

    *n = 0;
    LIST_FOR_EACH (ep, vpc_node, &vpc->endpoints) {
        if (has_number_in(ep, vpc)) {
            sources[*n].number = ep->number;
            sources[(*n)++].labels = &ep->number_set->labels;
        }
    }
    *n = sort_sources(sources, *n);
    return sources;
}

struct policy_source *
m_label_get_sources(const struct m_vpc *vpc, size_t *n)
{
    const struct m_label_pair *pair;
    struct policy_source *sources;

    if (!vpc->counts_pairs) {
        return collect_sources(vpc, n);
    }
    sources = xcalloc(hmap_count(&vpc->label_pairs) + 1, sizeof *sources);
    *n = 0;
    HMAP_FOR_EACH (pair, node, &vpc->label_pairs) {
        sources[*n].number = pair->number;
        sources[(*n)++].labels = &pair->set->labels;
    }
    *n = sort_sources(sources, *n);
    return sources;
}

struct policy_source *
m_label_get_sets(const struct m_vpc *vpc, size_t *n)
{
    struct policy_source *sources = xcalloc(hmap_count(&vpc->label_sets) + 1,
                                            sizeof *sources);
    const struct m_label_set *set;

    *n = 0;
    HMAP_FOR_EACH (set, node, &vpc->label_sets) {
        sources[*n].number = set->id;
        sources[(*n)++].labels = &set->labels;
    }
    *n = sort_sources(sources, *n);
    return sources;
}
