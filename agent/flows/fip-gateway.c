/* Floating IPs at a gateway: see fip-gateway.h.
 *
 * They are one more external address of the gateway, with a zone of their own
 * and for one endpoint, in either direction:
 *
 *      FLOW_EXT_OUT      from the endpoint: ct(commit,nat(src=FIP))
 *      FLOW_EXT_ADDRESS  ARP and ND, by the gateway's group: gateway-owner.c;
 *                        packets: ct(commit,nat(dst=IP))
 *
 * All else is the gateway's: its MAC, who of its candidates answers, and what
 * becomes of a packet before and after that (gateway-out.c, gateway-in.c), so
 * all candidates have these flows.  A failover changes none, but for the one
 * by which the active node itself reaches the address. */

#include <config.h>

#include "agent/flows/fip-gateway.h"

#include "agent/agent.h"
#include "agent/flows/fip-errors.h"
#include "agent/flows/fip-flows.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/gateway-owner.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* In FLOW_EXT_OUT: before the gateway's own, for any length of prefix. */
#define PRI_SOURCE 450

struct gateway *
fip_gateway_find(const struct agent *agent, const struct m_fip *fip)
{
    struct gateway *g;

    if (!m_fip_get_def(fip) || fip->mode != FLOATING_IP_GATEWAY
        || !fip->gateway) {
        return NULL;
    }
    g = gateways_find(agent, fip->gateway->up.name);
    return g && !g->problem && g->gw->self ? g : NULL;
}

static void
add_out_flow(const struct m_fip *fip, const struct gateway *g,
             struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_ip(&match, &fip->ip, false);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_EXTNET, fip->extnet->up.id, 0);
    put_set_eth_src(&actions, gateway_flows_get_mac(g));
    put_ct_snat(&actions, fip->zone, &m_fip_get_def(fip)->address,
                FLOW_EXT_SNAT);
    flow_list_add(flows, FLOW_EXT_OUT, PRI_SOURCE, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_in_flow(const struct m_fip *fip, const struct gateway *g,
            struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, fip->extnet->up.id);
    match_set_dl_dst(&match, gateway_flows_get_mac(g));
    match_set_ip(&match, &m_fip_get_def(fip)->address, true);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_ct_dnat(&actions, fip->zone, &fip->ip, FLOW_EXT_BACK);
    flow_list_add(flows, FLOW_EXT_ADDRESS, FLOW_PRI_HIGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
fip_gateway_add_route(const struct agent *agent, const struct m_fip *fip,
                      struct flow_list *flows)
{
    const struct gateway *g = (fip->gateway
                               ? gateways_find(agent, fip->gateway->up.name)
                               : NULL);

    if (g && !g->problem) {
        fip_flows_add_route(fip, g->gw->up.id, flows);
    }
}

void
fip_gateway_add_flows(const struct agent *agent, const struct m_fip *fip,
                      const struct gateway *g, struct flow_list *flows)
{
    add_out_flow(fip, g, flows);
    add_in_flow(fip, g, flows);
    if (g->active) {
        gateway_in_add_own(g, &m_fip_get_def(fip)->address, flows);
    }
    fip_errors_add_flows(agent, fip, g->gw->up.id, gateway_flows_get_mac(g),
                         flows);
    gateway_owner_add_address(agent, g, &m_fip_get_def(fip)->address, flows);
}
