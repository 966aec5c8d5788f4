/* The search for the fewest plans.
 *
 * It is graph colouring in disguise, only that three sets may conflict while
 * any two of them agree, so finding the least number is hard in general and
 * the effort has to be bounded:
 *
 * 1. First-fit in input order.  Whatever follows must be better.  More than
 *    one plan means that one is not enough, so two are the least possible.
 * 2. Sets that another one implies are put aside: they go where that goes.
 * 3. Sets that conflict pairwise need a plan each: a lower bound.
 * 4. First-fit in other orders.  Taking the sets plan by plan from an earlier
 *    result never needs more plans than that had, and often fewer.
 * 5. Branch and bound.  It is exhaustive up to 9 sets whatever they are (they
 *    have 26,442 partitions and parts of partitions), and mostly far beyond,
 *    because the bounds cut off nearly all.
 *
 * If that needs more plans than there may be, what is left is to serve as many
 * remotes as possible: first-fit again, those sets first that most remotes
 * want.
 *
 * Steps 4 and 5 stop at a fixed amount of work, not of time, so that equal
 * input gives equal output on every machine. */

#include <config.h>

#include "lib/plan-search.h"

#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "util.h"

#define MAX_PAIRWISE 512            /* Sets; beyond, steps 2 and 3 are left. */
#define MAX_EXACT 64                /* Sets; beyond, step 5 is left. */
#define MAX_NODES 30000             /* Of the tree of step 5. */
#define MAX_WORK 400000             /* Of step 4: plan_fit_all()'s unit. */
#define MAX_ROUNDS 64               /* Of step 4. */

struct search {
    size_t n_elems;
    const struct rule_set *sets;
    size_t n_sets;

    /* The sets that count, and for each of the others one that implies it. */
    size_t *kept;
    size_t n_kept;
    size_t *implied_by;

    size_t lower_bound;
    size_t n_best;                  /* Plans. */
    size_t *best;                   /* For each set its plan. */
    size_t work;

    /* Branch and bound. */
    size_t n_nodes;
    struct precedence *plans;       /* One for each plan. */
    struct precedence *saved;       /* One for each depth. */
    size_t *trial;
};

/* Takes over a result for the kept sets that has fewer plans. */
static void
adopt(struct search *s, size_t n_plans, const size_t *plan_of)
{
    s->n_best = n_plans;
    for (size_t i = 0; i < s->n_sets; i++) {
        s->best[i] = plan_of[s->implied_by[i]];
    }
}

static bool
set_implies(const struct precedence *closure, const struct rule_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (!precedence_implies(closure, &set->rules[i])) {
            return false;
        }
    }
    return true;
}

/* Finds the sets that no other implies (of equal ones, the first). */
static void
keep_strongest(struct search *s, struct precedence *closures)
{
    for (size_t i = 0; i < s->n_sets; i++) {
        for (size_t j = 0; j < s->n_sets && s->implied_by[i] == i; j++) {
            if (j != i && s->implied_by[j] == j
                && set_implies(&closures[j], &s->sets[i])) {
                s->implied_by[i] = j;
            }
        }
    }
    for (size_t i = 0; i < s->n_sets; i++) {
        size_t top = i;

        while (s->implied_by[top] != top) {
            top = s->implied_by[top];
        }
        s->implied_by[i] = top;
        if (top == i) {
            s->kept[s->n_kept++] = i;
        }
    }
}

/* A graph of the kept sets: which pairs conflict. */
struct conflicts {
    size_t n;
    unsigned long *bits;            /* N rows of N bits. */
    size_t *degree;
};

static bool
conflicts_test(const struct conflicts *c, size_t i, size_t j)
{
    return bitmap_is_set(c->bits, i * c->n + j);
}

