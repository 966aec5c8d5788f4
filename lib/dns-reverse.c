/* Names of addresses: see dns-reverse.h. */

#include <config.h>

#include "lib/dns-reverse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "packets.h"
#include "util.h"

/* The bytes are from the last to the first, in decimal without leading
 * zeros. */
static bool
parse_ipv4(const char *name, struct in6_addr *ip)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        size_t len = strspn(name, "0123456789");
        int byte = len && len <= 3 ? atoi(name) : -1;

        if (byte < 0 || byte > 255 || (len > 1 && name[0] == '0')
            || name[len] != '.') {
            return false;
        }
        value |= (uint32_t) byte << (8 * i);
        name += len + 1;
    }
    *ip = in6_addr_mapped_ipv4(htonl(value));
    return !strcasecmp(name, "in-addr.arpa");
}

/* The hex digits are from the last to the first. */
static bool
parse_ipv6(const char *name, struct in6_addr *ip)
{
    memset(ip, 0, sizeof *ip);
    for (int i = 31; i >= 0; i--) {
        int digit = hexit_value(name[0]);

        if (digit < 0 || name[1] != '.') {
            return false;
        }
        ip->s6_addr[i / 2] |= i % 2 ? digit : digit << 4;
        name += 2;
    }
    return !strcasecmp(name, "ip6.arpa") && !IN6_IS_ADDR_V4MAPPED(ip);
}

bool
dns_reverse_parse(const char *name, struct in6_addr *ip)
{
    return parse_ipv4(name, ip) || parse_ipv6(name, ip);
}
