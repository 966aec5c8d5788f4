/* The tables through which packets of endpoints reach services of their VPC,
 * and answers come back: what is the same for all services of a VPC.
 *
 * A VPC without services has none of these flows. */
#ifndef GA_SERVICE_STAGE_H
#define GA_SERVICE_STAGE_H 1

#include <stdbool.h>
#include <stdint.h>

struct agent;
struct flow_list;
struct m_endpoint;
struct m_vpc;
struct match;

/* Conntrack zones of a VPC on this node. */
struct service_zones {
    uint16_t source;                /* Where clients get other ports. */
    uint16_t destination;           /* Where backends are chosen. */
};

/* Stores the zones of 'vpc', which has them from now on, and returns true; or
 * returns false if it has no services, is not active, or none are left. */
bool service_stage_get_zones(struct agent *, const struct m_vpc *,
                             struct service_zones *);

/* Takes its zones away from 'vpc', if it has any and should not. */
void service_stage_release(struct agent *, const struct m_vpc *);

/* Adds the flows that depend on nothing. */
void service_stage_add_static(struct flow_list *);

/* Adds the flows of a VPC, which must be active, if it has services. */
void service_stage_add_vpc(struct agent *, const struct m_vpc *,
                           struct flow_list *);

/* Adds the flows of a local endpoint as a client, if its VPC has services. */
void service_stage_add_endpoint(struct agent *, const struct m_endpoint *,
                                struct flow_list *);

/* Adds a flow that sends what matches in FLOW_OUTPUT, in a VPC with services,
 * to FLOW_SERVICE_BACK first. */
void service_stage_add_output(struct flow_list *, const struct match *);

#endif /* agent/flows/service-stage.h */
