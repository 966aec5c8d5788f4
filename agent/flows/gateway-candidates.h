/* Buckets of groups that send to the candidates of a gateway. */
#ifndef GA_GATEWAY_CANDIDATES_H
#define GA_GATEWAY_CANDIDATES_H 1

struct agent;
struct gateway;
struct group_spec;
struct m_gateway_node;

/* Appends to a fast-failover group the bucket that sends to 'node' of 'g', if
 * there is a way to it.  For another node it is live while BFD says that the
 * tunnel is up, and goes on in FLOW_MTU; for this one while it has its place
 * and its way out, and goes on in FLOW_EXT_OUT. */
void gateway_candidates_add(const struct agent *, const struct gateway *g,
                            const struct m_gateway_node *node,
                            struct group_spec *);

#endif /* agent/flows/gateway-candidates.h */
