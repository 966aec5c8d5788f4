/* Answers to ICMP echo requests: see echo-answer.h. */

#include <config.h>

#include "agent/flows/echo-answer.h"

#include <netinet/in.h>
#include <netinet/icmp6.h>

#include "agent/flows/pipeline.h"
#include "agent/switch/flow-actions.h"
#include "lib/resource-endpoint.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"

#define ECHO_TTL 64

void
echo_answer_match(struct match *match, bool ipv6)
{
    match_set_nw_proto(match, ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    match_set_icmp_type(match,
                        ipv6 ? ICMP6_ECHO_REQUEST : ICMP4_ECHO_REQUEST);
    match_set_icmp_code(match, 0);
    match_set_nw_frag(match, 0);
}

static void
put_ipv4_addresses(struct ofpbuf *actions, const struct in6_addr *address)
{
    if (address) {
        put_move(actions, MFF_IPV4_SRC, 0, MFF_IPV4_DST, 0, 32);
        put_set_ip_src(actions, address);
    } else {
        put_move(actions, MFF_IPV4_DST, 0, FLOW_REG_NEXT_HOP, 0, 32);
        put_move(actions, MFF_IPV4_SRC, 0, MFF_IPV4_DST, 0, 32);
        put_move(actions, FLOW_REG_NEXT_HOP, 0, MFF_IPV4_SRC, 0, 32);
    }
}

static void
put_ipv6_addresses(struct ofpbuf *actions, const struct in6_addr *address)
{
    if (address) {
        put_move(actions, MFF_IPV6_SRC, 0, MFF_IPV6_DST, 0, 128);
        put_set_ip_src(actions, address);
    } else {
        put_move(actions, MFF_IPV6_DST, 0, FLOW_REG_NEXT_HOP6, 0, 128);
        put_move(actions, MFF_IPV6_SRC, 0, MFF_IPV6_DST, 0, 128);
        put_move(actions, FLOW_REG_NEXT_HOP6, 0, MFF_IPV6_SRC, 0, 128);
    }
}

void
echo_answer_put(struct ofpbuf *actions, bool ipv6,
                const struct in6_addr *address)
{
    put_move(actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_set_eth_src(actions, (struct eth_addr) GATEWAY_MAC);
    if (ipv6) {
        put_ipv6_addresses(actions, address);
        put_load_imm(actions, MFF_ICMPV6_TYPE, ICMP6_ECHO_REPLY, 0);
    } else {
        put_ipv4_addresses(actions, address);
        put_load_imm(actions, MFF_ICMPV4_TYPE, ICMP4_ECHO_REPLY, 0);
    }
    put_load_imm(actions, MFF_IP_TTL, ECHO_TTL, 0);
    put_output_in_port(actions);
}
