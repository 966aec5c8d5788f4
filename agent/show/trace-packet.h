/* Which packet `agentctl trace' asks the switch about. */
#ifndef GA_TRACE_PACKET_H
#define GA_TRACE_PACKET_H 1

#include <stdbool.h>

struct agent;
struct in6_addr;
struct m_endpoint;
struct m_vpc;
struct trace_outside;

struct trace_packet {
    char *dst;                      /* Name of the endpoint that it is for, or
                                     * NULL. */
    char *flow;                     /* As ovs-vswitchd understands it. */
    struct trace_arrival *arrival;  /* How it gets here, or NULL if it is from
                                     * here. */
};

/* The endpoint called 'name', or NULL if it has no object. */
const struct m_endpoint *trace_packet_find_endpoint(const struct agent *,
                                             const char *name);

/* The endpoint of 'vpc' that has the address 'ip', or NULL. */
const struct m_endpoint *trace_packet_find_by_ip(const struct m_vpc *vpc,
                                                 const struct in6_addr *ip);

/* Composes the packet that 'src', whose VPC is active, would send to 'dst':
 * the name of an endpoint, an IP address or a MAC.  If 'src' is on another
 * node, 'dst' must be here, and the packet is as it comes in.  'flow' adds
 * fields in the syntax of ovs-fields(7), or is "".  Returns NULL and fills
 * '*packet', for trace_packet_destroy(); or returns what is wrong, for the
 * caller to free. */
char *trace_packet_compose(const struct agent *, const struct m_endpoint *src,
                           const char *dst, const char *flow,
                           struct trace_packet *packet);

/* The same for a packet from outside. */
char *trace_packet_compose_outside(const struct trace_outside *,
                                   const char *flow,
                                   struct trace_packet *packet);
void trace_packet_destroy(struct trace_packet *);

/* Cuts "10.0.0.2:80" or "[fd00::2]:80" into an address and a port.  The latter
 * is NULL if there is none. */
bool trace_packet_parse_translation(char *text, struct in6_addr *ip,
                                    const char **port);

#endif /* agent/show/trace-packet.h */
