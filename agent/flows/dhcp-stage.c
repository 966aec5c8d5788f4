/* What is handed over for a service: see dhcp-stage.h. */

#include <config.h>

#include "agent/flows/dhcp-stage.h"

#include <netinet/icmp6.h>

#include "agent/flows/controller-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/endpoint-services.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "dhcp.h"
#include "lib/dhcp6.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"

#define DNS_PORT 53

static void
add_flow(struct flow_list *flows, const struct match *match,
         enum controller_stage_reason reason)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 64);
    controller_stage_put(&actions, reason);
    flow_list_add(flows, FLOW_EGRESS, FLOW_PRI_HIGH, match, &actions);
    ofpbuf_uninit(&actions);
}

static void
match_init_udp(struct match *match, bool ipv6, uint16_t port)
{
    match_init_catchall(match);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
    match_set_nw_proto(match, IPPROTO_UDP);
    match_set_tp_dst(match, htons(port));
}

/* From the client's port only: what else goes to a server's port is none of
 * DHCP. */
static void
add_dhcp(const struct m_endpoint *ep, bool ipv6, struct flow_list *flows)
{
    struct match match;

    match_init_udp(&match, ipv6, ipv6 ? DHCP6_SERVER_PORT : DHCP_SERVER_PORT);
    match_set_tp_src(&match, htons(ipv6 ? DHCP6_CLIENT_PORT
                                   : DHCP_CLIENT_PORT));
    match_set_in_port(&match, ep->ofport);
    add_flow(flows, &match, (ipv6 ? CONTROLLER_STAGE_DHCP6
                             : CONTROLLER_STAGE_DHCP4));
}

static void
match_init_router_solicitation(struct match *match,
                               const struct m_endpoint *ep)
{
    match_init_catchall(match);
    match_set_in_port(match, ep->ofport);
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, ND_ROUTER_SOLICIT);
}

/* Also from a host that has no address yet (RFC 4861, section 4.1). */
static void
add_router_solicitation(const struct m_endpoint *ep, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_router_solicitation(&match, ep);
    add_flow(flows, &match, CONTROLLER_STAGE_ROUTER);

    ofpbuf_init(&actions, 16);
    put_goto(&actions, FLOW_EGRESS);
    match_init_router_solicitation(&match, ep);
    match_set_ipv6_src(&match, &in6addr_any);
    flow_list_add(flows, FLOW_SPOOF_IP, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
dhcp_stage_add_endpoint(const struct m_endpoint *ep, struct flow_list *flows)
{
    if (endpoint_services_has_dhcp(ep, false)) {
        add_dhcp(ep, false, flows);
    }
    if (endpoint_services_has_dhcp(ep, true)) {
        add_dhcp(ep, true, flows);
    }
    if (endpoint_services_has_ra(ep)) {
        add_router_solicitation(ep, flows);
    }
}

void
dhcp_stage_add_vpc(const struct m_vpc *vpc, struct flow_list *flows)
{
    const struct vpc *def = vpc->up.object->vpc;

    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct in6_addr *gateway = &def->subnets[i].gateway;
        bool ipv6 = def->subnets[i].prefix.is_ipv6;
        struct match match;

        if (!def->services[i].dns) {
            continue;
        }
        match_init_udp(&match, ipv6, DNS_PORT);
        match_set_metadata(&match, htonll(vpc->vni));
        match_set_dl_dst(&match, (struct eth_addr) GATEWAY_MAC);
        match_set_ip(&match, gateway, true);
        add_flow(flows, &match, CONTROLLER_STAGE_DNS);
    }
}
