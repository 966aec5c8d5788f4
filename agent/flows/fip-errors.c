/* ICMP errors and floating IPs: see fip-errors.h.
 *
 * The userspace datapath spoils ICMPv6 errors when it changes their addresses
 * (gateway-out.c).  Outwards, they have the external address already when it
 * translates them; inwards, "packet too big" is the agent's to translate.
 *
 *      FLOW_EXT_OUT      an ICMPv6 error: its source, ct(commit,nat)
 *                        the agent's own, at a gateway
 *      FLOW_EXT_ADDRESS  too big: FLOW_CONTROLLER
 *      FLOW_EXT_BACK     the agent has translated it: to FLOW_DELIVER (at a
 *                        gateway that is gateway-in.c's) */

#include <config.h>

#include "agent/flows/fip-errors.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/icmp-errors.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Before all others of floating IPs and gateways. */
#define PRI_OUT 500                 /* In FLOW_EXT_OUT. */
#define PRI_IN 210                  /* In FLOW_EXT_ADDRESS. */
#define PRI_BACK 310                /* In FLOW_EXT_BACK. */

static void
put_out(const struct m_fip *fip, struct eth_addr mac, struct ofpbuf *actions)
{
    const struct in6_addr *address = &m_fip_get_def(fip)->address;

    put_load_imm(actions, FLOW_REG_EXTNET, fip->extnet->up.id, 0);
    put_set_eth_src(actions, mac);
    put_set_ip_src(actions, address);
    put_ct_snat(actions, fip->zone, address, FLOW_EXT_SNAT);
}

static void
add_out_flows(const struct m_fip *fip, uint32_t id, struct eth_addr mac,
              struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 128);
    put_out(fip, mac, &actions);
    for (size_t i = 0; i < icmp_errors_count(true); i++) {
        pipeline_init_gateway(&match, id);
        match_set_ip(&match, &fip->ip, false);
        icmp_errors_match(&match, true, i);
        flow_list_add(flows, FLOW_EXT_OUT, PRI_OUT, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
add_agent_flow(const struct m_fip *fip, uint32_t id, struct eth_addr mac,
               struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, id);
    match_set_in_port(&match, OFPP_CONTROLLER);
    match_set_ip(&match, &m_fip_get_def(fip)->address, false);
    ofpbuf_init(&actions, 128);
    put_out(fip, mac, &actions);
    flow_list_add(flows, FLOW_EXT_OUT, PRI_OUT, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_in_flow(const struct m_fip *fip, uint32_t id, struct eth_addr mac,
            struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, fip->extnet->up.id);
    match_set_dl_dst(&match, mac);
    match_set_ip(&match, &m_fip_get_def(fip)->address, true);
    match_set_nw_proto(&match, IPPROTO_ICMPV6);
    match_set_icmp_type(&match, ICMP6_PACKET_TOO_BIG);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, id, 0);
    controller_stage_put(&actions, CONTROLLER_STAGE_NAT_ERROR);
    flow_list_add(flows, FLOW_EXT_ADDRESS, PRI_IN, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_back_flow(const struct m_fip *fip, uint32_t id, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, id);
    match_set_in_port(&match, OFPP_CONTROLLER);
    match_set_ip(&match, &fip->ip, true);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_VNI, fip->ep->vpc->vni, 0);
    put_dec_ttl(&actions);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, fip->ep->up.object->endpoint->mac);
    put_goto(&actions, FLOW_DELIVER);
    flow_list_add(flows, FLOW_EXT_BACK, PRI_BACK, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
fip_errors_add_flows(const struct agent *agent, const struct m_fip *fip,
                     uint32_t id, struct eth_addr mac,
                     struct flow_list *flows)
{
    bool at_gateway = fip->mode == FLOATING_IP_GATEWAY;

    if (at_gateway) {
        add_agent_flow(fip, id, mac, flows);
    }
    if (!IN6_IS_ADDR_V4MAPPED(&fip->ip) && !local_uses_kernel(agent->local)) {
        add_out_flows(fip, id, mac, flows);
        add_in_flow(fip, id, mac, flows);
        if (!at_gateway) {
            add_back_flow(fip, id, flows);
        }
    }
}
