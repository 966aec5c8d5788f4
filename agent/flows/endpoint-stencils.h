/* Flows of which each endpoint has one: they are made by stencils (see
 * agent/switch/flow-stencil.h), and differ in a MAC, a VNI and a number. */
#ifndef GA_ENDPOINT_STENCILS_H
#define GA_ENDPOINT_STENCILS_H 1

#include <stdint.h>

#include "agent/switch/flow-stencil.h"
#include "openvswitch/types.h"

struct endpoint_stencils {
    struct flow_stencil arp;        /* neighbor.c */
    struct flow_stencil remote;     /* endpoint-flows.c */
};

struct endpoint_stencils *endpoint_stencils_create(void);
void endpoint_stencils_destroy(struct endpoint_stencils *);

/* Makes the flow's match, and appends its actions. */
typedef void endpoint_stencil_cb(struct eth_addr mac, uint32_t vni,
                                 uint32_t number, struct match *,
                                 struct ofpbuf *actions);

/* Appends the flow that 'cb' makes of the three values, by 'stencil', which is
 * made when it is used first. */
void endpoint_stencils_add(struct flow_stencil *stencil, uint8_t table,
                           uint16_t priority, endpoint_stencil_cb *cb,
                           struct eth_addr mac, uint32_t vni, uint32_t number,
                           struct flow_list *);

#endif /* agent/flows/endpoint-stencils.h */
