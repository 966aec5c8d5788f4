/* Flows for the neighbours on provider networks whose MAC is known. */
#ifndef GA_EXT_NEIGHBOR_FLOWS_H
#define GA_EXT_NEIGHBOR_FLOWS_H 1

#include <netinet/in.h>
#include <stddef.h>

#include "openvswitch/types.h"

struct agent;
struct m_extnet;

struct ext_binding {
    struct in6_addr ip;             /* IPv4 as a mapped address. */
    struct eth_addr mac;
};

/* Makes the flows of the 'n' neighbours of 'extnet' that are known. */
void ext_neighbor_flows_make(struct agent *, struct m_extnet *,
                             const struct ext_binding *, size_t n);

#endif /* agent/flows/ext-neighbor-flows.h */
