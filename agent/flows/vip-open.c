/* Open connections of a service from outside: see vip-private.h.
 *
 * Where a backend's node translates, a candidate does not know which
 * connections are open.  It finds the backend by a hash, so that every
 * candidate finds the same one.  But a backend that is new gets its share of
 * the hash, with open connections in it; and one that drains, or whose node
 * ceases to take the option, keeps the connections that it has.  Its node
 * knows them.  So packets that begin no connection are sent there and also to
 * the backend that had them before: the node that has the connection delivers
 * them, and the others drop them.
 *
 *      FLOW_VIP       TCP without SYN: group "open".  What a bucket does:
 *                     - its backend has been there for long: as ever
 *                     - it is new, or drains: on to FLOW_VIP_OPEN
 *                     - new connections to it are masqueraded: "if known"
 *      FLOW_VIP_OPEN  "if known" to the backend, and on to another group:
 *                     - it is new: of those that were there before it.  Others
 *                       that are new, too, lead on from there
 *                     - it drains: of those that take new connections
 *
 * The hash gives each backend a number, and the highest one wins.  So a
 * connection that is older than a backend went to the one with the highest
 * number of those before it.  Packets are sent twice only if they come to a
 * backend that is new or drains, and more often only if there are several.
 *
 * "If known" is a packet without any option (FLOW_REG_SERVICE is 0): to a
 * backend's MAC, from VIP_SEND_IF_KNOWN_MAC, and to the service's address.
 * The node drops it if it does not know the connection (vip-source.c,
 * vip-backend.c).  A node without an agent cannot do that.
 *
 * A connection that is masqueraded is known here, and has gone on before any
 * of this.  After a failover it is not: as long as a change is remembered, it
 * may be taken for one that a node translates, and end.
 *
 * UDP does not say what begins a connection. */

#include <config.h>

#include <netinet/in.h>

#include "agent/flows/pipeline.h"
#include "agent/flows/vip-past.h"
#include "agent/flows/vip-private.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Which backends a group has, and what it does with their packets. */
enum part {
    PART_OPEN,                      /* All; as ever. */
    PART_OLDER,                     /* Those that are older than one; "if
                                     * known". */
    PART_TAKING,                    /* Those that take new connections; "if
                                     * known". */
};

struct group {
    enum part part;
    const struct vip_taker *of;     /* NULL if PART_OPEN. */
};

/* Where it is told apart in FLOW_VIP_OPEN: in the high half of
 * FLOW_REG_SERVICE, above the port. */
static uint32_t
get_number(const struct vip_context *c, const struct vip_taker *t,
           const struct lb_port *port)
{
    return (uint32_t) (t - c->takers + 1) << 16 | port->port;
}

static bool
is_older(const struct vip_taker *a, const struct vip_taker *b)
{
    return (a->kind != VIP_TAKER_YOUNG || a->past->since < b->past->since
            || (a->past->since == b->past->since && a < b));
}

static bool
has(const struct group *group, const struct vip_taker *t)
{
    return (group->part == PART_OPEN ? true
            : group->part == PART_TAKING ? t->takes && t != group->of
            : t != group->of && is_older(t, group->of));
}

static void
put_on(const struct vip_context *c, const struct vip_taker *t,
       const struct lb_port *port, struct ofpbuf *actions)
{
    put_load_imm(actions, FLOW_REG_SERVICE, get_number(c, t, port), 0);
    put_resubmit(actions, FLOW_VIP_OPEN);
}

static bool
put_bucket(const struct vip_context *c, const struct vip_taker *t,
           const struct lb_port *port, struct ofpbuf *actions,
           const void *group_)
{
    const struct group *group = group_;
    enum part part = group->part;
    bool leads_on = (t->kind == VIP_TAKER_YOUNG
                     || (t->kind == VIP_TAKER_DRAINING && part == PART_OPEN));

    if (!has(group, t)) {
        return false;
    }
    if (leads_on && part != PART_TAKING) {
        put_on(c, t, port, actions);
    } else if (part == PART_OPEN && t->kind == VIP_TAKER_OLD) {
        vip_gateway_put_bucket(c, t, port, actions);
    } else if (t->knows) {
        vip_send_put_if_known(c, t, actions);
    }
    return true;
}

static uint32_t
set_group(const struct vip_context *c, const struct lb_port *port,
          enum part part, const struct vip_taker *of)
{
    const struct group group = { part, of };
    char *what = xasprintf("%u/%u/%s/%s", port->protocol, port->port,
                           part == PART_OPEN ? "open"
                           : part == PART_TAKING ? "taking" : "older",
                           of ? of->b->ep->up.name : "");

    return vip_gateway_set_group(c, port, what, put_bucket, &group);
}

/* FLOW_VIP_OPEN.  What conntrack of this node translates is changed for the
 * actions that follow: so it comes last. */
static void
add_open_flow(const struct vip_context *c, const struct vip_taker *t,
              const struct lb_port *port)
{
    uint32_t group = set_group(c, port, (t->kind == VIP_TAKER_YOUNG
                                         ? PART_OLDER : PART_TAKING), t);
    struct ofpbuf actions;
    struct match match;
    size_t clone;

    ofpbuf_init(&actions, 128);
    if (t->knows) {
        clone = put_clone_begin(&actions);
        if (t->b->local) {
            put_group(&actions, group);
        } else {
            vip_send_put_if_known(c, t, &actions);
        }
        put_clone_end(&actions, clone);
    }
    if (t->knows && t->b->local) {
        vip_send_put_if_known(c, t, &actions);
    } else {
        put_group(&actions, group);
    }
    vip_context_init_match(&match, c);
    match_set_nw_proto(&match, port->protocol);
    match_set_reg(&match, FLOW_REG_SERVICE - MFF_REG0,
                  get_number(c, t, port));
    flow_list_add(c->flows, FLOW_VIP_OPEN, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

bool
vip_open_is_needed(const struct vip_context *c, const struct lb_port *port)
{
    return c->asks && port->protocol == IPPROTO_TCP;
}

uint32_t
vip_open_add_flows(const struct vip_context *c, const struct lb_port *port)
{
    for (size_t i = 0; i < c->n_takers; i++) {
        const struct vip_taker *t = &c->takers[i];

        if (t->kind == VIP_TAKER_YOUNG || t->kind == VIP_TAKER_DRAINING) {
            add_open_flow(c, t, port);
        }
    }
    return set_group(c, port, PART_OPEN, NULL);
}
