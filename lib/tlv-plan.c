/* TLV plan: which option has which tun_metadata index on one bridge.
 *
 * A plan is sticky.  As long as the present order gives every remote what it
 * asks for, nothing moves; a new option goes where the others leave room.
 * Where the constraints that it is given conflict, the largest group of
 * remotes that can be served together decides the order.
 *
 * Required options are mapped before others, whatever their priority. */

#include <config.h>

#include "lib/tlv-plan.h"

#include <string.h>

#include "lib/order-graph.h"
#include "util.h"

void
tlv_plan_init(struct tlv_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    index_map_init(&plan->map);
}

void
tlv_plan_destroy(struct tlv_plan *plan)
{
    free(plan->options);
    free(plan->left_out);
    free(plan->conflict);
}

static void
tlv_plan_set_order(struct tlv_plan *plan)
{
    plan->n_order = 0;
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        if (plan->map.slots[i].used) {
            plan->order[plan->n_order++] = plan->map.slots[i].key;
        }
    }
}

void
tlv_plan_adopt(struct tlv_plan *plan, const struct index_map *map)
{
    plan->map = *map;
    tlv_plan_set_order(plan);
}

static int
tlv_plan_position(const struct tlv_plan *plan, struct opt_key key)
{
    for (size_t i = 0; i < plan->n_order; i++) {
        if (opt_key_equals(plan->order[i], key)) {
            return i;
        }
    }
    return -1;
}

bool
tlv_plan_fits(const struct tlv_plan *plan,
              const struct order_constraint *constraint)
{
    int last = -1;

    if (constraint->kind == RECV_ANY) {
        return true;
    }
    for (size_t i = 0; i < constraint->n_options; i++) {
        int position = tlv_plan_position(plan, constraint->options[i]);

        if (position < 0) {
            /* An option that is not mapped is not sent, so its place does not
             * matter.  If it was to be the first one, nothing is pinned. */
            if (!i && constraint->kind == RECV_FIRST) {
                return true;
            }
        } else if (position <= last) {
            return false;
        } else if (!i || constraint->kind == RECV_STRICT) {
            last = position;
        }
    }
    return true;
}

bool
tlv_plan_covers(const struct tlv_plan *plan,
                const struct plan_option *options, size_t n)
{
    if (plan->n_options != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct plan_option *a = &plan->options[i];
        const struct plan_option *b = &options[i];

        if (!opt_key_equals(a->key, b->key) || a->length != b->length
            || a->required != b->required || a->priority != b->priority) {
            return false;
        }
    }
    return true;
}

int
tlv_plan_get_index(const struct tlv_plan *plan, struct opt_key key,
                   unsigned int length)
{
    int index = index_map_find(&plan->map, key);

    return (index >= 0 && plan->map.slots[index].length == length
            ? index : -1);
}

static int
compare_admission(const void *a_, const void *b_)
{
    const struct plan_option *const *a = a_;
    const struct plan_option *const *b = b_;

    if ((*a)->required != (*b)->required) {
        return (*a)->required ? -1 : 1;
    }
    if ((*a)->priority != (*b)->priority) {
        return (*a)->priority < (*b)->priority ? -1 : 1;
    }
    return *a < *b ? -1 : *a > *b;
}

void
tlv_plan_admit_options(const struct plan_option *options, size_t n,
                       bool *admitted)
{
    const struct plan_option **sorted = xmalloc(n * sizeof *sorted);
    unsigned int n_admitted = 0;
    unsigned int bytes = 0;

    for (size_t i = 0; i < n; i++) {
        sorted[i] = &options[i];
    }
    qsort(sorted, n, sizeof *sorted, compare_admission);
    for (size_t i = 0; i < n; i++) {
        bool fits = (n_admitted < INDEX_MAP_SLOTS
                     && sorted[i]->length <= GENEVE_OPT_MAX_DATA
                     && bytes + sorted[i]->length <= INDEX_MAP_MAX_DATA);

        admitted[sorted[i] - options] = fits;
        if (fits) {
            n_admitted++;
            bytes += sorted[i]->length;
        }
    }
    free(sorted);
}

static void
tlv_plan_admit(struct tlv_plan *plan, const struct plan_option *options,
               size_t n, bool *admitted)
{
    tlv_plan_admit_options(options, n, admitted);
    free(plan->left_out);
    plan->left_out = xmalloc(n * sizeof *plan->left_out);
    plan->n_left_out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!admitted[i]) {
            plan->left_out[plan->n_left_out++] = options[i].key;
        }
    }
}

/* The preferred order: as it is now, with each new option after the one that
 * it follows in the sender's order. */
static size_t
tlv_plan_prefer(const struct tlv_plan *plan,
                const struct plan_option *options, size_t n_options,
                const bool *admitted, struct opt_key *preferred)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n_order; i++) {
        for (size_t j = 0; j < n_options; j++) {
            if (admitted[j]
                && opt_key_equals(options[j].key, plan->order[i])) {
                preferred[n++] = plan->order[i];
                break;
            }
        }
    }

    size_t insert_at = 0;
    for (size_t j = 0; j < n_options; j++) {
        size_t at;

        if (!admitted[j]) {
            continue;
        }
        for (at = 0; at < n; at++) {
            if (opt_key_equals(preferred[at], options[j].key)) {
                break;
            }
        }
        if (at == n) {
            at = insert_at;
            memmove(&preferred[at + 1], &preferred[at],
                    (n - at) * sizeof *preferred);
            preferred[at] = options[j].key;
            n++;
        }
        insert_at = at + 1;
    }
    return n;
}

