/* What a remote demands of the order of options. */

#include <config.h>

#include "lib/order-constraint.h"

#include <stdlib.h>

#include "util.h"

void
order_constraint_from_negotiation(struct order_constraint *constraint,
                                  const struct negotiation *n)
{
    *constraint = (struct order_constraint) { .kind = RECV_ANY };
    if (n->n_options < 2 || n->order == RECV_ANY
        || (n->order == RECV_FIRST && !n->front_pinned)) {
        return;
    }
    constraint->kind = n->order;
    constraint->options = xmalloc(n->n_options * sizeof *constraint->options);
    for (size_t i = 0; i < n->n_options; i++) {
        constraint->options[constraint->n_options++] = n->options[i].key;
    }
}

void
order_constraint_destroy(struct order_constraint *constraint)
{
    free(constraint->options);
    *constraint = (struct order_constraint) { .kind = RECV_ANY };
}
