/* Shared by the files that decide which plan serves whom. */
#ifndef GA_PLAN_ASSIGN_PRIVATE_H
#define GA_PLAN_ASSIGN_PRIVATE_H 1

#include "agent/model/model.h"
#include "agent/plans/plan-assign.h"

struct agent;
struct tlv_plan;
struct index_map;
struct send_plan;

static inline struct m_nve *
m_nve_from_member(const struct order_member *member)
{
    return CONTAINER_OF(member, struct m_nve, seat.member);
}

static inline struct m_nve *
order_group_get_first(const struct order_group *group)
{
    return m_nve_from_member(CONTAINER_OF(ovs_list_front(&group->members),
                                          struct order_member, node));
}

/* plan-base.c: the order of the base plan. */

/* Whether that may change: no flow sets an option on the integration bridge,
 * and reception does not suffer. */
bool plan_base_is_free(const struct agent *);

/* Gives it the indices of 'map'. */
void plan_base_adopt(struct agent *, const struct index_map *map);

/* Gives it an order that 'groups' want, who can be served together. */
void plan_base_reorder(struct agent *, struct order_group **groups, size_t n);

/* Lets it map agent->mapped_options, and leaves the order as it is. */
void plan_base_update_options(struct agent *);

/* Why 'group' cannot be sent by it: a sentence, for the caller to free. */
char *plan_base_describe_conflict(const struct agent *,
                                  const struct order_group *);

/* plan-assign.c */

/* Takes the tokens of those who made new groups that no plan suits, and holds
 * who has none left. */
void charge_accused(struct agent *);

/* plan-place.c.  A "struct send_plan" that is NULL is the base plan. */

bool send_plan_is_open(const struct send_plan *);
bool group_fits(const struct order_group *, const struct tlv_plan *);
bool find_plan(struct agent *, struct send_plan *present,
               const struct order_constraint *, size_t n, struct send_plan **);
void move_to_plan(struct agent *, struct m_nve *, struct send_plan *);
void place_group(struct agent *, struct order_group *, struct send_plan *);
bool place_set(struct agent *, struct order_group **, size_t n);
void place_new(struct agent *);

/* One constraint after the other, for the planner; the caller frees the
 * array. */
struct plan_remote join_constraints(struct order_group **, size_t n);

/* Further plans that remotes want; 'served': those that were made for them,
 * not just ones where a remote that is held waits. */
size_t count_further_plans(const struct agent *, bool served);

/* plan-merge.c: fewer plans than there are, if they will do. */
void plan_merge_run(struct agent *);

#endif /* agent/plans/plan-assign-private.h */
