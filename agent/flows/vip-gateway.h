/* External addresses of services on a candidate of their gateway. */
#ifndef GA_VIP_GATEWAY_H
#define GA_VIP_GATEWAY_H 1

#include <stdbool.h>

struct agent;
struct flow_list;
struct gateway;
struct m_lb;
struct vip;

/* The gateway of 'lb' if this node is a candidate of it, or may still get what
 * is for it; else NULL. */
struct gateway *vip_gateway_find(const struct agent *, const struct m_lb *);

/* Adds the flows and groups of 'lb' on a candidate of 'g'. */
void vip_gateway_add_flows(struct agent *, struct vip *, struct m_lb *,
                           const struct gateway *g, struct flow_list *);

#endif /* agent/flows/vip-gateway.h */
