/* Routes of a VPC, in flows: where packets go that are for no endpoint of it,
 * and what appliances may send and be sent. */
#ifndef GA_ROUTE_STAGE_H
#define GA_ROUTE_STAGE_H 1

struct flow_list;
struct m_endpoint;
struct m_vpc;

/* Adds the flows of the VPC, which must be active. */
void route_stage_add_vpc(const struct m_vpc *, struct flow_list *);

/* Adds the flows of an endpoint that is here. */
void route_stage_add_local(const struct m_endpoint *, struct flow_list *);

/* Adds the flows for what is sent to an endpoint, wherever it is. */
void route_stage_add_receiver(const struct m_endpoint *, struct flow_list *);

#endif /* agent/flows/route-stage.h */
