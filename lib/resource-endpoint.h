/* Endpoint: a tenant system's interface, with what the options need to know
 * about it. */
#ifndef GA_RESOURCE_ENDPOINT_H
#define GA_RESOURCE_ENDPOINT_H 1

#include <netinet/in.h>

#include "lib/resource-class.h"
#include "openvswitch/types.h"
#include "packets.h"
#include "sset.h"

extern const struct resource_class endpoint_class;

/* The gateways' Ethernet address, for "(struct eth_addr) GATEWAY_MAC".  The
 * same on all nodes and in all VPCs, so that an endpoint that moves keeps it
 * in its neighbour cache; locally administered, so that no network card has
 * it.  No endpoint may have it. */
#define GATEWAY_MAC ETH_ADDR_C(02,67,65,6e,65,01)

enum endpoint_type {
    EP_NONE, EP_VM, EP_CONTAINER, EP_GATEWAY, EP_BAREMETAL, EP_SERVICE,
    EP_HOST
};

/* What an endpoint's status says. */
struct endpoint_observed {
    char *nve;                      /* Or NULL. */
    struct eth_addr mac;            /* In use now; all-zero: none. */
    struct in6_addr *ips;           /* In use now. */
    size_t n_ips;
    char *phase;                    /* Or "". */
    char *message;                  /* Or "". */
    bool has_policy_label;
    uint32_t policy_label;
    char *policy_label_set;         /* For which label set (label-set.h) it
                                     * was given; NULL if it is not said. */
    int mtu;                        /* 0 if none. */
    struct sset *healthy_for;       /* LoadBalancers whose health checks it
                                     * passes; NULL: none. */
};

/* There are very many, and most have no status. */
struct endpoint {
    struct resource_meta meta;
    char *vpc;
    char *nve;                      /* spec.nve, or NULL. */
    struct eth_addr mac;
    bool has_type : 1;
    bool has_policy_label : 1;
    bool has_qos_class : 1;
    uint32_t type, policy_label, qos_class;
    uint32_t n_ips;
    struct in6_addr *ips;           /* IPv4 as mapped addresses. */
    const struct smap *values;      /* NAME -> "0x..." or decimal number; of
                                     * lib/smap-pool.h.  NULL only if this is
                                     * no object but stands for a sender. */
    struct endpoint_observed *status; /* NULL: none; endpoint_get_status() is
                                     * never NULL. */
};

const struct endpoint_observed *endpoint_get_status(const struct endpoint *);

/* Whether 's' is an Ethernet address that an endpoint can have, in '*mac'
 * then. */
bool endpoint_parse_mac(const char *s, struct eth_addr *mac);

/* Returns false if 's' is no name of a type, such as "vm". */
bool endpoint_type_from_string(const char *s, uint32_t *type);

/* Whether 's' is "0x" and hex digits for an option's data. */
bool endpoint_value_is_valid(const char *s);

/* Whether 'a' and 'b' are the same but for their resourceVersion. */
bool endpoint_equals(const struct endpoint *a, const struct endpoint *b);

/* The object that 'ep' can have been made of, for the caller to destroy. */
struct json *endpoint_to_json(const struct endpoint *ep);

struct endpoint *endpoint_from_json(const struct json *,
                                    struct field_errors *);
void endpoint_destroy(struct endpoint *);

/* The node an endpoint is on: status.nve, else spec.nve, else NULL. */
const char *endpoint_location(const struct endpoint *);

/* Adds a LoadBalancer, whose name this takes, to those whose health checks an
 * endpoint passes, and tells whether one is among them. */
void endpoint_observed_add_healthy_for(struct endpoint_observed *, char *lb);
bool endpoint_is_healthy_for(const struct endpoint *, const char *lb);

/* The endpoint's policy label, what packets of it carry: spec.policyLabel,
 * else status.policyLabel; false if it has neither (yet). */
bool endpoint_policy_label(const struct endpoint *, uint32_t *);

#endif /* lib/resource-endpoint.h */
