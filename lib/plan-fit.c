/* First-fit, for any number of plans.
 *
 * If all orders conflict, there are as many plans as sets, and asking each
 * plan in turn takes time that grows with the square.  So 64 plans are asked
 * at once: for each pair of elements there is a word that tells which of the
 * 64 plans have them in this order.  Or-ing the words of the pairs that a rule
 * has in the opposite order leaves zeros for the plans where it fits; usually
 * a few words show that there are none. */

#include <config.h>

#include "lib/plan-fit.h"

#include <stdlib.h>

#include "util.h"

#define BLOCK 64                    /* Plans in a block. */
#define MAX_INDEXED 128             /* Elements; beyond, the index is big. */
#define ADD_WORK 16                 /* What adding costs, in tests. */

/* A list of plans, with an index for each BLOCK of them. */
struct fit {
    size_t n_elems;
    struct precedence *plans;
    size_t n_plans, allocated_plans;
    uint64_t **blocks;              /* [A * n_elems + B]: A before B. */
    size_t n_blocks, allocated_blocks;
};

bool
rule_set_fits(const struct precedence *plan, const struct rule_set *set)
{
    uint32_t a, b;

    for (size_t i = 0; i < set->n; i++) {
        if (!precedence_fits(plan, &set->rules[i], &a, &b)) {
            return false;
        }
    }
    return true;
}

bool
rule_set_add(struct precedence *plan, const struct rule_set *set)
{
    return (rule_set_fits(plan, set)
            && precedence_add(plan, set->rules, set->n));
}

/* Returns 'bad' with the plans of 'block', as bits, that contradict 'rule'.
 * Stops as soon as all do. */
static uint64_t
block_test_rule(const struct fit *fit, const uint64_t *block,
                const struct precedence_rule *rule, uint64_t bad)
{
    for (size_t later = 1; later < rule->n; later++) {
        const uint64_t *row = &block[rule->elems[later] * fit->n_elems];
        size_t n_before = rule->chain ? later : 1;

        for (size_t i = 0; i < n_before; i++) {
            bad |= row[rule->elems[i]];
        }
        if (bad == UINT64_MAX) {
            break;
        }
    }
    return bad;
}

/* Returns the plans of block 'b', as bits, where each of the rules fits; or,
 * without an index, may fit. */
static uint64_t
block_test(const struct fit *fit, size_t b, const struct rule_set *set)
{
    size_t n = MIN(fit->n_plans - b * BLOCK, BLOCK);
    uint64_t bad = n < BLOCK ? UINT64_MAX << n : 0;

    for (size_t i = 0; fit->blocks[b] && i < set->n; i++) {
        bad = block_test_rule(fit, fit->blocks[b], &set->rules[i], bad);
    }
    return ~bad;
}

static void
fit_add_plan(struct fit *fit)
{
    if (fit->n_plans == fit->allocated_plans) {
        fit->plans = x2nrealloc(fit->plans, &fit->allocated_plans,
                                sizeof *fit->plans);
    }
    if (fit->n_plans == fit->n_blocks * BLOCK) {
        if (fit->n_blocks == fit->allocated_blocks) {
            fit->blocks = x2nrealloc(fit->blocks, &fit->allocated_blocks,
                                     sizeof *fit->blocks);
        }
        fit->blocks[fit->n_blocks++]
            = (fit->n_elems <= MAX_INDEXED
               ? xcalloc(fit->n_elems * fit->n_elems, sizeof(uint64_t))
               : NULL);
    }
    precedence_init(&fit->plans[fit->n_plans++], fit->n_elems);
}

/* Brings the index up to date after plan 'p' grew. */
static void
fit_update_index(struct fit *fit, size_t p)
{
    uint64_t *block = fit->blocks[p / BLOCK];
    uint64_t bit = UINT64_C(1) << (p % BLOCK);
    const struct precedence *plan = &fit->plans[p];

    for (size_t a = 0; block && a < fit->n_elems; a++) {
        for (size_t w = 0; w < plan->words; w++) {
            uint64_t after = plan->after[a * plan->words + w];

            for (; after; after = zero_rightmost_1bit(after)) {
                block[a * fit->n_elems + w * 64 + raw_ctz(after)] |= bit;
            }
        }
    }
}

/* Puts 'set' into the first plan that has room, or a new one.  Returns its
 * number, or NO_PLAN if that would be one too many. */
static size_t
fit_place(struct fit *fit, const struct rule_set *set, size_t max_plans)
{
    size_t p;

    for (size_t b = 0; b < fit->n_blocks; b++) {
        uint64_t good = block_test(fit, b, set);

        for (; good; good = zero_rightmost_1bit(good)) {
            p = b * BLOCK + raw_ctz(good);
            if (rule_set_add(&fit->plans[p], set)) {
                fit_update_index(fit, p);
                return p;
            }
        }
    }

    p = fit->n_plans;
    if (p >= max_plans) {
        return NO_PLAN;
    }
    fit_add_plan(fit);
    rule_set_add(&fit->plans[p], set);
    fit_update_index(fit, p);
    return p;
}

static void
fit_destroy(struct fit *fit)
{
    for (size_t p = 0; p < fit->n_plans; p++) {
        precedence_destroy(&fit->plans[p]);
    }
    for (size_t b = 0; b < fit->n_blocks; b++) {
        free(fit->blocks[b]);
    }
    free(fit->plans);
    free(fit->blocks);
}

size_t
plan_fit_all(size_t n_elems, const struct rule_set *sets,
             const size_t *order, size_t n, size_t max_plans,
             size_t *plan_of, size_t *work)
{
    struct fit fit = { .n_elems = n_elems };
    size_t n_plans;

    for (size_t i = 0; i < n; i++) {
        size_t p = fit_place(&fit, &sets[order[i]], max_plans);

        plan_of[order[i]] = p;
        *work += MIN(p, fit.n_plans) / 16 + ADD_WORK;
    }
    n_plans = fit.n_plans;
    fit_destroy(&fit);
    return n_plans;
}
