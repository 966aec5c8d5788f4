/* The class of packets: what the sender's node makes of it, and what the
 * receiver's node makes of what the sender's said. */
#ifndef GA_QOS_STAGE_H
#define GA_QOS_STAGE_H 1

struct agent;
struct flow_list;
struct m_endpoint;
struct m_vpc;
struct ofpbuf;

/* Appends to the flow of what 'ep' sends, on the integration bridge or that of
 * a further plan: its class, the outer DSCP, the queue. */
void qos_stage_put_sender(const struct agent *, const struct m_endpoint *ep,
                          struct ofpbuf *actions);

/* Appends to the flow of what comes from tunnels for 'vpc': the class, and the
 * inner DSCP, as options of the packet say. */
void qos_stage_put_received(const struct agent *, const struct m_vpc *vpc,
                            struct ofpbuf *actions);

/* Adds the flows that qos_stage_put_received() relies on. */
void qos_stage_add_vpc(const struct agent *, const struct m_vpc *vpc,
                       struct flow_list *);

#endif /* agent/flows/qos-stage.h */
