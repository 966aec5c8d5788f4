/* What a gateway's candidates are, for people. */
#ifndef GA_GATEWAY_DESCRIBE_H
#define GA_GATEWAY_DESCRIBE_H 1

struct agent;
struct m_gateway;
struct m_gateway_node;

/* How a node of 'gw' is, as this node sees it, in a word: "Active", "Standby",
 * "Out" (it says that it does not serve), "Unreachable", "Drained",
 * "NotAttached", or "Absent". */
const char *gateway_describe_node(const struct agent *,
                                  const struct m_gateway *gw,
                                  const struct m_gateway_node *);

#endif /* agent/remotes/gateway-describe.h */
