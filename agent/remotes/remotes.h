/* Remote NVEs: the tunnels to them, and what was negotiated with each.
 *
 * For each remote that shares an active VPC with us, and each profile of such
 * VPCs, there is a struct m_encap: what packets of that profile carry to that
 * remote.  RFC 9638, section 6.7. */
#ifndef GA_REMOTES_H
#define GA_REMOTES_H 1

#include "agent/model/model.h"
#include "lib/planner.h"

struct agent;

struct m_encap {
    struct m_nve *nve;
    struct m_profile *profile;
    bool stale;                     /* Scratch: no VPC needs it any more. */

    struct negotiation raw;         /* By the tables alone. */
    struct plan_wish wish;          /* What 'raw' asks of the plan. */
    struct negotiation final;       /* What the plan leaves of it. */
    struct opt_key wire[GENEVE_MAX_OPTIONS]; /* final's, in wire order. */
    int mtu;                        /* Inner, 0 if not known or blocked. */
    struct flow_owner flows;        /* On the integration bridge. */

    /* Where 'flows' leads, and what is on the bridges of further plans: see
     * plan-legs.c. */
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
    bool uses_base, sends_options;  /* As counted in struct agent. */
};

/* The plan that is to serve it; NULL: the base plan, or it is blocked. */
struct send_plan *m_encap_get_target(const struct m_encap *);

/* Whether the switch has confirmed what 'final' says. */
bool m_encap_is_confirmed(const struct agent *, const struct m_encap *);

/* The same, and no packet goes out any more by what was before: datapath flows
 * outlive the flows that they were made of by some milliseconds. */
bool m_encap_is_effective(const struct agent *, const struct m_encap *);

/* Every m_encap of 'nve', or of all remotes if that is NULL, is to be finished
 * again. */
void remotes_touch_encaps(struct agent *, struct m_nve *);

/* Takes over what our own NVE object says. */
void remotes_follow_self(struct agent *);

/* Negotiates with the remotes that changed: fills agent->changed_encaps, and
 * tells the plans. */
void remotes_run(struct agent *);

/* Applies the plans to what was negotiated. */
void remotes_apply_plans(struct agent *);

/* Takes note of the revisions that have what was negotiated in this turn.  To
 * be called after plans_run(). */
void remotes_note_revisions(struct agent *);

/* Everything about every remote is to be looked at again: a setting or our
 * own NVE changed. */
void remotes_touch_all(struct agent *);

/* For the process's end: forgets all remotes. */
void remotes_destroy_all(struct agent *);

/* Whether 'nve' is a remote that we exchange packets with. */
bool m_nve_is_remote(const struct m_nve *);

/* Whether what is in force for 'nve' says that it receives another
 * encapsulation than Geneve: nothing can be sent to it. */
bool m_nve_is_foreign(const struct m_nve *);

/* The worst status of its m_encap, NEG_OK if it has none. */
enum neg_status m_nve_worst_status(const struct m_nve *);

/* The inner MTU of packets to 'nve' with a header of that length, 0 if not
 * known. */
int remotes_get_mtu(const struct agent *, const struct m_nve *,
                    unsigned int header_bytes);

#endif /* agent/remotes/remotes.h */
