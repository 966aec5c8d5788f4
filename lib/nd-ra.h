/* Router solicitations and advertisements (RFC 4861, sections 4.1 and 4.2),
 * as Ethernet frames. */
#ifndef GA_ND_RA_H
#define GA_ND_RA_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ofpbuf;

/* Prefixes, name servers and domains of one advertisement, at most. */
#define ND_RA_MAX_PREFIXES 16
#define ND_RA_MAX_DNS 16
#define ND_RA_MAX_DOMAINS 8

struct nd_rs {
    struct in6_addr src;            /* May be all-zero. */
};

/* Checks a frame as RFC 4861, section 6.1.1, says, but for the checksum, which
 * may have been left to hardware.  Returns NULL, or why it is no valid
 * solicitation: static text. */
const char *nd_rs_parse(const uint8_t *frame, size_t len, struct nd_rs *);

struct nd_ra_prefix {
    struct in6_addr prefix;
    uint8_t plen;
    bool autonomous;
    uint32_t valid, preferred;      /* Seconds; UINT32_MAX: for ever. */
};

struct nd_ra {
    struct eth_addr eth_src, eth_dst;
    struct in6_addr src, dst;
    bool managed, other;
    uint16_t router_lifetime;       /* Seconds. */
    uint32_t mtu;                   /* 0: none. */
    struct nd_ra_prefix prefixes[ND_RA_MAX_PREFIXES];
    size_t n_prefixes;
    struct in6_addr dns[ND_RA_MAX_DNS];
    size_t n_dns;
    const char *domains[ND_RA_MAX_DOMAINS];     /* Valid ones. */
    size_t n_domains;
    uint32_t dns_lifetime;          /* Seconds. */
};

/* Appends the frame, with its checksum. */
void nd_ra_compose(const struct nd_ra *, struct ofpbuf *);

#endif /* lib/nd-ra.h */
