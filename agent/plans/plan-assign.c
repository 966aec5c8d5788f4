/* Which plan serves whom.
 *
 * Plans are for groups of remotes with equal constraints
 * (lib/order-groups.h).  A remote that changes goes to its new group, which
 * mostly has a plan already.  A change of one remote is never a reason to look
 * at all remotes or at all groups.
 *
 * Assignment is stable: a group stays with its plan as long as that gives it
 * the order it wants.  A group that needs another plan goes to an existing one
 * if it can; only the others get new plans, as few as possible.  plan-merge.c
 * saves plans, plan-base-order.c has the rules for the base plan's order.
 *
 * Making a plan for a remote that changed its mind costs that remote a token
 * (lib/damping.h).  A remote without tokens is suppressed: it leaves its
 * group, so that no plan is made for it, and is served by the first suitable
 * one of its present plan, the base plan and the other plans.  If none has an
 * order that it accepts, it stays where it is, and plan_restrict() leaves out
 * the options that would come in a wrong order (reason "plan"), or blocks it.
 * Once it is reusable it gets a group, and a plan, again. */

#include <config.h>

#include "agent/plans/plan-assign.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/encap.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/plans/plan-base-order.h"
#include "agent/plans/plan-merge.h"
#include "agent/plans/plan-place.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "id-pool.h"
#include "lib/plan-restrict.h"
#include "lib/tlv-plan.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plan_assign);

void
plan_assign_touch_remote(struct agent *agent, struct m_nve *nve)
{
    hmapx_add(&agent->plans->changed, nve);
}

void
plan_assign_adopt_base(struct agent *agent, const struct index_map *map)
{
    struct plans *plans = agent->plans;

    plan_base_order_adopt(agent, map);
    plans->options_changed = true;
    plans->start_over = !agent->base_plan->n_order;
}

bool
plan_assign_suppresses(const struct m_nve *nve)
{
    return nve->seat.damping.state == DAMPING_SUPPRESSED;
}

void
plan_assign_forget_remote(struct agent *agent, struct m_nve *nve)
{
    struct plans *plans = agent->plans;

    plan_place_move(agent, nve, NULL);
    if (nve->mark) {
        id_pool_free_id(agent->plans->remote_ids, nve->mark);
        nve->mark = 0;
    }
    if (nve->seat.member.group) {
        order_groups_set(&plans->groups, &nve->seat.member, NULL, 0);
        plans->merge_wanted = true;
    }
    hmapx_find_and_delete(&plans->changed, nve);
    hmapx_find_and_delete(&plans->to_charge, nve);
    hmapx_find_and_delete(&plans->suppressed, nve);
}

/* Who changed. */

/* Returns the constraints of a remote, '*n' of them, in an array for the
 * caller to free.  What they point to belongs to its m_encaps. */
static struct order_constraint *
collect_constraints(const struct m_nve *nve, size_t *n)
{
    struct order_constraint *constraints
        = xcalloc(shash_count(&nve->encaps) + 1, sizeof *constraints);
    struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &nve->encaps) {
        const struct m_encap *encap = node->data;

        if (encap->constraint.kind != RECV_ANY) {
            constraints[(*n)++] = encap->constraint;
        }
    }
    return constraints;
}

/* Finds a suppressed remote a place among the plans that exist. */
static void
seat_suppressed(struct agent *agent, struct m_nve *nve)
{
    struct plans *plans = agent->plans;
    struct order_constraint *constraints;
    struct send_plan *sp;
    size_t n;

    order_groups_set(&plans->groups, &nve->seat.member, NULL, 0);
    constraints = collect_constraints(nve, &n);
    if (!plan_place_find(agent, nve->plan, constraints, n, &sp)) {
        sp = nve->plan && send_plan_is_open(nve->plan) ? nve->plan : NULL;
    }
    plan_place_move(agent, nve, sp);
    free(constraints);
}

/* Moves 'nve', whose constraints may have changed, to its group. */
static void
regroup_remote(struct agent *agent, struct m_nve *nve)
{
    struct plans *plans = agent->plans;
    struct plan_seat *seat = &nve->seat;
    struct order_group *group;
    struct order_constraint *constraints;
    bool own, changed;
    size_t n;

    own = nve->n_advertisements != seat->n_advertisements;
    seat->n_advertisements = nve->n_advertisements;
    if (own) {
        damping_note_change(&seat->damping, time_msec());
    }
    if (hmapx_contains(&plans->suppressed, nve)) {
        seat_suppressed(agent, nve);
        return;
    }

    size_t n_groups = hmap_count(&plans->groups.groups);
    uint64_t old_id = seat->member.group ? seat->member.group->id : 0;

    constraints = collect_constraints(nve, &n);
    group = order_groups_set(&plans->groups, &seat->member, constraints, n);
    free(constraints);
    changed = (group ? group->id : 0) != old_id;
    plans->merge_wanted |= (changed
                            && n_groups >= hmap_count(&plans->groups.groups));
    if (!group || group->place == ORDER_BEYOND) {
        plan_place_move(agent, nve, NULL);
    } else if (group->place == ORDER_PLACED) {
        plan_place_move(agent, nve, group->plan);
    } else if (own && changed) {
        hmapx_add(&plans->to_charge, nve);
    }
}

static void
regroup(struct agent *agent)
{
    struct plans *plans = agent->plans;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &plans->changed) {
        regroup_remote(agent, node->data);
    }
    /* With its room: after thousands of remotes at once, each later turn would
     * walk through that. */
    hmapx_destroy(&plans->changed);
    hmapx_init(&plans->changed);
}

