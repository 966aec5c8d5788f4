/* A precedence relation over options, kept acyclic.  It grows constraint by
 * constraint. */
#ifndef GA_ORDER_GRAPH_H
#define GA_ORDER_GRAPH_H 1

#include "lib/order-constraint.h"

struct order_graph *order_graph_create(void);
struct order_graph *order_graph_clone(const struct order_graph *);
void order_graph_destroy(struct order_graph *);

/* Adds all of the constraints and returns true; or, if no order could grant
 * them all, changes nothing and returns false. */
bool order_graph_add(struct order_graph *, const struct order_constraint *,
                     size_t n_constraints);

/* Whether the constraint cannot be added.  If so, stores in '*a' and '*b' two
 * options that it wants in this order and the graph in the opposite one. */
bool order_graph_conflict(const struct order_graph *,
                          const struct order_constraint *,
                          struct opt_key *a, struct opt_key *b);

/* Fills 'order' with the options of 'preferred', each once, in an order that
 * grants everything in the graph and otherwise follows 'preferred'.  'order'
 * has room for 'n'.  Returns the number of options put there. */
size_t order_graph_sort(const struct order_graph *,
                        const struct opt_key *preferred, size_t n,
                        struct opt_key *order);

#endif /* lib/order-graph.h */
