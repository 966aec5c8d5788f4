/* External addresses of services on the nodes of their backends. */
#ifndef GA_VIP_BACKEND_H
#define GA_VIP_BACKEND_H 1

#include <stdbool.h>

struct agent;
struct flow_list;
struct m_lb;
struct vip;

/* Whether 'lb' has an external address, and a backend here. */
bool vip_backend_is_here(const struct m_lb *);

/* Adds the flows of 'lb', which has a backend here. */
void vip_backend_add_flows(struct agent *, struct vip *, const struct m_lb *,
                           struct flow_list *);

#endif /* agent/flows/vip-backend.h */
