/* Places for groups of remotes: existing plans, and new ones.  A "struct
 * send_plan" that is NULL is the base plan. */
#ifndef GA_PLAN_PLACE_H
#define GA_PLAN_PLACE_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct m_nve;
struct order_constraint;
struct plan;
struct send_plan;
struct tlv_plan;
struct order_group;

/* Whether the order suits the group. */
bool plan_place_fits(const struct order_group *, const struct tlv_plan *);

/* Finds a plan that suits the 'n' constraints and stores it in '*sp'.  Looks
 * at 'present' first, then at the base plan, then at all others.  Returns
 * false if none suits. */
bool plan_place_find(struct agent *, struct send_plan *present,
                     const struct order_constraint *, size_t n,
                     struct send_plan **sp);

/* Moves a remote to a plan. */
void plan_place_move(struct agent *, struct m_nve *, struct send_plan *);

/* Moves all remotes of a group to a plan. */
void plan_place_group(struct agent *, struct order_group *,
                      struct send_plan *);

/* Moves those of 'groups' that the planner has put together in 'plan', by
 * their numbers: to the base plan, which gets an order for them, if 'base';
 * else to one further plan, an existing one or a new one.  Returns false if
 * there is no room for a new plan. */
bool plan_place_solved(struct agent *, struct order_group **groups,
                       const struct plan *, bool base);

/* Places the new groups for which no plan has to be made.  If 'present', those
 * that an existing plan suits go there.  Those that no plan could suit, as
 * they contradict themselves, go to the base plan, where they do without the
 * options that come in a wrong order. */
void plan_place_without_solving(struct agent *, bool present);

/* Has the planner make plans for the new groups, as few as possible. */
void plan_place_solve(struct agent *);

/* Returns how many further plans have remotes.  If 'served', plans that have
 * only suppressed remotes do not count. */
size_t plan_place_count_further(const struct agent *, bool served);

#endif /* agent/plans/plan-place.h */
