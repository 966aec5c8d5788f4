/* Which services of its subnets an endpoint has: DHCP, router advertisements,
 * the resolver (VPC.spec.subnets[]). */
#ifndef GA_ENDPOINT_SERVICES_H
#define GA_ENDPOINT_SERVICES_H 1

#include <netinet/in.h>
#include <stdbool.h>

struct m_endpoint;
struct m_vpc;
struct subnet;
struct subnet_services;

/* Returns the services of the subnet that has 'ip', and in '*subnet' that
 * subnet; or NULL if no subnet of the VPC has it. */
const struct subnet_services *
endpoint_services_find(const struct m_vpc *, const struct in6_addr *ip,
                       const struct subnet **subnet);

/* Whether an address of the endpoint is in a subnet with 'dhcp' of that
 * family, or with 'ra'. */
bool endpoint_services_has_dhcp(const struct m_endpoint *, bool ipv6);
bool endpoint_services_has_ra(const struct m_endpoint *);

/* Whether any subnet of the VPC has 'dhcp' or 'ra'. */
bool endpoint_services_has_any(const struct m_vpc *);

/* Why DHCP of that family is not answered to the endpoint, as the end of a
 * sentence; or NULL if it is.  Static data. */
const char *endpoint_services_refuse_dhcp(const struct m_endpoint *,
                                          bool ipv6);

#endif /* agent/model/endpoint-services.h */
