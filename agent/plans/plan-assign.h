/* Which plan serves which remote. */
#ifndef GA_PLAN_ASSIGN_H
#define GA_PLAN_ASSIGN_H 1

#include <stdbool.h>

struct agent;
struct index_map;
struct m_nve;

/* Has plan_assign_run() look at a remote, whose constraints may have
 * changed. */
void plan_assign_touch_remote(struct agent *, struct m_nve *);

/* Forgets an NVE that is not a remote of ours any more. */
void plan_assign_forget_remote(struct agent *, struct m_nve *);

/* Makes the map that the switch has that of the base plan. */
void plan_assign_adopt_base(struct agent *, const struct index_map *map);

/* Decides which plan serves each remote that changed. */
void plan_assign_run(struct agent *);
void plan_assign_wait(const struct agent *);

/* Whether a remote changes so often that no plan is made for it any more. */
bool plan_assign_suppresses(const struct m_nve *);

#endif /* agent/plans/plan-assign.h */
