/* What a remote sends us, as far as we can know.
 *
 * NVEs do not publish the results of their negotiations: that would be data
 * for each pair of NVEs.  But the rules are the same everywhere, so we compute
 * what the remote computes, from the same objects.  If we take options in any
 * order, they come in the order of the remote's base plan, which is in its
 * status.transmit. */
#ifndef GA_PEER_VIEW_H
#define GA_PEER_VIEW_H 1

#include "lib/negotiation.h"

struct agent;
struct m_nve;
struct m_profile;

/* Stores in '*n' and 'wire' what 'nve' sends us in packets of 'profile';
 * 'wire' has the options in the order of the wire.  Returns false if one of
 * the two NVE objects is missing; otherwise the caller must
 * negotiation_destroy() '*n'. */
bool peer_view_get(const struct agent *, const struct m_nve *nve,
                   const struct m_profile *profile, struct negotiation *n,
                   struct opt_key wire[GENEVE_MAX_OPTIONS]);

#endif /* agent/remotes/peer-view.h */
