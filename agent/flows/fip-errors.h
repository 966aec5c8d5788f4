/* Flows for ICMP errors that have to do with floating IPs, and that NAT alone
 * would not get right. */
#ifndef GA_FIP_ERRORS_H
#define GA_FIP_ERRORS_H 1

#include <stdint.h>

#include "openvswitch/types.h"

struct agent;
struct flow_list;
struct m_fip;

/* Adds the flows of 'fip', which has a zone, and which FLOW_REG_GATEWAY knows
 * by 'id' and the outside by 'mac'. */
void fip_errors_add_flows(const struct agent *, const struct m_fip *fip,
                          uint32_t id, struct eth_addr mac,
                          struct flow_list *);

#endif /* agent/flows/fip-errors.h */
