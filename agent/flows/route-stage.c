/* Routes: see route-stage.h.
 *
 *      FLOW_ROUTE   for no endpoint, and the VPC has routes: FLOW_VIA
 *      FLOW_VIA     by destination, the longest prefix first, as the priority
 *                   says.  A subnet of the VPC is like a route to it, which
 *                   leads back to FLOW_ROUTE, to be answered there as without
 *                   routes; so is what no route is for
 *      FLOW_HOP     if there are several ways: to the one that a hash of the
 *                   addresses has chosen
 *      FLOW_METER   and on, as any routed packet: to an appliance by its MAC,
 *                   to a gateway by FLOW_REG_GATEWAY
 *
 * Both directions have the same hash, and fragments the hash of the whole, so
 * it is of addresses alone.  When ways change, those stay whose way is left.
 *
 * A route without spec.from has a flow for the whole VPC.  Local endpoints for
 * which that is wrong, as a route selects them or they are appliances, have
 * flows of their own, with their port.
 *
 * An appliance may have sources within the destinations of the routes that
 * lead through it, but none of the VPC's own subnets.  It has no label then:
 * such a packet is from outside, whoever passes it on.  What is not for its
 * own addresses reaches an appliance only by FLOW_ROUTE, so nobody can use one
 * but by a route. */

#include <config.h>

#include "agent/flows/route-stage.h"

#include <stdlib.h>

#include "agent/flows/controller-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/return-stage.h"
#include "agent/flows/router.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-route.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_ROUTE: after what is for an endpoint, before what is for a subnet
 * (router.c). */
#define PRI_ROUTES 60

/* In FLOW_VIA: three for each length of a prefix. */
#define PRI_PREFIX(PLEN) (10 + 4 * (PLEN))
#define PRI_PREFIX_SUBNET(PLEN) (PRI_PREFIX(PLEN) + 0)
#define PRI_PREFIX_ROUTE(PLEN) (PRI_PREFIX(PLEN) + 1)
#define PRI_PREFIX_PORT(PLEN) (PRI_PREFIX(PLEN) + 2)

/* In FLOW_SPOOF_IP: after the endpoint's own addresses. */
#define PRI_SPOOF_THROUGH (FLOW_PRI_NORMAL - 20)
#define PRI_SPOOF_NEVER (FLOW_PRI_NORMAL - 10)

/* In FLOW_FORWARD: before what is for a MAC. */
#define PRI_APPLIANCE_IP (FLOW_PRI_NORMAL + 1)
#define PRI_APPLIANCE_OWN (FLOW_PRI_NORMAL + 2)

/* Ways are weighed by so many links at most. */
#define MAX_WAY_LINKS 256

/* Sources that nobody passes on. */
static const char *const never_sources[] = {
    "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/128", "::1/128",
    "fe80::/10", "ff00::/8"
};

static const struct vpc *
m_vpc_get_def(const struct m_vpc *vpc)
{
    return vpc->up.object ? vpc->up.object->vpc : NULL;
}

/* Ways. */

/* What no route is for is answered by FLOW_ROUTE, as if there were none. */
static void
put_no_route(struct ofpbuf *actions)
{
    put_load_bits(actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_NO_VIA, 1);
    put_resubmit(actions, FLOW_ROUTE);
}

static void
put_hop(const struct m_route_via *via, struct ofpbuf *actions)
{
    put_dec_ttl(actions);
    if (via->ep) {
        put_set_eth_src(actions, (struct eth_addr) GATEWAY_MAC);
        put_set_eth_dst(actions, via->ep->up.object->endpoint->mac);
    }
    put_load_imm(actions, FLOW_REG_GATEWAY,
                 via->gateway ? via->gateway->up.id : 0, 0);
    put_resubmit(actions, FLOW_METER);
}

static size_t
count_links(const struct m_route *route)
{
    size_t n = 0;

    for (size_t i = 0; i < route->n_vias; i++) {
        n += route->vias[i].weight;
    }
    return MIN(n, MAX_WAY_LINKS);
}

/* 'route' may be NULL: there is none. */
static void
put_route(const struct m_route *route, struct ofpbuf *actions)
{
    if (!route) {
        put_no_route(actions);
    } else if (route->n_vias == 1) {
        put_hop(&route->vias[0], actions);
    } else if (route->n_vias) {
        put_load_imm(actions, FLOW_REG_GATEWAY, route->up.id, 0);
        put_multipath_addresses(actions, count_links(route),
                                FLOW_REG_NEXT_HOP);
        put_resubmit(actions, FLOW_HOP);
    } else if (m_route_get_def(route)->via[0].type != VPC_ROUTE_DROP) {
        controller_stage_put(actions, CONTROLLER_STAGE_NO_ROUTE);
    }
}

