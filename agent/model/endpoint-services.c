/* Services of subnets: see endpoint-services.h.
 *
 * An endpoint is in a subnet if it has an address there, so one endpoint may
 * be in several. */

#include <config.h>

#include "agent/model/endpoint-services.h"

#include "agent/model/entity.h"
#include "lib/resource.h"
#include "packets.h"

static const struct vpc *
get_def(const struct m_vpc *vpc)
{
    return vpc && vpc->up.object ? vpc->up.object->vpc : NULL;
}

const struct subnet_services *
endpoint_services_find(const struct m_vpc *vpc, const struct in6_addr *ip,
                       const struct subnet **subnet)
{
    const struct vpc *def = get_def(vpc);

    *subnet = def ? vpc_find_subnet(def, ip) : NULL;
    return *subnet ? &def->services[*subnet - def->subnets] : NULL;
}

bool
endpoint_services_has_dhcp(const struct m_endpoint *ep, bool ipv6)
{
    return !endpoint_services_refuse_dhcp(ep, ipv6);
}

bool
endpoint_services_has_ra(const struct m_endpoint *ep)
{
    const struct endpoint *def = ep->up.object ? ep->up.object->endpoint
                                               : NULL;

    for (size_t i = 0; def && i < def->n_ips; i++) {
        const struct subnet_services *s;
        const struct subnet *subnet;

        s = endpoint_services_find(ep->vpc, &def->ips[i], &subnet);
        if (s && s->ra) {
            return true;
        }
    }
    return false;
}

bool
endpoint_services_has_any(const struct m_vpc *vpc)
{
    const struct vpc *def = get_def(vpc);

    for (size_t i = 0; def && i < def->n_subnets; i++) {
        if (def->services[i].dhcp || def->services[i].ra) {
            return true;
        }
    }
    return false;
}

const char *
endpoint_services_refuse_dhcp(const struct m_endpoint *ep, bool ipv6)
{
    const struct endpoint *def = ep->up.object ? ep->up.object->endpoint
                                               : NULL;
    const char *why = (ipv6 ? "it has no IPv6 address"
                       : "it has no IPv4 address");

    for (size_t i = 0; def && i < def->n_ips; i++) {
        const struct subnet_services *s;
        const struct subnet *subnet;

        if (IN6_IS_ADDR_V4MAPPED(&def->ips[i]) == ipv6) {
            continue;
        }
        s = endpoint_services_find(ep->vpc, &def->ips[i], &subnet);
        if (s && s->dhcp) {
            return NULL;
        }
        why = (s ? "the subnet of its address has no dhcp"
               : "its address is in no subnet of its VPC");
    }
    return why;
}