static void
conflicts_init(struct conflicts *c, const struct search *s,
               const struct precedence *closures)
{
    c->n = s->n_kept;
    c->bits = bitmap_allocate(c->n * c->n);
    c->degree = xcalloc(c->n, sizeof *c->degree);
    for (size_t i = 0; i < c->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!rule_set_fits(&closures[s->kept[i]], &s->sets[s->kept[j]])) {
                bitmap_set1(c->bits, i * c->n + j);
                bitmap_set1(c->bits, j * c->n + i);
                c->degree[i]++;
                c->degree[j]++;
            }
        }
    }
}

static void
conflicts_destroy(struct conflicts *c)
{
    free(c->bits);
    free(c->degree);
}

/* Collects sets that all conflict with each other, beginning with 'start',
 * greedily.  Returns their number. */
static size_t
find_clique(const struct conflicts *c, size_t start, size_t *clique)
{
    bool *candidate = xmalloc(c->n * sizeof *candidate);
    size_t n = 0;

    memset(candidate, true, c->n * sizeof *candidate);
    for (size_t next = start; next < c->n; ) {
        size_t added = next;

        clique[n++] = added;
        next = c->n;
        for (size_t i = 0; i < c->n; i++) {
            candidate[i] = candidate[i] && conflicts_test(c, i, added);
            if (candidate[i]
                && (next == c->n || c->degree[i] > c->degree[next])) {
                next = i;
            }
        }
    }
    free(candidate);
    return n;
}

/* Sorts 'kept' for step 5: first the clique, whose members need a plan each,
 * then those with many conflicts. */
static void
order_kept(struct search *s, const struct conflicts *c, const size_t *clique,
           size_t n_clique)
{
    size_t *order = xmalloc(c->n * sizeof *order);
    bool *done = xcalloc(c->n, sizeof *done);
    size_t n = 0;

    for (size_t i = 0; i < n_clique; i++) {
        order[n++] = s->kept[clique[i]];
        done[clique[i]] = true;
    }
    for (size_t degree = c->n; n < c->n && degree-- > 0; ) {
        for (size_t i = 0; i < c->n; i++) {
            if (!done[i] && c->degree[i] == degree) {
                order[n++] = s->kept[i];
            }
        }
    }
    memcpy(s->kept, order, c->n * sizeof *order);
    free(order);
    free(done);
}

static void
find_lower_bound(struct search *s, const struct precedence *closures)
{
    struct conflicts conflicts;
    size_t n_longest = 0;

    conflicts_init(&conflicts, s, closures);
    size_t *clique = xmalloc(s->n_kept * sizeof *clique);
    size_t *longest = xmalloc(s->n_kept * sizeof *longest);
    s->work = 0;
    for (size_t i = 0; i < s->n_kept && s->work < MAX_WORK; i++) {
        size_t n = find_clique(&conflicts, i, clique);

        if (n > n_longest) {
            n_longest = n;
            memcpy(longest, clique, n * sizeof *clique);
        }
        s->work += n * s->n_kept;
    }
    s->lower_bound = MAX(s->lower_bound, n_longest);
    order_kept(s, &conflicts, longest, n_longest);
    conflicts_destroy(&conflicts);
    free(clique);
    free(longest);
}

/* Steps 2 and 3. */
static void
reduce(struct search *s)
{
    struct precedence *closures;

    if (s->n_sets > MAX_PAIRWISE) {
        for (size_t i = 0; i < s->n_sets; i++) {
            s->kept[s->n_kept++] = i;
        }
        return;
    }
    closures = xmalloc(s->n_sets * sizeof *closures);
    for (size_t i = 0; i < s->n_sets; i++) {
        precedence_init(&closures[i], s->n_elems);
        rule_set_add(&closures[i], &s->sets[i]);
    }
    keep_strongest(s, closures);
    find_lower_bound(s, closures);
    for (size_t i = 0; i < s->n_sets; i++) {
        precedence_destroy(&closures[i]);
    }
    free(closures);
}

static size_t
set_size(const struct rule_set *set)
{
    size_t size = 0;

    for (size_t i = 0; i < set->n; i++) {
        size += set->rules[i].n;
    }
    return size;
}

