/* The tunnel header with which a remote endpoint's packet arrives here, for
 * `agentctl trace'. */
#ifndef GA_TRACE_ARRIVAL_H
#define GA_TRACE_ARRIVAL_H 1

#include <stdbool.h>

#include "lib/trace-parse.h"
#include "openvswitch/types.h"

struct agent;
struct ds;
struct m_endpoint;

struct trace_arrival {
    char *nve;                      /* Whence. */
    ofp_port_t ofport;              /* Of the tunnel that it comes from. */
    struct trace_tunnel tunnel;     /* Its header. */
    bool per_packet[GENEVE_MAX_OPTIONS]; /* The option's value differs from
                                     * packet to packet; here it is 0. */
    int indices[GENEVE_MAX_OPTIONS]; /* Of the option on our bridge; -1:
                                     * none. */
};

/* What the NVE of 'src' puts around packets of 'src' to this node, by the
 * rules of negotiation.  Returns NULL and sets '*arrival', for
 * trace_arrival_destroy(); or a sentence about why nothing comes, for the
 * caller to free. */
char *trace_arrival_create(const struct agent *, const struct m_endpoint *src,
                           struct trace_arrival **arrival);
void trace_arrival_destroy(struct trace_arrival *);

/* Appends the fields that the switch sees of it. */
void trace_arrival_put_flow(const struct trace_arrival *, struct ds *);

#endif /* agent/show/trace-arrival.h */
