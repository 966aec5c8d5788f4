/* Packets of a class on the bridge of a further plan: see plan-class-flows.h.
 *
 * Everything is as on the integration bridge (remotes/class-ports.c,
 * class-flows.c), but that each plan has ports of its own, which know its
 * order of options.  Nothing has to cross the patch port for that: the flow of
 * an endpoint on the plan's bridge sets FLOW_REG_QOS anew, and what has no
 * endpoint has no class.
 *
 * As long as a port is not there, packets leave by the plan's other tunnel
 * port, with DSCP 0.  A port that is not wanted any more stays until the
 * switch has confirmed that no flow leads there, and CLASS_PORTS_LINGER has
 * passed: a thread of ovs-vswitchd may still go by the old flows.
 *
 * DSCP 0 needs no port here, because these bridges send no BFD. */

#include <config.h>

#include "agent/flows/plan-class-flows.h"

#include "agent/agent.h"
#include "agent/flows/class-flows.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/class-ports.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* Follows which DSCPs classes have. */
static void
update_dscps(const struct agent *agent, struct send_plan *sp)
{
    uint64_t dscps = agent->class_ports->dscps & ~UINT64_C(1);

    if (dscps == sp->dscps) {
        return;
    }
    sp->old_dscps = (sp->old_dscps | sp->dscps) & ~dscps;
    sp->old_until = UINT64_MAX;
    sp->old_expires = 0;
    sp->dscps = dscps;
    sp->bridge_stale = sp->classes_stale = true;
}

static void
make_flows(struct send_plan *sp)
{
    const struct plan_bridge_ports *ports = &sp->ports;
    struct flow_list flows;

    flow_list_init(&flows);
    for (uint8_t dscp = 0; dscp < PLAN_PORTS_N_DSCPS; dscp++) {
        for (size_t i = 0; i < ports->n_udp_ports; i++) {
            if (sp->dscps & UINT64_C(1) << dscp
                && ports->class_tunnel[i][dscp]) {
                class_flows_add_port(ports->udp_ports[i], dscp,
                                     ports->class_tunnel[i][dscp], &flows);
            }
        }
    }
    if (sp->dscps) {
        class_flows_add_default(&flows);
    }
    ofctrl_replace(sp->ofctrl, &sp->class_flows, &flows);
    if (sp->old_until == UINT64_MAX) {
        sp->old_until = ofctrl_get_revision(sp->ofctrl);
    }
    flow_list_destroy(&flows);
    sp->classes_stale = false;
}

/* Gives the ports up that no packet can leave by any more. */
static void
drop_old(struct send_plan *sp)
{
    if (!sp->old_dscps) {
        return;
    }
    if (!sp->old_expires
        && ofctrl_get_confirmed(sp->ofctrl) >= sp->old_until) {
        sp->old_expires = time_msec() + CLASS_PORTS_LINGER;
    }
    if (sp->old_expires && time_msec() >= sp->old_expires) {
        sp->old_dscps = 0;
        sp->old_expires = 0;
        sp->bridge_stale = true;
    }
}

void
plan_class_flows_run(struct agent *agent, struct send_plan *sp)
{
    update_dscps(agent, sp);
    if (sp->classes_stale && sp->have_ports) {
        make_flows(sp);
    }
    drop_old(sp);
}

void
plan_class_flows_wait(const struct send_plan *sp)
{
    if (sp->old_expires) {
        poll_timer_wait_until(sp->old_expires);
    }
}
