/* The flows of gateways: from sources to the candidates, and on a candidate
 * out of the VPC and back. */
#ifndef GA_GATEWAY_FLOWS_H
#define GA_GATEWAY_FLOWS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct agent;
struct gateway;

/* Makes the flows and groups of the gateways that are in use here, if anything
 * of them may have changed.  To be called before the flows of what they lead
 * to are confirmed: all of a turn is one bundle. */
void gateway_flows_run(struct agent *);

/* The gateway's MAC: by it candidates know what is for which gateway, and the
 * outside knows whom to send to.  The same on all candidates. */
struct eth_addr gateway_flows_get_mac(const struct gateway *);

/* The id of a gateway's group: 'which' is one of GATEWAY_GROUP_*, or
 * GATEWAY_N_GROUPS for those of return-stage.c, and 'n' any number. */
uint32_t gateway_flows_group_id(unsigned int which, uint32_t n);

#endif /* agent/flows/gateway-flows.h */
