/* Which plan serves which remote. */
#ifndef GA_PLAN_ASSIGN_H
#define GA_PLAN_ASSIGN_H 1

#include <stdbool.h>
#include <stddef.h>

#include "hmapx.h"
#include "lib/order-groups.h"

struct agent;
struct index_map;
struct m_nve;

struct plan_assign {
    struct order_groups groups;
    struct hmapx changed;           /* m_nves whose constraints may differ. */
    struct hmapx accused;           /* m_nves that changed by themselves, and
                                     * whose groups are new. */
    struct hmapx held;              /* m_nves that damping holds. */
    bool options_changed;           /* Every group is to be looked at. */
    bool start_over;                /* All is to be planned from nothing. */

    bool merge_wanted;              /* Fewer plans may do. */
    long long int next_merge;       /* time_msec(): not earlier. */
    bool base_was_free;             /* When we last looked. */
};

void plan_assign_init(struct plan_assign *);
void plan_assign_destroy(struct plan_assign *);

/* 'nve', a remote, may have other constraints than before. */
void plans_remote_changed(struct agent *, struct m_nve *);

/* 'nve' is no remote of ours any more. */
void plans_forget_remote(struct agent *, struct m_nve *);

/* The switch has the map 'map': it becomes the base plan's. */
void plans_adopt_base(struct agent *, const struct index_map *map);

/* Decides which plan serves each remote that changed.  Nothing is done if
 * nothing has to be. */
void plans_assign(struct agent *);
void plans_assign_wait(const struct agent *);

/* Whether 'nve' changes so often that no plan is made for it any more. */
bool plans_hold_remote(const struct m_nve *);

#endif /* agent/plans/plan-assign.h */
