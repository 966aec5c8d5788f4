/* Plans: wire orders of options, as few as the remotes' constraints allow.
 *
 * OVS puts options on the wire in ascending tun_metadata index, and a bridge
 * maps an option once.  So one bridge has one order, a *plan*; remotes whose
 * constraints conflict need different plans.  Pure functions; see
 * docs/negotiation.md, "Plans".  Satisfies RFC 9638, section 6.7 ("place
 * different sets of extensions in different packets, and perhaps in different
 * order"). */
#ifndef GA_PLANNER_H
#define GA_PLANNER_H 1

#include "lib/negotiation.h"
#include "lib/option.h"

/* What one negotiation result demands of the order of its plan: nothing
 * (RECV_ANY, blocked, optionless, one option), a chain, or one in front. */
struct order_constraint {
    enum recv_order kind;           /* RECV_ANY: no constraint. */
    struct opt_key *options;        /* STRICT: in order; FIRST: front first. */
    size_t n_options;
};
void order_constraint_from_negotiation(struct order_constraint *,
                                       const struct negotiation *);
void order_constraint_destroy(struct order_constraint *);

/* A remote with its constraints, one for each of its profiles; or several that
 * want the same. */
struct plan_remote {
    const char *name;
    const struct order_constraint *constraints;
    size_t n_constraints;
    size_t n_more;                  /* Remotes that it stands for, beyond 1. */
};

/* A precedence relation over at most 64 options, kept acyclic. */
struct order_graph;
struct order_graph *order_graph_create(void);
struct order_graph *order_graph_clone(const struct order_graph *);
void order_graph_destroy(struct order_graph *);
bool order_graph_add(struct order_graph *, const struct order_constraint *,
                     size_t n_constraints);
bool order_graph_conflict(const struct order_graph *,
                          const struct order_constraint *,
                          struct opt_key *a, struct opt_key *b);
size_t order_graph_sort(const struct order_graph *,
                        const struct opt_key *preferred, size_t n,
                        struct opt_key *order);

/* A whole fleet. */
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
void planner_solve(const struct opt_key *options, size_t n_options,
                   const struct plan_remote *, size_t n_remotes,
                   struct plan_set *);
void planner_solve_within(const struct opt_key *options, size_t n_options,
                          const struct plan_remote *, size_t n_remotes,
                          size_t max_plans, struct plan_set *);
void plan_set_destroy(struct plan_set *);

/* Takes from '*n' what cannot be sent in 'order': the best options, by
 * (required, priority, position), that keep the receiver's constraint stay;
 * the others are omitted with reason NEG_PLAN, or the result is blocked. */
bool planner_restrict(struct negotiation *n, const struct sender_table *,
                      const struct opt_key *order, size_t n_order);

#endif /* lib/planner.h */