/* Sorts 'order' by descending size of the sets; stable. */
static void
order_by_size(const struct search *s, size_t *order)
{
    size_t max = 0, n = 0;

    for (size_t i = 0; i < s->n_kept; i++) {
        max = MAX(max, set_size(&s->sets[s->kept[i]]));
    }
    for (size_t size = max + 1; size-- > 0; ) {
        for (size_t i = 0; i < s->n_kept; i++) {
            if (set_size(&s->sets[s->kept[i]]) == size) {
                order[n++] = s->kept[i];
            }
        }
    }
}

/* A small generator of our own: results must not depend on anything else. */
static uint32_t
next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Fills 'order' with the kept sets plan by plan, the plans of 'plan_of' being
 * taken backwards in even rounds and shuffled in odd ones. */
static void
order_by_plan(const struct search *s, const size_t *plan_of, size_t n_plans,
              size_t round, uint32_t *seed, size_t *order)
{
    size_t *rank = xmalloc(n_plans * sizeof *rank);
    size_t *start = xcalloc(n_plans + 1, sizeof *start);

    for (size_t p = 0; p < n_plans; p++) {
        rank[p] = n_plans - 1 - p;
    }
    for (size_t p = n_plans; round % 2 && p > 1; p--) {
        size_t other = next_random(seed) % p;
        size_t tmp = rank[p - 1];

        rank[p - 1] = rank[other];
        rank[other] = tmp;
    }
    for (size_t i = 0; i < s->n_kept; i++) {
        start[rank[plan_of[s->kept[i]]] + 1]++;
    }
    for (size_t p = 0; p < n_plans; p++) {
        start[p + 1] += start[p];
    }
    for (size_t i = 0; i < s->n_kept; i++) {
        order[start[rank[plan_of[s->kept[i]]]]++] = s->kept[i];
    }
    free(rank);
    free(start);
}

/* Step 4. */
static void
try_orders(struct search *s)
{
    size_t *order = xmalloc(s->n_kept * sizeof *order);
    size_t *plan_of = xmemdup(s->best, s->n_sets * sizeof *plan_of);
    size_t n_plans = s->n_best;
    uint32_t seed = 0x6e766f33;

    s->work = 0;
    for (size_t round = 0; round < MAX_ROUNDS && s->work < MAX_WORK
         && s->n_best > s->lower_bound; round++) {
        if (!round) {
            order_by_size(s, order);
        } else {
            order_by_plan(s, plan_of, n_plans, round, &seed, order);
        }
        n_plans = plan_fit_all(s->n_elems, s->sets, order, s->n_kept,
                               SIZE_MAX, plan_of, &s->work);
        if (n_plans < s->n_best) {
            adopt(s, n_plans, plan_of);
        }
    }
    free(order);
    free(plan_of);
}

/* Places kept[depth] and those after it, 'n_plans' being in use. */
static void
branch(struct search *s, size_t depth, size_t n_plans)
{
    if (n_plans >= s->n_best || ++s->n_nodes > MAX_NODES) {
        return;
    } else if (depth == s->n_kept) {
        adopt(s, n_plans, s->trial);
        return;
    }

    size_t id = s->kept[depth];
    for (size_t p = 0; p < n_plans && s->n_best > s->lower_bound; p++) {
        precedence_copy(&s->saved[depth], &s->plans[p]);
        if (rule_set_add(&s->plans[p], &s->sets[id])) {
            s->trial[id] = p;
            branch(s, depth + 1, n_plans);
            precedence_copy(&s->plans[p], &s->saved[depth]);
        }
    }
    if (n_plans + 1 < s->n_best) {
        precedence_copy(&s->saved[depth], &s->plans[n_plans]);
        rule_set_add(&s->plans[n_plans], &s->sets[id]);
        s->trial[id] = n_plans;
        branch(s, depth + 1, n_plans + 1);
        precedence_copy(&s->plans[n_plans], &s->saved[depth]);
    }
}

