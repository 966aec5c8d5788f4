/* Flows: see flows.h, and pipeline.h for the tables.
 *
 * Each function makes all flows of one owner from the model and replaces them;
 * ofctrl finds what differs.  A flow that cannot be made yet, for want of an
 * OpenFlow port, is left out, so its packets are dropped.  When the port is
 * known, the owner is among the changed ones again. */

#include <config.h>

#include "agent/flows/flows.h"

#include "agent/agent.h"
#include "agent/flows/class-flows.h"
#include "agent/flows/egress-stage.h"
#include "agent/flows/encap-stage.h"
#include "agent/flows/endpoint-flows.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/fip-flows.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/gateway-lost.h"
#include "agent/flows/mtu-stage.h"
#include "agent/flows/neighbor.h"
#include "agent/flows/nve-flows.h"
#include "agent/flows/packet-values.h"
#include "agent/flows/outside-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/policy-group.h"
#include "agent/flows/policy-stage.h"
#include "agent/flows/service-flows.h"
#include "agent/flows/service-stage.h"
#include "agent/flows/spoof.h"
#include "agent/flows/vip-flows.h"
#include "agent/flows/vips.h"
#include "agent/flows/vpc-flows.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/remotes/class-ports.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

struct flows {
    struct flow_owner static_flows; /* Those that depend on no object. */
    bool static_made;               /* 'static_flows' has been made. */
};

struct flows *
flows_create(void)
{
    struct flows *flows = xzalloc(sizeof *flows);

    flow_owner_init(&flows->static_flows, 1, "all VPCs");
    return flows;
}

void
flows_destroy(struct flows *flows, struct ofctrl *ofctrl)
{
    if (flows) {
        ofctrl_destroy_owner(ofctrl, &flows->static_flows);
        free(flows);
    }
}

void
flows_touch_static(struct flows *flows)
{
    flows->static_made = false;
}

/* Packets with the O bit carry a control message: "Tunnel endpoints MUST NOT
 * forward the payload" (RFC 8926, section 3.4). */
static void
add_oam_flow(struct flow_list *flows)
{
    struct match match;

    match_init_catchall(&match);
    match_set_tun_flags_masked(&match, FLOW_TNL_F_OAM, FLOW_TNL_F_OAM);
    flow_list_add_drop(flows, FLOW_RECEIVE, FLOW_PRI_HIGH, &match);
}

/* Packets that no other flow of 'table' matches go on to 'next'. */
static void
add_pass_flow(struct flow_list *flows, uint8_t table, uint8_t next)
{
    struct match match;

    match_init_catchall(&match);
    flow_list_add_goto(flows, table, FLOW_PRI_DEFAULT, &match, next);
}

static void
add_output_flow(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    put_output_reg(&actions, FLOW_REG_OUT, 16);
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_OUTPUT, FLOW_PRI_DEFAULT, &match, &actions);
    flow_list_add(flows, FLOW_SEND, FLOW_PRI_DEFAULT, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The flows that depend on nothing. */
static void
flows_make_static(struct agent *agent)
{
    static const uint8_t passes[][2] = {
        { FLOW_EGRESS, FLOW_NEIGHBOR },
        { FLOW_NEIGHBOR, FLOW_ROUTE },
        { FLOW_ROUTE, FLOW_METER },
        { FLOW_METER, FLOW_EGRESS_POLICY },
        { FLOW_LABEL, FLOW_DELIVER },
        { FLOW_MTU, FLOW_ENCAP },
        { FLOW_TOO_BIG, FLOW_ENCAP },
    };
    struct flow_list flows;

    flow_list_init(&flows);
    add_oam_flow(&flows);
    spoof_add_static(&flows);
    neighbor_add_static(agent, &flows);
    for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
        add_pass_flow(&flows, passes[i][0], passes[i][1]);
    }
    policy_stage_add_static(&flows);
    outside_stage_add_static(&flows);
    egress_stage_add_static(&flows);
    service_stage_add_static(&flows);
    add_output_flow(&flows);
    mtu_stage_add_static_flows(&flows);
    packet_values_add_flows(&flows);
    ext_flows_add_static(&flows);
    fip_flows_add_static(agent->nd_by_agent, &flows);
    gateway_lost_add_static(&flows);
    ofctrl_replace(agent->ofctrl, &agent->flows->static_flows, &flows);
    flow_list_destroy(&flows);
}

/* Whether something has changed that flows depend on. */
static bool
flows_are_due(const struct agent *agent)
{
    return (!agent->flows->static_made
            || !model_touch_is_none(agent->model)
            || agent->gateways->flows_dirty
            || agent->class_ports->flows_dirty
            || vips_are_due(agent));
}

void
flows_run(struct agent *agent)
{
    struct model *model = agent->model;
    struct hmapx_node *node;
    bool gateways_changed;

    if (!flows_are_due(agent)) {
        return;
    }
    if (!agent->flows->static_made) {
        agent->flows->static_made = true;
        flows_make_static(agent);
    }
    HMAPX_FOR_EACH (node, &model->changed_endpoints) {
        endpoint_flows_make(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        vpc_flows_make(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        nve_flows_make(agent, node->data);
    }
    service_flows_run(agent);
    ext_flows_run(agent);
    gateways_changed = agent->gateways->flows_dirty;
    gateway_flows_run(agent);
    fip_flows_run(agent, gateways_changed);
    HMAPX_FOR_EACH (node, &model->changed_groups) {
        policy_group_make(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_encaps) {
        encap_stage_make(agent, node->data);
    }
    class_flows_run(agent);
    vip_flows_run(agent, gateways_changed);
}
