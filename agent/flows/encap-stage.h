/* What is sent to one remote, and by which plan.
 *
 * Make before break: packets go by a new plan once its bridge has confirmed
 * its flows, and the old flows go once the integration bridge has confirmed
 * that. */
#ifndef GA_ENCAP_STAGE_H
#define GA_ENCAP_STAGE_H 1

struct agent;
struct m_encap;
struct send_plan;

/* Makes the flows of an encapsulation for what was negotiated, or begins its
 * move to another plan. */
void encap_stage_make(struct agent *, struct m_encap *);

/* Follows a change of the OpenFlow ports of a plan's bridge. */
void encap_stage_ports_changed(struct agent *, struct m_encap *,
                               const struct send_plan *);

/* Takes each encapsulation that moves a step further, if it can. */
void encap_stage_move(struct agent *);
void encap_stage_wait(const struct agent *);

#endif /* agent/flows/encap-stage.h */
