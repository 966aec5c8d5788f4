/* The flows of one VPC on the integration bridge. */
#ifndef GA_VPC_FLOWS_H
#define GA_VPC_FLOWS_H 1

struct agent;
struct m_vpc;

/* Makes all of them again; the switch is told only what differs. */
void vpc_flows_make(struct agent *, struct m_vpc *);

#endif /* agent/flows/vpc-flows.h */
