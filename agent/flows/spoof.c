/* Which packets of an endpoint are forged: see spoof.h.
 *
 *     FLOW_SPOOF     checks the MAC, ARP, neighbour discovery, and messages
 *                    that only servers and routers send
 *     FLOW_SPOOF_IP  checks the source address of IP packets
 *     FLOW_SPOOFED   drops: a flow for each endpoint, whose counter says how
 *                    many packets
 *
 * What no flow lets pass is dropped.
 *
 * - Frames with a VLAN tag, a provider's tag or an MPLS label are dropped: a
 *   receiver might find IP in what these flows, and the policy, have treated
 *   as something else.  Frames with an EtherType that nobody knows pass.
 * - Frames to the addresses that no bridge forwards (IEEE 802.1Q, table 8-1)
 *   are dropped: spanning tree, LLDP, LACP, 802.1X and pause frames are for
 *   the next bridge only, and that is this switch.  If an NVE forwards them
 *   nevertheless, they are dropped when they come out of the tunnel.
 * - Everything unsolicited is dropped.  The controller says who is where, so a
 *   gratuitous ARP (RFC 5227, section 3) or an unsolicited advertisement (RFC
 *   4861, section 7.2.6) can only be wrong or late.  The agents announce
 *   addresses that change (answers/announcements.h).
 * - A router advertisement whose type is in a later fragment is not seen here;
 *   RFC 6980 has receivers ignore it.
 * - A host may ask whether anybody has an address before it uses it (ARP with
 *   sender 0.0.0.0, solicitation from ::): that tells nobody where the address
 *   is.  The endpoint that has it is not asked, see neighbor.h.
 *
 * Each flow of FLOW_SPOOF excepts something from those of lower priority:
 *
 *   priority
 *   PRI_NEVER     what nobody may send, such as router advertisements: refused
 *   PRI_CONTENT   neighbour discovery with the right addresses: FLOW_SPOOF_IP;
 *                 gratuitous ARP: refused
 *   PRI_MESSAGE   ARP from the right addresses: FLOW_EGRESS;
 *                 other neighbour discovery: refused
 *   PRI_TYPE      IP from the right MAC: FLOW_SPOOF_IP;
 *                 other ARP: refused
 *   PRI_MAC       other frames from the right MAC: FLOW_EGRESS
 *
 * To refuse is to go to FLOW_SPOOFED. */

#include <config.h>

#include "agent/flows/spoof.h"

#include <netinet/icmp6.h>

#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/flow-list.h"
#include "dhcp.h"
#include "openvswitch/match.h"
#include "packets.h"
#include "util.h"

enum {
    PRI_NEVER = FLOW_PRI_HIGH,
    PRI_CONTENT = FLOW_PRI_NORMAL + 30,
    PRI_MESSAGE = FLOW_PRI_NORMAL + 20,
    PRI_TYPE = FLOW_PRI_NORMAL + 10,
    PRI_MAC = FLOW_PRI_NORMAL,
};

#define MLD_REPORT_V2 143               /* RFC 3810, section 5.2. */
#define DHCP6_SERVER_PORT 547           /* RFC 8415, section 7.2. */

/* Types of tags and labels that may have IP behind them.  Open vSwitch parses
 * the first tags of a frame of types 0x8100 and 0x88a8 itself, as many as
 * other_config:vlan-limit says, and match_from() excludes those. */
static const uint16_t tag_types[] = {
    ETH_TYPE_VLAN_8021Q, ETH_TYPE_VLAN_8021AD, ETH_TYPE_MPLS,
    ETH_TYPE_MPLS_MCAST, 0x9100, 0x9200, 0x9300
};

static void
match_set_ip_proto(struct match *match, uint16_t dl_type, uint8_t proto)
{
    match_set_dl_type(match, htons(dl_type));
    match_set_nw_proto(match, proto);
}

static void
match_set_icmp6_type(struct match *match, uint8_t type)
{
    match_set_ip_proto(match, ETH_TYPE_IPV6, IPPROTO_ICMPV6);
    match_set_icmp_type(match, type);
}

/* What no endpoint may send. */

static void
add_never_port(struct flow_list *flows, uint16_t dl_type, uint16_t port)
{
    struct match match;

    match_init_catchall(&match);
    match_set_ip_proto(&match, dl_type, IPPROTO_UDP);
    match_set_tp_src(&match, htons(port));
    flow_list_add_goto(flows, FLOW_SPOOF, PRI_NEVER, &match, FLOW_SPOOFED);
}

static void
add_never_icmp6(struct flow_list *flows, uint8_t type, uint16_t priority)
{
    struct match match;

    match_init_catchall(&match);
    match_set_icmp6_type(&match, type);
    flow_list_add_goto(flows, FLOW_SPOOF, priority, &match, FLOW_SPOOFED);
}

