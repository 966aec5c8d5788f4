/* The meters of endpoints: see meter-stage.h.
 *
 * One broadcast becomes as many packets as the VPC has NVEs, so an endpoint
 * that sends many of them costs its node, the underlay and all others of the
 * VPC far more than itself.  RFC 8926, section 4.4.3, leaves replication to the
 * NVE; what an endpoint can make it replicate is bounded here, packet by
 * packet, before copies are made.
 *
 * The meter of an endpoint is that of its OpenFlow port: no number has to be
 * allocated or remembered, and an agent that restarts finds its own.
 *
 * The flow has an owner of its own.  If the switch does not take it, since its
 * datapath has no meters, that is an alarm; the endpoint works all the same,
 * without a limit. */

#include <config.h>

#include "agent/meter-stage.h"

#include "agent/agent.h"
#include "agent/flow-actions.h"
#include "agent/flows.h"
#include "flow.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static void
add_flow(const struct m_endpoint *ep, struct flow_list *flows)
{
    static const struct eth_addr mcast = ETH_ADDR_C(01,00,00,00,00,00);
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, ep->ofport);
    match_set_dl_dst_masked(&match, mcast, mcast);
    ofpbuf_init(&actions, 32);
    put_meter(&actions, ep->meter);
    put_goto(&actions, FLOW_FORWARD);
    flow_list_add(flows, FLOW_METER, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
meter_stage_update(struct agent *agent, struct m_endpoint *ep, bool wanted)
{
    uint32_t rate = local_get_settings(agent->local)->bum_rate;
    uint32_t id = (wanted && rate
                   ? OFCTRL_METER_FIRST + ofp_to_u16(ep->ofport) : 0);
    struct flow_list flows;

    flow_list_init(&flows);
    if (ep->meter != id) {
        meter_stage_forget(agent->model, ep);
    }
    if (id) {
        ep->meter = id;
        ofctrl_set_meter(agent->ofctrl, id, rate, ep->flows.name);
        add_flow(ep, &flows);
    }
    ofctrl_replace(agent->ofctrl, &ep->meter_flows, &flows);
    flow_list_destroy(&flows);
}

void
meter_stage_forget(struct model *model, struct m_endpoint *ep)
{
    if (ep->meter) {
        ofctrl_unset_meter(model->ofctrl, ep->meter, ep->flows.name);
        ep->meter = 0;
    }
}
