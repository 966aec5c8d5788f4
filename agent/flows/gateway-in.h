/* Back into a VPC: the flows of a candidate for what comes from outside. */
#ifndef GA_GATEWAY_IN_H
#define GA_GATEWAY_IN_H 1

#include <stdbool.h>

struct agent;
struct flow_list;
struct gateway;
struct ofpbuf;

/* Adds the flows of 'g', of which this node is or was a candidate. */
void gateway_in_add_flows(const struct agent *, const struct gateway *g,
                          struct flow_list *);

/* Appends what makes a packet one of the gateway's VPC, with the options of a
 * sender of type gateway.  Returns false, and appends nothing, if a required
 * one has no place in the TLV map. */
bool gateway_in_put_sender(const struct agent *, const struct gateway *g,
                           struct ofpbuf *actions);

#endif /* agent/flows/gateway-in.h */
