/* Legs: the flows of an m_tx on the bridge of its plan, see plan-legs.h.
 *
 * An m_tx on its way from one plan to another goes through
 *
 *   1. its leg on the new bridge is made; its flow on the integration bridge,
 *      and what that leads to, stay as they are;
 *   2. the new bridge has confirmed everything: the flow is replaced;
 *   3. the integration bridge has confirmed that, and PLANS_LINGER has
 *      passed: the old leg goes.
 *
 * Nothing that carries packets is changed on the way, so each packet has the
 * old form or the new one.  It may turn round at any step: legs that are left
 * wait in a list, each for its time, and one that is wanted again is taken
 * from there.
 *
 * The way back to the integration bridge is shorter, for all that is needed is
 * in one bundle there.  Only if its map is not ready it waits for that. */

#include <config.h>

#include "agent/flows/plan-legs.h"

#include "agent/agent.h"
#include "agent/switch/flow-actions.h"
#include "agent/flows/flows.h"
#include "agent/flows/mtu-stage.h"
#include "agent/remotes/remote-tunnels.h"
#include "agent/remotes/remotes.h"
#include "agent/plans/send-plan.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How long a leg that no flow leads to any more stays: a thread of the switch
 * may be looking at a packet by the tables of before. */
#define PLANS_LINGER 1000           /* ms */

static struct send_leg *
send_leg_create(struct send_plan *sp, const struct m_tx *tx)
{
    struct send_leg *leg = xzalloc(sizeof *leg);

    leg->plan = sp;
    flow_owner_init(&leg->flows, tx->flows.cookie, "NVE %s, profile %s",
                    tx->nve->up.name, tx->profile->up.name);
    sp->n_legs++;
    return leg;
}

static void
send_leg_destroy(struct send_leg *leg)
{
    if (leg) {
        flow_owner_destroy(leg->plan->ofctrl, &leg->flows);
        leg->plan->n_legs--;
        free(leg);
    }
}

static void
send_leg_make_flows(struct agent *agent, struct m_tx *tx,
                    struct send_leg *leg)
{
    struct send_plan *sp = leg->plan;
    const struct in6_addr *dst = m_nve_get_tx_ip(agent, tx->nve);
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;
    ofp_port_t tunnel;

    tunnel = (sp->have_ports
              ? send_plan_get_tunnel(sp, tx->nve->up.object->nve->udp_port)
              : 0);
    flow_list_init(&flows);
    if (tunnel && dst && tx->nve->mark) {
        ofpbuf_init(&actions, 256);
        put_delete_omitted(tx, leg->wire, leg->n_wire, &sp->order, &actions);
        put_load_imm(&actions, MFF_PKT_MARK, 0, 0);
        put_set_tun_dst(&actions, dst);
        put_output(&actions, tunnel);
        match_init_catchall(&match);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, tx->nve->mark);
        match_set_reg(&match, FLOW_REG_PROFILE - MFF_REG0,
                      tx->profile->up.id);
        flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
        ofpbuf_uninit(&actions);
    }
    ofctrl_replace(sp->ofctrl, &leg->flows, &flows);
    flow_list_destroy(&flows);
}

/* The leg is to send what 'tx' is to be sent. */
static void
send_leg_update(struct agent *agent, struct m_tx *tx, struct send_leg *leg)
{
    leg->n_wire = tx->final.n_options;
    memcpy(leg->wire, tx->wire, leg->n_wire * sizeof *leg->wire);
    send_leg_make_flows(agent, tx, leg);
}

/* The leg of 'tx', by which it is sent to, is about to be left. */
static void
retire_leg(struct m_tx *tx)
{
    tx->leg->until = UINT64_MAX;
    tx->leg->expires = 0;
    ovs_list_push_back(&tx->old_legs, &tx->leg->node);
    tx->leg = NULL;
}

