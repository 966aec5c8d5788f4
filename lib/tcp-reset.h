/* TCP resets: frames that tell the sender of a segment that nobody is there.
 * RFC 9293, section 3.10.7.1.
 *
 * Pure: takes a packet, which may be anything at all, and makes a frame. */
#ifndef GA_TCP_RESET_H
#define GA_TCP_RESET_H 1

#include <stdbool.h>

#include "openvswitch/types.h"

struct icmp_offender;
struct ofpbuf;

/* Puts into 'out', which must be empty, the Ethernet frame of a reset from
 * 'eth_src' for the packet in 'offender' (icmp-error.h), with its addresses,
 * ports and VLAN tag the other way round.  Returns false, and puts nothing
 * there, if that is no TCP segment that a reset may be sent for: no TCP at
 * all, with IPv6 extension headers, a reset itself, or cut off. */
bool tcp_reset_compose(const struct icmp_offender *offender,
                       struct eth_addr eth_src, struct ofpbuf *out);

#endif /* lib/tcp-reset.h */
