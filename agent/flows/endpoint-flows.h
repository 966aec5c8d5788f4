/* The flows of one endpoint on the integration bridge. */
#ifndef GA_ENDPOINT_FLOWS_H
#define GA_ENDPOINT_FLOWS_H 1

struct agent;
struct m_endpoint;

/* Makes all of them again; the switch is told only what differs. */
void endpoint_flows_make(struct agent *, struct m_endpoint *);

#endif /* agent/flows/endpoint-flows.h */
