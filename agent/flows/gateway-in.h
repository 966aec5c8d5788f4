/* Back into a VPC: the flows of a candidate for what comes from outside. */
#ifndef GA_GATEWAY_IN_H
#define GA_GATEWAY_IN_H 1

#include <stdbool.h>
#include <stdint.h>

struct agent;
struct flow_list;
struct gateway;
struct in6_addr;
struct ofpbuf;

/* Adds the flows of 'g', of which this node is or was a candidate. */
void gateway_in_add_flows(const struct agent *, const struct gateway *g,
                          struct flow_list *);

/* Adds the flow for what this same node, which is active, sends to 'ip', an
 * address of 'g': it takes the way of what comes in (see fip-flows.c).
 * Nothing of the sender's registers stays. */
void gateway_in_add_own(const struct gateway *g, const struct in6_addr *ip,
                        struct flow_list *);

/* What packets that come in by the gateway have for in_port, by which the
 * bridges of further plans know them; 0: nothing, and those bridges cannot
 * send them. */
uint16_t gateway_in_get_mark(const struct gateway *);

/* Appends what makes a packet one of the gateway's VPC, with the options of a
 * sender of type gateway.  Returns false, and appends nothing, if a required
 * one has no place in the TLV map. */
bool gateway_in_put_sender(const struct agent *, const struct gateway *g,
                           struct ofpbuf *actions);

#endif /* agent/flows/gateway-in.h */
