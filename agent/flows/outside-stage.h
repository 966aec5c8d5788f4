/* What is from outside of a VPC and came by a tunnel, in flows: of whom it is
 * believed. */
#ifndef GA_OUTSIDE_STAGE_H
#define GA_OUTSIDE_STAGE_H 1

struct agent;
struct flow_list;
struct gateway;
struct m_endpoint;
struct m_nve;
struct m_vpc;

/* Adds the flows of the VPC, which must be active.  To be called after
 * return_stage_add_vpc(). */
void outside_stage_add_vpc(const struct agent *, const struct m_vpc *,
                           struct flow_list *);

/* Adds those for an endpoint that is elsewhere. */
void outside_stage_add_endpoint(const struct m_endpoint *,
                                struct flow_list *);

/* Adds the flow that counts what is not believed of a remote. */
void outside_stage_add_nve(const struct m_nve *, struct flow_list *);

/* Adds those for what the other candidates of 'g' bring in. */
void outside_stage_add_gateway(const struct gateway *g, struct flow_list *);

/* Adds those that all VPCs have in common. */
void outside_stage_add_static(struct flow_list *);

#endif /* agent/flows/outside-stage.h */
