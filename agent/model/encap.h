/* Encapsulations: what packets of a profile carry to a remote.
 *
 * For each remote that shares an active VPC with us, and each profile of such
 * VPCs, there is a struct m_encap.  RFC 9638, section 6.7. */
#ifndef GA_ENCAP_H
#define GA_ENCAP_H 1

#include "agent/model/entity.h"
#include "lib/planner.h"

struct m_encap {
    struct m_nve *nve;
    struct m_profile *profile;
    bool stale;                     /* Scratch: no VPC needs it any more. */

    struct negotiation raw;         /* By the tables alone. */
    struct order_constraint constraint; /* That 'raw' puts on the plan. */
    struct negotiation final;       /* What the plan leaves of it. */
    struct opt_key *wire;           /* The options of 'final', in the order of
                                     * the wire. */
    int mtu;                        /* Inner; 0: not known, or blocked. */
    struct flow_owner flows;        /* On the integration bridge. */

    /* Where 'flows' leads, and the flows on the bridges of further plans: see
     * flows/encap-stage.c. */
    bool has_flows;                 /* 'flows' is not empty. */
    bool applied_blocked;           /* 'flows' drops. */
    struct opt_key *applied_wire;   /* What is sent now: not 'wire' while the
                                     * remote moves. */
    size_t n_applied;
    int applied_mtu;                /* As 'mtu', of what is sent now. */
    struct send_plan *applied;      /* NULL: the base plan. */
    struct send_leg *leg;           /* For nve->plan, or NULL. */
    struct ovs_list old_legs;       /* "struct send_leg"s that are being left;
                                     * one may be for 'applied'. */
    bool base_options;              /* 'flows' sends options itself. */

    /* What is on the wire may change although 'flows' does not: the flows of
     * endpoints count, too. */
    bool wire_changed;              /* In this turn. */
    uint64_t wire_plan;             /* Serial number of the plan that it was
                                     * for, which may have ended since; 0: the
                                     * base plan. */
    uint64_t wire_revision;         /* Of the flows on the plan's bridge. */
    bool uses_base, sends_options;  /* As counted in base-use.c. */
};

/* Returns the plan that is to serve it; NULL: the base plan, or it is
 * blocked. */
struct send_plan *m_encap_get_target(const struct m_encap *);

#endif /* agent/model/encap.h */
