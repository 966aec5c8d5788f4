/* A packet that comes in from a provider network, for `agentctl trace'. */
#ifndef GA_TRACE_OUTSIDE_H
#define GA_TRACE_OUTSIDE_H 1

#include <stdbool.h>
#include <netinet/in.h>

#include "openvswitch/types.h"

/* "outside:NETWORK" in place of an endpoint's name, which has no colons. */
#define TRACE_OUTSIDE_PREFIX "outside:"

struct agent;
struct attachment;
struct json;
struct m_endpoint;
struct m_extnet;
struct m_fip;
struct m_gateway;
struct m_lb;
struct m_vpc;
struct trace;

/* Where it enters, and whose address it is for.  All pointers are to what
 * others own, and good for this turn. */
struct trace_outside {
    const struct m_extnet *extnet;
    const struct attachment *attachment;
    struct in6_addr ip;             /* What it is for... */
    struct eth_addr mac;            /* ...and its MAC on the network. */
    const struct m_vpc *vpc;        /* The VPC that it leads to. */

    /* Whose it is: one of these is nonnull.  The gateway also if it serves the
     * other one. */
    const struct m_lb *lb;
    const struct m_fip *fip;
    const struct m_gateway *gw;
};

/* Finds out where a packet from ExternalNetwork 'network' for 'dst', an IP
 * address, enters here.  Returns NULL and fills '*outside', or returns what is
 * wrong, for the caller to free. */
char *trace_outside_find(const struct agent *, const char *network,
                         const char *dst, struct trace_outside *outside);

/* The endpoint that gets the packet, or NULL. */
const struct m_endpoint *trace_outside_get_receiver(
    const struct trace_outside *, const struct trace *);

/* Says what becomes of the packet's address, for the caller to free. */
char *trace_outside_describe(const struct trace_outside *,
                             const struct trace *);

/* Member "entry" of the answer, see show.h. */
struct json *trace_outside_show(const struct agent *,
                                const struct trace_outside *,
                                const struct trace *);

#endif /* agent/show/trace-outside.h */
