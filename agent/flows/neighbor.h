/* ARP and neighbour discovery, answered on the node of whoever asks:
 * FLOW_NEIGHBOR, FLOW_ADVERT.
 *
 * For each address of a known endpoint, here or elsewhere, and for each
 * gateway of a VPC, a flow turns the request into its answer and sends that
 * back.  No request for such an address crosses the underlay or reaches
 * another endpoint.  Whoever has an IPv6 address also has the link-local one
 * that EUI-64 makes of the MAC.
 *
 * If agent->nd_by_agent, the datapath cannot turn a solicitation into an
 * advertisement: flows hand solicitations over to the agent, which answers. */
#ifndef GA_NEIGHBOR_H
#define GA_NEIGHBOR_H 1

#include <netinet/in.h>
#include <stdint.h>

struct agent;
struct flow_list;
struct m_endpoint;
struct m_vpc;

/* Adds the flows that are the same for all endpoints. */
void neighbor_add_static(const struct agent *, struct flow_list *);

/* Adds the flows that answer for the addresses of an endpoint.  It must have
 * an object, and its VPC must be active. */
void neighbor_add_endpoint(const struct agent *, const struct m_endpoint *,
                           struct flow_list *);

/* Adds the flows that answer for the gateways of a VPC, which must be
 * active. */
void neighbor_add_gateways(const struct agent *, const struct m_vpc *,
                           struct flow_list *);

/* Adds the flow that answers for 'ip', an address of the VPC with that VNI
 * that the gateways forward, wherever it is. */
void neighbor_add_gateway_for(const struct agent *, uint32_t vni,
                              const struct in6_addr *ip, struct flow_list *);

#endif /* agent/flows/neighbor.h */
