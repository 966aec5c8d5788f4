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
 * old form or the new one. */

#include <config.h>

#include "agent/plan-legs.h"

#include "agent/agent.h"
#include "agent/flow-actions.h"
#include "agent/flows.h"
#include "agent/remotes.h"
#include "agent/send-plan.h"
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
                    struct send_leg *leg, const struct opt_key *sent,
                    size_t n)
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
        put_delete_omitted(tx, sent, n, &sp->order, &actions);
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

/* The leg of 'tx' is about to be left.  One that lingers from an earlier move
 * has had its time. */
static void
retire_leg(struct m_tx *tx, uint64_t until)
{
    send_leg_destroy(tx->old_leg);
    tx->old_leg = tx->leg;
    tx->old_leg_until = until;
    tx->old_leg_expires = 0;
    tx->leg = NULL;
}

/* While 'tx' moves, what it is sent stays what it was, although the options
 * that the source stage sets may change in the meantime. */
static void
refresh_old(struct agent *agent, struct m_tx *tx)
{
    if (!tx->applied) {
        flows_refresh_base_tx(agent, tx);
    } else if (tx->old_leg) {
        send_leg_make_flows(agent, tx, tx->old_leg, tx->applied_wire,
                            tx->n_applied);
    }
}

void
plan_legs_make(struct agent *agent, struct m_tx *tx)
{
    struct send_plan *sp = tx->nve->plan;

    if (tx->leg && tx->leg->plan != sp) {
        if (tx->leg->plan == tx->applied) {
            retire_leg(tx, UINT64_MAX);
        } else {
            send_leg_destroy(tx->leg);
            tx->leg = NULL;
        }
    }
    if (!tx->leg && tx->old_leg && tx->old_leg->plan == sp) {
        tx->leg = tx->old_leg;
        tx->old_leg = NULL;
        tx->old_leg_expires = 0;
    }
    if (!tx->leg) {
        tx->leg = send_leg_create(sp, tx);
    }
    send_leg_make_flows(agent, tx, tx->leg, tx->wire, tx->final.n_options);
    if (tx->applied == sp) {
        m_tx_set_applied(tx);
    } else {
        refresh_old(agent, tx);
    }
    hmapx_add(&agent->plans.moving, tx);
}

void
plan_legs_leave(struct agent *agent, struct m_tx *tx)
{
    if (tx->leg && tx->leg->plan != tx->applied) {
        send_leg_destroy(tx->leg);
        tx->leg = NULL;
    }
    if (tx->leg) {
        retire_leg(tx, UINT64_MAX);
    }
    tx->applied = NULL;
    if (tx->old_leg && tx->old_leg_until == UINT64_MAX) {
        tx->old_leg_until = ofctrl_get_revision(agent->ofctrl);
        hmapx_add(&agent->plans.moving, tx);
    }
}

void
plan_legs_destroy(struct agent *agent, struct m_tx *tx)
{
    send_leg_destroy(tx->leg);
    send_leg_destroy(tx->old_leg);
    tx->leg = tx->old_leg = NULL;
    hmapx_find_and_delete(&agent->plans.moving, tx);
}

/* The flow of the integration bridge that leads to the plan's bridge. */
static void
plan_legs_switch(struct agent *agent, struct m_tx *tx)
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
    ofpbuf_uninit(&actions);
    ofctrl_replace(agent->ofctrl, &tx->flows, &flows);
    flow_list_destroy(&flows);

    tx->applied = sp;
    m_tx_set_applied(tx);
    tx->has_flows = true;
    tx->base_options = false;
    if (tx->old_leg && tx->old_leg_until == UINT64_MAX) {
        tx->old_leg_until = ofctrl_get_revision(agent->ofctrl);
    }
    m_tx_account(agent, tx);
}

void
plan_legs_ports_changed(struct agent *agent, struct m_tx *tx,
                        const struct send_plan *sp)
{
    if (tx->leg && tx->leg->plan == sp) {
        send_leg_make_flows(agent, tx, tx->leg, tx->wire,
                            tx->final.n_options);
        if (tx->applied == sp) {
            plan_legs_switch(agent, tx);
        }
    }
}

void
plan_legs_move(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &agent->plans.moving) {
        struct m_tx *tx = node->data;

        if (tx->leg && tx->applied != tx->leg->plan
            && send_plan_is_settled(tx->leg->plan)) {
            plan_legs_switch(agent, tx);
        }
        if (tx->old_leg && tx->old_leg_until != UINT64_MAX
            && ofctrl_get_confirmed(agent->ofctrl) >= tx->old_leg_until) {
            if (!tx->old_leg_expires) {
                tx->old_leg_expires = time_msec() + PLANS_LINGER;
            } else if (time_msec() >= tx->old_leg_expires) {
                send_leg_destroy(tx->old_leg);
                tx->old_leg = NULL;
                tx->old_leg_expires = 0;
            }
        }
        if (!tx->old_leg && (!tx->leg || tx->applied == tx->leg->plan)) {
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

        if (tx->old_leg_expires) {
            poll_timer_wait_until(tx->old_leg_expires);
        }
    }
}
