/* ExternalNetwork: a network outside of all VPCs, which nodes are attached to
 * by a bridge of their own (external_ids:nve-bridge-mappings). */
#ifndef GA_RESOURCE_EXTERNAL_NETWORK_H
#define GA_RESOURCE_EXTERNAL_NETWORK_H 1

#include "lib/resource-class.h"
#include "lib/subnet.h"

extern const struct resource_class external_network_class;

struct external_network {
    struct resource_meta meta;
    char *physical_network;         /* As nodes' bridge mappings call it. */
    int vlan;                       /* 0: untagged. */
    struct subnet *subnets;         /* At least one.  Their gateways are
                                     * routers of that network. */
    size_t n_subnets;
    int mtu;                        /* 0 if not given: see
                                     * external_network_get_mtu(). */
};

struct external_network *external_network_from_json(const struct json *,
                                                    struct field_errors *);
void external_network_destroy(struct external_network *);

/* The largest IP packet that fits, in bytes: what an Ethernet has if nothing
 * is said. */
int external_network_get_mtu(const struct external_network *);

/* The subnet that has 'ip' (IPv4 as a mapped address), or NULL. */
const struct subnet *external_network_find_subnet(
    const struct external_network *, const struct in6_addr *ip);

/* What is wrong with 'ip' as an address of ours in the network: one that no
 * host or router outside may have.  As the rest of a sentence that starts with
 * the address; or NULL.  Static data. */
const char *external_network_address_fault(const struct external_network *,
                                           const struct in6_addr *ip);

/* Whether what comes in, by the same port and with the same tag, could be
 * either's. */
bool external_network_is_same_wire(const struct external_network *,
                                   const struct external_network *);

/* Whether both are the same wire, and subnets of theirs overlap; then
 * '*index' is that of the first one of 'a'. */
bool external_network_overlaps(const struct external_network *a,
                               const struct external_network *b,
                               size_t *index);

#endif /* lib/resource-external-network.h */
