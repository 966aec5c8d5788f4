/* The flows of ExternalNetworks: from and to the patch port of the provider
 * bridge, and what is on their wire. */
#ifndef GA_EXT_FLOWS_H
#define GA_EXT_FLOWS_H 1

#include "openvswitch/types.h"

struct agent;
struct attachment;
struct flow_list;
struct m_extnet;

/* This node's attachment to 'extnet' if packets can go by it, else NULL: the
 * network is not in use, or the node not attached. */
const struct attachment *ext_flows_get_attachment(const struct agent *,
                                                  const struct m_extnet *);

/* Makes the flows of the ExternalNetworks that changed in this turn, but those
 * that ext_neighbor_flows_make() makes. */
void ext_flows_run(struct agent *);

/* Adds the flows that all ExternalNetworks have in common. */
void ext_flows_add_static(struct flow_list *);

/* The MAC by which this node itself, rather than a gateway or a floating IP
 * that it has, speaks on provider networks. */
struct eth_addr ext_flows_get_mac(const struct agent *);

#endif /* agent/flows/ext-flows.h */
