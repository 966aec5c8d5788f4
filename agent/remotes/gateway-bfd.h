/* BFD on the tunnels between candidates of gateways, and between them and the
 * nodes that use them. */
#ifndef GA_GATEWAY_BFD_H
#define GA_GATEWAY_BFD_H 1

#include <stdbool.h>
#include <stddef.h>

#include "agent/node/local.h"

struct agent;
struct m_nve;

/* Finds out with whom BFD is to run: with each node such that one of the two
 * is a candidate of a gateway of a VPC that both have.  Looks at those that
 * the model's changes are about, or at all.  Returns whether others are meant
 * than before. */
bool gateway_bfd_find_peers(struct agent *, bool all);

/* Whether 'nve' is one of them. */
bool gateway_bfd_is_peer(const struct agent *, const struct m_nve *nve);

/* Has BFD run with the peers, as the gateways want it, and with nobody else.
 * Looks at the same nodes as gateway_bfd_find_peers(). */
void gateway_bfd_update(struct agent *, bool all);

/* What BFD says of 'nve'; TUNNEL_BFD_OFF also if there is no tunnel. */
enum tunnel_bfd_state gateway_bfd_get(const struct agent *,
                                      const struct m_nve *nve);

/* With how many peers BFD is up. */
size_t gateway_bfd_count_heard(const struct agent *);

#endif /* agent/remotes/gateway-bfd.h */
