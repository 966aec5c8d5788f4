/* The answer to an IP packet that does not fit a tunnel: RFC 1191, section 4,
 * RFC 4443, section 3.2.  Pure. */
#ifndef GA_TAP_TOO_BIG_H
#define GA_TAP_TOO_BIG_H 1

#include <stddef.h>
#include <stdint.h>

#include "utilities/geneve-tap/tap-packet.h"
#include "utilities/geneve-tap/tap-segment.h"

#define TAP_TOO_BIG_MAX (1280 + TAP_SEGMENT_MAX_HEADER)

/* Makes the ICMP error that tells the sender of a packet the largest IP packet
 * that fits, 'mtu' bytes, as a frame if the packet is one.  It comes from the
 * packet's own destination: a tunnel has no address.  Returns its length, or 0
 * if there must be none: it is no IP packet from one host to another, is IPv4
 * without DF, is a fragment, or is an ICMP error itself. */
size_t tap_too_big_compose(const struct tap_packet *, unsigned int mtu,
                           uint8_t out[TAP_TOO_BIG_MAX]);

#endif /* utilities/geneve-tap/tap-too-big.h */
