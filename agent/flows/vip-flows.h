/* External addresses of services (LoadBalancers): what this node does for
 * them, as a candidate of their gateway and as the node of backends. */
#ifndef GA_VIP_FLOWS_H
#define GA_VIP_FLOWS_H 1

#include <stdbool.h>

struct agent;

/* To be called when all other flows have been made, those of encapsulations
 * too; 'gateways_changed' if all gateways' were made anew. */
void vip_flows_run(struct agent *, bool gateways_changed);

#endif /* agent/flows/vip-flows.h */
