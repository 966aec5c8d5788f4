/* A provider network's own routing table: what is in one of its subnets is on
 * the link, all else goes to the router of the subnet that the packet's source
 * is from, since that router knows the way back.
 *
 *   priority
 *   300              an external address of this node: see fip-flows.c
 *   PRI_NO_HOST      multicast, broadcast, link-local, loopback: dropped
 *   PRI_ON_LINK      in a subnet: to it
 *   PRI_SOURCE       from a subnet: to its router
 *   PRI_DEFAULT      from elsewhere (a gateway without NAT): to the first
 *                    subnet's router that there is
 *
 * The neighbour's address is in FLOW_REG_NEXT_HOP, or for IPv6 in
 * FLOW_REG_NEXT_HOP6. */

#include <config.h>

#include "agent/flows/ext-route.h"

#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

enum {
    PRI_NO_HOST = 250,
    PRI_ON_LINK = 200,
    PRI_SOURCE = 100,
    PRI_DEFAULT = 50,
};

static void
match_init_ip(struct match *match, const struct m_extnet *extnet, bool ipv6)
{
    pipeline_init_extnet(match, extnet->up.id);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
}

static void
add_drop_ipv4(const struct m_extnet *extnet, ovs_be32 ip,
              struct flow_list *flows)
{
    struct match match;

    match_init_ip(&match, extnet, false);
    match_set_nw_dst(&match, ip);
    flow_list_add_drop(flows, FLOW_EXT_ROUTE, PRI_NO_HOST, &match);
}

/* The network's own address, and its broadcast address. */
static void
add_no_host_flows(const struct m_extnet *extnet,
                  const struct ip_prefix *prefix, struct flow_list *flows)
{
    ovs_be32 ip;

    if (!prefix->is_ipv6 && prefix->plen < 31) {
        ip = in6_addr_get_mapped_ipv4(&prefix->addr);
        add_drop_ipv4(extnet, ip, flows);
        add_drop_ipv4(extnet, ip | ~be32_prefix_mask(prefix->plen), flows);
    }
}

static void
add_on_link_flow(const struct m_extnet *extnet,
                 const struct ip_prefix *prefix, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    match_set_prefix(&match, prefix, true);
    ofpbuf_init(&actions, 64);
    if (prefix->is_ipv6) {
        put_move(&actions, MFF_IPV6_DST, 0, FLOW_REG_NEXT_HOP6, 0, 128);
    } else {
        put_move(&actions, MFF_IPV4_DST, 0, FLOW_REG_NEXT_HOP, 0, 32);
    }
    put_goto(&actions, FLOW_EXT_NEIGHBOR);
    flow_list_add(flows, FLOW_EXT_ROUTE, PRI_ON_LINK, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* To the router of subnet 's': packets from it, or, if not 'own', all. */
static void
add_router_flow(const struct m_extnet *extnet, const struct subnet *s,
                bool own, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_ip(&match, extnet, s->prefix.is_ipv6);
    if (own) {
        match_set_prefix(&match, &s->prefix, false);
    }
    ofpbuf_init(&actions, 64);
    if (s->prefix.is_ipv6) {
        put_set_ipv6(&actions, FLOW_REG_NEXT_HOP6, &s->gateway);
    } else {
        put_load_imm(&actions, FLOW_REG_NEXT_HOP,
                     ntohl(in6_addr_get_mapped_ipv4(&s->gateway)), 0);
    }
    put_goto(&actions, FLOW_EXT_NEIGHBOR);
    flow_list_add(flows, FLOW_EXT_ROUTE, own ? PRI_SOURCE : PRI_DEFAULT,
                  &match, &actions);
    ofpbuf_uninit(&actions);
}

void
ext_route_add_flows(const struct m_extnet *extnet, struct flow_list *flows)
{
    const struct external_network *def = m_extnet_get_def(extnet);
    bool has_default[2] = { false, false };

    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct subnet *s = &def->subnets[i];

        add_no_host_flows(extnet, &s->prefix, flows);
        add_on_link_flow(extnet, &s->prefix, flows);
        if (ipv6_addr_is_set(&s->gateway)) {
            add_router_flow(extnet, s, true, flows);
            if (!has_default[s->prefix.is_ipv6]) {
                add_router_flow(extnet, s, false, flows);
                has_default[s->prefix.is_ipv6] = true;
            }
        }
    }
}

void
ext_route_add_static(struct flow_list *flows)
{
    static const char *const prefixes[] = {
        /* Multicast, what is reserved, and limited broadcast: RFC 1112,
         * section 4; RFC 919, section 7. */
        "224.0.0.0/3", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
        "ff00::/8", "fe80::/10", "::/127",
    };

    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        struct ip_prefix prefix;
        struct match match;

        ovs_assert(ip_prefix_from_string(prefixes[i], &prefix));
        match_init_catchall(&match);
        match_set_prefix(&match, &prefix, true);
        flow_list_add_drop(flows, FLOW_EXT_ROUTE, PRI_NO_HOST, &match);
    }
}
