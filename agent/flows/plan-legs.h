/* What an m_encap has on the bridge of a further plan: its leg.  Private to
 * the modules of plans.h and to those that follow an m_encap. */
#ifndef GA_PLAN_LEGS_H
#define GA_PLAN_LEGS_H 1

#include "agent/plans/plans.h"

/* Makes the flows of 'encap' for its plan, which is not the base plan: first
 * those on the plan's bridge, and when they are confirmed, the one that leads
 * there. */
void plan_legs_make(struct agent *, struct m_encap *);

/* 'encap' is sent by the base plan from now on: what it has on a plan's bridge
 * goes when the integration bridge has confirmed that. */
void plan_legs_leave(struct agent *, struct m_encap *);

/* 'encap' is to be sent by the base plan, whose map has not got its options
 * yet: what it is sent stays as it is until plan_legs_move() finds that it
 * has. */
void plan_legs_stay(struct agent *, struct m_encap *);

/* Whether flows that 'encap' leaves, and that packets may still go by, send
 * the option. */
bool plan_legs_need(const struct m_encap *, struct opt_key);

/* 'encap' is no more. */
void plan_legs_destroy(struct agent *, struct m_encap *);

/* The OpenFlow ports of 'sp' are others. */
void plan_legs_ports_changed(struct agent *, struct m_encap *,
                             const struct send_plan *sp);

/* Takes each m_encap that moves a step further, if it can. */
void plan_legs_move(struct agent *);
void plan_legs_wait(const struct agent *);

#endif /* agent/flows/plan-legs.h */
