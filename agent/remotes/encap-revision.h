/* Which revision of the switch's flows has what was negotiated, and whether
 * the switch has got that far. */
#ifndef GA_ENCAP_REVISION_H
#define GA_ENCAP_REVISION_H 1

#include <stdbool.h>

struct agent;
struct m_encap;

/* Notes the revisions of the encapsulations that changed in this turn.  To be
 * called after plan_flows_run(). */
void encap_revision_note(struct agent *);

/* Whether the switch has confirmed what was negotiated. */
bool encap_revision_is_confirmed(const struct agent *, const struct m_encap *);

/* The same, and no packet is sent in the former way any more: datapath flows
 * outlive the flows that they were made of by some milliseconds. */
bool encap_revision_is_effective(const struct agent *, const struct m_encap *);

#endif /* agent/remotes/encap-revision.h */
