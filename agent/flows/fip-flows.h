/* Floating IPs that this node translates: for endpoints here, or as a
 * candidate of their VPC's gateway. */
#ifndef GA_FIP_FLOWS_H
#define GA_FIP_FLOWS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct agent;
struct flow_list;
struct hmapx;
struct m_fip;
struct model;

/* Makes the flows of what changed in this turn.  'gateways_changed': those of
 * gateways are new, too, so it is to be called after
 * gateway_flows_run(). */
void fip_flows_run(struct agent *, bool gateways_changed);

/* Adds to 'fips' the m_fips whose flows fip_flows_run() makes: those that
 * changed, or whose endpoint, VPC or network did. */
void fip_flows_get_changed(const struct model *, struct hmapx *fips);

/* Adds the flows that all floating IPs have in common.  'nd_by_agent': the
 * agent answers neighbour solicitations, not flows. */
void fip_flows_add_static(bool nd_by_agent, struct flow_list *);

/* Whether this node has 'fip' or, at a gateway, may come to have it: it has
 * the flows that translate. */
bool fip_flows_has(const struct agent *, const struct m_fip *);

/* Adds the flow by which packets from the endpoint of 'fip' to no subnet leave
 * by the thing with that 'id' (FLOW_REG_GATEWAY). */
void fip_flows_add_route(const struct m_fip *, uint32_t id,
                         struct flow_list *);

/* The MAC outside of a 'fip' that is not at a gateway: the same on all
 * nodes. */
struct eth_addr fip_flows_get_mac(const struct m_fip *);

#endif /* agent/flows/fip-flows.h */
