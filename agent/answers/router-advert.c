/* Router advertisements.
 *
 * An endpoint hears of the subnets that it has an address in, whichever other
 * subnets its VPC has.  Flag A of a prefix is set for those only whose address
 * is the one that they would form from their MAC (RFC 4862, section 5.5.3, and
 * RFC 4291, appendix A): an endpoint with another address would form one that
 * it may not send from. */

#include <config.h>

#include "agent/answers/router-advert.h"

#include <string.h>

#include "agent/answers/told-dns.h"
#include "agent/model/endpoint-services.h"
#include "agent/model/entity.h"
#include "lib/nd-ra.h"
#include "lib/resource.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* The least that the option may say (RFC 8200, section 5). */
#define MIN_MTU 1280

/* Seconds that name servers are good for: long, so that they outlive an agent
 * that is away for hours. */
#define DNS_LIFETIME 65535

/* Subnets of one endpoint that are told of, at most. */
#define MAX_SUBNETS ND_RA_MAX_PREFIXES

struct subnets {
    const struct subnet *subnet[MAX_SUBNETS];
    const struct subnet_services *services[MAX_SUBNETS];
    bool formed[MAX_SUBNETS];       /* It has the address that it would form
                                     * there. */
    size_t n;
};

/* Whether the low half of 'ip' comes from 'mac'. */
static bool
is_formed(const struct in6_addr *ip, struct eth_addr mac)
{
    struct in6_addr lla;

    in6_generate_lla(mac, &lla);
    return !memcmp(&ip->s6_addr[8], &lla.s6_addr[8], 8);
}

static size_t
find_subnet(const struct subnets *subnets, const struct subnet *subnet)
{
    size_t i = 0;

    while (i < subnets->n && subnets->subnet[i] != subnet) {
        i++;
    }
    return i;
}

/* Finds the subnets with 'ra' that 'ep' has an address in. */
static void
find_subnets(const struct m_endpoint *ep, struct subnets *subnets)
{
    const struct endpoint *def = ep->up.object->endpoint;

    memset(subnets, 0, sizeof *subnets);
    for (size_t i = 0; i < def->n_ips; i++) {
        const struct subnet *subnet;
        const struct subnet_services *s
            = endpoint_services_find(ep->vpc, &def->ips[i], &subnet);

        if (s && s->ra) {
            size_t pos = find_subnet(subnets, subnet);

            if (pos >= MAX_SUBNETS) {
                return;
            }
            subnets->subnet[pos] = subnet;
            subnets->services[pos] = s;
            subnets->formed[pos] |= is_formed(&def->ips[i], def->mac);
            subnets->n = MAX(subnets->n, pos + 1);
        }
    }
}

/* Adds what 'told' says, unless it is there already. */
static void
add_dns(struct nd_ra *ra, const struct told_dns *told)
{
    for (size_t i = 0; i < told->n && ra->n_dns < ND_RA_MAX_DNS; i++) {
        size_t j = 0;

        while (j < ra->n_dns && !ipv6_addr_equals(&ra->dns[j],
                                                  &told->ips[i])) {
            j++;
        }
        ra->dns[j] = told->ips[i];
        ra->n_dns = MAX(ra->n_dns, j + 1);
    }
    if (told->domain && ra->n_domains < ND_RA_MAX_DOMAINS) {
        size_t i = 0;

        while (i < ra->n_domains && strcmp(ra->domains[i], told->domain)) {
            i++;
        }
        ra->domains[i] = told->domain;
        ra->n_domains = MAX(ra->n_domains, i + 1);
    }
}

static void
add_prefix(struct nd_ra *ra, const struct subnet *subnet,
           const struct subnet_ra *def, bool formed)
{
    ra->prefixes[ra->n_prefixes++] = (struct nd_ra_prefix) {
        .prefix = subnet->prefix.addr,
        .plen = subnet->prefix.plen,
        .autonomous = def->autonomous && formed,
        .valid = def->valid,
        .preferred = def->preferred,
    };
}

static struct nd_ra
get_header(const struct m_endpoint *ep, const struct in6_addr *dst)
{
    struct nd_ra ra = {
        .eth_src = GATEWAY_MAC,
        .eth_dst = ep->up.object->endpoint->mac,
        .dst = *dst,
        .dns_lifetime = DNS_LIFETIME,
    };

    in6_generate_lla(ra.eth_src, &ra.src);
    if (!ipv6_addr_is_set(dst)) {
        ra.dst = in6addr_all_hosts;
        ipv6_multicast_to_ethernet(&ra.eth_dst, &in6addr_all_hosts);
    }
    return ra;
}

uint32_t
router_advert_compose(const struct m_endpoint *ep, const struct in6_addr *dst,
                      bool ceasing, struct ofpbuf *frame)
{
    struct nd_ra ra = get_header(ep, dst);
    struct told_dns told[MAX_SUBNETS];
    struct subnets subnets;
    uint32_t interval = 0;

    ofpbuf_clear(frame);
    find_subnets(ep, &subnets);
    if (!subnets.n && !ceasing) {
        return 0;
    }
    for (size_t i = 0; i < subnets.n; i++) {
        const struct subnet_ra *def = subnets.services[i]->ra;
        const struct told_dns given = { def->dns, def->n_dns, def->domain };

        ra.managed |= def->managed;
        ra.other |= def->other;
        ra.router_lifetime = MAX(ra.router_lifetime, def->router_lifetime);
        interval = interval ? MIN(interval, def->interval) : def->interval;
        add_prefix(&ra, subnets.subnet[i], def, subnets.formed[i]);
        told_dns_init(&told[i], ep->vpc, subnets.subnet[i],
                      subnets.services[i], def->has_dns, &given);
        add_dns(&ra, &told[i]);
    }
    ra.mtu = ep->vpc && ep->vpc->mtu >= MIN_MTU ? ep->vpc->mtu : 0;
    nd_ra_compose(&ra, frame);
    for (size_t i = 0; i < subnets.n; i++) {
        told_dns_destroy(&told[i]);
    }
    return interval;
}