/* The links of each way follow one another. */
static void
add_hop_flows(const struct m_route *route, struct flow_list *flows)
{
    const struct vpc_route *def = m_route_get_def(route);
    const ovs_be16 dl_type = htons(def->destination.is_ipv6
                                   ? ETH_TYPE_IPV6 : ETH_TYPE_IP);
    size_t n_links = count_links(route), total = 0, before = 0;
    struct ofpbuf actions;

    for (size_t i = 0; i < route->n_vias; i++) {
        total += route->vias[i].weight;
    }
    ofpbuf_init(&actions, 128);
    for (size_t i = 0; i < route->n_vias; i++) {
        const struct m_route_via *via = &route->vias[i];
        size_t first = before * n_links / total;
        size_t end = (before + via->weight) * n_links / total;
        struct match match;

        before += via->weight;
        ofpbuf_clear(&actions);
        put_hop(via, &actions);
        for (size_t link = first; link < end; link++) {
            match_init_catchall(&match);
            match_set_dl_type(&match, dl_type);     /* For the TTL. */
            match_set_reg(&match, FLOW_REG_GATEWAY - MFF_REG0, route->up.id);
            match_set_reg(&match, FLOW_REG_NEXT_HOP - MFF_REG0, link);
            flow_list_add(flows, FLOW_HOP, FLOW_PRI_NORMAL, &match, &actions);
        }
    }
    ofpbuf_uninit(&actions);
}

/* Destinations. */

static void
add_via_flow(const struct m_vpc *vpc, const struct ip_prefix *destination,
             uint16_t priority, ofp_port_t port, const struct m_route *route,
             struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 128);
    put_route(route, &actions);
    pipeline_init_match(&match, vpc->vni);
    match_set_prefix(&match, destination, true);
    if (port) {
        match_set_in_port(&match, port);
    }
    flow_list_add(flows, FLOW_VIA, priority, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Whether 'route' counts: its VPC routes packets of its family. */
static bool
is_in_force(const struct m_route *route)
{
    const struct vpc_route *def = m_route_get_def(route);

    return def && router_has_gateway(route->vpc, def->destination.is_ipv6);
}

static void
add_family_flows(const struct m_vpc *vpc, bool ipv6, struct flow_list *flows)
{
    const struct vpc *def = m_vpc_get_def(vpc);
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, vpc->vni);
    match_set_dl_dst(&match, (struct eth_addr) GATEWAY_MAC);
    match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, 0,
                         1u << FLOW_FLAG_NO_VIA);
    flow_list_add_goto(flows, FLOW_ROUTE, PRI_ROUTES, &match, FLOW_VIA);
    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct ip_prefix *p = &def->subnets[i].prefix;

        if (p->is_ipv6 == ipv6) {
            add_via_flow(vpc, p, PRI_PREFIX_SUBNET(p->plen), 0, NULL, flows);
        }
    }

    ofpbuf_init(&actions, 64);
    put_no_route(&actions);
    pipeline_init_match(&match, vpc->vni);
    match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
    flow_list_add(flows, FLOW_VIA, FLOW_PRI_DEFAULT + 1, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_vpc_routes(const struct m_vpc *vpc, struct flow_list *flows)
{
    bool families[2] = { false, false };
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->routes) {
        const struct m_route *route = node->data;
        const struct ip_prefix *d;

        if (!is_in_force(route)) {
            continue;
        }
        d = &m_route_get_def(route)->destination;
        families[d->is_ipv6] = true;
        if (m_route_find(vpc, NULL, d) == route) {
            add_via_flow(vpc, d, PRI_PREFIX_ROUTE(d->plen), 0, route, flows);
        }
        if (route->n_vias > 1) {
            add_hop_flows(route, flows);
        }
    }
    for (int i = 0; i < 2; i++) {
        if (families[i]) {
            add_family_flows(vpc, i, flows);
        }
    }
}

/* Returns the length of the longest subnet of 'vpc' that has all of 'p', -1 if
 * there is none. */
static int
find_subnet_plen(const struct m_vpc *vpc, const struct ip_prefix *p)
{
    const struct vpc *def = m_vpc_get_def(vpc);

    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct ip_prefix *s = &def->subnets[i].prefix;

        if (s->plen <= p->plen && ip_prefix_overlaps(s, p)) {
            return s->plen;
        }
    }
    return -1;
}

/* Adds flows for the destinations for which those of the VPC are wrong for
 * 'ep'. */
