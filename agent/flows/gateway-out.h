/* Out of a VPC: the flows of a candidate for what is to leave. */
#ifndef GA_GATEWAY_OUT_H
#define GA_GATEWAY_OUT_H 1

struct flow_list;
struct gateway;

/* Adds the flows of 'g', of which this node is or was a candidate: those that
 * drop what could not be translated, and count it, to 'drops'. */
void gateway_out_add_flows(const struct gateway *g, struct flow_list *flows,
                           struct flow_list *drops);

#endif /* agent/flows/gateway-out.h */
