/* Whether the switch has caught up with what was negotiated: each
 * encapsulation notes the revision of the switch's flows that has it. */
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

/* The same, and no packet is sent in the old form any more: datapath flows
 * outlive the OpenFlow flows that they were made from by some milliseconds. */
bool encap_revision_is_effective(const struct agent *, const struct m_encap *);

/* Somebody waits for that: else it is known some seconds late. */
void encap_revision_need_effect(struct agent *, const struct m_encap *);

#endif /* agent/remotes/encap-revision.h */
