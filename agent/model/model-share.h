/* What a VPC has at which NVE: endpoints, and gateways.  An NVE that shares a
 * VPC with this node is a remote. */
#ifndef GA_MODEL_SHARE_H
#define GA_MODEL_SHARE_H 1

#include "agent/model/entity.h"

/* Returns the share of 'vpc' that is at 'nve', or NULL. */
struct m_share *m_share_get(const struct m_vpc *vpc, const struct m_nve *nve);

/* Counts an endpoint of 'vpc' at 'nve' in or out. */
void m_share_count(struct model *, struct m_vpc *vpc, struct m_nve *nve,
                   bool in);

/* Counts a gateway of 'vpc' that 'nve' can be in or out. */
void m_share_count_gateway(struct model *, struct m_vpc *vpc,
                           struct m_nve *nve, bool in);

#endif /* agent/model/model-share.h */
