/* What vip-gateway.c and the files that help it share. */
#ifndef GA_VIP_PRIVATE_H
#define GA_VIP_PRIVATE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/resource-load-balancer.h"
#include "lib/value.h"

struct agent;
struct flow_list;
struct gateway;
struct m_lb;
struct m_lb_backend;
struct match;
struct ofpbuf;
struct vip;

/* A backend that takes connections from outside. */
struct vip_taker {
    const struct m_lb_backend *b;
    enum lb_return ret;
    enum value_from option;         /* That its node gets: VALUE_NONE: none. */
    uint32_t id;                    /* Of its bucket. */
};

/* A service with an external address, while a candidate's flows for it are
 * made. */
struct vip_context {
    struct agent *agent;
    struct vip *vip;
    const struct m_lb *lb;
    const struct load_balancer *def;
    const struct gateway *g;
    struct vip_taker *takers;       /* By name. */
    size_t n_takers;
    bool masquerades;               /* One of them does. */
    bool sends;                     /* One of them is direct, or via. */
    uint16_t zones[2];              /* Of destinations and sources. */
    struct flow_list *flows;
};

/* Makes 'match' match what is for the service, in tables after
 * FLOW_EXT_ADDRESS. */
void vip_context_init_match(struct match *, const struct vip_context *);

/* vip-send.c. */

/* Appends to the actions of a bucket what sends a packet to the node of 't',
 * untranslated; 'port' is the service's, 0: not known. */
void vip_send_put(const struct vip_context *, const struct vip_taker *t,
                  uint16_t port, struct ofpbuf *actions);

/* Adds the flows that this relies on, and those for answers that a backend's
 * node has translated. */
void vip_send_add_flows(const struct vip_context *);

#endif /* agent/flows/vip-private.h */
