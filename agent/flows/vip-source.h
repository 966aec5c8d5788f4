/* Flows for what candidates of a gateway send to services' backends here. */
#ifndef GA_VIP_SOURCE_H
#define GA_VIP_SOURCE_H 1

struct agent;
struct flow_list;
struct m_lb;
struct vip;

/* Adds those of 'lb', which has backends here, and which 'vip' is made for. */
void vip_source_add_flows(struct agent *, struct vip *, const struct m_lb *,
                          struct flow_list *);

#endif /* agent/flows/vip-source.h */
