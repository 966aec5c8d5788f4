/* The state machine of one remote's encapsulation: see encap-stage.h.
 *
 * 'applied' is the plan that sends an encapsulation's packets now, and its
 * target is the plan that should (m_encap_get_target()); NULL stands for the
 * base plan.  It is in one of these states:
 *
 * BASE: 'applied' and the target are both NULL.  The integration bridge sends
 *     the packets, or drops them if the remote is blocked.  When the target
 *     becomes a further plan: LEAVING.
 *
 * LEAVING: 'applied' is NULL, the target is a further plan.  'leg' has the
 *     flows on that plan's bridge; the integration bridge still sends as
 *     before.  When the plan's bridge has confirmed everything: LEG.  When the
 *     target becomes the base plan again: BASE.
 *
 * LEG: 'applied' is the target.  The integration bridge hands packets over,
 *     and 'leg' sends them.  When the target becomes another further plan:
 *     MOVING.  When it becomes the base plan: BASE, or WAITING if the base
 *     plan's map has no place yet for one of the options.
 *
 * MOVING: 'applied' and the target are two further plans.  As LEAVING, but the
 *     old leg, in 'old_legs', goes on sending.  When the new bridge has
 *     confirmed everything: LEG.
 *
 * WAITING: 'applied' is a further plan, the target is the base plan.  The leg
 *     goes on sending the same options.  When the switch has the map: BASE.
 *
 * In every state the target may change again.  On the way, the flows that
 * carry packets stay as they are, so each packet has the old form or the new
 * one.  A leg that is left stays in 'old_legs' until the integration bridge
 * has confirmed that no flow leads there, and LEG_LINGER has passed.  If it is
 * wanted again before that, it is taken from there. */

#include <config.h>

#include "agent/flows/encap-stage.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/flows/encap-flows.h"
#include "agent/model/base-use.h"
#include "agent/model/encap.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-leg.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/ofctrl.h"
#include "lib/index-map.h"
#include "lib/tlv-plan.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How long a leg stays after the last flow that leads to it has gone: a thread
 * of the switch may still be processing a packet by the old tables. */
#define LEG_LINGER 1000           /* ms */

/* Has 'leg' send the options that 'encap' is to have from now on. */
static void
send_leg_update(const struct agent *agent, const struct m_encap *encap,
                struct send_leg *leg)
{
    leg->n_wire = encap->final.n_options;
    free(leg->wire);
    leg->wire = xmemdup(encap->wire, leg->n_wire * sizeof *leg->wire);
    encap_flows_replace_leg(agent, encap, leg);
}

/* Moves the leg of 'encap' to 'old_legs': packets are to stop using it. */
static void
retire_leg(struct m_encap *encap)
{
    encap->leg->until = UINT64_MAX;
    encap->leg->expires = 0;
    ovs_list_push_back(&encap->old_legs, &encap->leg->node);
    encap->leg = NULL;
}

/* Notes for the old legs of 'encap' that with this turn's revision of the
 * integration bridge no flow leads to them. */
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

/* Takes the leg that 'encap' has on 'sp' out of 'old_legs' and returns it;
 * returns NULL if there is none. */
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

/* While 'encap' moves, its packets keep the options that they had.  What the
 * source stage sets may have changed, so the flows that delete the rest are
 * made again. */
static void
refresh_old(struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    if (!encap->applied && m_encap_get_target(encap) && encap->has_flows) {
        encap_flows_replace_base(agent, encap, encap->applied_blocked,
                                 encap->applied_wire, encap->n_applied,
                                 encap->applied_mtu);
    }
    LIST_FOR_EACH (leg, node, &encap->old_legs) {
        encap_flows_replace_leg(agent, encap, leg);
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

/* Notes that packets of 'encap' now have the form that was negotiated. */
static void
set_applied(struct m_encap *encap)
{
    encap->applied_blocked = encap->final.status == NEG_BLOCKED;
    encap->n_applied = encap->final.n_options;
    encap->applied_mtu = encap->mtu;
    free(encap->applied_wire);
    encap->applied_wire = xmemdup(encap->wire,
                                  encap->n_applied * sizeof *encap->wire);
}

/* Hands packets of up to 'mtu' bytes over to the leg of 'encap'. */
static void
switch_to_leg(struct agent *agent, struct m_encap *encap, int mtu)
{
    encap_flows_replace_handover(agent, encap, encap->leg->plan, mtu);
    encap->applied = encap->leg->plan;
    set_applied(encap);
    encap->applied_mtu = mtu;
    encap->base_options = false;
    leave_old_legs(agent, encap);
    base_use_account(agent->base_use, encap, false);
}

/* Returns the MTU of 'encap' while the leg that it uses changes.  The leg is
 * on another bridge, so for some milliseconds packets may still get the old
 * form: the smaller MTU fits both.  (If the new one is smaller, the old flow
 * may still pass a packet that then does not fit.) */
static int
choose_mtu(const struct m_encap *encap)
{
    return (encap->mtu && encap->applied_mtu
            ? MIN(encap->mtu, encap->applied_mtu) : encap->mtu);
}

/* The target of 'encap' is a further plan.  Its flows on that plan's bridge
 * are made first; the flow that leads there follows when they are
 * confirmed. */
static void
send_by_leg(struct agent *agent, struct m_encap *encap)
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
        switch_to_leg(agent, encap, choose_mtu(encap));
    }
    refresh_old(agent, encap);
    hmapx_add(&agent->plans->moving, encap);
}