/* Nothing leads to the legs that 'tx' leaves any more, once what the
 * integration bridge is sent in this turn is confirmed. */
static void
leave_old_legs(struct agent *agent, struct m_tx *tx)
{
    struct send_leg *leg;

    LIST_FOR_EACH (leg, node, &tx->old_legs) {
        if (leg->until == UINT64_MAX) {
            leg->until = ofctrl_get_revision(agent->ofctrl);
            hmapx_add(&agent->plans.moving, tx);
        }
    }
}

/* A leg for 'sp' among those that 'tx' leaves. */
static struct send_leg *
take_old_leg(struct m_tx *tx, const struct send_plan *sp)
{
    struct send_leg *leg;

    LIST_FOR_EACH (leg, node, &tx->old_legs) {
        if (leg->plan == sp) {
            ovs_list_remove(&leg->node);
            return leg;
        }
    }
    return NULL;
}

/* While 'tx' moves, what it is sent stays what it was, although the options
 * that the source stage sets may change in the meantime. */
static void
refresh_old(struct agent *agent, struct m_tx *tx)
{
    struct send_leg *leg;

    if (!tx->applied && m_tx_get_target(tx)) {
        flows_refresh_base_tx(agent, tx);
    }
    LIST_FOR_EACH (leg, node, &tx->old_legs) {
        send_leg_make_flows(agent, tx, leg);
    }
}

static void
drop_unused_leg(struct m_tx *tx)
{
    if (tx->leg && tx->leg->plan != tx->applied) {
        send_leg_destroy(tx->leg);
        tx->leg = NULL;
    }
}

/* The flows of the integration bridge: packets of up to 'mtu' bytes go to the
 * plan's bridge. */
static void
plan_legs_switch(struct agent *agent, struct m_tx *tx, int mtu)
{
    struct send_plan *sp = tx->leg->plan;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_bits(&actions, MFF_PKT_MARK, tx->nve->mark, 0, 16);
    put_move(&actions, MFF_IN_PORT, 0, MFF_PKT_MARK, 16, 16);
    put_output(&actions, sp->ports.patch);
    match_init_catchall(&match);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, tx->nve->up.id);
    match_set_reg(&match, FLOW_REG_PROFILE - MFF_REG0, tx->profile->up.id);
    flow_list_init(&flows);
    flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    mtu_stage_add_flows(tx, mtu, &flows);
    ofpbuf_uninit(&actions);
    ofctrl_replace(agent->ofctrl, &tx->flows, &flows);
    flow_list_destroy(&flows);

    tx->applied = sp;
    m_tx_set_applied(tx);
    tx->applied_mtu = mtu;
    tx->has_flows = true;
    tx->base_options = false;
    leave_old_legs(agent, tx);
    m_tx_account(agent, tx);
}

/* The MTU of 'tx' while its leg, which is in use, changes.  That is on another
 * bridge, and for some milliseconds what goes out may still be of the old
 * form: fewer bytes fit both.  (If it is less than before, the old flow may
 * let a packet pass that then does not fit.) */
static int
choose_mtu(const struct m_tx *tx)
{
    return (tx->mtu && tx->applied_mtu ? MIN(tx->mtu, tx->applied_mtu)
            : tx->mtu);
}

void
plan_legs_make(struct agent *agent, struct m_tx *tx)
{
    struct send_plan *sp = tx->nve->plan;

    if (tx->leg && tx->leg->plan != sp) {
        drop_unused_leg(tx);
        if (tx->leg) {
            retire_leg(tx);
        }
    }
    if (!tx->leg) {
        tx->leg = take_old_leg(tx, sp);
    }
    if (!tx->leg) {
        tx->leg = send_leg_create(sp, tx);
    }
    send_leg_update(agent, tx, tx->leg);
    if (tx->applied == sp) {
        plan_legs_switch(agent, tx, choose_mtu(tx));
    }
    refresh_old(agent, tx);
    hmapx_add(&agent->plans.moving, tx);
}

