/* Legs: the flows of an m_encap on the bridge of its plan, see plan-legs.h.
 *
 * An m_encap on its way from one plan to another goes through
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
#include "agent/model/base-use.h"
#include "agent/remotes/remote-tunnels.h"
#include "agent/remotes/remotes.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How long a leg that no flow leads to any more stays: a thread of the switch
 * may be looking at a packet by the tables of before. */
#define PLANS_LINGER 1000           /* ms */

static struct send_leg *
send_leg_create(struct send_plan *sp, const struct m_encap *encap)
{
    struct send_leg *leg = xzalloc(sizeof *leg);

    leg->plan = sp;
    flow_owner_init(&leg->flows, encap->flows.cookie, "NVE %s, profile %s",
                    encap->nve->up.name, encap->profile->up.name);
    sp->n_legs++;
    return leg;
}

static void
send_leg_destroy(struct send_leg *leg)
{
    if (leg) {
        ofctrl_destroy_owner(leg->plan->ofctrl, &leg->flows);
        leg->plan->n_legs--;
        free(leg);
    }
}

static void
send_leg_make_flows(struct agent *agent, struct m_encap *encap,
                    struct send_leg *leg)
{
    struct send_plan *sp = leg->plan;
    const struct in6_addr *dst = m_nve_get_tx_ip(agent, encap->nve);
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;
    ofp_port_t tunnel;

    tunnel = (sp->have_ports
              ? send_plan_get_tunnel(sp, encap->nve->up.object->nve->udp_port)
              : 0);
    flow_list_init(&flows);
    if (tunnel && dst && encap->nve->mark) {
        ofpbuf_init(&actions, 256);
        put_delete_omitted(encap, leg->wire, leg->n_wire, &sp->order,
                           &actions);
        put_load_imm(&actions, MFF_PKT_MARK, 0, 0);
        put_set_tun_dst(&actions, dst);
        put_output(&actions, tunnel);
        match_init_catchall(&match);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, encap->nve->mark);
        match_set_reg(&match, FLOW_REG_PROFILE - MFF_REG0,
                      encap->profile->up.id);
        flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
        ofpbuf_uninit(&actions);
    }
    ofctrl_replace(sp->ofctrl, &leg->flows, &flows);
    flow_list_destroy(&flows);
}

/* The leg is to send what 'encap' is to be sent. */
static void
send_leg_update(struct agent *agent, struct m_encap *encap,
                struct send_leg *leg)
{
    leg->n_wire = encap->final.n_options;
    memcpy(leg->wire, encap->wire, leg->n_wire * sizeof *leg->wire);
    send_leg_make_flows(agent, encap, leg);
}

/* The leg of 'encap', by which it is sent to, is about to be left. */
static void
retire_leg(struct m_encap *encap)
{
    encap->leg->until = UINT64_MAX;
    encap->leg->expires = 0;
    ovs_list_push_back(&encap->old_legs, &encap->leg->node);
    encap->leg = NULL;
}

/* Nothing leads to the legs that 'encap' leaves any more, once what the
 * integration bridge is sent in this turn is confirmed. */
static void
leave_old_legs(struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    LIST_FOR_EACH (leg, node, &encap->old_legs) {
        if (leg->until == UINT64_MAX) {
            leg->until = ofctrl_get_revision(agent->ofctrl);
            hmapx_add(&agent->plans->moving, encap);
        }
    }
}

/* A leg for 'sp' among those that 'encap' leaves. */
static struct send_leg *
take_old_leg(struct m_encap *encap, const struct send_plan *sp)
{
    struct send_leg *leg;

    LIST_FOR_EACH (leg, node, &encap->old_legs) {
        if (leg->plan == sp) {
            ovs_list_remove(&leg->node);
            return leg;
        }
    }
    return NULL;
}

/* While 'encap' moves, what it is sent stays what it was, although the options
 * that the source stage sets may change in the meantime. */
static void
refresh_old(struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    if (!encap->applied && m_encap_get_target(encap)) {
        flows_refresh_base_encap(agent, encap);
    }
    LIST_FOR_EACH (leg, node, &encap->old_legs) {
        send_leg_make_flows(agent, encap, leg);
    }
}

static void
drop_unused_leg(struct m_encap *encap)
{
    if (encap->leg && encap->leg->plan != encap->applied) {
        send_leg_destroy(encap->leg);
        encap->leg = NULL;
    }
}

/* The flows of the integration bridge: packets of up to 'mtu' bytes go to the
 * plan's bridge. */
