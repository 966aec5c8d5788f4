/* How answers of a service's backends to clients outside go back, as this
 * node, a candidate of the gateway, has negotiated it with each of their
 * nodes. */
#ifndef GA_VIP_RETURN_H
#define GA_VIP_RETURN_H 1

#include <stdbool.h>

#include "lib/resource-load-balancer.h"
#include "lib/value.h"

struct agent;
struct m_lb;
struct m_lb_backend;
struct m_nve;
struct m_vpc;
struct send_plan;
struct sender_option;
struct subnet;

/* The option of the packets of 'vpc' with values from there,
 * VALUE_SERVICE_VIP or VALUE_SERVICE_DSR, and in '*index' where it is on the
 * integration bridge; or NULL: the VPC's profile has none, or it is not
 * mapped. */
const struct sender_option *vip_return_find_option(const struct agent *,
                                                   const struct m_vpc *vpc,
                                                   enum value_from,
                                                   unsigned int *index);

/* The subnet whose gateway address stands for clients of 'b' that are
 * masqueraded, or NULL. */
const struct subnet *vip_return_get_subnet(const struct m_lb *,
                                           const struct m_lb_backend *b);

/* The further plan by whose bridge 'nve' gets packets of 'vpc'; NULL: none. */
const struct send_plan *vip_return_get_plan(const struct m_vpc *vpc,
                                            const struct m_nve *nve);

/* Whether there is an agent at the node of 'b'. */
bool vip_return_has_agent(const struct m_lb_backend *b);

/* Stores in '*ret' how answers of 'b' go; never LB_RETURN_AUTO; and in
 * '*option' which of the two options its node gets: VALUE_NONE: none.  Returns
 * false if they cannot, so that 'b' gets nothing from outside. */
bool vip_return_negotiate(const struct agent *, const struct m_lb *,
                          const struct m_lb_backend *b, enum lb_return *ret,
                          enum value_from *option);

#endif /* agent/flows/vip-return.h */
