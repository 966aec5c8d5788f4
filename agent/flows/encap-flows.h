/* The flows of one remote's encapsulation: what its packets carry.
 *
 * Only flows are made here, for the owner that they belong to; which of them
 * an encapsulation needs, and when, is encap-stage.h's business. */
#ifndef GA_ENCAP_FLOWS_H
#define GA_ENCAP_FLOWS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/option.h"

struct agent;
struct m_encap;
struct send_leg;
struct send_plan;

/* The flow of the integration bridge that sends packets with the 'n' options
 * 'sent', of up to 'mtu' bytes (0: not known), itself.  'blocked': a flow
 * without actions, which drops, and whose counter shows.  Returns whether the
 * remote has a tunnel port. */
bool encap_flows_replace_base(struct agent *, struct m_encap *, bool blocked,
                              const struct opt_key *sent, size_t n, int mtu);

/* The flow of the integration bridge that hands packets of up to 'mtu' bytes
 * over to the bridge of a further plan. */
void encap_flows_replace_handover(struct agent *, struct m_encap *,
                                  const struct send_plan *, int mtu);

/* The flow of that bridge, which sends them with the options of the leg. */
void encap_flows_replace_leg(const struct m_encap *, struct send_leg *);

#endif /* agent/flows/encap-flows.h */