/* Step 5. */
static void
search_tree(struct search *s)
{
    s->plans = xmalloc(s->n_kept * sizeof *s->plans);
    s->saved = xmalloc(s->n_kept * sizeof *s->saved);
    s->trial = xcalloc(s->n_sets, sizeof *s->trial);
    for (size_t i = 0; i < s->n_kept; i++) {
        precedence_init(&s->plans[i], s->n_elems);
        precedence_init(&s->saved[i], s->n_elems);
    }
    branch(s, 0, 0);
    for (size_t i = 0; i < s->n_kept; i++) {
        precedence_destroy(&s->plans[i]);
        precedence_destroy(&s->saved[i]);
    }
    free(s->plans);
    free(s->saved);
    free(s->trial);
}

/* Steps 1 to 5. */
static size_t
search_all(size_t n_elems, const struct rule_set *sets, size_t n_sets,
           size_t *plan_of)
{
    struct search s = {
        .n_elems = n_elems,
        .sets = sets,
        .n_sets = n_sets,
        .kept = xmalloc(n_sets * sizeof *s.kept),
        .implied_by = xmalloc(n_sets * sizeof *s.implied_by),
        .lower_bound = 2,
        .best = plan_of,
    };

    for (size_t i = 0; i < n_sets; i++) {
        s.implied_by[i] = i;
    }
    s.n_best = plan_fit_all(n_elems, sets, s.implied_by, n_sets, SIZE_MAX,
                            plan_of, &s.work);
    if (s.n_best > s.lower_bound && s.work < MAX_WORK) {
        reduce(&s);
        try_orders(&s);
        if (s.n_best > s.lower_bound && s.n_kept <= MAX_EXACT) {
            search_tree(&s);
        }
    }
    free(s.kept);
    free(s.implied_by);
    return s.n_best;
}

struct weighted {
    size_t weight;
    size_t id;
};

static int
compare_weights(const void *a_, const void *b_)
{
    const struct weighted *a = a_;
    const struct weighted *b = b_;

    return (a->weight != b->weight ? (a->weight > b->weight ? -1 : 1)
            : a->id < b->id ? -1 : a->id > b->id);
}

/* First-fit with at most 'max_plans', by descending weight. */
static size_t
search_heaviest(size_t n_elems, const struct rule_set *sets, size_t n_sets,
                size_t max_plans, size_t *plan_of)
{
    struct weighted *sorted = xmalloc(n_sets * sizeof *sorted);
    size_t *order = xmalloc(n_sets * sizeof *order);
    size_t work = 0, n_plans;

    for (size_t i = 0; i < n_sets; i++) {
        sorted[i] = (struct weighted) { sets[i].weight, i };
    }
    qsort(sorted, n_sets, sizeof *sorted, compare_weights);
    for (size_t i = 0; i < n_sets; i++) {
        order[i] = sorted[i].id;
    }
    n_plans = plan_fit_all(n_elems, sets, order, n_sets, max_plans,
                           plan_of, &work);
    free(sorted);
    free(order);
    return n_plans;
}

size_t
plan_search(size_t n_elems, const struct rule_set *sets, size_t n_sets,
            size_t max_plans, size_t *plan_of)
{
    size_t n_plans;

    if (n_sets > MAX_PAIRWISE && max_plans < n_sets) {
        /* To find out how many plans many sets would need takes long. */
        n_plans = search_heaviest(n_elems, sets, n_sets, max_plans, plan_of);
        for (size_t i = 0; i < n_sets; i++) {
            if (plan_of[i] == NO_PLAN) {
                return n_plans;
            }
        }
    }
    n_plans = search_all(n_elems, sets, n_sets, plan_of);
    return (n_plans <= max_plans ? n_plans
            : search_heaviest(n_elems, sets, n_sets, max_plans, plan_of));
}
