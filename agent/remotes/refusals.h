/* Which objects the switch has no room for.
 *
 * Flows and groups of flows belong to owners, and what an object needs may be
 * in several: an endpoint's flows are on the integration bridge and on the
 * bridges of further plans, and it needs those of its VPC and of the policies
 * that apply to it, too.  If the switch refuses any of them, packets of the
 * object are dropped, all or some; the switch is asked again now and then. */
#ifndef GA_REFUSALS_H
#define GA_REFUSALS_H 1

#include <stdint.h>

struct agent;
struct m_endpoint;
struct m_fip;
struct m_gateway;
struct m_lb;
struct m_route;

/* What the switch of this node refuses of an object, as a message for people,
 * which the caller frees; NULL if there is nothing.  Of a VPC and of an
 * external network those are told that use it. */
char *refusals_describe_endpoint(const struct agent *,
                                 const struct m_endpoint *);
char *refusals_describe_gateway(const struct agent *,
                                const struct m_gateway *);
char *refusals_describe_fip(const struct agent *, const struct m_fip *);
char *refusals_describe_route(const struct agent *, const struct m_route *);
char *refusals_describe_lb(const struct agent *, const struct m_lb *);

/* Returns a number that changes when any of these may have changed. */
uint64_t refusals_get_seq(const struct agent *);

#endif /* agent/remotes/refusals.h */
