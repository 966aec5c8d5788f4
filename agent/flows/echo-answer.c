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
put_addresses(struct ofpbuf *actions, bool ipv6,
              const struct in6_addr *address)
{
    enum mf_field_id src = ipv6 ? MFF_IPV6_SRC : MFF_IPV4_SRC;
    enum mf_field_id dst = ipv6 ? MFF_IPV6_DST : MFF_IPV4_DST;
    enum mf_field_id saved = ipv6 ? FLOW_REG_NEXT_HOP6 : FLOW_REG_NEXT_HOP;
    unsigned int n_bits = ipv6 ? 128 : 32;

    if (address) {
        put_move(actions, src, 0, dst, 0, n_bits);
        put_set_ip_src(actions, address);
    } else {
        put_move(actions, dst, 0, saved, 0, n_bits);
        put_move(actions, src, 0, dst, 0, n_bits);
        put_move(actions, saved, 0, src, 0, n_bits);
    }
}

void
echo_answer_put(struct ofpbuf *actions, bool ipv6,
                const struct in6_addr *address)
{
    put_move(actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_set_eth_src(actions, (struct eth_addr) GATEWAY_MAC);
    put_addresses(actions, ipv6, address);
    put_load_imm(actions, ipv6 ? MFF_ICMPV6_TYPE : MFF_ICMPV4_TYPE,
                 ipv6 ? ICMP6_ECHO_REPLY : ICMP4_ECHO_REPLY, 0);
    put_load_imm(actions, MFF_IP_TTL, ECHO_TTL, 0);
    put_output_in_port(actions);
}
