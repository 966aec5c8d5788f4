/* VPCRoute: where packets of a VPC go that are for no endpoint of it, or that
 * an appliance is to see first. */
#ifndef GA_RESOURCE_VPC_ROUTE_H
#define GA_RESOURCE_VPC_ROUTE_H 1

#include "lib/ip-prefix.h"
#include "lib/label-selector.h"
#include "lib/resource-class.h"

extern const struct resource_class vpc_route_class;

enum vpc_route_via_type {
    VPC_ROUTE_GATEWAY,              /* A VPCGateway of the VPC. */
    VPC_ROUTE_ENDPOINT,             /* An endpoint of the VPC, of type
                                     * "gateway". */
    VPC_ROUTE_DROP,
};

/* spec.via[]. */
struct vpc_route_via {
    enum vpc_route_via_type type;
    char *name;                     /* Of the gateway or endpoint, or NULL. */
    unsigned int weight;            /* 1...: its share of the connections. */
};

struct vpc_route {
    struct resource_meta meta;
    char *vpc;
    struct ip_prefix destination;
    bool has_from;                  /* spec.from is there. */
    struct label_selector from;     /* If it is.  Empty: all endpoints. */
    struct vpc_route_via *via;      /* At least one. */
    size_t n_via;
    unsigned int priority;          /* Of those with the same destination, the
                                     * highest counts. */
};

#define VPC_ROUTE_DEFAULT_PRIORITY 100

struct vpc_route *vpc_route_from_json(const struct json *,
                                      struct field_errors *);
void vpc_route_destroy(struct vpc_route *);

/* "gateway", etc.  Static data. */
const char *vpc_route_via_type_to_string(enum vpc_route_via_type);

#endif /* lib/resource-vpc-route.h */
