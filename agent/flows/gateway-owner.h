/* Who answers for the addresses of a gateway, and who sends as the gateway. */
#ifndef GA_GATEWAY_OWNER_H
#define GA_GATEWAY_OWNER_H 1

#include <stdint.h>

struct agent;
struct flow_list;
struct gateway;
struct in6_addr;

/* Makes the group 'id' of 'g', by which a question for an address gets on if
 * this node has it. */
void gateway_owner_set_group(struct agent *, struct gateway *g, uint32_t id);

/* Makes the group 'id' of 'g', by which packets leave: with the gateway's MAC
 * for a source if sources send here, else with this node's own. */
void gateway_owner_set_sender(struct agent *, struct gateway *g, uint32_t id);

/* Adds the flows that answer ARP and neighbour solicitations by that group. */
void gateway_owner_add_flows(const struct agent *, const struct gateway *g,
                             uint32_t id, struct flow_list *);

/* Adds those that answer for 'ip', a floating IP that 'g' translates. */
void gateway_owner_add_address(const struct agent *, const struct gateway *g,
                               const struct in6_addr *ip, struct flow_list *);

#endif /* agent/flows/gateway-owner.h */
