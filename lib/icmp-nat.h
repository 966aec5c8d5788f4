/* What the datapath's NAT cannot do, or does wrong, with ICMP errors.
 *
 * Pure: takes a frame, which may be anything at all, and changes it. */
#ifndef GA_ICMP_NAT_H
#define GA_ICMP_NAT_H 1

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

/* Makes the ICMPv6 error in the 'len' bytes of 'frame', an untagged Ethernet
 * frame, one for 'ip' about a packet that 'ip' has sent from 'port' (RFC 5508,
 * section 4, says the same for IPv4): where it goes, the source of what it
 * quotes, and the checksums of both change.  'port' is for UDP and TCP; 0: it
 * is the same.
 *
 * Returns NULL if it has been done.  Else returns why not, and 'frame' is as
 * it was: it is no such error, or its checksum is wrong.  Static data. */
const char *icmp_nat_translate_back(uint8_t *frame, size_t len,
                                    const struct in6_addr *ip,
                                    ovs_be16 port);

/* Makes an IPv4 or IPv6 packet that is the first fragment of another, in the
 * '*len' bytes of 'frame', an untagged Ethernet frame, look like a whole one:
 * the userspace datapath finds no connection for an error that quotes a
 * fragment.  '*len' may become less.  Leaves all other frames alone. */
void icmp_nat_forget_fragment(uint8_t *frame, size_t *len);

#endif /* lib/icmp-nat.h */