/* An advertisement to a multicast address answers nobody. */
static void
add_never_unsolicited(struct flow_list *flows)
{
    static const struct in6_addr multicast = { .s6_addr = { 0xff } };
    struct match match;

    match_init_catchall(&match);
    match_set_icmp6_type(&match, ND_NEIGHBOR_ADVERT);
    match_set_ipv6_dst_masked(&match, &multicast, &multicast);
    flow_list_add_goto(flows, FLOW_SPOOF, PRI_NEVER, &match, FLOW_SPOOFED);
}

static void
add_never_tags(struct flow_list *flows)
{
    for (size_t i = 0; i < ARRAY_SIZE(tag_types); i++) {
        struct match match;

        match_init_catchall(&match);
        match_set_dl_type(&match, htons(tag_types[i]));
        flow_list_add_goto(flows, FLOW_SPOOF, PRI_NEVER, &match, FLOW_SPOOFED);
    }
}

/* Frames for the next bridge only, from an endpoint or from a tunnel. */
static void
add_never_bridge(struct flow_list *flows)
{
    static const struct eth_addr first = ETH_ADDR_C(01,80,c2,00,00,00);
    static const struct eth_addr mask = ETH_ADDR_C(ff,ff,ff,ff,ff,f0);
    struct match match;

    match_init_catchall(&match);
    match_set_dl_dst_masked(&match, first, mask);
    flow_list_add_goto(flows, FLOW_SPOOF, PRI_NEVER, &match, FLOW_SPOOFED);
    flow_list_add_drop(flows, FLOW_DELIVER, FLOW_PRI_HIGH, &match);
}

void
spoof_add_static(struct flow_list *flows)
{
    struct match match;

    match_init_catchall(&match);
    flow_list_add_goto(flows, FLOW_SPOOF, FLOW_PRI_DEFAULT, &match,
                       FLOW_SPOOFED);
    flow_list_add_goto(flows, FLOW_SPOOF_IP, FLOW_PRI_DEFAULT, &match,
                       FLOW_SPOOFED);

    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    flow_list_add_goto(flows, FLOW_SPOOF, PRI_TYPE, &match, FLOW_SPOOFED);
    add_never_icmp6(flows, ND_NEIGHBOR_SOLICIT, PRI_MESSAGE);
    add_never_icmp6(flows, ND_NEIGHBOR_ADVERT, PRI_MESSAGE);

    add_never_port(flows, ETH_TYPE_IP, DHCP_SERVER_PORT);
    add_never_port(flows, ETH_TYPE_IPV6, DHCP6_SERVER_PORT);
    add_never_icmp6(flows, ND_ROUTER_ADVERT, PRI_NEVER);
    add_never_icmp6(flows, ND_REDIRECT, PRI_NEVER);
    add_never_unsolicited(flows);
    add_never_tags(flows);
    add_never_bridge(flows);
}

/* What one endpoint may send. */

struct spoof {
    struct flow_list *flows;
    ofp_port_t port;
    struct eth_addr mac;
};

static struct match
match_from(const struct spoof *s)
{
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, s->port);
    match_set_dl_src(&match, s->mac);
    match_set_dl_tci(&match, htons(0));
    return match;
}

static void
add_own_mac(const struct spoof *s)
{
    struct match match = match_from(s);

    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_MAC, &match, FLOW_EGRESS);
    match_set_dl_type(&match, htons(ETH_TYPE_IP));
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_TYPE, &match, FLOW_SPOOF_IP);
    match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_TYPE, &match, FLOW_SPOOF_IP);
}

static struct match
match_arp(const struct spoof *s, uint8_t op, ovs_be32 spa)
{
    struct match match = match_from(s);

    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(&match, op);
    match_set_arp_sha(&match, s->mac);
    match_set_nw_src(&match, spa);
    return match;
}

/* Requests, and answers to one neighbour; no gratuitous ARP. */
static void
add_arp(const struct spoof *s, ovs_be32 ip)
{
    static const struct eth_addr multicast
        = ETH_ADDR_C(01,00,00,00,00,00);
    struct match match;

    match = match_arp(s, ARP_OP_REQUEST, ip);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_MESSAGE, &match, FLOW_EGRESS);
    match_set_nw_dst(&match, ip);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_CONTENT, &match,
                       FLOW_SPOOFED);

    match = match_arp(s, ARP_OP_REPLY, ip);
    match_set_dl_dst_masked(&match, eth_addr_zero, multicast);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_MESSAGE, &match, FLOW_EGRESS);
    match_set_nw_dst(&match, ip);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_CONTENT, &match,
                       FLOW_SPOOFED);
}

