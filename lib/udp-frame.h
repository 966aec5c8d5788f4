/* Ethernet frames that carry a UDP datagram. */
#ifndef GA_UDP_FRAME_H
#define GA_UDP_FRAME_H 1

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ofpbuf;

struct udp_frame {
    struct eth_addr eth_src, eth_dst;
    struct in6_addr src, dst;       /* IPv4 as mapped addresses; both of one
                                     * family. */
    uint16_t sport, dport;
    uint8_t ttl;
    const uint8_t *payload;         /* Into the frame. */
    size_t payload_len;
};

/* Parses a frame.  Returns NULL, or why it cannot be: static text.  Fragments
 * and IPv6 extension headers are refused.  Checksums are not looked at: they
 * may have been left to hardware that the frame never met. */
const char *udp_frame_parse(const uint8_t *frame, size_t len,
                            struct udp_frame *);

/* Appends the frame, with checksums, to 'out'.  The payload has at most 65,000
 * bytes. */
void udp_frame_compose(const struct udp_frame *, struct ofpbuf *out);

#endif /* lib/udp-frame.h */
