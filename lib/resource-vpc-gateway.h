/* VPCGateway: the way out of a VPC, into an ExternalNetwork. */
#ifndef GA_RESOURCE_VPC_GATEWAY_H
#define GA_RESOURCE_VPC_GATEWAY_H 1

#include "lib/ip-prefix.h"
#include "lib/resource-class.h"

extern const struct resource_class vpc_gateway_class;

/* spec.nodes[]. */
struct vpc_gateway_node {
    char *nve;
    unsigned int priority;          /* The highest that is alive is active.
                                     * 0: none, it is to be drained. */
};

/* spec.snat[]. */
struct vpc_gateway_snat {
    struct ip_prefix sources;       /* Of the VPC.  They may nest: the longest
                                     * one counts. */
    struct in6_addr address;        /* Of the same family: theirs outside. */
};

struct vpc_gateway {
    struct resource_meta meta;
    char *vpc;
    char *external_network;
    struct vpc_gateway_node *nodes; /* Distinct. */
    size_t n_nodes;
    struct vpc_gateway_snat *snat;  /* None: it routes. */
    size_t n_snat;
    unsigned int bfd_interval;      /* ms. */
    unsigned int bfd_multiplier;
    uint32_t max_connections;       /* 0: not limited. */

    char *status_active;            /* status.active, or NULL. */
    struct in6_addr *status_addresses; /* In use now. */
    size_t n_status_addresses;
};

#define VPC_GATEWAY_DEFAULT_PRIORITY 100
#define VPC_GATEWAY_DEFAULT_BFD_INTERVAL 100
#define VPC_GATEWAY_DEFAULT_BFD_MULTIPLIER 3

struct vpc_gateway *vpc_gateway_from_json(const struct json *,
                                          struct field_errors *);
void vpc_gateway_destroy(struct vpc_gateway *);

/* The entry of 'snat' that is for 'source', by the longest prefix; or NULL. */
const struct vpc_gateway_snat *vpc_gateway_find_snat(
    const struct vpc_gateway *, const struct in6_addr *source);

#endif /* lib/resource-vpc-gateway.h */
