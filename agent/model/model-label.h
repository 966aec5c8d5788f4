/* Labels of endpoints in the model, in a form that does not grow with their
 * number.
 *
 * A label set of a VPC is there as long as an endpoint has it.  As a sender,
 * an endpoint is known by a number, its policy label.  Which number stands for
 * which label set is counted in pairs: only the first and the last endpoint of
 * a pair are a change.  VPCs without policies, where nobody asks, have no
 * pairs. */
#ifndef GA_MODEL_LABEL_H
#define GA_MODEL_LABEL_H 1

#include "agent/model/entity.h"
#include "lib/policy.h"
#include "lib/selector-index.h"
#include "smap.h"

/* A label set that endpoints of a VPC have. */
struct m_label_set {
    struct m_vpc *vpc;
    struct hmap_node node;          /* In m_vpc's 'label_sets', by 'text'. */
    struct hmap_node id_node;       /* In m_vpc's 'label_set_ids', by 'id'. */
    uint32_t id;                    /* Never 0, and another one than those of
                                     * the VPC's other sets.  It follows from
                                     * 'text'. */
    char *text;                     /* label_set_to_string(). */
    struct smap labels;
    struct ovs_list endpoints;      /* m_endpoints whose 'labels' it is. */
    struct selectable selectable;   /* In m_vpc's 'label_index' as long as it
                                     * has endpoints. */
    size_t n_refs;                  /* Endpoints' 'labels', 'number_set'. */
};

/* A number and a label set that it stands for. */
struct m_label_pair {
    struct hmap_node node;          /* In m_vpc's 'label_pairs', by number. */
    uint32_t number;
    const struct m_label_set *set;
    size_t n_endpoints;
};

/* Returns the number that stands for 'ep' in packets, 0 if it has none. */
uint32_t m_label_get_number(const struct m_endpoint *ep);

/* Returns the pairs of a VPC as policies are compiled for them, sorted by
 * number: '*n' of them, for the caller to free.  Valid until the model
 * changes.  If the pairs are not counted this takes as long as there are
 * endpoints. */
struct policy_source *m_label_get_sources(const struct m_vpc *, size_t *n);

/* Counts the pairs of a VPC from now on, so that its 'pairs_changed' tells
 * when there are others; or no longer. */
void m_label_count_pairs(struct m_vpc *, bool);

/* The same for all label sets of a VPC: a set's number is its id. */
struct policy_source *m_label_get_sets(const struct m_vpc *, size_t *n);

/* The label set of a VPC that has that id, or NULL. */
const struct m_label_set *m_label_find_set(const struct m_vpc *, uint32_t id);

/* Brings 'labels' and 'number' of 'ep' up to date, which was resolved. */
void m_label_update(struct model *, struct m_endpoint *ep);

/* Takes both away from 'ep'. */
void m_label_release(struct model *, struct m_endpoint *ep);

#endif /* agent/model/model-label.h */
