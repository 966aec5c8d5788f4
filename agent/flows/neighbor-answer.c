/* Answers to ARP and neighbour discovery: see neighbor-answer.h. */

#include <config.h>

#include "agent/flows/neighbor-answer.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "agent/switch/flow-actions.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"

#define SOLICITED_BIT 30            /* Of the flags. */

void
neighbor_answer_match_nd(struct match *match, uint8_t type)
{
    match_set_dl_type(match, htons(ETH_TYPE_IPV6));
    match_set_nw_proto(match, IPPROTO_ICMPV6);
    match_set_icmp_type(match, type);
    match_set_icmp_code(match, 0);
}

void
neighbor_answer_put_arp(struct ofpbuf *actions, struct eth_addr mac,
                        ovs_be32 ip)
{
    uint64_t mac64 = eth_addr_to_uint64(mac);

    put_move(actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_set_eth_src(actions, mac);
    put_load_imm(actions, MFF_ARP_OP, ARP_OP_REPLY, 0);
    put_move(actions, MFF_ARP_SHA, 0, MFF_ARP_THA, 0, 48);
    put_load_imm(actions, MFF_ARP_SHA, mac64, 0);
    put_move(actions, MFF_ARP_SPA, 0, MFF_ARP_TPA, 0, 32);
    put_load_imm(actions, MFF_ARP_SPA, ntohl(ip), 0);
}

void
neighbor_answer_put_advert(struct ofpbuf *actions, struct eth_addr mac,
                           const struct in6_addr *ip, uint32_t flags)
{
    put_move(actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_set_eth_src(actions, mac);
    put_move(actions, MFF_IPV6_SRC, 0, MFF_IPV6_DST, 0, 128);
    put_set_ipv6(actions, MFF_IPV6_SRC, ip);
    put_load_imm(actions, MFF_ND_RESERVED, flags, 0);
    put_load_imm(actions, MFF_ICMPV6_TYPE, ND_NEIGHBOR_ADVERT, 0);
}

void
neighbor_answer_put_to_all(struct match *match, struct ofpbuf *actions)
{
    struct eth_addr all_hosts;

    match_set_ipv6_dst(match, &in6addr_any);
    ipv6_multicast_to_ethernet(&all_hosts, &in6addr_all_hosts);
    put_set_eth_dst(actions, all_hosts);
    put_set_ipv6(actions, MFF_IPV6_DST, &in6addr_all_hosts);
    put_load_bits(actions, MFF_ND_RESERVED, 0, SOLICITED_BIT, 1);
}
