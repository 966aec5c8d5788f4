/* Addresses of both families are kept as IPv6 ones; Open vSwitch reads each
 * family with a function of its own. */

#include <config.h>

#include "lib/ip-address.h"

#include "packets.h"

bool
ip_address_from_string(const char *s, struct in6_addr *ip)
{
    ovs_be32 ip4;

    if (ip_parse(s, &ip4)) {
        in6_addr_set_mapped_ipv4(ip, ip4);
        return true;
    }
    return ipv6_parse(s, ip);
}
