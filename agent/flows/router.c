/* Routing: see router.h.
 *
 * A packet to GATEWAY_MAC is either routed in FLOW_ROUTE or goes no further.
 * A VPC has a few flows for each subnet, and an endpoint has one flow for each
 * of its addresses, whichever subnet packets come from: the number of flows is
 * not a product of subnets and endpoints.  Once routed, a packet is like any
 * other that one endpoint sends to another.
 *
 *   priority
 *   PRI_SERVED       from such a one, to a service: to its backend
 *   PRI_NO_GATEWAY   from a subnet without a gateway: dropped
 *   PRI_SELF_HOST    endpoint with a gateway's address: to it
 *   PRI_SELF_ECHO    echo request to a gateway: answered
 *   PRI_SELF_PORT    UDP, TCP to a gateway: port unreachable
 *   PRI_SELF         anything else to a gateway: dropped
 *   PRI_LINK_LOCAL   never routed (RFC 4291, section 2.5.6): dropped
 *   PRI_TTL          TTL or hop limit of 0 or 1: time exceeded
 *   PRI_HOST         endpoint: to it, with its MAC and the TTL decremented
 *   PRI_SUBNET       in a subnet, but no endpoint: host unreachable
 *   PRI_NO_ROUTE     in no subnet: network unreachable
 *   PRI_REST         no IP, or a family without gateways: dropped
 *
 * A packet for a gateway itself is not forwarded, so its TTL does not matter
 * (RFC 1812, section 5.3.1).  An endpoint that has a gateway's address is the
 * gateway of that subnet, with its own MAC, and packets to it do not come
 * here.  All matches include the VNI, so VPCs may use the same addresses. */

#include <config.h>

#include "agent/flows/router.h"

#include <netinet/icmp6.h>

#include "agent/flows/controller-stage.h"
#include "agent/flows/echo-answer.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

enum {
    PRI_SERVED = 260,
    PRI_NO_GATEWAY = 250,
    PRI_SELF_HOST = 245,
    PRI_SELF_ECHO = 240,
    PRI_SELF_PORT = 230,
    PRI_SELF = 220,
    PRI_LINK_LOCAL = 210,
    PRI_TTL = 200,
    PRI_HOST = 100,
    PRI_SUBNET = 50,
    PRI_NO_ROUTE = 40,
    PRI_REST = 10,
};

static const struct vpc *
m_vpc_get_def(const struct m_vpc *vpc)
{
    return vpc->up.object ? vpc->up.object->vpc : NULL;
}

bool
router_has_gateway(const struct m_vpc *vpc, bool ipv6)
{
    const struct vpc *def = m_vpc_get_def(vpc);

    for (size_t i = 0; def && i < def->n_subnets; i++) {
        const struct subnet *s = &def->subnets[i];

        if (s->prefix.is_ipv6 == ipv6 && ipv6_addr_is_set(&s->gateway)) {
            return true;
        }
    }
    return false;
}

/* Matches. */

static void
match_init_gateway(struct match *match, const struct m_vpc *vpc)
{
    pipeline_init_match(match, vpc->vni);
    match_set_dl_dst(match, (struct eth_addr) GATEWAY_MAC);
}

static void
match_init_routed(struct match *match, const struct m_vpc *vpc, bool ipv6)
{
    match_init_gateway(match, vpc);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
}

