/* Floating IPs that the active node of a gateway translates. */
#ifndef GA_FIP_GATEWAY_H
#define GA_FIP_GATEWAY_H 1

#include <stdbool.h>
#include <stdint.h>

struct agent;
struct flow_list;
struct gateway;
struct m_fip;

/* The gateway that translates 'fip' if this node is a candidate of it, or may
 * still get what is for it; else NULL. */
struct gateway *fip_gateway_find(const struct agent *, const struct m_fip *);

/* Adds the flow that leads from the endpoint of 'fip', which is here, to the
 * gateway, whether or not that is the VPC's default way out. */
void fip_gateway_add_route(const struct agent *, const struct m_fip *,
                           struct flow_list *);

/* Adds the flows of 'fip', which has a zone, on a candidate. */
void fip_gateway_add_flows(const struct agent *, const struct m_fip *,
                           const struct gateway *, struct flow_list *);

#endif /* agent/flows/fip-gateway.h */
