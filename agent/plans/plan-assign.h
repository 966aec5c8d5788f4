/* Which plan serves which remote. */
#ifndef GA_PLAN_ASSIGN_H
#define GA_PLAN_ASSIGN_H 1

#include <stdbool.h>

struct agent;
struct index_map;
struct m_nve;

/* 'nve', a remote, may have other constraints than before. */
void plan_assign_touch_remote(struct agent *, struct m_nve *);

/* 'nve' is no remote of ours any more. */
void plan_assign_forget_remote(struct agent *, struct m_nve *);

/* The switch has the map 'map': it becomes the base plan's. */
void plan_assign_adopt_base(struct agent *, const struct index_map *map);

/* Decides which plan serves each remote that changed.  Nothing is done if
 * nothing has to be. */
void plan_assign_run(struct agent *);
void plan_assign_wait(const struct agent *);

/* Whether 'nve' changes so often that no plan is made for it any more. */
bool plan_assign_suppresses(const struct m_nve *);

#endif /* agent/plans/plan-assign.h */
