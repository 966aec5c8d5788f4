/* Floating IPs that this node translates for endpoints here. */
#ifndef GA_FIP_FLOWS_H
#define GA_FIP_FLOWS_H 1

#include <stdbool.h>

#include "openvswitch/types.h"

struct agent;
struct flow_list;
struct hmapx;
struct m_fip;
struct model;

/* Makes the flows of what changed in this turn. */
void fip_flows_run(struct agent *);

/* Adds to 'fips' the m_fips whose flows fip_flows_run() makes: those that
 * changed, or whose endpoint, VPC or network did. */
void fip_flows_get_changed(const struct model *, struct hmapx *fips);

/* Adds the flows that all floating IPs have in common.  'nd_by_agent': the
 * agent answers neighbour solicitations, not flows. */
void fip_flows_add_static(bool nd_by_agent, struct flow_list *);

/* Whether this node has 'fip': it answers for the address, and translates. */
bool fip_flows_has(const struct agent *, const struct m_fip *);

/* The MAC of 'fip' outside: the same on all nodes. */
struct eth_addr fip_flows_get_mac(const struct m_fip *);

#endif /* agent/flows/fip-flows.h */
