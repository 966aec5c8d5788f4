/* What a DHCPv6 server that has fixed addresses for a client answers. */
#ifndef GA_DHCP6_ANSWER_H
#define GA_DHCP6_ANSWER_H 1

#include <stddef.h>
#include <stdint.h>

#include "lib/dhcp6.h"
#include "lib/subnet-services.h"

struct dhcp6_address {
    struct in6_addr ip;
    uint32_t lease;                 /* Seconds; UINT32_MAX: for ever. */
};

/* What the client is to have. */
struct dhcp6_config {
    const uint8_t *server_id;       /* A DUID. */
    size_t server_id_len;
    const struct dhcp6_address *addresses;
    size_t n_addresses;
    const struct in6_addr *dns;
    size_t n_dns;
    const char *domain;             /* Valid, or NULL: none. */
    const struct subnet_dhcp *dhcp; /* NTP, static options. */
};

enum dhcp6_outcome {
    DHCP6_IGNORED,                  /* No answer. */
    DHCP6_OFFERED,
    DHCP6_GIVEN,                    /* The client has the addresses now. */
    DHCP6_REFUSED,                  /* Not the addresses that it has. */
    DHCP6_CONFIRMED,
    DHCP6_INFORMED,
    DHCP6_DECLINED,                 /* It found that somebody else has an
                                     * address. */
    DHCP6_RELEASED,
};

/* Decides about 'r' (RFC 8415, section 18.3), and makes 'reply', which the
 * caller has initialized, the answer, if there is one. */
enum dhcp6_outcome dhcp6_answer(const struct dhcp6_request *r,
                                const struct dhcp6_config *,
                                struct ofpbuf *reply);

#endif /* lib/dhcp6-answer.h */
