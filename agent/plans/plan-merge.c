/* Merging: fewer plans than there are, where they will do.
 *
 * Plans are made as remotes come; when others have gone or changed, fewer may
 * be enough.  We look after each change that can make it so, but only once in
 * PLANS_MERGE_INTERVAL: however often some remotes change, the others move a
 * bounded number of times, and the processor time is bounded.  No remote moves
 * unless that saves a plan. */

#include <config.h>

#include "agent/plans/plan-merge.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/plans/plan-base-order.h"
#include "agent/plans/plan-place.h"
#include "agent/plans/plans.h"
#include "lib/tlv-plan.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plan_merge);

#define PLANS_MERGE_INTERVAL 5000   /* ms */

/* Returns the '*n' groups that have a plan, in the order of
 * order_group_compare(), without those that 'except' suits, unless that is
 * NULL.  The caller frees the array. */
static struct order_group **
get_placed(const struct plans *plans, const struct tlv_plan *except,
           size_t *n)
{
    const struct ovs_list *placed = &plans->groups.places[ORDER_PLACED];
    struct order_group **groups, *group;

    groups = xmalloc((ovs_list_size(placed) + 1) * sizeof *groups);
    *n = 0;
    LIST_FOR_EACH (group, place_node, placed) {
        if (!except || !plan_place_fits(group, except)) {
            groups[(*n)++] = group;
        }
    }
    qsort(groups, *n, sizeof *groups, order_group_compare);
    return groups;
}

/* Carries out 'set', which distributes 'groups' over 'least' plans. */
static void
merge(struct agent *agent, struct order_group **groups, bool base_is_free,
      const struct plan_set *set, size_t least)
{
    struct plans *plans = agent->plans;
    struct order_group *group;

    VLOG_INFO("merging %"PRIuSIZE" plans: %"PRIuSIZE" will do",
              plan_place_count_further(agent, true) + 1,
              least + !base_is_free);
    if (!base_is_free) {
        LIST_FOR_EACH_SAFE (group, place_node,
                            &plans->groups.places[ORDER_PLACED]) {
            if (plan_place_fits(group, agent->base_plan)) {
                plan_place_group(agent, group, NULL);
            }
        }
        if (plan_place_count_further(agent, true) <= least) {
            return;
        }
    }
    for (size_t i = 0; i < least; i++) {
        /* If there is no room for old and new plans together, these groups
         * stay where they are. */
        plan_place_solved(agent, groups, &set->plans[i], base_is_free && !i);
    }
}

void
plan_merge_run(struct agent *agent)
{
    struct plans *plans = agent->plans;
    bool base_is_free = plan_base_order_is_free(agent);
    size_t n_further = plan_place_count_further(agent, true);
    struct plan_remote *remotes;
    struct order_group **groups;
    struct plan_set set;
    size_t least, n;

    if (!plans->merge_wanted || time_msec() < plans->next_merge) {
        return;
    }
    plans->merge_wanted = false;
    if (!n_further) {
        return;
    }
    groups = get_placed(plans, base_is_free ? NULL : agent->base_plan, &n);
    if (n_further == 1 && n && !base_is_free) {
        free(groups);               /* No need to ask the planner. */
        return;
    }
    plans->next_merge = time_msec() + PLANS_MERGE_INTERVAL;

    remotes = xmalloc((n + 1) * sizeof *remotes);
    for (size_t i = 0; i < n; i++) {
        remotes[i] = order_group_as_remote(groups[i]);
    }
    planner_solve_within(agent->base_plan->order, agent->base_plan->n_order,
                         remotes, n, PLANS_MAX, &set);
    least = n ? set.n_plans : 0;
    if (!set.n_beyond && n_further + 1 > least + !base_is_free) {
        merge(agent, groups, base_is_free, &set, least);
    }
    plan_set_destroy(&set);
    free(remotes);
    free(groups);
}
