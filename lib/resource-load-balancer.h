/* LoadBalancer: a service of a VPC: an address whose connections are spread
 * over endpoints of the VPC, its backends. */
#ifndef GA_RESOURCE_LOAD_BALANCER_H
#define GA_RESOURCE_LOAD_BALANCER_H 1

#include <netinet/in.h>

#include "lib/ip-prefix.h"
#include "lib/label-selector.h"
#include "lib/resource-class.h"

extern const struct resource_class load_balancer_class;

/* Which connections of a client come to the same backend. */
enum lb_affinity {
    LB_AFFINITY_NONE,               /* Each may come to another. */
    LB_AFFINITY_CLIENT_IP,          /* All from one address. */
};

/* How answers to clients outside of the VPC go. */
enum lb_return {
    LB_RETURN_AUTO,                 /* The first that a backend's node can. */
    LB_RETURN_DIRECT,               /* From the backend's node. */
    LB_RETURN_VIA,                  /* Through the gateway that it came by. */
    LB_RETURN_MASQUERADE,           /* To the gateway's own address. */
};

enum lb_check_protocol {
    LB_CHECK_TCP,
    LB_CHECK_HTTP,
    LB_CHECK_ICMP,
};

/* spec.ports[]. */
struct lb_port {
    char *name;                     /* Or NULL. */
    uint8_t protocol;               /* IPPROTO_TCP, ..._UDP or ..._SCTP. */
    uint16_t port;                  /* Of the service's address. */
    uint16_t target_port;           /* Of the backends. */
};

/* spec.backends.weights[]. */
struct lb_weight {
    struct label_selector selector;
    unsigned int weight;            /* 0: it takes no new connections. */
};

/* spec.healthCheck. */
struct lb_check {
    enum lb_check_protocol protocol;
    uint16_t port;                  /* 0 for LB_CHECK_ICMP. */
    char *path;                     /* LB_CHECK_HTTP only, else NULL. */
    unsigned int interval;          /* Milliseconds. */
    unsigned int failures;          /* In a row, until it is unhealthy. */
};

struct load_balancer {
    struct resource_meta meta;
    char *vpc;
    struct in6_addr address;        /* IPv4 as a mapped address. */
    struct in6_addr external_address;   /* Of the same family; all-zero:
                                         * none. */
    struct lb_port *ports;          /* At least one. */
    size_t n_ports;
    struct label_selector backends; /* Empty: all endpoints of the VPC. */
    struct lb_weight *weights;      /* The first that selects a backend. */
    size_t n_weights;
    enum lb_affinity affinity;
    enum lb_return ret;             /* spec.return. */
    bool has_check;
    struct lb_check check;          /* If 'has_check'. */
    unsigned int drain;             /* Seconds. */
    struct ip_prefix *source_ranges;    /* Clients outside; none: all. */
    size_t n_source_ranges;

    struct in6_addr status_address; /* In use now; all-zero: none. */
    struct in6_addr status_external_address;    /* The same. */
    bool has_conditions;            /* status.conditions says something. */
    char *ready_since;              /* Since when Ready is as it is there, as
                                     * its lastTransitionTime; or NULL. */
    bool was_ready;                 /* If 'ready_since': it is true. */
};

#define LB_DEFAULT_WEIGHT 1
#define LB_MAX_WEIGHT 1000
#define LB_DEFAULT_CHECK_INTERVAL 5000
#define LB_DEFAULT_CHECK_FAILURES 3

struct load_balancer *load_balancer_from_json(const struct json *,
                                              struct field_errors *);
void load_balancer_destroy(struct load_balancer *);

/* Whether its addresses are IPv6. */
bool load_balancer_is_ipv6(const struct load_balancer *);

/* The weight of a backend with these labels. */
unsigned int load_balancer_get_weight(const struct load_balancer *,
                                      const struct smap *labels);

/* Whether answers are translated where the backend is, not at the gateway.
 * (They are not if it is not known yet how they go, LB_RETURN_AUTO.) */
static inline bool
lb_return_is_by_backend(enum lb_return ret)
{
    return ret == LB_RETURN_DIRECT || ret == LB_RETURN_VIA;
}

/* "none" and "clientIP"; "auto", etc.; "TCP", etc.  Static data. */
const char *lb_affinity_to_string(enum lb_affinity);
const char *lb_return_to_string(enum lb_return);
const char *lb_check_protocol_to_string(enum lb_check_protocol);

/* "TCP" for IPPROTO_TCP, etc.  Static data. */
const char *load_balancer_protocol_to_string(uint8_t protocol);

#endif /* lib/resource-load-balancer.h */
