/* Places for groups of remotes: see plan-place.h.
 *
 * If the order of an existing plan suits a group, it goes there, which costs
 * nobody anything.  The planner gets all other groups together, so that as few
 * plans as possible are made.  plan-assign.c says which groups need a
 * place. */

#include <config.h>

#include "agent/plans/plan-place.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/plans/plan-base-order.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "id-pool.h"
#include "lib/order-graph.h"
#include "lib/tlv-plan.h"
#include "util.h"

/* Which plans suit. */

static bool
constraints_fit(const struct order_constraint *constraints, size_t n,
                const struct tlv_plan *order)
{
    for (size_t i = 0; i < n; i++) {
        if (!tlv_plan_fits(order, &constraints[i])) {
            return false;
        }
    }
    return true;
}

bool
plan_place_fits(const struct order_group *group, const struct tlv_plan *order)
{
    return constraints_fit(group->constraints, group->n_constraints, order);
}

bool
plan_place_find(struct agent *agent, struct send_plan *present,
                const struct order_constraint *constraints, size_t n,
                struct send_plan **sp)
{
    struct send_plan *other;

    if (present && send_plan_is_open(present)
        && constraints_fit(constraints, n, &present->order)) {
        *sp = present;
        return true;
    } else if (constraints_fit(constraints, n, agent->base_plan)) {
        *sp = NULL;
        return true;
    }
    LIST_FOR_EACH (other, node, &agent->plans->plans) {
        if (send_plan_is_open(other)
            && constraints_fit(constraints, n, &other->order)) {
            *sp = other;
            return true;
        }
    }
    return false;
}

/* Moves. */

size_t
plan_place_count_further(const struct agent *agent, bool served)
{
    const struct send_plan *sp;
    size_t n = 0;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        size_t n_remotes = hmapx_count(&sp->remotes);
        const struct hmapx_node *node;

        if (!send_plan_is_open(sp)) {
            continue;
        }
        HMAPX_FOR_EACH (node, &agent->plans->suppressed) {
            const struct m_nve *nve = node->data;
            n_remotes -= served && nve->plan == sp;
        }
        /* A plan that its last remote has just left is about to end. */
        n += n_remotes > 0;
    }
    return n;
}

void
plan_place_move(struct agent *agent, struct m_nve *nve, struct send_plan *sp)
{
    if (nve->plan == sp) {
        return;
    }
    if (nve->plan) {
        hmapx_find_and_delete(&nve->plan->remotes, nve);
        send_plan_touch(nve->plan, NULL);
    }
    nve->plan = sp;
    if (sp) {
        hmapx_add(&sp->remotes, nve);
        send_plan_touch(sp, nve);
        if (!nve->mark
            && !id_pool_alloc_id(agent->plans->remote_ids, &nve->mark)) {
            nve->mark = 0;
        }
    }
    model_touch_encaps_of(agent->model, nve);
}

void
plan_place_group(struct agent *agent, struct order_group *group,
                 struct send_plan *sp)
{
    struct order_member *member;

    order_groups_place(&agent->plans->groups, group, ORDER_PLACED, sp);
    LIST_FOR_EACH (member, node, &group->members) {
        plan_place_move(agent, plans_member_to_nve(member), sp);
    }
}

static void
place_beyond(struct agent *agent, struct order_group *group)
{
    plan_place_group(agent, group, NULL);
    order_groups_place(&agent->plans->groups, group, ORDER_BEYOND, NULL);
}

/* Groups without a plan. */

static bool
group_contradicts_itself(const struct order_group *group)
{
    struct order_graph *graph = order_graph_create();
    bool possible = order_graph_add(graph, group->constraints,
                                    group->n_constraints);

    order_graph_destroy(graph);
    return !possible;
}

/* A further plan whose order suits all of 'groups', or NULL. */
static struct send_plan *
find_suitable(const struct agent *agent, struct order_group **groups, size_t n)
{
    struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        bool suits = send_plan_is_open(sp);

        for (size_t i = 0; i < n && suits; i++) {
            suits = plan_place_fits(groups[i], &sp->order);
        }
        if (suits) {
            return sp;
        }
    }
    return NULL;
}

