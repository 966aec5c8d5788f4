/* Policies in the model: what to let in to the endpoints of this node, and
 * what to let out.
 *
 *     label sets, numbers (model-label.h) --\
 *                                            +--> groups: what to allow
 *     policies --select--> label sets ------/
 *
 * In each direction, an endpoint of this node belongs to a group: the policies
 * that apply to it.  A group has a program (lib/policy.h) and the flows that
 * it becomes; endpoints come and go without changing it.
 *
 * A sender is known by its policy label, which it may not have yet or which
 * may be that of its former labels.  A receiver is known by its label set
 * itself, as of now: the sender's node has its object. */
#ifndef GA_MODEL_POLICY_H
#define GA_MODEL_POLICY_H 1

#include "agent/model/entity.h"
#include "lib/policy.h"

extern const struct entity_class m_policy_class;

/* VPCPolicy. */
struct m_policy {
    struct entity up;
    struct m_vpc *vpc;              /* Whose 'policies' it is in; or NULL. */
};

/* The policies that apply to some endpoints of this node in one direction. */
struct m_policy_group {
    struct hmap_node node;          /* In model's 'policy_groups', by 'id'. */
    struct hmap_node vpc_node;      /* In m_vpc's 'policy_groups', by 'key'. */
    uint32_t id;                    /* Never 0. */
    struct m_vpc *vpc;
    enum policy_direction direction;
    char *key;                      /* The names, a line each. */
    struct m_policy **policies;     /* By name. */
    size_t n_policies;
    size_t n_endpoints;             /* Local ones that belong to it. */
    bool compiled;                  /* 'program' is there. */
    struct policy_program program;
    struct flow_owner flows;
};

/* Makes m_policy_run() choose the group of 'ep' again: its labels, or where it
 * is, may have changed. */
void m_policy_recheck_endpoint(struct model *, struct m_endpoint *ep);

/* Takes 'ep', which is about to be freed, out of its group. */
void m_policy_release_endpoint(struct model *, struct m_endpoint *ep);

/* Brings the groups up to date when all entities are.  Touches the groups that
 * changed, and the endpoints and VPCs whose groups did. */
void m_policy_run(struct model *);

#endif /* agent/model/model-policy.h */
