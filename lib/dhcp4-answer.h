/* What a DHCPv4 server that has one address for a client answers. */
#ifndef GA_DHCP4_ANSWER_H
#define GA_DHCP4_ANSWER_H 1

#include <stddef.h>
#include <stdint.h>

#include "lib/dhcp4.h"
#include "lib/subnet-services.h"

/* What the client is to have. */
struct dhcp4_config {
    ovs_be32 ip;
    unsigned int plen;
    ovs_be32 server_id;
    ovs_be32 router;                /* 0: none. */
    uint16_t mtu;                   /* 0: not known, and not told. */
    const struct in6_addr *dns;
    size_t n_dns;
    const char *domain;             /* NULL: none. */
    const struct dhcp_route *routes;
    size_t n_routes;
    const struct subnet_dhcp *dhcp; /* Lease, NTP, static options. */
};

enum dhcp4_outcome {
    DHCP4_IGNORED,                  /* No answer. */
    DHCP4_OFFERED,
    DHCP4_GIVEN,                    /* The client has the address now. */
    DHCP4_REFUSED,                  /* It may not have what it asked for. */
    DHCP4_INFORMED,
    DHCP4_DECLINED,                 /* It found that somebody else has the
                                     * address; no answer. */
    DHCP4_RELEASED,                 /* No answer. */
};

/* Decides about 'r' (RFC 2131, section 4.3), and makes 'reply', which the
 * caller has initialized, the answer, if there is one. */
enum dhcp4_outcome dhcp4_answer(const struct dhcp4_request *r,
                                const struct dhcp4_config *,
                                struct ofpbuf *reply);

#endif /* lib/dhcp4-answer.h */