static void
add_packet_in(struct flow_list *flows, uint16_t priority,
              const struct match *match, enum controller_stage_reason reason)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 64);
    controller_stage_put(&actions, reason);
    flow_list_add(flows, FLOW_ROUTE, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

/* A gateway's own address. */

static void
add_echo_flow(const struct m_vpc *vpc, const struct subnet *s,
              struct flow_list *flows)
{
    bool ipv6 = s->prefix.is_ipv6;
    struct ofpbuf actions;
    struct match match;

    match_init_routed(&match, vpc, ipv6);
    match_set_ip(&match, &s->gateway, true);
    echo_answer_match(&match, ipv6);
    ofpbuf_init(&actions, 256);
    echo_answer_put(&actions, ipv6, &s->gateway);
    flow_list_add(flows, FLOW_ROUTE, PRI_SELF_ECHO, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_self_flows(const struct m_vpc *vpc, const struct subnet *s,
               struct flow_list *flows)
{
    static const uint8_t protocols[] = { IPPROTO_UDP, IPPROTO_TCP };
    struct match match;

    add_echo_flow(vpc, s, flows);
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        match_init_routed(&match, vpc, s->prefix.is_ipv6);
        match_set_ip(&match, &s->gateway, true);
        match_set_nw_proto(&match, protocols[i]);
        add_packet_in(flows, PRI_SELF_PORT, &match, CONTROLLER_STAGE_NO_PORT);
    }
    match_init_routed(&match, vpc, s->prefix.is_ipv6);
    match_set_ip(&match, &s->gateway, true);
    flow_list_add_drop(flows, FLOW_ROUTE, PRI_SELF, &match);
}

/* What is routed, and what cannot be. */

static void
add_link_local_flows(const struct m_vpc *vpc, struct flow_list *flows)
{
    static const struct in6_addr link_local
        = { .s6_addr = { 0xfe, 0x80 } };
    struct in6_addr mask = ipv6_create_mask(10);
    struct match match;

    match_init_routed(&match, vpc, true);
    match_set_ipv6_src_masked(&match, &link_local, &mask);
    flow_list_add_drop(flows, FLOW_ROUTE, PRI_LINK_LOCAL, &match);
    match_init_routed(&match, vpc, true);
    match_set_ipv6_dst_masked(&match, &link_local, &mask);
    flow_list_add_drop(flows, FLOW_ROUTE, PRI_LINK_LOCAL, &match);
}

static void
add_family_flows(const struct m_vpc *vpc, bool ipv6, struct flow_list *flows)
{
    const struct vpc *def = m_vpc_get_def(vpc);
    struct match match;

    for (uint8_t ttl = 0; ttl <= 1; ttl++) {
        match_init_routed(&match, vpc, ipv6);
        match_set_nw_ttl(&match, ttl);
        add_packet_in(flows, PRI_TTL, &match, CONTROLLER_STAGE_TTL);
    }
    match_init_routed(&match, vpc, ipv6);
    add_packet_in(flows, PRI_NO_ROUTE, &match, CONTROLLER_STAGE_NO_ROUTE);
    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct subnet *s = &def->subnets[i];

        if (s->prefix.is_ipv6 != ipv6) {
            continue;
        }
        match_init_routed(&match, vpc, ipv6);
        match_set_prefix(&match, &s->prefix, true);
        add_packet_in(flows, PRI_SUBNET, &match, CONTROLLER_STAGE_NO_HOST);
        if (ipv6_addr_is_set(&s->gateway)) {
            add_self_flows(vpc, s, flows);
        } else {
            match_init_routed(&match, vpc, ipv6);
            match_set_prefix(&match, &s->prefix, false);
            flow_list_add_drop(flows, FLOW_ROUTE, PRI_NO_GATEWAY, &match);
        }
    }
}

void
router_add_vpc_flows(const struct m_vpc *vpc, struct flow_list *flows)
{
    bool ipv4 = router_has_gateway(vpc, false);
    bool ipv6 = router_has_gateway(vpc, true);
    struct match match;

    if (!ipv4 && !ipv6) {
        return;
    }
    match_init_gateway(&match, vpc);
    flow_list_add_drop(flows, FLOW_ROUTE, PRI_REST, &match);
    if (ipv4) {
        add_family_flows(vpc, false, flows);
    }
    if (ipv6) {
        add_link_local_flows(vpc, flows);
        add_family_flows(vpc, true, flows);
    }
}

/* Whether some subnet of that family has no gateway. */
static bool
lacks_gateway(const struct vpc *vpc, bool ipv6)
{
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        if (vpc->subnets[i].prefix.is_ipv6 == ipv6
            && !ipv6_addr_is_set(&vpc->subnets[i].gateway)) {
            return true;
        }
    }
    return false;
}

/* A service's address has the gateway's MAC also in a subnet without one: what
 * it has translated is routed there, too. */
static void
add_served_flow(const struct m_endpoint *ep, const struct in6_addr *ip,
                const struct ofpbuf *actions, struct flow_list *flows)
{
    const uint32_t bit = 1u << FLOW_FLAG_SERVED;
    bool ipv6 = !IN6_IS_ADDR_V4MAPPED(ip);
    struct match match;

    if (ep->vpc->n_lbs && lacks_gateway(m_vpc_get_def(ep->vpc), ipv6)) {
        match_init_routed(&match, ep->vpc, ipv6);
        match_set_ip(&match, ip, true);
        match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, bit, bit);
        flow_list_add(flows, FLOW_ROUTE, PRI_SERVED, &match, actions);
    }
}

void
router_add_endpoint_flows(const struct m_endpoint *ep,
                          struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    const struct vpc *vpc = ep->vpc->up.object->vpc;
    struct ofpbuf actions;

    ofpbuf_init(&actions, 128);
    put_dec_ttl(&actions);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, def->mac);
    put_goto(&actions, FLOW_METER);
    for (size_t i = 0; i < def->n_ips; i++) {
        bool ipv6 = !IN6_IS_ADDR_V4MAPPED(&def->ips[i]);

        add_served_flow(ep, &def->ips[i], &actions, flows);
        if (router_has_gateway(ep->vpc, ipv6)) {
            const struct subnet *s = vpc_find_subnet(vpc, &def->ips[i]);
            bool self = s && ipv6_addr_equals(&s->gateway, &def->ips[i]);
            struct match match;

            match_init_routed(&match, ep->vpc, ipv6);
            match_set_ip(&match, &def->ips[i], true);
            flow_list_add(flows, FLOW_ROUTE, self ? PRI_SELF_HOST : PRI_HOST,
                          &match, &actions);
        }
    }
    ofpbuf_uninit(&actions);
}
