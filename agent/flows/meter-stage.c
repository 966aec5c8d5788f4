/* The meters of endpoints: see meter-stage.h.
 *
 * One broadcast becomes as many packets as the VPC has NVEs, so an endpoint
 * that sends many costs its node, the underlay and the rest of the VPC far
 * more than it costs itself.  RFC 8926, section 4.4.3, leaves replication to
 * the NVE.  Here a meter limits an endpoint's broadcasts before they are
 * copied.
 *
 * The switch has one short queue of packets for the agent, so an endpoint that
 * causes many ICMP errors would crowd out the others.  So the switch also
 * meters the packets that it hands over to the agent, at a higher rate than
 * the agent answers (packet-in.c).
 *
 * The ids of an endpoint's meters follow from its OpenFlow port: nothing has
 * to be allocated or remembered, and an agent that restarts finds its own.
 *
 * The flows have an owner of their own; without them packets take the same way
 * by flows of lower priority.  If the switch refuses them because its datapath
 * has no meters, an alarm says so, and the endpoint works without a limit; see
 * also remotes/refusals.c. */

#include <config.h>

#include "agent/flows/meter-stage.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/limit-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* A meter's id is one of these plus the endpoint's OpenFlow port.  (Open
 * vSwitch takes any id, however few meters its datapath has.) */
#define BUM_METERS FLOW_OWNER_METER_FIRST
#define PACKET_IN_METERS (FLOW_OWNER_METER_FIRST + 0x10000)

#define LIMIT_METERS (FLOW_OWNER_METER_FIRST + 0x20000)

#define PROBE_METERS (LIMIT_METERS + METER_STAGE_N_LIMITS * 0x10000)

BUILD_ASSERT_DECL(PROBE_METERS + 0x10000 - 1 == FLOW_OWNER_METER_LAST);

uint32_t
meter_stage_get_id(ofp_port_t port, unsigned int i)
{
    ovs_assert(i < METER_STAGE_N);
    return BUM_METERS + i * 0x10000 + ofp_to_u16(port);
}

uint32_t
meter_stage_get_limit_id(ofp_port_t port, unsigned int i)
{
    ovs_assert(i < METER_STAGE_N_LIMITS);
    return LIMIT_METERS + i * 0x10000 + ofp_to_u16(port);
}

uint32_t
meter_stage_get_probe_id(ofp_port_t port)
{
    return PROBE_METERS + ofp_to_u16(port);
}

static void
add_bum_flow(const struct m_endpoint *ep, struct flow_list *flows)
{
    static const struct eth_addr mcast = ETH_ADDR_C(01,00,00,00,00,00);
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, ep->ofport);
    match_set_dl_dst_masked(&match, mcast, mcast);
    ofpbuf_init(&actions, 32);
    put_meter(&actions, ep->here->bum_meter);
    put_goto(&actions, FLOW_EGRESS_POLICY);
    flow_list_add(flows, FLOW_METER, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
meter_stage_replace(struct ofctrl *ofctrl, uint32_t *meter, uint32_t id,
                    struct meter_band band, const char *owner)
{
    if (*meter && *meter != id) {
        ofctrl_unset_meter(ofctrl, *meter, owner);
    }
    if (id) {
        ofctrl_set_meter(ofctrl, id, band, owner);
    }
    *meter = id;
}

void
meter_stage_replace_of(struct ofctrl *ofctrl, const struct m_endpoint *ep,
                       uint32_t *meter, uint32_t id, struct meter_band band)
{
    if (*meter || id) {
        char *owner = flow_owner_get_name(&ep->flows);

        meter_stage_replace(ofctrl, meter, id, band, owner);
        free(owner);
    }
}

/* Gives 'ep' the meter with id 'base' plus its OpenFlow port, of 'rate'
 * packets a second, or takes it away if 'rate' is 0. */
static void
set_meter(struct ofctrl *ofctrl, const struct m_endpoint *ep, uint32_t *meter,
          uint32_t base, uint32_t rate)
{
    uint32_t id = rate ? base + ofp_to_u16(ep->ofport) : 0;

    meter_stage_replace_of(ofctrl, ep, meter, id, meter_band_packets(rate));
}

void
meter_stage_update(struct agent *agent, struct m_endpoint *ep, bool wanted)
{
    uint32_t bum_rate = local_get_settings(agent->local)->bum_rate;
    struct m_here *here = ep->here;
    struct flow_list flows;

    if (!here) {
        return;                     /* It never had any. */
    }
    set_meter(agent->ofctrl, ep, &here->bum_meter, BUM_METERS,
              wanted ? bum_rate : 0);
    set_meter(agent->ofctrl, ep, &here->packet_in_meter, PACKET_IN_METERS,
              wanted ? METER_STAGE_PACKET_IN_RATE : 0);
    flow_list_init(&flows);
    if (here->bum_meter) {
        add_bum_flow(ep, &flows);
    }
    if (here->packet_in_meter) {
        controller_stage_add_flow(ep, here->packet_in_meter, &flows);
    }
    if (wanted) {
        limit_stage_add_flows(agent, ep, &flows);
    }
    ofctrl_replace(agent->ofctrl, &here->meter_flows, &flows);
    flow_list_destroy(&flows);
}
