/* What a remote sends us, as far as we can know.
 *
 * Results are never published, that would be a product of remotes; but the
 * rules are the same everywhere, so we compute what the remote computes, from
 * the same objects.  Where we take options in any order it is that of the
 * remote's base plan, which its status.transmit tells. */
#ifndef GA_PEER_VIEW_H
#define GA_PEER_VIEW_H 1

#include "lib/negotiation.h"

struct agent;
struct m_nve;
struct m_profile;

/* What 'nve' sends us in packets of 'profile', options in wire order.
 * Returns false if one of the two NVE objects is missing.  The caller must
 * negotiation_destroy() '*n'. */
bool peer_view_get(const struct agent *, const struct m_nve *nve,
                   const struct m_profile *profile, struct negotiation *n,
                   struct opt_key wire[GENEVE_MAX_OPTIONS]);

#endif /* agent/remotes/peer-view.h */