/* The target of 'encap' is the base plan, whose map does not have its options
 * yet.  The leg in use goes on until encap_stage_move() finds that the map has
 * them. */
static void
stay_on_leg(struct agent *agent, struct m_encap *encap)
{
    drop_unused_leg(encap);
    if (!encap->leg) {
        encap->leg = take_old_leg(encap, encap->applied);
    }
    if (encap->leg) {
        encap_flows_replace_leg(agent, encap, encap->leg);
    }
    refresh_old(agent, encap);
    hmapx_add(&agent->plans->moving, encap);
}

/* The base plan sends the packets of 'encap' from now on.  Its flows on plans'
 * bridges go when the integration bridge has confirmed that. */
static void
leave_legs(struct agent *agent, struct m_encap *encap)
{
    drop_unused_leg(encap);
    if (encap->leg) {
        retire_leg(encap);
    }
    encap->applied = NULL;
    leave_old_legs(agent, encap);
    refresh_old(agent, encap);
}

/* Whether the integration bridge has a place for each option of 'encap'. */
static bool
base_has_options(const struct agent *agent, const struct m_encap *encap)
{
    const struct index_map *map
        = ofctrl_get_installed_tlv_map(agent->ofctrl);

    for (size_t i = 0; map && i < encap->final.n_options; i++) {
        int index = index_map_find(&agent->base_plan->map, encap->wire[i]);

        if (index < 0 || index_map_find(map, encap->wire[i]) != index) {
            return false;
        }
    }
    return true;
}

void
encap_stage_make(struct agent *agent, struct m_encap *encap)
{
    const struct negotiation *n = &encap->final;

    if (m_encap_get_target(encap)) {
        send_by_leg(agent, encap);
    } else if (encap->applied && n->status != NEG_BLOCKED
               && !base_has_options(agent, encap)) {
        stay_on_leg(agent, encap);
    } else {
        encap->base_options = (
            encap_flows_replace_base(agent, encap, n->status == NEG_BLOCKED,
                                     encap->wire, n->n_options, encap->mtu)
            && n->n_options > 0);
        set_applied(encap);
        leave_legs(agent, encap);
        base_use_account(agent->base_use, encap, false);
    }
}

void
encap_stage_ports_changed(struct agent *agent, struct m_encap *encap,
                        const struct send_plan *sp)
{
    if (encap->leg && encap->leg->plan == sp) {
        encap_flows_replace_leg(agent, encap, encap->leg);
        if (encap->applied == sp) {
            switch_to_leg(agent, encap, choose_mtu(encap));
        }
    }
}

/* Destroys the old legs of 'encap' that no packet can reach any more. */
static void
drop_old_legs(const struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    LIST_FOR_EACH_SAFE (leg, node, &encap->old_legs) {
        if (ofctrl_get_confirmed(agent->ofctrl) < leg->until) {
            continue;
        } else if (!leg->expires) {
            leg->expires = time_msec() + LEG_LINGER;
        } else if (time_msec() >= leg->expires) {
            ovs_list_remove(&leg->node);
            send_leg_destroy(leg);
        }
    }
}

void
encap_stage_move(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &agent->plans->moving) {
        struct m_encap *encap = node->data;
        struct send_plan *target = m_encap_get_target(encap);

        if (!target && encap->applied) {
            encap_stage_make(agent, encap);
        } else if (target && (encap->applied != target
                              || encap->applied_mtu != encap->mtu)
                   && encap->leg && encap->leg->plan == target
                   && send_plan_is_settled(target)) {
            switch_to_leg(agent, encap, encap->mtu);
        }
        drop_old_legs(agent, encap);
        if (ovs_list_is_empty(&encap->old_legs) && encap->applied == target
            && encap->applied_mtu == encap->mtu) {
            hmapx_delete(&agent->plans->moving, node);
        }
    }
}

/* Wakes up when the next leg has lingered long enough. */
void
encap_stage_wait(const struct agent *agent)
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
