/* Further plans, from the outside: see plans.h.  Which plan serves whom is
 * decided in plan-assign.c; the bridges and their flows are in send-plan.c and
 * plan-legs.c. */

#include <config.h>

#include "agent/plans/plans.h"

#include "agent/agent.h"
#include "agent/flows/plan-legs.h"
#include "agent/remotes/remotes.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plans);

/* How long the integration bridge waits, after a restart, for the plans. */
#define PLANS_READY_TIMEOUT 5000    /* ms */

struct plans *
plans_create(void)
{
    struct plans *plans = xzalloc(sizeof *plans);

    ovs_list_init(&plans->plans);
    hmapx_init(&plans->moving);
    plan_assign_init(&plans->assign);
    plans->marks = id_pool_create(1, UINT16_MAX);
    return plans;
}

void
plans_destroy(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH_SAFE (sp, node, &agent->plans->plans) {
        send_plan_destroy(agent, sp, false);
    }
    hmapx_destroy(&agent->plans->moving);
    plan_assign_destroy(&agent->plans->assign);
    id_pool_destroy(agent->plans->marks);
    free(agent->plans);
}

const struct tlv_plan *
plans_get_order(const struct agent *agent, const struct m_nve *nve)
{
    return nve->plan ? &nve->plan->order : agent->base_plan;
}

/* The turn. */

void
plans_take_leftovers(struct agent *agent)
{
    unsigned int ks[PLAN_BRIDGES_MAX];
    size_t n;

    if (agent->plans->leftovers_taken || !local_is_ready(agent->local)) {
        return;
    }
    agent->plans->leftovers_taken = true;
    n = local_plan_get_existing(agent->local, ks);
    for (size_t i = 0; i < n; i++) {
        send_plan_add(agent, ks[i], PLAN_LEFTOVER);
    }
}

void
plans_run(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH_SAFE (sp, node, &agent->plans->plans) {
        if (sp->phase != PLAN_LEFTOVER) {
            send_plan_run(agent, sp);
        }
    }
    plan_legs_move(agent);
    LIST_FOR_EACH_SAFE (sp, node, &agent->plans->plans) {
        if (sp->phase == PLAN_ENDING && !sp->n_legs) {
            VLOG_INFO("plan %u: ended", sp->k);
            send_plan_destroy(agent, sp, true);
        } else if (sp->phase == PLAN_LEFTOVER && agent->synced
                   && ofctrl_is_settled(agent->ofctrl)) {
            send_plan_destroy(agent, sp, true);
        }
    }
}

bool
plans_are_ready(const struct agent *agent)
{
    const struct hmapx_node *node;
    bool ready = true;

    HMAPX_FOR_EACH (node, &agent->plans->moving) {
        const struct m_encap *encap = node->data;
        ready &= !encap->leg || encap->applied == encap->leg->plan;
    }
    return (ready
            || time_msec() - agent->complete_since > PLANS_READY_TIMEOUT);
}

void
plans_wait(const struct agent *agent)
{
    const struct send_plan *sp;

    plans_assign_wait(agent);
    plan_legs_wait(agent);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            ofctrl_wait(sp->ofctrl);
        }
    }
}
