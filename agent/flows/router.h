/* The gateways of a VPC: routing between its subnets, in flows.
 *
 * Every node is the gateway of its own endpoints, with one MAC everywhere
 * (GATEWAY_MAC), so an endpoint that moves finds its gateway where it is. */
#ifndef GA_ROUTER_H
#define GA_ROUTER_H 1

#include <netinet/in.h>
#include <stdbool.h>

struct flow_list;
struct m_endpoint;
struct m_vpc;

/* Whether the VPC has a subnet of that family with a gateway.  If so, packets
 * of the family are routed. */
bool router_has_gateway(const struct m_vpc *, bool ipv6);

/* Adds the VPC's flows of FLOW_ROUTE, for the gateways' own addresses and for
 * packets that cannot be routed.  The VPC must be active. */
void router_add_vpc_flows(const struct m_vpc *, struct flow_list *);

/* Adds the flows that route to the addresses of an endpoint, which must be
 * local or at a remote of its active VPC; also what services translate, where
 * there is no gateway. */
void router_add_endpoint_flows(const struct m_endpoint *, struct flow_list *);

#endif /* agent/flows/router.h */
