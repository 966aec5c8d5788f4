/* What is left of a negotiation if the order on the wire is given. */
#ifndef GA_PLAN_RESTRICT_H
#define GA_PLAN_RESTRICT_H 1

#include <stdbool.h>
#include <stddef.h>

struct negotiation;
struct opt_key;
struct sender_table;

/* Takes from '*n' what cannot be sent in 'order', the wire order of a plan: an
 * option that the plan does not map, or that would come where the receiver
 * does not want it.  Those that stay are found greedily from the most wanted
 * one, by (required, priority, position).  The others are omitted with reason
 * NEG_PLAN, or the result is blocked if a side requires one of them.  The
 * sender table must be the one that '*n' was selected from.  Returns true if
 * '*n' changed. */
bool plan_restrict(struct negotiation *n, const struct sender_table *,
                   const struct opt_key *order, size_t n_order);

#endif /* lib/plan-restrict.h */
