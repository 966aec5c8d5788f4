/* Neighbour advertisements that the agent makes.
 *
 * The flow that hands a solicitation over has found the neighbour and has put
 * the neighbour's MAC in the place of the sender's.  The sender is known by
 * its port.  So all that is needed is in the packet, and no table has to be
 * searched. */

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
neighbor_advert_compose(const struct m_endpoint *ep, const struct packet_in *p,
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
        eth_dst = ep->up.object->endpoint->mac;
        flags |= ND_RSO_SOLICITED;
    }
    if (eth_addr_equals(flow.dl_src, gateway)) {
        flags |= ND_RSO_ROUTER;
    }
    compose_nd_na(advert, flow.dl_src, eth_dst, &flow.nd_target, dst,
                  htonl(flags));
    return true;
}
