/* Endpoints: where they are. */
#ifndef GA_MODEL_ENDPOINT_H
#define GA_MODEL_ENDPOINT_H 1

#include <netinet/in.h>

#include "agent/model/entity.h"

extern const struct entity_class m_endpoint_class;

/* Keeps the numbers of endpoints up to date, so that nobody has to count them:
 * to be called when 'plugged', 'nve' or 'phase' of an endpoint may have
 * changed. */
void m_endpoint_count(struct model *, struct m_endpoint *);

/* What the status of its object says; nothing if it has neither. */
const struct endpoint_observed *
m_endpoint_get_status(const struct m_endpoint *);

/* ep->here and ep->users, which are made if they are not there. */
struct m_here *m_endpoint_make_here(struct m_endpoint *ep);
struct m_users *m_endpoint_make_users(struct m_endpoint *ep);

/* Returns the endpoint of 'vpc' that has 'ip' (IPv4 as a mapped address), or
 * NULL.  Constant time. */
const struct m_endpoint *m_endpoint_find_by_ip(const struct model *,
                                               const struct m_vpc *vpc,
                                               const struct in6_addr *ip);

#endif /* agent/model/model-endpoint.h */
