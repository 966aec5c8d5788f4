/* FloatingIP: an address in an ExternalNetwork that is an endpoint's. */
#ifndef GA_RESOURCE_FLOATING_IP_H
#define GA_RESOURCE_FLOATING_IP_H 1

#include <netinet/in.h>

#include "lib/resource-class.h"

extern const struct resource_class floating_ip_class;

/* Where it is translated. */
enum floating_ip_mode {
    FLOATING_IP_AUTO,               /* At the endpoint's node if that is
                                     * attached, else at the gateway. */
    FLOATING_IP_DISTRIBUTED,        /* At the endpoint's node only. */
    FLOATING_IP_GATEWAY,            /* At its VPC's gateway only. */
};

struct floating_ip {
    struct resource_meta meta;
    char *external_network;
    struct in6_addr address;        /* IPv4 as a mapped address. */
    char *endpoint;
    struct in6_addr ip;             /* The endpoint's, of the same family;
                                     * all-zero: its only one of that. */
    enum floating_ip_mode mode;

    char *status_nve;               /* Who translates it, or NULL. */
    struct in6_addr status_address; /* In use now; all-zero: none. */
    struct in6_addr status_ip;      /* The endpoint's, likewise. */
    bool has_conditions;            /* status.conditions says something. */
};

struct floating_ip *floating_ip_from_json(const struct json *,
                                          struct field_errors *);
void floating_ip_destroy(struct floating_ip *);

/* "auto", etc.  Static data. */
const char *floating_ip_mode_to_string(enum floating_ip_mode);

#endif /* lib/resource-floating-ip.h */
