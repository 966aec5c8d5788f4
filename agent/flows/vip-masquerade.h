/* Connections from outside to backends whose nodes cannot answer the client:
 * they see the gateway's address in place of the client's. */
#ifndef GA_VIP_MASQUERADE_H
#define GA_VIP_MASQUERADE_H 1

#include <stdint.h>

struct agent;
struct flow_list;
struct gateway;
struct m_lb;
struct m_lb_backend;
struct vip;

/* Adds the flows of 'lb' for such backends on a candidate of 'g'.  'zones' are
 * where destinations and where sources are translated. */
void vip_masquerade_add_flows(struct agent *, struct vip *,
                              const struct m_lb *, const struct gateway *g,
                              const uint16_t zones[2], struct flow_list *);

/* Notes that 'b' may have connections in 'zone', where destinations are
 * translated: they are flushed when it is gone. */
void vip_masquerade_note(struct vip *, const struct m_lb *,
                         const struct m_lb_backend *b, uint16_t zone);

#endif /* agent/flows/vip-masquerade.h */
