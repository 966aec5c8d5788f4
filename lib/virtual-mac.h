/* MAC addresses that follow from names: those of gateways and floating IPs,
 * which must not change with the node that has them, and those by which a node
 * itself speaks on provider networks. */
#ifndef GA_VIRTUAL_MAC_H
#define GA_VIRTUAL_MAC_H 1

#include "openvswitch/types.h"

/* Returns the MAC of the thing of that 'kind' ("gateway", "fip", "node") and
 * name: unicast and locally administered, the same on all machines. */
struct eth_addr virtual_mac(const char *kind, const char *name);

#endif /* lib/virtual-mac.h */
