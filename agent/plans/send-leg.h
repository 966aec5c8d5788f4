/* A leg: the flows of one remote's encapsulation on the bridge of a further
 * plan. */
#ifndef GA_SEND_LEG_H
#define GA_SEND_LEG_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/switch/flow-owner.h"
#include "lib/negotiation.h"
#include "lib/option.h"
#include "openvswitch/list.h"

struct agent;
struct m_encap;
struct send_plan;

struct send_leg {
    struct send_plan *plan;
    struct flow_owner flows;
    struct opt_key *wire;           /* The options they send. */
    size_t n_wire;

    /* Of a leg that is left. */
    struct ovs_list node;           /* In struct m_encap's 'old_legs'. */
    uint64_t until;                 /* Revision of the integration bridge in
                                     * which nothing leads here; UINT64_MAX:
                                     * not known yet. */
    long long int expires;          /* time_msec() when it is destroyed; 0: not
                                     * known yet. */
};

/* Makes a leg without flows on the bridge of a plan. */
struct send_leg *send_leg_create(struct send_plan *, const struct m_encap *);
void send_leg_destroy(struct send_leg *);

/* Whether an encapsulation on its way to another plan has old flows that send
 * the option, and that packets may still use. */
bool send_legs_need(const struct m_encap *, struct opt_key);

/* Destroys all legs of an encapsulation that is about to be destroyed. */
void send_legs_destroy(struct agent *, struct m_encap *);

/* Whether every remote can be sent to by its plan: before that, after a
 * restart, the integration bridge is better left as it is. */
bool send_legs_are_ready(const struct agent *);

#endif /* agent/plans/send-leg.h */
