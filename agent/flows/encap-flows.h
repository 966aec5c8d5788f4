/* The flows of one remote's encapsulation: what its packets carry.
 *
 * Which of these flows an encapsulation needs, and when, is decided in
 * encap-stage.c. */
#ifndef GA_ENCAP_FLOWS_H
#define GA_ENCAP_FLOWS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/option.h"

struct agent;
struct m_encap;
struct send_leg;
struct send_plan;

/* Makes the flow by which the integration bridge itself sends packets, with
 * the 'n' options 'sent' and of up to 'mtu' bytes (0: not known).  If
 * 'blocked', the flow drops them, and its counter says how many.  Returns
 * whether the remote has a tunnel port. */
bool encap_flows_replace_base(struct agent *, struct m_encap *, bool blocked,
                              const struct opt_key *sent, size_t n, int mtu);

/* Makes the flow by which the integration bridge hands packets of up to 'mtu'
 * bytes over to the bridge of a further plan. */
void encap_flows_replace_handover(struct agent *, struct m_encap *,
                                  const struct send_plan *, int mtu);

/* Makes the flows by which that bridge sends them, with the leg's options. */
void encap_flows_replace_leg(const struct agent *, const struct m_encap *,
                             struct send_leg *);

#endif /* agent/flows/encap-flows.h */