/* Moves the 'n' groups to one further plan, an existing one or else a new one.
 * One order must suit all of them.  Returns false if there is no room for a
 * new plan. */
static bool
place_set(struct agent *agent, struct order_group **groups, size_t n)
{
    struct send_plan *sp = find_suitable(agent, groups, n);

    if (!sp) {
        struct plan_remote all;

        if (plan_place_count_further(agent, false) + 1 >= PLANS_MAX) {
            return false;
        }
        all = order_groups_join(groups, n);
        sp = send_plan_create(agent, &all, plan_base_order_describe_conflict(
                                  agent, groups[0]));
        free(CONST_CAST(struct order_constraint *, all.constraints));
        if (!sp) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        plan_place_group(agent, groups[i], sp);
    }
    return true;
}

bool
plan_place_solved(struct agent *agent, struct order_group **groups,
                  const struct plan *plan, bool base)
{
    size_t n = plan->n_remotes;
    struct order_group **together = xmalloc((n + 1) * sizeof *together);
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        together[i] = groups[plan->remotes[i]];
    }
    if (base) {
        plan_base_order_reorder(agent, together, n);
        for (size_t i = 0; i < n; i++) {
            plan_place_group(agent, together[i], NULL);
        }
    } else if (n) {
        ok = place_set(agent, together, n);
    }
    free(together);
    return ok;
}

/* Makes plans for the 'n' new 'groups', as few as possible.  If there is no
 * room for all of them, the groups with most remotes get them. */
static void
solve(struct agent *agent, struct order_group **groups, size_t n)
{
    struct plans *plans = agent->plans;
    struct plan_remote *remotes = xmalloc(n * sizeof *remotes);
    bool base_is_free = plan_base_order_is_free(agent);
    struct plan_set set;
    size_t room;

    room = PLANS_MAX - !base_is_free;
    room -= MIN(room, plan_place_count_further(agent, false));
    for (size_t i = 0; i < n; i++) {
        remotes[i] = order_group_as_remote(groups[i]);
    }
    planner_solve_within(agent->base_plan->order, agent->base_plan->n_order,
                         remotes, n, room, &set);
    for (size_t i = 0; i < set.n_plans; i++) {
        const struct plan *plan = &set.plans[i];

        if (!plan_place_solved(agent, groups, plan, base_is_free && !i)) {
            for (size_t j = 0; j < plan->n_remotes; j++) {
                place_beyond(agent, groups[plan->remotes[j]]);
            }
        }
    }
    for (size_t i = 0; i < set.n_beyond; i++) {
        place_beyond(agent, groups[set.beyond[i]]);
    }
    plans->merge_wanted |= !base_is_free;
    plan_set_destroy(&set);
    free(remotes);
}

void
plan_place_without_solving(struct agent *agent, bool present)
{
    struct plans *plans = agent->plans;
    struct order_group *group;

    LIST_FOR_EACH_SAFE (group, place_node, &plans->groups.places[ORDER_NEW]) {
        const struct m_nve *first = plans_get_first(group);
        struct send_plan *sp;

        if (present
            && plan_place_find(agent, first->plan, group->constraints,
                               group->n_constraints, &sp)) {
            plan_place_group(agent, group, sp);
        } else if (group_contradicts_itself(group)) {
            plan_place_group(agent, group, NULL);
        }
    }
}

void
plan_place_solve(struct agent *agent)
{
    struct plans *plans = agent->plans;
    const struct ovs_list *new = &plans->groups.places[ORDER_NEW];
    struct order_group **groups, *group;
    size_t n = 0;

    if (ovs_list_is_empty(new)) {
        return;
    }
    groups = xmalloc(ovs_list_size(new) * sizeof *groups);
    LIST_FOR_EACH (group, place_node, new) {
        groups[n++] = group;
    }
    qsort(groups, n, sizeof *groups, order_group_compare);
    solve(agent, groups, n);
    free(groups);
}
