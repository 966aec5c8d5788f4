/* Neighbour advertisements that the agent makes: see neighbor-advert.h.
 *
 * The flow that hands a solicitation over has found the neighbour and has put
 * the neighbour's MAC in the place of the sender's.  The sender is known by
 * its port if it is an endpoint; one outside says its MAC in the solicitation.
 * So all that is needed is there, and no table has to be searched. */

#include <config.h>

#include "agent/answers/neighbor-advert.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "agent/answers/packet-in.h"
#include "agent/model/model.h"
#include "dp-packet.h"
#include "flow.h"
#include "packets.h"
#include "util.h"

bool
neighbor_advert_compose(const struct packet_in *p,
                        const struct eth_addr *asker,
                        struct dp_packet *advert)
{
    static const struct eth_addr gateway = GATEWAY_MAC;
    const struct in6_addr *dst = &in6addr_all_hosts;
    uint32_t flags = ND_RSO_OVERRIDE;
    struct eth_addr eth_dst;
    struct dp_packet solicit;
    struct flow flow;

    dp_packet_use_const(&solicit, p->frame, p->len);
    flow_extract(&solicit, &flow);
    if (flow.dl_type != htons(ETH_TYPE_IPV6)
        || flow.nw_proto != IPPROTO_ICMPV6
        || flow.tp_src != htons(ND_NEIGHBOR_SOLICIT)
        || !ipv6_addr_is_set(&flow.nd_target)) {
        return false;
    }
    /* A sender that has no address yet, and only probes for one, is answered
     * by multicast (RFC 4861, section 7.2.4). */
    ipv6_multicast_to_ethernet(&eth_dst, dst);
    if (ipv6_addr_is_set(&flow.ipv6_src)) {
        dst = &flow.ipv6_src;
        eth_dst = asker ? *asker : flow.arp_sha;
        flags |= ND_RSO_SOLICITED;
    }
    if (eth_addr_is_zero(eth_dst)) {
        return false;
    }
    if (eth_addr_equals(flow.dl_src, gateway)) {
        flags |= ND_RSO_ROUTER;
    }
    compose_nd_na(advert, flow.dl_src, eth_dst, &flow.nd_target, dst,
                  htonl(flags));
    return true;
}

void
neighbor_advert_compose_unsolicited(struct dp_packet *frame,
                                    struct eth_addr mac,
                                    const struct in6_addr *ip, uint32_t flags)
{
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);

        compose_arp(frame, ARP_OP_REQUEST, mac, eth_addr_zero, true, ip4,
                    ip4);
    } else {
        struct eth_addr all_hosts;

        ipv6_multicast_to_ethernet(&all_hosts, &in6addr_all_hosts);
        compose_nd_na(frame, mac, all_hosts, ip, &in6addr_all_hosts,
                      htonl(flags));
    }
}
