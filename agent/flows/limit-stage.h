/* The limits that a QoSPolicy sets for an endpoint here: meters of the switch
 * for what it sends and for what it is sent. */
#ifndef GA_LIMIT_STAGE_H
#define GA_LIMIT_STAGE_H 1

#include <stdbool.h>

struct agent;
struct flow_list;
struct m_endpoint;
struct ofpbuf;

/* If 'wanted', makes the meters of 'ep', which must have an OpenFlow port;
 * otherwise takes them away. */
void limit_stage_update_meters(struct agent *, struct m_endpoint *ep,
                               bool wanted);

/* Adds the flows that lead through them. */
void limit_stage_add_flows(const struct agent *, const struct m_endpoint *ep,
                           struct flow_list *);

/* Appends actions that drop what 'ep' sends beyond its limits. */
void limit_stage_put_sender(const struct m_endpoint *ep,
                            struct ofpbuf *actions);

/* Whether there are limits for what 'ep' is sent. */
bool limit_stage_has_ingress(const struct m_endpoint *ep);

/* Appends what makes the packet's class its mark. */
void limit_stage_put_mark(struct ofpbuf *actions);

#endif /* agent/flows/limit-stage.h */
