/* Plans: wire orders of options, as few as the remotes' constraints allow.
 *
 * Open vSwitch puts options on the wire in ascending tun_metadata index, and a
 * bridge maps an option once.  So one bridge has one order, a *plan*; remotes
 * whose constraints conflict need different plans.  Pure functions; see
 * docs/negotiation.md, "Plans".  Satisfies RFC 9638, section 6.7 ("place
 * different sets of extensions in different packets, and perhaps in different
 * order"). */
#ifndef GA_PLANNER_H
#define GA_PLANNER_H 1

#include "lib/order-constraint.h"

/* A remote with its constraints, one for each of its profiles; or several that
 * want the same. */
struct plan_remote {
    const char *name;
    const struct order_constraint *constraints;
    size_t n_constraints;
    size_t n_more;                  /* Remotes that it stands for, beyond 1. */
};

struct plan {
    struct opt_key *order;          /* Every option given, in wire order. */
    size_t n_order;
    size_t *remotes;                /* Indices into the caller's array. */
    size_t n_remotes;
    size_t weight;                  /* Remotes that these stand for. */
};

struct plan_set {
    struct plan *plans;             /* At least one: [0] is the base plan. */
    size_t n_plans;
    size_t *beyond;                 /* Remotes for which no plan is left. */
    size_t n_beyond;
};

/* Distributes the remotes over as few plans as their constraints allow: the
 * least possible number up to 9 different sets of constraints, and never more
 * than first-fit in the order given.  Each plan's order has all of 'options',
 * in the order given where no constraint says otherwise.  A remote whose
 * constraints contradict each other is in the base plan as if it had none;
 * plan_restrict() then takes away what cannot be sent.  The caller must
 * destroy the set. */
void planner_solve(const struct opt_key *options, size_t n_options,
                   const struct plan_remote *, size_t n_remotes,
                   struct plan_set *);

/* As planner_solve(), with at most 'max_plans'.  If those are not enough, they
 * serve as many remotes as a search that takes the most frequent constraints
 * first finds room for; the others are in 'beyond'. */
void planner_solve_within(const struct opt_key *options, size_t n_options,
                          const struct plan_remote *, size_t n_remotes,
                          size_t max_plans, struct plan_set *);
void plan_set_destroy(struct plan_set *);

#endif /* lib/planner.h */
