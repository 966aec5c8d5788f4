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
    struct opt_key wire[GENEVE_MAX_OPTIONS]; /* What they send. */
    size_t n_wire;

    /* Once it is to be left: in struct m_encap's 'old_legs'. */
    struct ovs_list node;
    uint64_t until;                 /* Revision of the integration bridge to be
                                     * confirmed; UINT64_MAX: still leads
                                     * there. */
    long long int expires;          /* time_msec(): then it goes; 0: not yet
                                     * known. */
};

/* A leg without flows, on the bridge of a plan. */
struct send_leg *send_leg_create(struct send_plan *, const struct m_encap *);
void send_leg_destroy(struct send_leg *);

/* Whether flows that an encapsulation leaves, and that packets may still go
 * by, send the option. */
bool send_legs_need(const struct m_encap *, struct opt_key);

/* The encapsulation is no more: destroys its legs. */
void send_legs_destroy(struct agent *, struct m_encap *);

/* Whether every remote can be sent to by its plan: before that, after a
 * restart, the integration bridge is better left as it is. */
bool send_legs_are_ready(const struct agent *);

#endif /* agent/plans/send-leg.h */
