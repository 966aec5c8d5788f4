/* A precedence relation over small numbers, as one bitmap for each element of
 * what comes after it.
 *
 * Invariants: the relation is transitively closed, and no element comes after
 * itself.  They make the test for a cycle simple.  A chain c0 < c1 < ... can
 * only close a cycle by a path that leads back, and in a closed relation a
 * path is a single step, so it is enough that no 'cj' has an earlier 'ci'
 * after it. */

#include <config.h>

#include "lib/precedence.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static uint64_t *
row(const struct precedence *p, uint32_t elem)
{
    return &p->after[elem * p->words];
}

static bool
bit_is_set(const uint64_t *bits, uint32_t i)
{
    return (bits[i / 64] >> (i % 64)) & 1;
}

static void
bit_set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void
bits_or(uint64_t *dst, const uint64_t *src, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        dst[i] |= src[i];
    }
}

void
precedence_init(struct precedence *p, size_t n)
{
    p->n = n;
    p->words = n ? DIV_ROUND_UP(n, 64) : 1;
    p->after = xcalloc(n ? n : 1, p->words * sizeof *p->after);
}

void
precedence_clone(struct precedence *dst, const struct precedence *src)
{
    precedence_init(dst, src->n);
    precedence_copy(dst, src);
}

void
precedence_copy(struct precedence *dst, const struct precedence *src)
{
    ovs_assert(dst->n == src->n);
    memcpy(dst->after, src->after, src->n * src->words * sizeof *src->after);
}

void
precedence_grow(struct precedence *p, size_t n)
{
    struct precedence bigger;

    if (n <= p->n) {
        return;
    }
    precedence_init(&bigger, n);
    for (size_t i = 0; i < p->n; i++) {
        memcpy(row(&bigger, i), row(p, i), p->words * sizeof *p->after);
    }
    precedence_destroy(p);
    *p = bigger;
}

void
precedence_destroy(struct precedence *p)
{
    free(p->after);
    p->after = NULL;
}

/* A bitmap for all elements, on the stack where that is enough. */
struct scratch {
    uint64_t space[4];
    uint64_t *bits;
};

static uint64_t *
scratch_init(struct scratch *s, const struct precedence *p)
{
    s->bits = (p->words <= ARRAY_SIZE(s->space)
               ? s->space : xmalloc(p->words * sizeof *s->bits));
    memset(s->bits, 0, p->words * sizeof *s->bits);
    return s->bits;
}

static void
scratch_destroy(struct scratch *s)
{
    if (s->bits != s->space) {
        free(s->bits);
    }
}

static bool
chain_fits(const struct precedence *p, const struct precedence_rule *rule,
           uint32_t *a, uint32_t *b)
{
    struct scratch scratch;
    uint64_t *seen = scratch_init(&scratch, p);
    bool fits = true;

    for (size_t i = 0; fits && i < rule->n; i++) {
        const uint64_t *after = row(p, rule->elems[i]);

        /* An element that is in the chain twice would precede itself. */
        fits = !bit_is_set(seen, rule->elems[i]);
        for (size_t w = 0; w < p->words; w++) {
            fits = fits && !(after[w] & seen[w]);
        }
        bit_set(seen, rule->elems[i]);
        *b = rule->elems[i];
    }
    scratch_destroy(&scratch);
    for (size_t i = 0; !fits; i++) {
        *a = rule->elems[i];
        if (*a == *b || bit_is_set(row(p, *b), *a)) {
            return false;
        }
    }
    return fits;
}

bool
precedence_fits(const struct precedence *p, const struct precedence_rule *rule,
                uint32_t *a, uint32_t *b)
{
    if (rule->chain) {
        return chain_fits(p, rule, a, b);
    }
    for (size_t i = 1; i < rule->n; i++) {
        *a = rule->elems[0];
        *b = rule->elems[i];
        if (*a == *b || bit_is_set(row(p, *b), *a)) {
            return false;
        }
    }
    return true;
}

/* Lets 'first', and all before it, precede the set 'later'. */
static void
add_successors(struct precedence *p, uint32_t first, const uint64_t *later)
{
    for (size_t i = 0; i < p->n; i++) {
        if (i == first || bit_is_set(row(p, i), first)) {
            bits_or(row(p, i), later, p->words);
        }
    }
}

/* Adds a rule that fits. */
static void
add_rule(struct precedence *p, const struct precedence_rule *rule)
{
    struct scratch scratch;
    uint64_t *later = scratch_init(&scratch, p);

    /* From the end, so that 'later' grows to all that follows. */
    for (size_t i = rule->n; i-- > 0; ) {
        uint32_t elem = rule->elems[i];

        if (i + 1 < rule->n && (rule->chain || !i)) {
            add_successors(p, elem, later);
        }
        bit_set(later, elem);
        bits_or(later, row(p, elem), p->words);
    }
    scratch_destroy(&scratch);
}

bool
precedence_add(struct precedence *p, const struct precedence_rule *rules,
               size_t n)
{
    struct precedence before;
    uint32_t a, b;

    if (n == 1) {
        if (!precedence_fits(p, rules, &a, &b)) {
            return false;
        }
        add_rule(p, rules);
        return true;
    }

    precedence_clone(&before, p);
    for (size_t i = 0; i < n; i++) {
        if (!precedence_fits(p, &rules[i], &a, &b)) {
            precedence_copy(p, &before);
            precedence_destroy(&before);
            return false;
        }
        add_rule(p, &rules[i]);
    }
    precedence_destroy(&before);
    return true;
}

bool
precedence_implies(const struct precedence *p,
                   const struct precedence_rule *rule)
{
    for (size_t i = 1; i < rule->n; i++) {
        uint32_t earlier = rule->elems[rule->chain ? i - 1 : 0];

        if (!bit_is_set(row(p, earlier), rule->elems[i])) {
            return false;
        }
    }
    return true;
}

void
precedence_sort(const struct precedence *p, const uint32_t *preferred,
                size_t n, uint32_t *order)
{
    size_t *n_before = xcalloc(n, sizeof *n_before);
    bool *placed = xcalloc(n, sizeof *placed);

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            n_before[i] += bit_is_set(row(p, preferred[j]), preferred[i]);
        }
    }
    for (size_t k = 0; k < n; k++) {
        size_t next = 0;

        while (placed[next] || n_before[next]) {
            next++;
        }
        placed[next] = true;
        order[k] = preferred[next];
        for (size_t i = 0; i < n; i++) {
            n_before[i] -= bit_is_set(row(p, preferred[next]), preferred[i]);
        }
    }
    free(n_before);
    free(placed);
}
