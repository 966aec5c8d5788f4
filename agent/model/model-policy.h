/* Policies and label sets in the model: who may send to whom, in a form that
 * does not grow with endpoints.
 *
 *     endpoints --count--> label sets, numbers --\
 *                                                 +--> groups: what to allow
 *     policies  --select--> label sets ----------/
 *
 * A label set of a VPC is there as long as an endpoint has it.  As a sender,
 * an endpoint is known by a number (its policy label); what numbers stand for
 * which label sets is counted, and only the first and the last endpoint of
 * each pair is a change.  As a receiver, an endpoint of this node belongs to a
 * group: the policies that select it.  A group has a program (lib/policy.h)
 * and the flows that it becomes; endpoints come and go without changing it. */
#ifndef GA_MODEL_POLICY_H
#define GA_MODEL_POLICY_H 1

#include "agent/model/entity.h"
#include "lib/policy.h"
#include "smap.h"

/* VPCPolicy. */
struct m_policy {
    struct entity up;
    struct m_vpc *vpc;              /* Whose 'policies' it is in; or NULL. */
};

extern const struct entity_class m_policy_class;

/* A label set that endpoints of a VPC have. */
struct m_label_set {
    struct hmap_node node;          /* In m_vpc's 'label_sets', by 'text'. */
    char *text;                     /* label_set_to_string(). */
    struct smap labels;
    size_t n_refs;                  /* Endpoints' 'labels', and pairs. */
};

/* A number and a label set that it stands for. */
struct m_label_pair {
    struct hmap_node node;          /* In m_vpc's 'label_pairs', by number. */
    uint32_t number;
    struct m_label_set *set;
    size_t n_endpoints;
};

/* The policies that select some endpoints of this node. */
struct m_policy_group {
    struct hmap_node node;          /* In model's 'policy_groups', by 'id'. */
    struct hmap_node vpc_node;      /* In m_vpc's 'policy_groups', by 'key'. */
    uint32_t id;                    /* Never 0. */
    struct m_vpc *vpc;
    char *key;                      /* The names, a line each. */
    struct m_policy **policies;     /* By name. */
    size_t n_policies;
    size_t n_endpoints;             /* Local ones that belong to it. */
    bool compiled;                  /* 'program' is there. */
    struct policy_program program;
    struct flow_owner flows;
};

/* The pairs of a VPC as they are compiled, sorted by number: '*n' of them, for
 * the caller to free.  Valid until the model changes. */
struct policy_source *model_policy_get_sources(const struct m_vpc *,
                                               size_t *n);

/* The number that stands for 'ep' in packets, 0 if it has none. */
uint32_t model_policy_get_label(const struct m_endpoint *);

/* For the model: 'ep' was resolved, or is about to go. */
void model_policy_update_labels(struct model *, struct m_endpoint *);
void model_policy_release_labels(struct model *, struct m_endpoint *);

/* For the model: brings groups up to date when all else is.  Fills
 * 'changed_groups', and adds to the other 'changed' sets who is affected. */
void model_policy_run(struct model *);

#endif /* agent/model/model-policy.h */
