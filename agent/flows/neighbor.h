/* ARP and neighbour discovery, answered where it is asked: FLOW_NEIGHBOR,
 * FLOW_ADVERT.
 *
 * For each address of an endpoint that is known, here or elsewhere, and for
 * each gateway of a VPC, a flow turns the request into its answer and sends
 * that back: no request for such an address crosses the underlay, or reaches
 * another endpoint.  Those that have an IPv6 address have the link-local one
 * that EUI-64 makes of their MAC, too.
 *
 * 'by_agent': the datapath cannot make an advertisement of a solicitation, so
 * that is handed to the agent, which answers. */
#ifndef GA_NEIGHBOR_H
#define GA_NEIGHBOR_H 1

#include <stdbool.h>

struct flow_list;
struct m_endpoint;
struct m_vpc;

/* Adds the flows that are the same for all endpoints. */
void neighbor_add_static(bool by_agent, struct flow_list *);

/* Adds the flows that answer for the addresses of 'ep', which has an object
 * and whose VPC is active. */
void neighbor_add_endpoint(const struct m_endpoint *, bool by_agent,
                           struct flow_list *);

/* Adds the flows that answer for the gateways of 'vpc', which is active. */
void neighbor_add_gateways(const struct m_vpc *, bool by_agent,
                           struct flow_list *);

#endif /* agent/flows/neighbor.h */
