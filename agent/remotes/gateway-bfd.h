/* BFD on the tunnels between candidates of gateways, and between them and the
 * nodes that use them. */
#ifndef GA_GATEWAY_BFD_H
#define GA_GATEWAY_BFD_H 1

#include <stdbool.h>
#include <stddef.h>

#include "agent/node/local.h"

struct agent;
struct m_nve;

/* Whether BFD is to run with 'nve': one of the two is a candidate of a gateway
 * of a VPC that both have. */
bool gateway_bfd_is_wanted(const struct agent *, const struct m_nve *nve);

/* What BFD says of it; TUNNEL_BFD_OFF also if there is no tunnel. */
enum tunnel_bfd_state gateway_bfd_get(const struct agent *,
                                      const struct m_nve *nve);

/* Counts the nodes that BFD is to run with, and those that it is up with. */
void gateway_bfd_count(const struct agent *, size_t *n_peers,
                       size_t *n_heard);

/* Has BFD run where it is wanted, as the gateways say, and nowhere else. */
void gateway_bfd_update(struct agent *);

#endif /* agent/remotes/gateway-bfd.h */
