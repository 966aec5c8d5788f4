/* Places for groups of remotes: plans that are there, and new ones.  A "struct
 * send_plan" that is NULL is the base plan. */
#ifndef GA_PLAN_PLACE_H
#define GA_PLAN_PLACE_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct m_nve;
struct order_constraint;
struct send_plan;
struct tlv_plan;
struct order_group;

/* Whether the order gives the group what it wants. */
bool plan_place_fits(const struct order_group *, const struct tlv_plan *);

/* Stores in '*sp' the plan that suits the 'n' constraints, the first of the
 * 'present' one, the base plan and all others; returns false if none does. */
bool plan_place_find(struct agent *, struct send_plan *present,
                     const struct order_constraint *, size_t n,
                     struct send_plan **sp);

/* Has the remote be served by a plan. */
void plan_place_move(struct agent *, struct m_nve *, struct send_plan *);

/* The same for all remotes of a group. */
void plan_place_group(struct agent *, struct order_group *,
                      struct send_plan *);

/* Moves all of the 'n' groups, which can be served together, to one further
 * plan: to one that is there, else to a new one.  Returns false if there is no
 * room. */
bool plan_place_set(struct agent *, struct order_group **, size_t n);

/* Places the new groups that a plan suits which is there, if 'present', and
 * those that no plan could suit: they stay on the base plan, by which they are
 * not sent what does not fit. */
void plan_place_without_solving(struct agent *, bool present);

/* Has the planner find plans for the new groups, as few as can be. */
void plan_place_solve(struct agent *);

/* Further plans that remotes want; 'served': those that were made for them,
 * not just ones where a suppressed remote waits. */
size_t plan_place_count_further(const struct agent *, bool served);

#endif /* agent/plans/plan-place.h */
