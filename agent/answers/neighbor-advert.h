/* Neighbour advertisements that the agent sends where the datapath cannot turn
 * a solicitation into one (see neighbor.h). */
#ifndef GA_NEIGHBOR_ADVERT_H
#define GA_NEIGHBOR_ADVERT_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct dp_packet;
struct in6_addr;
struct packet_in;

/* Makes 'advert', which the caller has initialized, the answer to the
 * solicitation that a flow has handed over (RFC 4861, section 7.2.4), for
 * 'asker', or, if that is NULL, for the MAC that is in the solicitation.
 * Returns false if the packet is no solicitation, or does not say whose it
 * is. */
bool neighbor_advert_compose(const struct packet_in *,
                             const struct eth_addr *asker,
                             struct dp_packet *advert);

/* Makes 'frame', which the caller has initialized, say to all that 'ip' is at
 * 'mac': a gratuitous ARP request, or an unsolicited neighbour advertisement
 * with 'flags', ND_RSO_* (RFC 5227, section 2.3; RFC 4861, section 7.2.6). */
void neighbor_advert_compose_unsolicited(struct dp_packet *frame,
                                         struct eth_addr mac,
                                         const struct in6_addr *ip,
                                         uint32_t flags);

#endif /* agent/answers/neighbor-advert.h */
