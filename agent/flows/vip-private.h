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
struct group_spec;
struct m_lb;
struct m_lb_backend;
struct match;
struct ofpbuf;
struct vip;
struct vip_past;

/* How a backend stands to open connections (vip-open.c).
 *
 * VIP_TAKER_OLD: has those that come to it by the hash.
 * VIP_TAKER_YOUNG: some of those may be older than it is.
 * VIP_TAKER_DRAINING: has those that come to it, and takes no new ones.
 * VIP_TAKER_FADING: its node translates those that are open; new ones are
 *     masqueraded. */
enum vip_taker_kind {
    VIP_TAKER_OLD,
    VIP_TAKER_YOUNG,
    VIP_TAKER_DRAINING,
    VIP_TAKER_FADING,
};

/* A backend that takes connections from outside, or has some. */
struct vip_taker {
    const struct m_lb_backend *b;
    const struct vip_past *past;
    enum vip_taker_kind kind;
    bool takes;                     /* New ones. */
    bool knows;                     /* Its node may know of open ones. */
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
    size_t n_takes;                 /* Of them, those that take new ones. */
    bool masquerades;               /* One of them does. */
    bool sends;                     /* One of them is direct, or via. */
    bool asks;                      /* One of them is not VIP_TAKER_OLD. */
    uint16_t zones[2];              /* Of destinations and sources. */
    struct flow_list *flows;
};

/* Makes 'match' match what is for the service, in tables after
 * FLOW_EXT_ADDRESS. */
void vip_context_init_match(struct match *, const struct vip_context *);

/* vip-gateway.c: groups by port. */

/* Appends what a bucket does by which new connections come to 't'. */
void vip_gateway_put_bucket(const struct vip_context *,
                            const struct vip_taker *t,
                            const struct lb_port *port,
                            struct ofpbuf *actions);

/* Appends the actions of the bucket of 't'.  Returns false if it has none. */
typedef bool vip_bucket_cb(const struct vip_context *,
                           const struct vip_taker *t,
                           const struct lb_port *port,
                           struct ofpbuf *actions, const void *aux);

/* Wants a group that finds a backend for what is to 'port', with the buckets
 * that 'cb' makes, and returns its id.  'what' tells the service's groups
 * apart; takes it. */
uint32_t vip_gateway_set_group(const struct vip_context *,
                               const struct lb_port *port, char *what,
                               vip_bucket_cb *cb, const void *aux);

/* vip-open.c. */

/* Whether packets to 'port' that begin no connection take another way than
 * those that do. */
bool vip_open_is_needed(const struct vip_context *,
                        const struct lb_port *port);

/* Adds the flows for that.  Returns the group by which they go. */
uint32_t vip_open_add_flows(const struct vip_context *,
                            const struct lb_port *port);

/* vip-send.c. */

/* Appends to the actions of a bucket what sends a packet to the node of 't',
 * untranslated; 'port' is the service's, 0: not known. */
void vip_send_put(const struct vip_context *, const struct vip_taker *t,
                  uint16_t port, struct ofpbuf *actions);

/* The same, if its node knows of the connection already. */
void vip_send_put_if_known(const struct vip_context *,
                           const struct vip_taker *t, struct ofpbuf *actions);

/* Adds the flows that this relies on, and those for answers that a backend's
 * node has translated. */
void vip_send_add_flows(const struct vip_context *);

#endif /* agent/flows/vip-private.h */
