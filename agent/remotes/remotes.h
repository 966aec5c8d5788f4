/* Remote NVEs: the tunnels to them, and what was negotiated with each.
 *
 * For each remote that shares an active VPC with us, and each profile of such
 * VPCs, there is a struct m_encap: what packets of that profile carry to that
 * remote.  RFC 9638, section 6.7. */
#ifndef GA_REMOTES_H
#define GA_REMOTES_H 1

#include "agent/model/encap.h"

struct agent;

/* Whether the switch has confirmed what 'final' says. */
bool m_encap_is_confirmed(const struct agent *, const struct m_encap *);

/* The same, and no packet goes out any more by what was before: datapath flows
 * outlive the flows that they were made of by some milliseconds. */
bool m_encap_is_effective(const struct agent *, const struct m_encap *);

/* Takes over what our own NVE object says. */
void remotes_follow_self(struct agent *);

/* Negotiates with the remotes that changed: fills model->changed_encaps, and
 * tells the plans. */
void remotes_run(struct agent *);

/* Applies the plans to what was negotiated. */
void remotes_apply_plans(struct agent *);

/* Takes note of the revisions that have what was negotiated in this turn.  To
 * be called after plan_flows_run(). */
void remotes_note_revisions(struct agent *);

/* For the process's end: forgets all remotes. */
void remotes_destroy_all(struct agent *);

/* The inner MTU of packets to 'nve' with a header of that length, 0 if not
 * known. */
int remotes_get_mtu(const struct agent *, const struct m_nve *,
                    unsigned int header_bytes);

#endif /* agent/remotes/remotes.h */
