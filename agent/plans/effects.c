/* A confirmed change takes effect when the datapath has followed: on the
 * integration bridge, and on those of further plans. */

#include <config.h>

#include "agent/plans/effects.h"

#include "agent/agent.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/effect.h"
#include "agent/switch/ofctrl.h"
#include "agent/switch/old-flows.h"

void
effects_run(struct agent *agent)
{
    struct send_plan *sp;

    old_flows_run(agent->old_flows);
    effect_run(agent->effect, ofctrl_get_confirmed(agent->ofctrl),
               agent->old_flows);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            effect_run(&sp->effect, ofctrl_get_confirmed(sp->ofctrl),
                       agent->old_flows);
        }
    }
}

void
effects_wait(const struct agent *agent)
{
    const struct send_plan *sp;

    old_flows_wait(agent->old_flows);
    effect_wait(agent->effect);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            effect_wait(&sp->effect);
        }
    }
}
