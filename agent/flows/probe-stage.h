/* What backends answer to health checks: handed over to the agent, which has
 * sent the probes (answers/health-probes.h).
 *
 * The flows are in FLOW_EGRESS, ahead of services, connection tracking and
 * policies.  Probes themselves bypass all flows, so whatever policies say, a
 * backend is probed. */
#ifndef GA_PROBE_STAGE_H
#define GA_PROBE_STAGE_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct flow_list;
struct m_endpoint;

/* Ports that probes come from: PROBE_STAGE_FIRST_PORT to ..._LAST_PORT.
 * Nothing is ever translated to a port below 1024, so no connection of a
 * service looks like a probe. */
#define PROBE_STAGE_FIRST_PORT 512
#define PROBE_STAGE_LAST_PORT 1023

struct probe_answer {
    struct in6_addr from, to;       /* IPv4 as mapped addresses. */
    bool is_echo;                   /* ICMP echo replies... */
    uint16_t port;                  /* ...or TCP from that port. */
};

/* Adds the flow for such answers of 'ep', which must have an OpenFlow port.
 * 'meter' is the id of a meter, or 0 for none.  The flow with a meter takes
 * precedence over the one without. */
void probe_stage_add(const struct m_endpoint *ep, const struct probe_answer *,
                     uint32_t meter, struct flow_list *);

#endif /* agent/flows/probe-stage.h */