/* Whether the present order satisfies each remote of 'plan'. */
static bool
tlv_plan_fits_group(const struct tlv_plan *base, const struct plan *plan,
                    const struct plan_remote *remotes)
{
    for (size_t i = 0; i < plan->n_remotes; i++) {
        const struct plan_remote *remote = &remotes[plan->remotes[i]];

        for (size_t j = 0; j < remote->n_constraints; j++) {
            if (!tlv_plan_fits(base, &remote->constraints[j])) {
                return false;
            }
        }
    }
    return true;
}

/* A sentence about the first remote that cannot be added to 'graph'. */
static char *
describe_conflict(const struct order_graph *graph,
                  const struct plan_remote *remote)
{
    for (size_t i = 0; i < remote->n_constraints; i++) {
        struct opt_key a, b;

        if (order_graph_conflict(graph, &remote->constraints[i], &a, &b)) {
            return xasprintf("NVE %s wants "OPT_KEY_FMT" before "OPT_KEY_FMT
                             ", others want the reverse", remote->name,
                             OPT_KEY_ARGS(a), OPT_KEY_ARGS(b));
        }
    }
    return xasprintf("NVE %s's order conflicts with that of others",
                     remote->name);
}

/* Returns a graph with the constraints of all remotes or, if those conflict,
 * of the largest group of them that can be served together.  Of groups of the
 * same size the one that the present order serves wins. */
static struct order_graph *
tlv_plan_make_graph(struct tlv_plan *base, const struct opt_key *keys,
                    size_t n_keys, const struct plan_remote *remotes,
                    size_t n_remotes)
{
    struct order_graph *graph = order_graph_create();
    size_t i;

    free(base->conflict);
    base->conflict = NULL;
    base->exclusive = false;
    for (i = 0; i < n_remotes; i++) {
        if (!order_graph_add(graph, remotes[i].constraints,
                             remotes[i].n_constraints)) {
            break;
        }
    }
    if (i == n_remotes) {
        return graph;
    }
    base->conflict = describe_conflict(graph, &remotes[i]);
    base->exclusive = true;
    order_graph_destroy(graph);

    struct plan_set plans;
    const struct plan *best;

    planner_solve(keys, n_keys, remotes, n_remotes, &plans);
    best = &plans.plans[0];
    for (i = 1; i < plans.n_plans; i++) {
        const struct plan *plan = &plans.plans[i];

        if (plan->n_remotes > best->n_remotes
            || (plan->n_remotes == best->n_remotes
                && tlv_plan_fits_group(base, plan, remotes)
                && !tlv_plan_fits_group(base, best, remotes))) {
            best = plan;
        }
    }
    graph = order_graph_create();
    for (i = 0; i < best->n_remotes; i++) {
        const struct plan_remote *remote = &remotes[best->remotes[i]];
        order_graph_add(graph, remote->constraints, remote->n_constraints);
    }
    plan_set_destroy(&plans);
    return graph;
}

/* Gives indices to 'options'.  Unless the order is free, no option moves if
 * that can be avoided, and one that comes back gets the index that it had. */
static void
tlv_plan_assign(struct tlv_plan *plan, const struct index_option *options,
                size_t n, bool free_order)
{
    struct index_map map = plan->map;
    bool comes_back = false;
    size_t n_moved;

    n_moved = index_map_assign(&map, options, n);
    for (size_t i = 0; i < n; i++) {
        comes_back |= (index_map_find(&plan->map, options[i].key) < 0
                       && index_map_find(&plan->past, options[i].key) >= 0);
    }
    if (free_order || (!n_moved && !comes_back)
        || !index_map_insert(&plan->map, &plan->past, options, n)) {
        plan->map = map;
    }
}

bool
tlv_plan_update(struct tlv_plan *plan, const struct plan_option *options,
                size_t n_options, const struct plan_remote *remotes,
                size_t n_remotes)
{
    bool *admitted = xcalloc(n_options + 1, sizeof *admitted);
    struct opt_key preferred[INDEX_MAP_SLOTS];
    struct opt_key order[INDEX_MAP_SLOTS];
    struct index_option assign[INDEX_MAP_SLOTS];
    struct index_map old = plan->map;
    size_t n;

    free(plan->options);
    plan->options = xmemdup(options, n_options * sizeof *options);
    plan->n_options = n_options;
    tlv_plan_admit(plan, options, n_options, admitted);
    n = tlv_plan_prefer(plan, options, n_options, admitted, preferred);

    struct order_graph *graph = tlv_plan_make_graph(plan, preferred, n,
                                                    remotes, n_remotes);
    n = order_graph_sort(graph, preferred, n, order);
    order_graph_destroy(graph);

    for (size_t i = 0; i < n; i++) {
        assign[i].key = order[i];
        for (size_t j = 0; j < n_options; j++) {
            if (opt_key_equals(options[j].key, order[i])) {
                assign[i].length = options[j].length;
                break;
            }
        }
    }
    tlv_plan_assign(plan, assign, n, n_remotes > 0);
    index_map_remember(&plan->past, &plan->map);
    tlv_plan_set_order(plan);
    free(admitted);
    return !index_map_equals(&old, &plan->map);
}
