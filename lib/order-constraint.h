/* What one negotiation result demands of the order of options on the wire:
 * nothing (RECV_ANY, blocked, optionless, one option), a chain, or one in
 * front. */
#ifndef GA_ORDER_CONSTRAINT_H
#define GA_ORDER_CONSTRAINT_H 1

#include "lib/negotiation.h"

struct order_constraint {
    enum recv_order kind;           /* RECV_ANY: any order will do. */
    struct opt_key *options;        /* STRICT: in order; FIRST: front first. */
    size_t n_options;
};

/* Sets the constraint to what the negotiation demands.  The caller must
 * destroy it. */
void order_constraint_from_negotiation(struct order_constraint *,
                                       const struct negotiation *);
void order_constraint_destroy(struct order_constraint *);

#endif /* lib/order-constraint.h */
