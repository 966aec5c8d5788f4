/* Which endpoints of this node the switch has no room for.
 *
 * An endpoint's flows are on the integration bridge and on the bridges of
 * further plans.  If the switch refuses any of them, packets of the endpoint
 * are dropped, all or those to the remotes of that plan. */
#ifndef GA_ENDPOINT_REFUSALS_H
#define GA_ENDPOINT_REFUSALS_H 1

#include <stddef.h>
#include <stdint.h>

struct agent;
struct m_endpoint;

/* Returns how many flows of 'ep' are refused. */
size_t endpoint_refusals_count(const struct agent *,
                               const struct m_endpoint *ep);

/* Returns that as a message for people, which the caller frees, or NULL if
 * there are none. */
char *endpoint_refusals_describe(const struct agent *,
                                 const struct m_endpoint *ep);

/* Returns a number that changes when any count may have changed. */
uint64_t endpoint_refusals_get_seq(const struct agent *);

#endif /* agent/remotes/endpoint-refusals.h */
