/* Flows of endpoints: see endpoint-flows.h.
 *
 * A local endpoint has a flow for what it sends and flows for what is sent to
 * it; a remote one has a flow that says at which NVE it is.
 * model/endpoint-phase.h has decided what an endpoint may do: one that may not
 * send has a flow that drops its packets, one that is not attached has no
 * flows. */

#include <config.h>

#include "agent/flows/endpoint-flows.h"

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/dhcp-stage.h"
#include "agent/flows/egress-stage.h"
#include "agent/flows/endpoint-stencils.h"
#include "agent/flows/limit-stage.h"
#include "agent/flows/meter-stage.h"
#include "agent/flows/neighbor.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/outside-stage.h"
#include "agent/flows/policy-stage.h"
#include "agent/flows/qos-stage.h"
#include "agent/flows/route-stage.h"
#include "agent/flows/router.h"
#include "agent/flows/service-stage.h"
#include "agent/flows/source-stage.h"
#include "agent/flows/spoof.h"
#include "agent/model/base-use.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

static void
add_input_flow(struct agent *agent, const struct m_endpoint *ep,
               struct flow_list *flows)
{
    struct ofpbuf actions, options;
    struct match match;

    ofpbuf_init(&actions, 256);
    ofpbuf_init(&options, 256);
    if (ep->phase == ENDPOINT_RUNNING
        && source_stage_build(agent, agent->base_plan, ep, &options)) {
        limit_stage_put_sender(ep, &actions);
        put_load_imm(&actions, FLOW_REG_VNI, ep->vpc->vni, 0);
        put_load_imm(&actions, FLOW_REG_PROFILE, ep->vpc->sent->up.id, 0);
        put_set_tun_id(&actions, ep->vpc->vni);
        if (!agent->base_use->idle) {
            ofpbuf_put(&actions, options.data, options.size);
        }
        qos_stage_put_sender(agent, ep, &actions);
        policy_stage_put_sender(ep, &actions);
        put_goto(&actions, FLOW_SPOOF);
    }
    match_init_catchall(&match);
    match_set_in_port(&match, ep->ofport);
    flow_list_add(flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&options);
    ofpbuf_uninit(&actions);
}

static void
add_local_flows(struct agent *agent, const struct m_endpoint *ep,
                struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    add_input_flow(agent, ep, flows);
    controller_stage_add_flow(ep, 0, flows);
    router_add_endpoint_flows(ep, flows);

    ofpbuf_init(&actions, 32);
    policy_stage_put_receiver(ep, &actions);
    put_goto(&actions, FLOW_POLICY);
    pipeline_init_match(&match, ep->vpc->vni);
    match_set_dl_dst(&match, ep->up.object->endpoint->mac);
    flow_list_add(flows, FLOW_DELIVER, FLOW_PRI_NORMAL, &match, &actions);
    flow_list_add(flows, FLOW_FORWARD, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* What is sent to a MAC in a VPC goes on to an NVE. */
static void
build_remote_flow(struct eth_addr mac, uint32_t vni, uint32_t nve,
                  struct match *match, struct ofpbuf *actions)
{
    put_load_imm(actions, FLOW_REG_NVE, nve, 0);
    put_goto(actions, FLOW_MTU);
    pipeline_init_match(match, vni);
    match_set_dl_dst(match, mac);
}

static void
add_remote_flow(struct agent *agent, const struct m_endpoint *ep,
                struct flow_list *flows)
{
    router_add_endpoint_flows(ep, flows);
    endpoint_stencils_add(&agent->stencils->remote, FLOW_FORWARD,
                          FLOW_PRI_NORMAL, build_remote_flow,
                          ep->up.object->endpoint->mac, ep->vpc->vni,
                          ep->nve->up.id, flows);
}

void
endpoint_flows_make(struct agent *agent, struct m_endpoint *ep)
{
    struct flow_list flows;

    /* Which of the other flows there are depends on them. */
    limit_stage_update_meters(agent, ep, ep->attached);
    flow_list_init(&flows);
    if (ep->attached) {
        add_local_flows(agent, ep, &flows);
        spoof_add_endpoint(ep, &flows);
        route_stage_add_local(ep, &flows);
        route_stage_add_receiver(ep, &flows);
        dhcp_stage_add_endpoint(ep, &flows);
        policy_stage_add_endpoint(ep, &flows);
        egress_stage_add_endpoint(ep, &flows);
        neighbor_add_endpoint(agent, ep, &flows);
        service_stage_add_endpoint(agent, ep, &flows);
    } else if (ep->nve && m_vpc_is_active(ep->vpc)) {
        add_remote_flow(agent, ep, &flows);
        route_stage_add_receiver(ep, &flows);
        outside_stage_add_endpoint(ep, &flows);
        policy_stage_add_endpoint(ep, &flows);
        egress_stage_add_endpoint(ep, &flows);
        neighbor_add_endpoint(agent, ep, &flows);
    }
    ep->flows.is_patient = !ep->attached;
    ofctrl_replace(agent->ofctrl, &ep->flows, &flows);
    flow_list_destroy(&flows);
    meter_stage_update(agent, ep, ep->attached);
}
