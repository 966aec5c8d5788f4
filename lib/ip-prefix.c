/* IP prefixes.
 *
 * They are kept as IPv6 ones, IPv4 mapped into ::ffff:0:0/96, so that one
 * comparison serves both.  But the family is kept, too: ::/0 does not contain
 * IPv4's addresses. */

#include <config.h>

#include "lib/ip-prefix.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* The prefix length in terms of a mapped address. */
static unsigned int
ip_prefix_mapped_plen(const struct ip_prefix *p)
{
    return p->plen + (p->is_ipv6 ? 0 : 96);
}

/* Whether the first 'plen' bits are the same. */
static bool
ip_prefix_bits_equal(const struct in6_addr *a, const struct in6_addr *b,
                     unsigned int plen)
{
    struct in6_addr mask = ipv6_create_mask(plen);
    struct in6_addr x = ipv6_addr_bitand(a, &mask);
    struct in6_addr y = ipv6_addr_bitand(b, &mask);

    return ipv6_addr_equals(&x, &y);
}

bool
ip_prefix_from_string(const char *s, struct ip_prefix *p)
{
    const char *slash = strchr(s, '/');
    unsigned int max;
    ovs_be32 ip4;
    char *ip;

    if (!slash || slash[1 + strspn(slash + 1, "0123456789")]
        || !str_to_uint(slash + 1, 10, &p->plen)) {
        return false;
    }
    ip = xmemdup0(s, slash - s);
    if (ip_parse(ip, &ip4)) {
        p->addr = in6_addr_mapped_ipv4(ip4);
        p->is_ipv6 = false;
        max = 32;
    } else if (ipv6_parse(ip, &p->addr) && !IN6_IS_ADDR_V4MAPPED(&p->addr)) {
        p->is_ipv6 = true;
        max = 128;
    } else {
        max = 0;
        p->plen = 1;
    }
    free(ip);
    return p->plen <= max;
}

char *
ip_prefix_to_string(const struct ip_prefix *p)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(&p->addr, &s);
    ds_put_format(&s, "/%u", p->plen);
    return ds_steal_cstr(&s);
}

bool
ip_prefix_contains(const struct ip_prefix *p, const struct in6_addr *ip)
{
    return (p->is_ipv6 == !IN6_IS_ADDR_V4MAPPED(ip)
            && ip_prefix_bits_equal(ip, &p->addr, ip_prefix_mapped_plen(p)));
}

bool
ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return (a->is_ipv6 == b->is_ipv6
            && ip_prefix_bits_equal(&a->addr, &b->addr,
                                    MIN(ip_prefix_mapped_plen(a),
                                        ip_prefix_mapped_plen(b))));
}

int
ip_prefix_compare(const struct ip_prefix *a, const struct ip_prefix *b)
{
    int cmp = memcmp(&a->addr, &b->addr, sizeof a->addr);

    if (a->is_ipv6 != b->is_ipv6) {
        return a->is_ipv6 ? 1 : -1;
    }
    return cmp ? cmp : a->plen < b->plen ? -1 : a->plen > b->plen;
}

const char *
ip_prefix_host_fault(const struct ip_prefix *p, const struct in6_addr *ip)
{
    if (IN6_IS_ADDR_V4MAPPED(ip) == p->is_ipv6) {
        return "is not of the family of the subnet";
    }
    if (!ip_prefix_contains(p, ip)) {
        return "is not inside the subnet";
    }
    if (!p->is_ipv6 && p->plen < 31) {
        uint32_t host = (ntohl(in6_addr_get_mapped_ipv4(ip))
                         & (UINT32_MAX >> p->plen));

        if (!host || host == UINT32_MAX >> p->plen) {
            return "is the network or broadcast address of the subnet";
        }
    }
    return NULL;
}

char *
ip_prefix_parse(const char *s, struct ip_prefix *p)
{
    struct in6_addr mask, network;
    bool multicast;

    if (!ip_prefix_from_string(s, p)) {
        return xasprintf("\"%.80s\" is not a prefix such as 10.0.0.0/24 or "
                         "2001:db8::/64", s);
    }
    mask = ipv6_create_mask(ip_prefix_mapped_plen(p));
    network = ipv6_addr_bitand(&p->addr, &mask);
    if (!ipv6_addr_equals(&network, &p->addr)) {
        char right[INET6_ADDRSTRLEN];

        ipv6_string_mapped(right, &network);
        return xasprintf("\"%.80s\" has bits set after the prefix: %s/%u",
                         s, right, p->plen);
    }
    multicast = (p->is_ipv6
                 ? IN6_IS_ADDR_MULTICAST(&network)
                 : ip_is_multicast(in6_addr_get_mapped_ipv4(&network)));
    return multicast ? xasprintf("\"%.80s\" is a range of multicast "
                                 "addresses", s) : NULL;
}

bool
ip_prefix_from_field(const struct field_parent *parent, const char *name,
                     bool required, struct ip_prefix *p)
{
    const char *s = field_string(parent, name, required);
    char *fault;

    if (!s) {
        return false;
    }
    fault = ip_prefix_parse(s, p);
    if (fault) {
        field_error(parent, FE_INVALID, name, "%s", fault);
        free(fault);
        return false;
    }
    return true;
}
