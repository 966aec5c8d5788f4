/* What the makers of flows share.  Private to the modules of flows.h: each
 * flows_make_X() makes all flows of one owner and replaces them. */
#ifndef GA_FLOWS_PRIVATE_H
#define GA_FLOWS_PRIVATE_H 1

#include <stdint.h>

struct agent;
struct flow_list;
struct m_endpoint;
struct m_nve;
struct m_vpc;
struct match;

/* Makes 'match' match all packets of a VPC, past FLOW_INPUT or
 * FLOW_RECEIVE. */
void match_init_vni(struct match *, uint32_t vni);

void flows_make_endpoint(struct agent *, struct m_endpoint *);
void flows_make_vpc(struct agent *, struct m_vpc *);
void flows_make_nve(struct agent *, struct m_nve *);

#endif /* agent/flows/flows-private.h */
