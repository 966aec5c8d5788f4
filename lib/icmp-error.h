/* ICMP errors: frames that tell the sender of a packet why it cannot be
 * forwarded.  RFC 792, RFC 1122, RFC 1191, RFC 1812, RFC 4443.
 *
 * Pure: takes a frame, which may be anything at all, and makes another one. */
#ifndef GA_ICMP_ERROR_H
#define GA_ICMP_ERROR_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ofpbuf;

enum icmp_error {
    ICMP_ERR_TIME_EXCEEDED,         /* In transit. */
    ICMP_ERR_NO_ROUTE,              /* Network unreachable; no route. */
    ICMP_ERR_NO_HOST,               /* Host, or address, unreachable. */
    ICMP_ERR_NO_PORT,               /* Port unreachable. */
    ICMP_ERR_TOO_BIG,               /* Fragmentation needed; packet too big. */
};

/* A packet that an error is about. */
struct icmp_offender {
    struct eth_addr eth_src;
    bool has_vlan;
    ovs_be16 vlan_tci;              /* If 'has_vlan'. */
    bool is_ipv6;
    struct in6_addr src, dst;       /* IPv4 as mapped addresses. */
    const uint8_t *ip;              /* Its IP header and what follows. */
    size_t ip_len;                  /* How many bytes of that are there. */
};

/* Parses the 'len' bytes of 'frame', an Ethernet frame with at most one VLAN
 * tag, whose end may be missing.  Returns NULL if an error may be sent about
 * it; then 'offender' points into 'frame'.  Else returns the reason why not:
 * it is no valid IP packet, or RFC 1122, section 3.2.2, RFC 1812, section
 * 4.3.2.7, or RFC 4443, section 2.4 (e), forbid it.  They also forbid errors
 * about a subnet's broadcast address, which the packet alone does not show:
 * that check is the caller's.  Static data. */
const char *icmp_offender_parse(const uint8_t *frame, size_t len,
                                struct icmp_offender *offender);

/* Puts into 'out', which must be empty, the Ethernet frame of an error about
 * 'offender', addressed to its sender: from 'eth_src' and the address 'src' of
 * the same family, with the same VLAN tag.  'mtu', the largest IP packet in
 * bytes that fits, is for ICMP_ERR_TOO_BIG only.
 *
 * It quotes as much of the packet as 576 bytes (RFC 1812, section 4.3.2.3) or
 * 1280 bytes (RFC 4443, section 2.4 (c)) allow. */
void icmp_error_compose(const struct icmp_offender *offender, enum icmp_error,
                        unsigned int mtu, struct eth_addr eth_src,
                        const struct in6_addr *src, struct ofpbuf *out);

/* Returns its protocol, of IPv6 that of the first header: IPPROTO_*. */
uint8_t icmp_offender_get_protocol(const struct icmp_offender *);

/* Puts into 'out' the Ethernet header of an answer to 'offender': to its
 * sender, from 'eth_src', with the same VLAN tag. */
void icmp_offender_put_ethernet(const struct icmp_offender *offender,
                                struct eth_addr eth_src, struct ofpbuf *out);

#endif /* lib/icmp-error.h */
