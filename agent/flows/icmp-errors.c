/* ICMP errors: see icmp-errors.h.  Redirects are none: no router of a VPC or
 * of the outside has to tell an endpoint about its neighbours. */

#include <config.h>

#include "agent/flows/icmp-errors.h"

#include <netinet/icmp6.h>

#include "openvswitch/match.h"
#include "packets.h"
#include "util.h"

static const uint8_t types4[] = {
    ICMP4_DST_UNREACH, ICMP4_TIME_EXCEEDED, ICMP4_PARAM_PROB
};

static const uint8_t types6[] = {
    ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED,
    ICMP6_PARAM_PROB
};

size_t
icmp_errors_count(bool ipv6)
{
    return ipv6 ? ARRAY_SIZE(types6) : ARRAY_SIZE(types4);
}

void
icmp_errors_match(struct match *match, bool ipv6, size_t i)
{
    match_set_nw_proto(match, ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    match_set_icmp_type(match, ipv6 ? types6[i] : types4[i]);
}
