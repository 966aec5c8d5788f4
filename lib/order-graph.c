/* Order graph.  Options get numbers as they turn up; everything else is the
 * precedence relation's work. */

#include <config.h>

#include "lib/order-graph.h"

#include <stdlib.h>

#include "lib/precedence.h"
#include "util.h"

/* Room for options that a graph starts with: all that a bridge can map. */
#define INITIAL_ROOM 64

struct order_graph {
    struct opt_key *keys;           /* Element I of 'relation' is keys[I]. */
    size_t n_keys;
    struct precedence relation;     /* Has room for 'n_keys' or more. */
};

struct order_graph *
order_graph_create(void)
{
    struct order_graph *graph = xzalloc(sizeof *graph);

    precedence_init(&graph->relation, INITIAL_ROOM);
    graph->keys = xmalloc(INITIAL_ROOM * sizeof *graph->keys);
    return graph;
}

struct order_graph *
order_graph_clone(const struct order_graph *src)
{
    struct order_graph *graph = xzalloc(sizeof *graph);

    precedence_clone(&graph->relation, &src->relation);
    graph->keys = xmemdup(src->keys, src->relation.n * sizeof *src->keys);
    graph->n_keys = src->n_keys;
    return graph;
}

void
order_graph_destroy(struct order_graph *graph)
{
    if (graph) {
        precedence_destroy(&graph->relation);
        free(graph->keys);
        free(graph);
    }
}

/* Returns the number of 'key', or 'n_keys' if it has none. */
static size_t
find_key(const struct order_graph *graph, struct opt_key key)
{
    size_t i;

    for (i = 0; i < graph->n_keys; i++) {
        if (opt_key_equals(graph->keys[i], key)) {
            break;
        }
    }
    return i;
}

static uint32_t
find_or_add_key(struct order_graph *graph, struct opt_key key)
{
    size_t i = find_key(graph, key);

    if (i == graph->n_keys) {
        if (i == graph->relation.n) {
            precedence_grow(&graph->relation, 2 * i);
            graph->keys = xrealloc(graph->keys,
                                   2 * i * sizeof *graph->keys);
        }
        graph->keys[graph->n_keys++] = key;
    }
    return i;
}

/* Translates the options of a constraint that the graph knows into 'elems',
 * which has room for all. */
static struct precedence_rule
translate(const struct order_graph *graph,
          const struct order_constraint *constraint, uint32_t *elems)
{
    struct precedence_rule pw = { constraint->kind == RECV_STRICT, 0, elems };

    for (size_t i = 0; i < constraint->n_options; i++) {
        size_t elem = find_key(graph, constraint->options[i]);

        if (elem < graph->n_keys) {
            elems[pw.n++] = elem;
        } else if (!i && !pw.chain) {
            /* A front that the graph does not know conflicts with nothing. */
            break;
        }
    }
    return pw;
}

bool
order_graph_add(struct order_graph *graph,
                const struct order_constraint *constraints,
                size_t n_constraints)
{
    struct precedence_rule *pre = xmalloc(n_constraints * sizeof *pre);
    size_t n = 0;

    for (size_t i = 0; i < n_constraints; i++) {
        const struct order_constraint *constraint = &constraints[i];

        if (constraint->kind == RECV_ANY || constraint->n_options < 2) {
            continue;
        }
        for (size_t j = 0; j < constraint->n_options; j++) {
            find_or_add_key(graph, constraint->options[j]);
        }
        uint32_t *elems = xmalloc(constraint->n_options * sizeof *elems);
        pre[n++] = translate(graph, constraint, elems);
    }

    bool added = precedence_add(&graph->relation, pre, n);
    for (size_t i = 0; i < n; i++) {
        free(CONST_CAST(uint32_t *, pre[i].elems));
    }
    free(pre);
    return added;
}

bool
order_graph_conflict(const struct order_graph *graph,
                     const struct order_constraint *constraint,
                     struct opt_key *a, struct opt_key *b)
{
    uint32_t x, y;
    bool fits;

    if (constraint->kind == RECV_ANY) {
        return false;
    }
    uint32_t *elems = xmalloc(constraint->n_options * sizeof *elems);
    struct precedence_rule pw = translate(graph, constraint, elems);
    fits = precedence_fits(&graph->relation, &pw, &x, &y);
    if (!fits) {
        *a = graph->keys[x];
        *b = graph->keys[y];
    }
    free(elems);
    return !fits;
}

size_t
order_graph_sort(const struct order_graph *graph,
                 const struct opt_key *preferred, size_t n,
                 struct opt_key *order)
{
    struct order_graph *all = order_graph_clone(graph);
    uint32_t *elems = xmalloc(n * sizeof *elems);
    uint32_t *sorted = xmalloc(n * sizeof *sorted);
    size_t n_elems = 0;

    for (size_t i = 0; i < n; i++) {
        bool seen = false;

        for (size_t j = 0; j < i && !seen; j++) {
            seen = opt_key_equals(preferred[i], preferred[j]);
        }
        if (!seen) {
            elems[n_elems++] = find_or_add_key(all, preferred[i]);
        }
    }
    precedence_sort(&all->relation, elems, n_elems, sorted);
    for (size_t i = 0; i < n_elems; i++) {
        order[i] = all->keys[sorted[i]];
    }
    free(elems);
    free(sorted);
    order_graph_destroy(all);
    return n_elems;
}
