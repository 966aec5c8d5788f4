/* What is left of a negotiation if the order on the wire is given.
 *
 * Packets must not carry a wrong order, so where no plan grants a remote's
 * constraint, options are dropped, the least important first.  The rule is the
 * one that admits options where room is short: required ones first, then by
 * priority, then by the sender's position. */

#include <config.h>

#include "lib/plan-restrict.h"

#include <stdlib.h>

#include "lib/negotiation.h"
#include "util.h"

#define NO_POSITION SIZE_MAX

struct candidate {
    size_t index;                   /* In the negotiation's options. */
    const struct sender_option *option;
    size_t sender_position;
    size_t wire_position;           /* In the plan, or NO_POSITION. */
};

static size_t
position_in_plan(struct opt_key key, const struct opt_key *order,
                 size_t n_order)
{
    for (size_t i = 0; i < n_order; i++) {
        if (opt_key_equals(order[i], key)) {
            return i;
        }
    }
    return NO_POSITION;
}

static size_t
position_in_sender(struct opt_key key, const struct sender_table *sender)
{
    size_t i;

    for (i = 0; i < sender->n_options; i++) {
        if (opt_key_equals(sender->options[i].key, key)) {
            break;
        }
    }
    return i;
}

/* For qsort(): the most wanted first. */
static int
compare_candidates(const void *a_, const void *b_)
{
    const struct candidate *a = a_;
    const struct candidate *b = b_;

    if (a->option->required != b->option->required) {
        return a->option->required ? -1 : 1;
    } else if (a->option->priority != b->option->priority) {
        return a->option->priority < b->option->priority ? -1 : 1;
    }
    return (a->sender_position < b->sender_position ? -1
            : a->sender_position > b->sender_position);
}

/* Whether the plan's order of two options that are both sent is one that the
 * receiver takes.  Index 0 with 'front_pinned' is the front. */
static bool
pair_is_granted(const struct negotiation *n, const struct candidate *a,
                const struct candidate *b)
{
    bool in_order = ((a->index < b->index)
                     == (a->wire_position < b->wire_position));

    return (n->order == RECV_STRICT ? in_order
            : n->order == RECV_FIRST && n->front_pinned
              && (!a->index || !b->index) ? in_order
            : true);
}

bool
plan_restrict(struct negotiation *n, const struct sender_table *sender,
              const struct opt_key *order, size_t n_order)
{
    struct candidate candidates[GENEVE_MAX_OPTIONS];
    size_t n_options = n->n_options;
    uint64_t drop = 0;

    for (size_t i = 0; i < n_options; i++) {
        candidates[i] = (struct candidate) {
            .index = i,
            .option = &n->options[i],
            .sender_position = position_in_sender(n->options[i].key, sender),
            .wire_position = position_in_plan(n->options[i].key, order,
                                              n_order),
        };
    }
    qsort(candidates, n_options, sizeof *candidates, compare_candidates);

    for (size_t i = 0; i < n_options; i++) {
        bool keep = candidates[i].wire_position != NO_POSITION;

        for (size_t j = 0; keep && j < i; j++) {
            keep = ((drop >> candidates[j].index) & 1
                    || pair_is_granted(n, &candidates[i], &candidates[j]));
        }
        if (!keep) {
            drop |= UINT64_C(1) << candidates[i].index;
        }
    }
    if (drop) {
        negotiation_drop_options(n, sender, drop, NEG_PLAN);
    }
    return drop != 0;
}
