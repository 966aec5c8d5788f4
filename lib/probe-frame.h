/* Ethernet frames that probe a host: TCP segments and ICMP echo.
 *
 * Frames that come are the answers of tenants, and may be anything. */
#ifndef GA_PROBE_FRAME_H
#define GA_PROBE_FRAME_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ofpbuf;

/* The largest segment that we ask for: then it comes as a whole, with IPv6,
 * over every link (RFC 8200, section 5). */
#define PROBE_FRAME_MSS 1220

struct probe_frame {
    struct eth_addr eth_src, eth_dst;
    struct in6_addr src, dst;       /* IPv4 as mapped addresses; both of one
                                     * family. */
    bool is_echo;                   /* ICMP echo request; as parsed: echo
                                     * reply. */

    /* If 'is_echo': 'id' and 'seq', which has 16 bits there. */
    uint16_t id;

    /* If not. */
    uint16_t sport, dport;
    uint16_t flags;                 /* TCP_SYN and so on. */
    uint32_t seq, ack;

    const uint8_t *payload;         /* Into the frame, as far as it is there:
                                     * the switch hands over the beginning. */
    size_t payload_len;
    bool cut;                       /* There was more payload. */
};

/* Parses a frame.  Returns NULL, or why it cannot be: static text.  Fragments
 * and IPv6 extension headers are refused.  Checksums are not looked at: they
 * may have been left to hardware that the frame never met. */
const char *probe_frame_parse(const uint8_t *frame, size_t len,
                              struct probe_frame *);

/* Appends the frame, with checksums, to 'out'.  The payload has at most
 * PROBE_FRAME_MSS bytes. */
void probe_frame_compose(const struct probe_frame *, struct ofpbuf *out);

/* Makes 'out' what a host sends that does not know the connection of the
 * segment 'in' (RFC 9293, section 3.10.7.1), back to where it came from.
 * Returns false if that is nothing. */
bool probe_frame_reset(const struct probe_frame *in, struct probe_frame *out);

/* Makes the addresses of 'out' those of 'in' the other way round. */
void probe_frame_turn(const struct probe_frame *in, struct probe_frame *out);

#endif /* lib/probe-frame.h */
