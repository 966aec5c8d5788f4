/* In which VPCs the answers to what came from outside have to be led back.
 *
 * Where routes lead says nothing of that: what comes in by one gateway may be
 * answered by another one, which does not know the connection.  So nodes note
 * where a connection came in (flows/return-stage.h); but only where there is
 * more than one way, and one of them lets in what was begun outside. */
#ifndef GA_VPC_RETURN_H
#define GA_VPC_RETURN_H 1

#include "agent/model/entity.h"

struct m_gateway;

/* Whether connections can begin outside and come in by 'gw': it routes, or has
 * floating IPs. */
bool vpc_return_gateway_lets_in(const struct m_gateway *gw);

/* Whether answers have to be led back in 'vpc'. */
bool vpc_return_is_wanted(const struct m_vpc *);

/* Adds to 'eps' the appliances that routes of 'vpc' lead through. */
void vpc_return_get_appliances(const struct m_vpc *, struct hmapx *eps);

#endif /* agent/model/vpc-return.h */
