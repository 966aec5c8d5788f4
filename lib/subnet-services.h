/* What endpoints in a subnet are told: spec.subnets[].dhcp, .ra and .dns of a
 * VPC. */
#ifndef GA_SUBNET_SERVICES_H
#define GA_SUBNET_SERVICES_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ip-prefix.h"

struct subnet;

/* An option of DHCP that is sent as it stands here. */
struct dhcp_option {
    uint16_t number;
    uint8_t *data;
    size_t len;
};

/* IPv4 only. */
struct dhcp_route {
    struct ip_prefix destination;
    struct in6_addr next_hop;
};

/* Addresses are of the subnet's family, IPv4 ones mapped. */
struct subnet_dhcp {
    uint32_t lease;                 /* Seconds; UINT32_MAX: for ever. */
    bool has_dns;                   /* 'dns' was given, even if empty. */
    struct in6_addr *dns;
    size_t n_dns;
    char *domain;                   /* NULL: not given. */
    struct in6_addr *ntp;
    size_t n_ntp;
    struct dhcp_route *routes;
    size_t n_routes;
    struct dhcp_option *options;
    size_t n_options;
};

/* IPv6 only.  Times in seconds, UINT32_MAX: for ever. */
struct subnet_ra {
    bool managed, other;            /* Flags M and O. */
    bool autonomous;                /* Flag A, for hosts whose address it
                                     * gives. */
    uint16_t router_lifetime;       /* 0: not a default router. */
    uint32_t interval;              /* MaxRtrAdvInterval. */
    uint32_t valid, preferred;      /* Lifetimes of the prefix. */
    bool has_dns;
    struct in6_addr *dns;
    size_t n_dns;
    char *domain;                   /* To search in; NULL: not given. */
};

struct subnet_dns {
    char *domain;                   /* NULL: <name of the VPC>.internal */
    uint32_t ttl;
};

/* Each is NULL if the subnet does not have it. */
struct subnet_services {
    struct subnet_dhcp *dhcp;
    struct subnet_ra *ra;
    struct subnet_dns *dns;
};

/* Reads the members of 'parent', which says of 'subnet' what it has. */
void subnet_services_parse(const struct field_parent *parent,
                           const struct subnet *subnet,
                           struct subnet_services *);

/* Frees what it holds. */
void subnet_services_destroy(struct subnet_services *);

/* The domain of the resolver of a subnet with 'dns', for the caller to
 * free. */
char *subnet_dns_get_domain(const struct subnet_dns *, const char *vpc);

#endif /* lib/subnet-services.h */
