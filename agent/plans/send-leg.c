/* Legs: see send-leg.h. */

#include <config.h>

#include "agent/plans/send-leg.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/ofctrl.h"
#include "timeval.h"
#include "util.h"

/* How long the integration bridge waits, after a restart, for the plans. */
#define READY_TIMEOUT 5000      /* ms */

struct send_leg *
send_leg_create(struct send_plan *sp, const struct m_encap *encap)
{
    struct send_leg *leg = xzalloc(sizeof *leg);

    leg->plan = sp;
    flow_owner_init(&leg->flows, encap->flows.cookie, "NVE %s, profile %s",
                    encap->nve->up.name, encap->profile->up.name);
    sp->n_legs++;
    return leg;
}

void
send_leg_destroy(struct send_leg *leg)
{
    if (leg) {
        ofctrl_destroy_owner(leg->plan->ofctrl, &leg->flows);
        leg->plan->n_legs--;
        free(leg->wire);
        free(leg);
    }
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
send_legs_need(const struct m_encap *encap, struct opt_key key)
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
send_legs_destroy(struct agent *agent, struct m_encap *encap)
{
    struct send_leg *leg;

    send_leg_destroy(encap->leg);
    encap->leg = NULL;
    LIST_FOR_EACH_POP (leg, node, &encap->old_legs) {
        send_leg_destroy(leg);
    }
    hmapx_find_and_delete(&agent->plans->moving, encap);
}

bool
send_legs_are_ready(const struct agent *agent)
{
    const struct hmapx_node *node;
    bool ready = true;

    HMAPX_FOR_EACH (node, &agent->plans->moving) {
        const struct m_encap *encap = node->data;
        ready &= !encap->leg || encap->applied == encap->leg->plan;
    }
    return ready || time_msec() - agent->complete_since > READY_TIMEOUT;
}
