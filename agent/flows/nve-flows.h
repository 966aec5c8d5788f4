/* The flows for packets from one remote NVE on the integration bridge. */
#ifndef GA_NVE_FLOWS_H
#define GA_NVE_FLOWS_H 1

struct agent;
struct m_nve;

/* Makes all of them again; the switch is told only what differs. */
void nve_flows_make(struct agent *, struct m_nve *);

#endif /* agent/flows/nve-flows.h */
