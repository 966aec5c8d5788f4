/* The stage that stops packets that are too big for the way to a remote. */
#ifndef GA_MTU_STAGE_H
#define GA_MTU_STAGE_H 1

struct flow_list;
struct m_encap;

/* Adds the flow of FLOW_MTU for an encapsulation: no IP packet of more than
 * 'mtu' bytes goes on.  Adds none if 'mtu' is 0, i.e. not known. */
void mtu_stage_add_flows(const struct m_encap *, int mtu, struct flow_list *);

/* Adds the flows of FLOW_TOO_BIG. */
void mtu_stage_add_static_flows(struct flow_list *);

#endif /* agent/flows/mtu-stage.h */
