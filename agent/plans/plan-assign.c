/* Which plan serves whom.
 *
 * Plans are for groups of remotes with equal constraints
 * (lib/order-groups.h).  A remote that changes goes to its new group, which
 * mostly has a plan already; nothing here looks at all remotes, or at all
 * groups, because one changed.
 *
 * Assignment is stable: a group stays with its plan as long as that gives it
 * the order it wants.  One that needs another plan goes to one that is there,
 * and only those left over get new plans, as few as can be.  plan-merge.c
 * saves plans, plan-base.c has the rules for the base plan's order.
 *
 * A plan that is made for a remote that changed its mind takes a token from it
 * (lib/damping.h).  One that has none left is *held*: it leaves its group, so
 * that nothing is made for it, and is served by the first that will do of its
 * present plan, the base plan and the other plans.  If none has an order it
 * wants, it stays where it is, and planner_restrict() takes from its packets
 * what it would get in a wrong order (reason "plan"), or blocks it.  When it
 * is calm it gets a group, and a plan, again. */

#include <config.h>

#include "agent/plans/plan-assign-private.h"

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/model-touch.h"
#include "agent/plans/plan-assign.h"
#include "agent/remotes/remotes.h"
#include "agent/plans/send-plan.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plan_assign);

void
plan_assign_init(struct plan_assign *pa)
{
    memset(pa, 0, sizeof *pa);
    order_groups_init(&pa->groups);
    hmapx_init(&pa->changed);
    hmapx_init(&pa->accused);
    hmapx_init(&pa->held);
}

void
plan_assign_destroy(struct plan_assign *pa)
{
    hmapx_destroy(&pa->changed);
    hmapx_destroy(&pa->accused);
    hmapx_destroy(&pa->held);
    order_groups_destroy(&pa->groups);
}

void
plans_remote_changed(struct agent *agent, struct m_nve *nve)
{
    hmapx_add(&agent->plans->assign.changed, nve);
}

void
plans_adopt_base(struct agent *agent, const struct index_map *map)
{
    struct plan_assign *pa = &agent->plans->assign;

    plan_base_adopt(agent, map);
    pa->options_changed = true;
    pa->start_over = !agent->base_plan->n_order;
}

bool
plans_hold_remote(const struct m_nve *nve)
{
    return nve->seat.damping.state == DAMPING_HELD;
}

void
plans_forget_remote(struct agent *agent, struct m_nve *nve)
{
    struct plan_assign *pa = &agent->plans->assign;

    move_to_plan(agent, nve, NULL);
    if (nve->mark) {
        id_pool_free_id(agent->plans->marks, nve->mark);
        nve->mark = 0;
    }
    if (nve->seat.member.group) {
        order_groups_set(&pa->groups, &nve->seat.member, NULL, 0);
        pa->merge_wanted = true;
    }
    hmapx_find_and_delete(&pa->changed, nve);
    hmapx_find_and_delete(&pa->accused, nve);
    hmapx_find_and_delete(&pa->held, nve);
}

/* Who changed. */

/* The constraints of a remote; what they point to belongs to its m_encaps. */
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

/* A remote that is held gets what is there. */
static void
seat_held(struct agent *agent, struct m_nve *nve)
{
    struct plan_assign *pa = &agent->plans->assign;
    struct order_constraint *constraints;
    struct send_plan *sp;
    size_t n;

    order_groups_set(&pa->groups, &nve->seat.member, NULL, 0);
    constraints = collect_constraints(nve, &n);
    if (!find_plan(agent, nve->plan, constraints, n, &sp)) {
        sp = nve->plan && send_plan_is_open(nve->plan) ? nve->plan : NULL;
    }
    move_to_plan(agent, nve, sp);
    free(constraints);
}

/* Finds the group of 'nve', whose constraints may have changed. */
static void
regroup_remote(struct agent *agent, struct m_nve *nve)
{
    struct plan_assign *pa = &agent->plans->assign;
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
    if (hmapx_contains(&pa->held, nve)) {
        seat_held(agent, nve);
        return;
    }

    size_t n_groups = hmap_count(&pa->groups.groups);
    uint64_t old_id = seat->member.group ? seat->member.group->id : 0;

    constraints = collect_constraints(nve, &n);
    group = order_groups_set(&pa->groups, &seat->member, constraints, n);
    free(constraints);
    changed = (group ? group->id : 0) != old_id;
    pa->merge_wanted |= changed && n_groups >= hmap_count(&pa->groups.groups);
    if (!group || group->place == ORDER_BEYOND) {
        move_to_plan(agent, nve, NULL);
    } else if (group->place == ORDER_PLACED) {
        move_to_plan(agent, nve, group->plan);
    } else if (own && changed) {
        hmapx_add(&pa->accused, nve);
    }
}