/* The leg that is in use stays 'tx->leg'. */
void
plan_legs_stay(struct agent *agent, struct m_tx *tx)
{
    drop_unused_leg(tx);
    if (!tx->leg) {
        tx->leg = take_old_leg(tx, tx->applied);
    }
    if (tx->leg) {
        send_leg_make_flows(agent, tx, tx->leg);
    }
    refresh_old(agent, tx);
    hmapx_add(&agent->plans.moving, tx);
}

void
plan_legs_leave(struct agent *agent, struct m_tx *tx)
{
    drop_unused_leg(tx);
    if (tx->leg) {
        retire_leg(tx);
    }
    tx->applied = NULL;
    leave_old_legs(agent, tx);
    refresh_old(agent, tx);
}

static bool
sends(const struct opt_key *wire, size_t n, struct opt_key key)
{
    for (size_t i = 0; i < n; i++) {
        if (opt_key_equals(wire[i], key)) {
            return true;
        }
    }
    return false;
}

bool
plan_legs_need(const struct m_tx *tx, struct opt_key key)
{
    const struct send_leg *leg;

    LIST_FOR_EACH (leg, node, &tx->old_legs) {
        if (sends(leg->wire, leg->n_wire, key)) {
            return true;
        }
    }
    return (tx->applied != m_tx_get_target(tx)
            && sends(tx->applied_wire, tx->n_applied, key));
}

void
plan_legs_destroy(struct agent *agent, struct m_tx *tx)
{
    struct send_leg *leg;

    send_leg_destroy(tx->leg);
    tx->leg = NULL;
    LIST_FOR_EACH_POP (leg, node, &tx->old_legs) {
        send_leg_destroy(leg);
    }
    hmapx_find_and_delete(&agent->plans.moving, tx);
}

void
plan_legs_ports_changed(struct agent *agent, struct m_tx *tx,
                        const struct send_plan *sp)
{
    if (tx->leg && tx->leg->plan == sp) {
        send_leg_make_flows(agent, tx, tx->leg);
        if (tx->applied == sp) {
            plan_legs_switch(agent, tx, choose_mtu(tx));
        }
    }
}

/* Lets go of the legs of 'tx' that nothing leads to any more. */
static void
drop_old_legs(const struct agent *agent, struct m_tx *tx)
{
    struct send_leg *leg;

    LIST_FOR_EACH_SAFE (leg, node, &tx->old_legs) {
        if (ofctrl_get_confirmed(agent->ofctrl) < leg->until) {
            continue;
        } else if (!leg->expires) {
            leg->expires = time_msec() + PLANS_LINGER;
        } else if (time_msec() >= leg->expires) {
            ovs_list_remove(&leg->node);
            send_leg_destroy(leg);
        }
    }
}

void
plan_legs_move(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &agent->plans.moving) {
        struct m_tx *tx = node->data;
        struct send_plan *target = m_tx_get_target(tx);

        if (!target && tx->applied) {
            flows_make_tx(agent, tx);
        } else if (target && (tx->applied != target
                              || tx->applied_mtu != tx->mtu)
                   && tx->leg && tx->leg->plan == target
                   && send_plan_is_settled(target)) {
            plan_legs_switch(agent, tx, tx->mtu);
        }
        drop_old_legs(agent, tx);
        if (ovs_list_is_empty(&tx->old_legs) && tx->applied == target
            && tx->applied_mtu == tx->mtu) {
            hmapx_delete(&agent->plans.moving, node);
        }
    }
}

/* When the next leg has lingered long enough. */
void
plan_legs_wait(const struct agent *agent)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->plans.moving) {
        const struct m_tx *tx = node->data;
        const struct send_leg *leg;

        LIST_FOR_EACH (leg, node, &tx->old_legs) {
            if (leg->expires) {
                poll_timer_wait_until(leg->expires);
            }
        }
    }
}
