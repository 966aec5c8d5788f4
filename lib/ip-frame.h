/* Ethernet frames that carry an IP packet: the headers up to IP's. */
#ifndef GA_IP_FRAME_H
#define GA_IP_FRAME_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ofpbuf;

struct ip_frame {
    struct eth_addr eth_src, eth_dst;
    struct in6_addr src, dst;       /* IPv4 as mapped addresses; both of one
                                     * family. */
    uint8_t protocol;
    uint8_t ttl;

    /* To be composed. */
    uint8_t tos;
    bool dont_fragment;             /* IPv4. */

    /* As parsed. */
    const uint8_t *payload;         /* Into the frame. */
    size_t payload_len;             /* As IP says. */
    size_t present;                 /* How much of it is in the frame. */
};

/* Parses a frame.  Returns NULL, or why it cannot be: static text.  Fragments
 * are refused.  'protocol' is an IPv6 extension header's if there is one.  The
 * checksum is not looked at. */
const char *ip_frame_parse(const uint8_t *frame, size_t len,
                           struct ip_frame *);

/* The reason why a frame is refused that must be there as a whole, and is
 * not. */
const char *ip_frame_cut_fault(const struct ip_frame *);

/* Appends the headers of a packet with 'payload_len' bytes after them to
 * 'out'.  Returns the partial checksum of the pseudo-header. */
uint32_t ip_frame_put(const struct ip_frame *, size_t payload_len,
                      struct ofpbuf *out);

#endif /* lib/ip-frame.h */
