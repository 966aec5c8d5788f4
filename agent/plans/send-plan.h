/* One further plan: its bridge and what endpoints have there.  Private to the
 * modules of plans.h. */
#ifndef GA_SEND_PLAN_H
#define GA_SEND_PLAN_H 1

#include "agent/plans/plans.h"

/* Makes a plan with number 'k' that wants its bridge, and nothing else: for
 * one that an earlier run left. */
struct send_plan *send_plan_add(struct agent *, unsigned int k,
                                enum plan_phase);

/* Makes a plan with an order that fulfils 'constraints'; takes 'why'.  Returns
 * NULL if no number for a bridge is free. */
struct send_plan *send_plan_create(struct agent *,
                                   const struct plan_remote *constraints,
                                   char *why);

/* 'remove': its bridge goes, too. */
void send_plan_destroy(struct agent *, struct send_plan *, bool remove);

/* Takes over the options that plans map.  If an index that is in use would
 * move, the plan ends, and plans_assign() finds its remotes another one. */
void send_plan_update_options(struct agent *, struct send_plan *);

/* 'joined' is one of its remotes now, or, if that is NULL, one is no longer:
 * for the next send_plan_run(). */
void send_plan_mark_changed(struct send_plan *, const struct m_nve *joined);

/* The tunnel port that leads to UDP port 'udp_port' of remotes; 0: none. */
ofp_port_t send_plan_get_tunnel(const struct send_plan *, uint16_t udp_port);

/* One turn, for a plan that is no leftover. */
void send_plan_run(struct agent *, struct send_plan *);

/* Whether its bridge has confirmed all that it should have. */
bool send_plan_is_settled(const struct send_plan *);

#endif /* agent/plans/send-plan.h */
