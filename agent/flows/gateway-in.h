/* Back into a VPC: the flows of a candidate for what comes from outside. */
#ifndef GA_GATEWAY_IN_H
#define GA_GATEWAY_IN_H 1

struct agent;
struct flow_list;
struct gateway;

/* Adds the flows of 'g', of which this node is or was a candidate. */
void gateway_in_add_flows(const struct agent *, const struct gateway *g,
                          struct flow_list *);

#endif /* agent/flows/gateway-in.h */
