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
    char *nve;                      /* The NVE that it comes from. */
    ofp_port_t ofport;              /* The tunnel port that it comes in by. */
    struct trace_tunnel tunnel;     /* Its header. */

    /* For each option of 'tunnel'. */
    bool per_packet[GENEVE_MAX_OPTIONS]; /* The value differs from packet to
                                     * packet; here it is 0. */
    int indices[GENEVE_MAX_OPTIONS]; /* In our TLV map; -1: not in it. */
};

/* Finds which header the NVE of 'src' puts on packets of 'src' to this node,
 * by the rules of negotiation.  Returns NULL and stores it in '*arrival', for
 * trace_arrival_destroy(); or returns a sentence about why no packet comes,
 * for the caller to free. */
char *trace_arrival_create(const struct agent *, const struct m_endpoint *src,
                           struct trace_arrival **arrival);
void trace_arrival_destroy(struct trace_arrival *);

/* Appends its fields as the switch sees them. */
void trace_arrival_put_flow(const struct trace_arrival *, struct ds *);

#endif /* agent/show/trace-arrival.h */