static void
add_arp_probe(const struct spoof *s)
{
    struct match match = match_arp(s, ARP_OP_REQUEST, htonl(0));

    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_MESSAGE, &match, FLOW_EGRESS);
}

/* Solicitations with its own link-layer address or none. */
static void
add_solicitations(const struct spoof *s)
{
    struct match match = match_from(s);

    match_set_icmp6_type(&match, ND_NEIGHBOR_SOLICIT);
    match_set_arp_sha(&match, s->mac);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_CONTENT, &match,
                       FLOW_SPOOF_IP);
    match_set_arp_sha(&match, eth_addr_zero);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_CONTENT, &match,
                       FLOW_SPOOF_IP);
}

/* Advertisements of 'ip' with its own link-layer address or none. */
static void
add_advertisements(const struct spoof *s, const struct in6_addr *ip)
{
    struct match match = match_from(s);

    match_set_icmp6_type(&match, ND_NEIGHBOR_ADVERT);
    match_set_nd_target(&match, ip);
    match_set_arp_tha(&match, s->mac);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_CONTENT, &match,
                       FLOW_SPOOF_IP);
    match_set_arp_tha(&match, eth_addr_zero);
    flow_list_add_goto(s->flows, FLOW_SPOOF, PRI_CONTENT, &match,
                       FLOW_SPOOF_IP);
}

static void
add_ipv4(const struct spoof *s, ovs_be32 ip)
{
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, s->port);
    match_set_dl_type(&match, htons(ETH_TYPE_IP));
    match_set_nw_src(&match, ip);
    flow_list_add_goto(s->flows, FLOW_SPOOF_IP, FLOW_PRI_NORMAL, &match,
                       FLOW_EGRESS);
    add_arp(s, ip);
}

/* A DHCP client has no address yet. */
static void
add_dhcp_client(const struct spoof *s)
{
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, s->port);
    match_set_ip_proto(&match, ETH_TYPE_IP, IPPROTO_UDP);
    match_set_nw_src(&match, htonl(0));
    match_set_nw_dst(&match, htonl(INADDR_BROADCAST));
    match_set_tp_src(&match, htons(DHCP_CLIENT_PORT));
    match_set_tp_dst(&match, htons(DHCP_SERVER_PORT));
    flow_list_add_goto(s->flows, FLOW_SPOOF_IP, FLOW_PRI_NORMAL, &match,
                       FLOW_EGRESS);
}

static void
add_ipv6(const struct spoof *s, const struct in6_addr *ip)
{
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, s->port);
    match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
    match_set_ipv6_src(&match, ip);
    flow_list_add_goto(s->flows, FLOW_SPOOF_IP, FLOW_PRI_NORMAL, &match,
                       FLOW_EGRESS);
    add_advertisements(s, ip);
}

/* An endpoint that has no address yet asks whether anybody has the one that it
 * wants, without telling its MAC (RFC 4862, section 5.4.2), and reports the
 * groups that it listens to (RFC 3590). */
static void
add_ipv6_start(const struct spoof *s)
{
    static const uint8_t types[] = {
        ND_NEIGHBOR_SOLICIT, MLD_LISTENER_REPORT, MLD_REPORT_V2
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct match match;

        match_init_catchall(&match);
        match_set_in_port(&match, s->port);
        match_set_ipv6_src(&match, &in6addr_any);
        match_set_icmp6_type(&match, types[i]);
        if (types[i] == ND_NEIGHBOR_SOLICIT) {
            match_set_arp_sha(&match, eth_addr_zero);
        }
        flow_list_add_goto(s->flows, FLOW_SPOOF_IP, FLOW_PRI_NORMAL, &match,
                           FLOW_EGRESS);
    }
}

/* Drops what was refused, and counts it. */
static void
add_spoofed(const struct spoof *s)
{
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, s->port);
    flow_list_add_drop(s->flows, FLOW_SPOOFED, FLOW_PRI_NORMAL, &match);
}

void
spoof_add_endpoint(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    const struct spoof s = { flows, ep->ofport, def->mac };
    struct in6_addr lla;
    bool has_lla = false;

    in6_generate_lla(def->mac, &lla);
    add_own_mac(&s);
    add_arp_probe(&s);
    add_solicitations(&s);
    add_dhcp_client(&s);
    add_ipv6_start(&s);
    for (size_t i = 0; i < def->n_ips; i++) {
        const struct in6_addr *ip = &def->ips[i];

        if (IN6_IS_ADDR_V4MAPPED(ip)) {
            add_ipv4(&s, in6_addr_get_mapped_ipv4(ip));
        } else {
            add_ipv6(&s, ip);
            has_lla |= ipv6_addr_equals(ip, &lla);
        }
    }
    if (!has_lla) {
        add_ipv6(&s, &lla);
    }
    add_spoofed(&s);
}
