/* Which neighbour on a provider network a packet goes to: FLOW_EXT_ROUTE. */
#ifndef GA_EXT_ROUTE_H
#define GA_EXT_ROUTE_H 1

struct flow_list;
struct m_extnet;

/* Adds the flows of 'extnet', which must be in use. */
void ext_route_add_flows(const struct m_extnet *, struct flow_list *);

/* Adds those for destinations that are no host's. */
void ext_route_add_static(struct flow_list *);

#endif /* agent/flows/ext-route.h */
