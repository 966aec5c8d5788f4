/* What a remote will send us, as far as we can know.
 *
 * Results are never published, that would be a product of remotes; but the
 * rules are the same everywhere, so we compute what the remote computes, from
 * the same objects.  Where we take options in any order, the order is that of
 * the remote's plan: we plan as it would with the NVEs that we know it talks
 * to.  A plan that has grown over time may differ in that order only. */
#ifndef GA_PEER_VIEW_H
#define GA_PEER_VIEW_H 1

#include "lib/negotiation.h"

struct agent;
struct m_nve;
struct m_profile;

/* What 'nve' sends us in packets of 'profile', options in wire order.
 * Returns false if we have no NVE object to know it by.  The caller must
 * negotiation_destroy() '*n'. */
bool peer_view_get(const struct agent *, const struct m_nve *nve,
                   const struct m_profile *profile, struct negotiation *n,
                   struct opt_key wire[GENEVE_MAX_OPTIONS]);

#endif /* agent/peer-view.h */
