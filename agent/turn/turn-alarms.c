/* Alarms about problems of modules that cannot raise any themselves: they do
 * not know what an alarm is, only that something is wrong, and they do not say
 * when that changes.  To ask all of them costs more than a change of a flow,
 * so it is not done in every turn, and the turn that makes up for it is one
 * that others need, too (lib/tick.h). */

#include <config.h>

#include "agent/turn/turn-alarms.h"

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/node/disks.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/neigh-cache.h"
#include "agent/switch/ofctrl.h"
#include "lib/tick.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"

struct plan_errors {
    struct agent *agent;
    const struct send_plan *sp;
};

static void
raise_local_problem(const char *object, const char *message, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "local", object, "local", "%s", message);
}

static void
raise_openflow_error(const char *name, const char *error, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "openflow", name, "openflow",
                 "the switch refused it: %s", error);
}

/* A further plan's bridge is named: the same owner may have flows on several
 * bridges. */
static void
raise_plan_error(const char *name, const char *error, void *aux_)
{
    const struct plan_errors *aux = aux_;
    char *object = xasprintf("%s on %s", name, aux->sp->ports.bridge);

    raise_openflow_error(object, error, aux->agent);
    free(object);
}

static void
raise_interference(const char *bridge, const char *what, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "interference", bridge, "interference",
                 "%s; it was put back: find out which person, script or "
                 "other controller changes this bridge", what);
}

static void
raise_neighbor(const char *address, const char *problem, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "neighbor", address, "neighbor", "%s",
                 problem);
}

static void
raise_controller_problem(const char *object, const char *message,
                         void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "controller", object, "controller", "%s",
                 message);
}

static void
raise_disk(const char *object, const char *problem, void *agent_)
{
    struct agent *agent = agent_;

    alarms_raise(agent->alarms, "disk", object, "disk", "%s", problem);
}

static void
raise_all(struct agent *agent)
{
    struct send_plan *sp;

    alarms_begin(agent->alarms, "local");
    local_for_each_problem(agent->local, raise_local_problem, agent);
    alarms_end(agent->alarms, "local");

    alarms_begin(agent->alarms, "openflow");
    ofctrl_for_each_error(agent->ofctrl, raise_openflow_error, agent);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl && sp->have_ports) {
            struct plan_errors aux = { agent, sp };

            ofctrl_for_each_error(sp->ofctrl, raise_plan_error, &aux);
        }
    }
    alarms_end(agent->alarms, "openflow");

    alarms_begin(agent->alarms, "interference");
    ofctrl_for_each_interference(agent->ofctrl, raise_interference, agent);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            ofctrl_for_each_interference(sp->ofctrl, raise_interference,
                                         agent);
        }
    }
    alarms_end(agent->alarms, "interference");

    alarms_begin(agent->alarms, "neighbor");
    neigh_cache_for_each_problem(agent->neigh_cache, raise_neighbor, agent);
    alarms_end(agent->alarms, "neighbor");

    alarms_begin(agent->alarms, "controller");
    controller_for_each_problem(agent->controller, raise_controller_problem,
                                agent);
    alarms_end(agent->alarms, "controller");

    alarms_begin(agent->alarms, "disk");
    disks_for_each_problem(agent->disks, raise_disk, agent);
    alarms_end(agent->alarms, "disk");
}

void
turn_alarms_run(struct agent *agent)
{
    agent->alarms_due = time_msec() < agent->alarms_next;
    if (!agent->alarms_due) {
        agent->alarms_next = time_msec() + TURN_ALARMS_PAUSE;
        raise_all(agent);
    }
}

void
turn_alarms_wait(const struct agent *agent)
{
    if (agent->alarms_due) {
        poll_timer_wait_until(tick_next(time_msec(), TURN_ALARMS_DELAY));
    }
}