static void
add_own_routes(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct m_vpc *vpc = ep->vpc;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->routes) {
        const struct m_route *route = node->data, *own;
        const struct ip_prefix *d;

        if (!is_in_force(route)) {
            continue;
        }
        d = &m_route_get_def(route)->destination;
        own = m_route_find(vpc, ep, d);
        if (own && find_subnet_plen(vpc, d)
                   > (int) m_route_get_def(own)->destination.plen) {
            own = NULL;
        }
        if (own == route ? m_route_get_def(route)->has_from
            : m_route_find(vpc, NULL, d) == route
              && (!own || m_route_get_def(own)->destination.plen < d->plen)) {
            add_via_flow(vpc, d, PRI_PREFIX_PORT(d->plen), ep->ofport, own,
                         flows);
        }
    }
}

/* Appliances. */

static void
add_spoof_prefixes(const struct m_endpoint *ep, const char *const *prefixes,
                   size_t n, struct flow_list *flows)
{
    for (size_t i = 0; i < n; i++) {
        struct ip_prefix p;
        struct match match;

        ovs_assert(ip_prefix_from_string(prefixes[i], &p));
        match_init_catchall(&match);
        match_set_in_port(&match, ep->ofport);
        match_set_prefix(&match, &p, false);
        flow_list_add_goto(flows, FLOW_SPOOF_IP, PRI_SPOOF_NEVER, &match,
                           FLOW_SPOOFED);
    }
}

static void
add_through_flow(const struct m_endpoint *ep, const struct ip_prefix *sources,
                 struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_SRC_LABEL, 0, 0);
    return_stage_put_passed_on(&actions);
    put_goto(&actions, FLOW_EGRESS);
    match_init_catchall(&match);
    match_set_in_port(&match, ep->ofport);
    match_set_prefix(&match, sources, false);
    flow_list_add(flows, FLOW_SPOOF_IP, PRI_SPOOF_THROUGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* What an appliance may pass on into the VPC. */
static void
add_through_flows(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct vpc *def = m_vpc_get_def(ep->vpc);
    const struct hmapx_node *node;
    struct match match;

    if (!m_route_leads_through(ep)) {
        return;
    }
    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->routes) {
        const struct m_route *route = node->data;

        if (m_route_has_via(route, ep)) {
            add_through_flow(ep, &m_route_get_def(route)->destination, flows);
        }
    }
    for (size_t i = 0; i < def->n_subnets; i++) {
        match_init_catchall(&match);
        match_set_in_port(&match, ep->ofport);
        match_set_prefix(&match, &def->subnets[i].prefix, false);
        flow_list_add_goto(flows, FLOW_SPOOF_IP, PRI_SPOOF_NEVER, &match,
                           FLOW_SPOOFED);
    }
    add_spoof_prefixes(ep, never_sources, ARRAY_SIZE(never_sources), flows);
}

void
route_stage_add_local(const struct m_endpoint *ep, struct flow_list *flows)
{
    if (!hmapx_is_empty(&ep->vpc->routes)) {
        add_own_routes(ep, flows);
        add_through_flows(ep, flows);
    }
}

/* Only to its own addresses, or routed. */
static void
init_to_appliance(struct match *match, const struct m_endpoint *ep,
                  bool ipv6)
{
    pipeline_init_match(match, ep->vpc->vni);
    match_set_dl_dst(match, ep->up.object->endpoint->mac);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
}

void
route_stage_add_receiver(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    struct in6_addr lla;
    struct match match;

    if (!m_route_leads_through(ep)) {
        return;
    }
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        init_to_appliance(&match, ep, ipv6);
        flow_list_add_drop(flows, FLOW_METER, PRI_APPLIANCE_IP, &match);
        match_set_dl_src(&match, (struct eth_addr) GATEWAY_MAC);
        flow_list_add_goto(flows, FLOW_METER, PRI_APPLIANCE_OWN, &match,
                           FLOW_EGRESS_POLICY);
    }
    for (size_t i = 0; i < def->n_ips; i++) {
        init_to_appliance(&match, ep, !IN6_IS_ADDR_V4MAPPED(&def->ips[i]));
        match_set_ip(&match, &def->ips[i], true);
        flow_list_add_goto(flows, FLOW_METER, PRI_APPLIANCE_OWN, &match,
                           FLOW_EGRESS_POLICY);
    }
    in6_generate_lla(def->mac, &lla);
    init_to_appliance(&match, ep, true);
    match_set_ip(&match, &lla, true);
    flow_list_add_goto(flows, FLOW_METER, PRI_APPLIANCE_OWN, &match,
                       FLOW_EGRESS_POLICY);
}

void
route_stage_add_vpc(const struct m_vpc *vpc, struct flow_list *flows)
{
    add_vpc_routes(vpc, flows);
}
