/* Encapsulations: what packets of a profile carry to a remote. */
#ifndef GA_ENCAP_H
#define GA_ENCAP_H 1

#include "agent/model/entity.h"
#include "lib/planner.h"

struct m_encap {
    struct m_nve *nve;
    struct m_profile *profile;
    bool stale;                     /* Scratch: no VPC needs it any more. */

    struct negotiation raw;         /* By the tables alone. */
    struct order_constraint constraint; /* What 'raw' asks of the plan. */
    struct negotiation final;       /* What the plan leaves of it. */
    struct opt_key wire[GENEVE_MAX_OPTIONS]; /* final's, in wire order. */
    int mtu;                        /* Inner, 0 if not known or blocked. */
    struct flow_owner flows;        /* On the integration bridge. */

    /* Where 'flows' leads, and what is on the bridges of further plans: see
     * flows/encap-stage.c. */
    bool has_flows;                 /* 'flows' is not empty. */
    bool applied_blocked;           /* 'flows' drops. */
    struct opt_key applied_wire[GENEVE_MAX_OPTIONS]; /* What is sent now: not
                                     * 'wire' while it moves. */
    size_t n_applied;
    int applied_mtu;                /* As 'mtu', of what is sent now. */
    struct send_plan *applied;      /* NULL: the base plan. */
    struct send_leg *leg;           /* For nve->plan, or NULL. */
    struct ovs_list old_legs;       /* "struct send_leg"s that it leaves, one
                                     * of them perhaps for 'applied'. */
    bool base_options;              /* 'flows' sends options itself. */

    /* 'wire' may change without a change of 'flows': what the endpoints' flows
     * set counts, too. */
    bool wire_changed;              /* In this turn. */
    uint64_t wire_revision;         /* That has it, on the bridge of... */
    uint64_t wire_plan;             /* ...the plan with this serial number (it
                                     * may have ended since); 0: the base
                                     * plan. */
    bool uses_base, sends_options;  /* As counted in base-use.c. */
};

/* The plan that is to serve it; NULL: the base plan, or it is blocked. */
struct send_plan *m_encap_get_target(const struct m_encap *);

#endif /* agent/model/encap.h */
