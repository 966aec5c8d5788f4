/* Neighbour advertisements that the agent sends where the datapath cannot turn
 * a solicitation into one (see neighbor.h). */
#ifndef GA_NEIGHBOR_ADVERT_H
#define GA_NEIGHBOR_ADVERT_H 1

#include <stdbool.h>

struct dp_packet;
struct m_endpoint;
struct packet_in;

/* Makes 'advert', which the caller has initialized, the answer to the
 * solicitation of 'ep' that a flow has handed over (RFC 4861, section 7.2.4).
 * Returns false if the packet is no solicitation. */
bool neighbor_advert_compose(const struct m_endpoint *ep,
                             const struct packet_in *,
                             struct dp_packet *advert);

#endif /* agent/answers/neighbor-advert.h */