static void
plan_legs_switch(struct agent *agent, struct m_encap *encap, int mtu)
{
    struct send_plan *sp = encap->leg->plan;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_bits(&actions, MFF_PKT_MARK, encap->nve->mark, 0, 16);
    put_move(&actions, MFF_IN_PORT, 0, MFF_PKT_MARK, 16, 16);
    put_output(&actions, sp->ports.patch);
    match_init_catchall(&match);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, encap->nve->up.id);
    match_set_reg(&match, FLOW_REG_PROFILE - MFF_REG0, encap->profile->up.id);
    flow_list_init(&flows);
    flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    mtu_stage_add_flows(encap, mtu, &flows);
    ofpbuf_uninit(&actions);
    ofctrl_replace(agent->ofctrl, &encap->flows, &flows);
    flow_list_destroy(&flows);

    encap->applied = sp;
    m_encap_set_applied(encap);
    encap->applied_mtu = mtu;
    encap->has_flows = true;
    encap->base_options = false;
    leave_old_legs(agent, encap);
    base_use_account(agent->base_use, encap, false);
}

/* The MTU of 'encap' while its leg, which is in use, changes.  That is on
 * another bridge, and for some milliseconds what goes out may still be of the
 * old form: fewer bytes fit both.  (If it is less than before, the old flow
 * may let a packet pass that then does not fit.) */
static int
choose_mtu(const struct m_encap *encap)
{
    return (encap->mtu && encap->applied_mtu
            ? MIN(encap->mtu, encap->applied_mtu) : encap->mtu);
}

void
plan_legs_make(struct agent *agent, struct m_encap *encap)
{
    struct send_plan *sp = encap->nve->plan;

    if (encap->leg && encap->leg->plan != sp) {
        drop_unused_leg(encap);
        if (encap->leg) {
            retire_leg(encap);
        }
    }
    if (!encap->leg) {
        encap->leg = take_old_leg(encap, sp);
    }
    if (!encap->leg) {
        encap->leg = send_leg_create(sp, encap);
    }
    send_leg_update(agent, encap, encap->leg);
    if (encap->applied == sp) {
        plan_legs_switch(agent, encap, choose_mtu(encap));
    }
    refresh_old(agent, encap);
    hmapx_add(&agent->plans->moving, encap);
}

/* The leg that is in use stays 'encap->leg'. */
void
plan_legs_stay(struct agent *agent, struct m_encap *encap)
{
    drop_unused_leg(encap);
    if (!encap->leg) {
        encap->leg = take_old_leg(encap, encap->applied);
    }
    if (encap->leg) {
        send_leg_make_flows(agent, encap, encap->leg);
    }
    refresh_old(agent, encap);
    hmapx_add(&agent->plans->moving, encap);
}

void
plan_legs_leave(struct agent *agent, struct m_encap *encap)
{
    drop_unused_leg(encap);
    if (encap->leg) {
        retire_leg(encap);
    }
    encap->applied = NULL;
    leave_old_legs(agent, encap);
    refresh_old(agent, encap);
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
plan_legs_need(const struct m_encap *encap, struct opt_key key)
{
    const struct send_leg *leg;

    LIST_FOR_EACH (leg, node, &encap->old_legs) {
        if (sends(leg->wire, leg->n_wire, key)) {
            return true;
        }
    }
    return (encap->applied != m_encap_get_target(encap)
            && sends(encap->applied_wire, encap->n_applied, key));
}

void
plan_legs_destroy(struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    send_leg_destroy(encap->leg);
    encap->leg = NULL;
    LIST_FOR_EACH_POP (leg, node, &encap->old_legs) {
        send_leg_destroy(leg);
    }
    hmapx_find_and_delete(&agent->plans->moving, encap);
}

void
plan_legs_ports_changed(struct agent *agent, struct m_encap *encap,
                        const struct send_plan *sp)
{
    if (encap->leg && encap->leg->plan == sp) {
        send_leg_make_flows(agent, encap, encap->leg);
        if (encap->applied == sp) {
            plan_legs_switch(agent, encap, choose_mtu(encap));
        }
    }
}

/* Lets go of the legs of 'encap' that nothing leads to any more. */
static void
drop_old_legs(const struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    LIST_FOR_EACH_SAFE (leg, node, &encap->old_legs) {
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

    HMAPX_FOR_EACH_SAFE (node, &agent->plans->moving) {
        struct m_encap *encap = node->data;
        struct send_plan *target = m_encap_get_target(encap);

        if (!target && encap->applied) {
            flows_make_encap(agent, encap);
        } else if (target && (encap->applied != target
                              || encap->applied_mtu != encap->mtu)
                   && encap->leg && encap->leg->plan == target
                   && send_plan_is_settled(target)) {
            plan_legs_switch(agent, encap, encap->mtu);
        }
        drop_old_legs(agent, encap);
        if (ovs_list_is_empty(&encap->old_legs) && encap->applied == target
            && encap->applied_mtu == encap->mtu) {
            hmapx_delete(&agent->plans->moving, node);
        }
    }
}

/* When the next leg has lingered long enough. */
void
plan_legs_wait(const struct agent *agent)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->plans->moving) {
        const struct m_encap *encap = node->data;
        const struct send_leg *leg;

        LIST_FOR_EACH (leg, node, &encap->old_legs) {
            if (leg->expires) {
                poll_timer_wait_until(leg->expires);
            }
        }
    }
}