static void
regroup(struct agent *agent)
{
    struct plan_assign *pa = &agent->plans->assign;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &pa->changed) {
        regroup_remote(agent, node->data);
    }
    hmapx_clear(&pa->changed);
}

static void
release_held(struct agent *agent)
{
    struct plan_assign *pa = &agent->plans->assign;
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &pa->held) {
        struct m_nve *nve = node->data;

        if (damping_run(&nve->seat.damping, time_msec())) {
            VLOG_INFO("NVE %s is calm again", nve->up.name);
            hmapx_delete(&pa->held, node);
            hmapx_add(&pa->changed, nve);
            model_touch_encaps_of(agent->model, nve);
        }
    }
}

/* Takes the tokens of those who made it necessary to make plans for new
 * groups, and holds those who have none left. */
void
charge_accused(struct agent *agent)
{
    struct plan_assign *pa = &agent->plans->assign;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &pa->accused) {
        struct m_nve *nve = node->data;
        const struct order_group *group = nve->seat.member.group;

        if (group && group->place == ORDER_NEW
            && !damping_take(&nve->seat.damping, time_msec())) {
            VLOG_INFO("NVE %s changes its order too often; no plan is made "
                      "for it until it is calm", nve->up.name);
            hmapx_add(&pa->held, nve);
            seat_held(agent, nve);
            model_touch_encaps_of(agent->model, nve);
        }
    }
}

/* The options that plans map changed: who has a plan may need another. */
static void
update_options(struct agent *agent)
{
    struct plan_assign *pa = &agent->plans->assign;
    struct order_group *group;
    struct hmapx_node *node;
    struct send_plan *sp;

    plan_base_update_options(agent);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (send_plan_is_open(sp)) {
            send_plan_update_options(agent, sp);
        }
    }
    LIST_FOR_EACH_SAFE (group, place_node, &pa->groups.places[ORDER_PLACED]) {
        sp = group->plan;
        if (pa->start_over || (sp && !send_plan_is_open(sp))
            || !group_fits(group, sp ? &sp->order : agent->base_plan)) {
            order_groups_place(&pa->groups, group, ORDER_NEW, NULL);
        }
    }
    LIST_FOR_EACH_SAFE (group, place_node, &pa->groups.places[ORDER_BEYOND]) {
        order_groups_place(&pa->groups, group, ORDER_NEW, NULL);
    }
    HMAPX_FOR_EACH (node, &pa->held) {
        seat_held(agent, node->data);
    }
    pa->merge_wanted = true;
}

/* The turn. */

static void
raise_plan_alarms(struct agent *agent)
{
    size_t n_beyond = agent->plans->assign.groups.n_members[ORDER_BEYOND];

    alarms_begin(agent->alarms, "plan");
    if (n_beyond) {
        alarms_raise(agent->alarms, "plan", "plans", "plan",
                     "%"PRIuSIZE" remotes want orders that would need more "
                     "than %d plans; they are sent what plan 0 can order",
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
plans_assign(struct agent *agent)
{
    struct plan_assign *pa = &agent->plans->assign;
    bool base_is_free = plan_base_is_free(agent);

    pa->options_changed |= agent->options_changed;
    pa->merge_wanted |= base_is_free && !pa->base_was_free;
    pa->base_was_free = base_is_free;
    release_held(agent);
    if (hmapx_is_empty(&pa->changed) && !pa->options_changed
        && !(pa->merge_wanted && time_msec() >= pa->next_merge)) {
        return;
    }
    regroup(agent);
    if (pa->options_changed) {
        update_options(agent);
    }
    place_new(agent);
    plan_merge_run(agent);
    hmapx_clear(&pa->accused);
    pa->options_changed = pa->start_over = false;
    raise_plan_alarms(agent);
}

void
plans_assign_wait(const struct agent *agent)
{
    const struct plan_assign *pa = &agent->plans->assign;
    const struct hmapx_node *node;

    if (pa->merge_wanted) {
        poll_timer_wait_until(pa->next_merge);
    }
    if (plan_base_is_free(agent) != pa->base_was_free) {
        poll_immediate_wake();
    }
    HMAPX_FOR_EACH (node, &pa->held) {
        const struct m_nve *nve = node->data;
        poll_timer_wait_until(damping_get_calm(&nve->seat.damping));
    }
}