static void
release_reusable(struct agent *agent)
{
    struct plans *plans = agent->plans;
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &plans->suppressed) {
        struct m_nve *nve = node->data;

        if (damping_run(&nve->seat.damping, time_msec())) {
            VLOG_INFO("NVE %s is reusable: its order has been stable for a "
                      "while", nve->up.name);
            hmapx_delete(&plans->suppressed, node);
            hmapx_add(&plans->changed, nve);
            model_touch_encaps_of(agent->model, nve);
        }
    }
}

/* Takes a token from each remote that made a new plan necessary, and
 * suppresses those that have none left. */
static void
charge(struct agent *agent)
{
    struct plans *plans = agent->plans;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &plans->to_charge) {
        struct m_nve *nve = node->data;
        const struct order_group *group = nve->seat.member.group;

        if (group && group->place == ORDER_NEW
            && !damping_take(&nve->seat.damping, time_msec())) {
            VLOG_INFO("NVE %s is suppressed: it changes its order too often, "
                      "and gets no plan of its own until it stops",
                      nve->up.name);
            hmapx_add(&plans->suppressed, nve);
            seat_suppressed(agent, nve);
            model_touch_encaps_of(agent->model, nve);
        }
    }
}

/* Places the groups that have no plan. */
static void
place_new(struct agent *agent)
{
    struct plans *plans = agent->plans;
    struct order_group *group;

    /* If nothing has been placed yet, all constraints together decide the base
     * plan's order. */
    bool any = (!plan_base_order_is_free(agent)
                || !ovs_list_is_empty(&plans->groups.places[ORDER_PLACED]));

    plan_place_without_solving(agent, any);
    if (any) {
        charge(agent);
    }
    plan_place_solve(agent);
    if (!ovs_list_is_empty(&plans->groups.places[ORDER_BEYOND])
        && plan_place_count_further(agent, false) + 1 < PLANS_MAX) {
        LIST_FOR_EACH_SAFE (group, place_node,
                            &plans->groups.places[ORDER_BEYOND]) {
            order_groups_place(&plans->groups, group, ORDER_NEW, NULL);
        }
        plan_place_solve(agent);
    }
}

/* The options that plans map have changed: groups may need other plans. */
static void
update_options(struct agent *agent)
{
    struct plans *plans = agent->plans;
    struct order_group *group;
    struct hmapx_node *node;
    struct send_plan *sp;

    plan_base_order_update_options(agent);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (send_plan_is_open(sp)) {
            send_plan_update_options(agent, sp);
        }
    }
    LIST_FOR_EACH_SAFE (group, place_node,
                        &plans->groups.places[ORDER_PLACED]) {
        sp = group->plan;
        if (plans->start_over || (sp && !send_plan_is_open(sp))
            || !plan_place_fits(group, sp ? &sp->order : agent->base_plan)) {
            order_groups_place(&plans->groups, group, ORDER_NEW, NULL);
        }
    }
    LIST_FOR_EACH_SAFE (group, place_node,
                        &plans->groups.places[ORDER_BEYOND]) {
        order_groups_place(&plans->groups, group, ORDER_NEW, NULL);
    }
    HMAPX_FOR_EACH (node, &plans->suppressed) {
        seat_suppressed(agent, node->data);
    }
    plans->merge_wanted = true;
}

/* The turn. */

static void
raise_plan_alarms(struct agent *agent)
{
    size_t n_beyond = agent->plans->groups.n_members[ORDER_BEYOND];

    alarms_begin(agent->alarms, "plan");
    if (n_beyond) {
        alarms_raise(agent->alarms, "plan", "plans", "plan",
                     "%"PRIuSIZE" remotes want orders that would need more "
                     "than %d plans; they get only the options that plan 0 "
                     "sends in an order they accept",
                     n_beyond, PLANS_MAX);
    }
    for (size_t i = 0; i < agent->base_plan->n_left_out; i++) {
        char *option = opt_key_to_string(agent->base_plan->left_out[i]);
        char *object = xasprintf("option %s", option);

        alarms_raise(agent->alarms, "plan", object, "plan",
                     "the TLV map is full (64 options, 256 bytes of data): "
                     "option %s is neither sent nor received", option);
        free(object);
        free(option);
    }
    alarms_end(agent->alarms, "plan");
}

void
plan_assign_run(struct agent *agent)
{
    struct plans *plans = agent->plans;
    bool base_is_free = plan_base_order_is_free(agent);

    plans->options_changed |= agent->options_changed;
    plans->merge_wanted |= base_is_free && !plans->base_was_free;
    plans->base_was_free = base_is_free;
    release_reusable(agent);
    if (hmapx_is_empty(&plans->changed) && !plans->options_changed
        && !(plans->merge_wanted && time_msec() >= plans->next_merge)) {
        return;
    }
    regroup(agent);
    if (plans->options_changed) {
        update_options(agent);
    }
    place_new(agent);
    plan_merge_run(agent);
    hmapx_clear(&plans->to_charge);
    plans->options_changed = plans->start_over = false;
    raise_plan_alarms(agent);
}

void
plan_assign_wait(const struct agent *agent)
{
    const struct plans *plans = agent->plans;
    const struct hmapx_node *node;

    if (plans->merge_wanted) {
        poll_timer_wait_until(plans->next_merge);
    }
    if (plan_base_order_is_free(agent) != plans->base_was_free) {
        poll_immediate_wake();
    }
    HMAPX_FOR_EACH (node, &plans->suppressed) {
        const struct m_nve *nve = node->data;
        poll_timer_wait_until(damping_get_reusable(&nve->seat.damping));
    }
}
