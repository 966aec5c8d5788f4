/* Flows of VPCs: see vpc-flows.h. */

#include <config.h>

#include "agent/flows/vpc-flows.h"

#include "agent/agent.h"
#include "agent/flows/dhcp-stage.h"
#include "agent/flows/egress-stage.h"
#include "agent/flows/neighbor.h"
#include "agent/flows/outside-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/policy-stage.h"
#include "agent/flows/qos-stage.h"
#include "agent/flows/replication.h"
#include "agent/flows/return-stage.h"
#include "agent/flows/route-stage.h"
#include "agent/flows/router.h"
#include "agent/flows/service-stage.h"
#include "agent/model/model.h"
#include "agent/model/vpc-trust.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "lib/tlv-plan.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"

/* Lets packets of a known VNI in.  They must have the options that we
 * advertise as required (docs/negotiation.md, "required"), once senders have
 * applied that. */
static void
add_receive_flow(const struct agent *agent, const struct m_vpc *vpc,
                 struct flow_list *flows)
{
    const struct recv_table *table = receive_get_table(agent->receive);
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_tun_id(&match, htonll(vpc->vni));
    for (size_t i = 0; i < table->n_entries; i++) {
        const struct recv_entry *e = &table->entries[i];
        int index = tlv_plan_get_index(agent->base_plan, e->key, e->max_len);

        if (e->required && index >= 0
            && retained_enforces(agent, e->key)) {
            match_set_option_present(&match, index);
        }
    }

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_VNI, vpc->vni, 0);
    qos_stage_put_received(agent, vpc, &actions);
    put_goto(&actions, (vpc_trust_is_needed(vpc)
                        ? FLOW_SOURCE : FLOW_LABEL));
    flow_list_add(flows, FLOW_RECEIVE, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
vpc_flows_make(struct agent *agent, struct m_vpc *vpc)
{
    struct flow_list flows;

    flow_list_init(&flows);
    if (m_vpc_is_active(vpc)) {
        add_receive_flow(agent, vpc, &flows);
        qos_stage_add_vpc(agent, vpc, &flows);
        dhcp_stage_add_vpc(vpc, &flows);
        neighbor_add_gateways(agent, vpc, &flows);
        replication_add_flows(agent, vpc, &flows);
        router_add_vpc_flows(vpc, &flows);
        route_stage_add_vpc(vpc, &flows);
        return_stage_add_vpc(agent, vpc, &flows);
        outside_stage_add_vpc(agent, vpc, &flows);
        policy_stage_add_vpc(agent, vpc, &flows);
        egress_stage_add_vpc(vpc, &flows);
        service_stage_add_vpc(agent, vpc, &flows);
    } else {
        replication_forget(agent, vpc);
        return_stage_release(agent, vpc);
    }
    service_stage_release(agent, vpc);
    ofctrl_replace(agent->ofctrl, &vpc->flows, &flows);
    flow_list_destroy(&flows);
}
