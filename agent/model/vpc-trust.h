/* Which NVEs bring into a VPC what is from outside of it.
 *
 * What a packet says of its sender proves nothing, so what is from outside is
 * believed only of NVEs that have to do with the outside as the objects say:
 * one that a gateway of the VPC names, or where an appliance is that a route
 * leads through, or an endpoint with a floating IP. */
#ifndef GA_VPC_TRUST_H
#define GA_VPC_TRUST_H 1

#include "agent/model/entity.h"

enum vpc_trust {
    VPC_TRUST_NONE,
    VPC_TRUST_GATEWAY,              /* By a VPCGateway. */
    VPC_TRUST_APPLIANCE,            /* By an Endpoint, an appliance. */
    VPC_TRUST_FIP,                  /* By an Endpoint with a floating IP. */
};

/* Whether the sources of packets from tunnels have to be checked: the VPC has
 * subnets, so that it has an outside, and a way to it. */
bool vpc_trust_is_needed(const struct m_vpc *);

/* Adds those NVEs to 'nves'. */
void vpc_trust_get_nves(const struct m_vpc *, struct hmapx *nves);

/* Why packets from outside of 'vpc' are believed of 'nve', and in '*by' the
 * entity that says so (NULL with VPC_TRUST_NONE). */
enum vpc_trust vpc_trust_find(const struct m_vpc *vpc,
                              const struct m_nve *nve,
                              const struct entity **by);

#endif /* agent/model/vpc-trust.h */
