/* A precedence relation over the numbers 0..n-1, kept acyclic and closed.
 *
 * What the planner computes with; options are mapped to numbers by its
 * callers.  Because the relation is transitively closed at all times, asking
 * whether a chain fits costs one bit test an element. */
#ifndef GA_PRECEDENCE_H
#define GA_PRECEDENCE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Demands on the order of some elements.  With 'chain' each comes before the
 * next, else only the first comes before all others. */
struct precedence_rule {
    bool chain;
    size_t n;
    const uint32_t *elems;
};

struct precedence {
    size_t n;                       /* Elements. */
    size_t words;                   /* Words in a row of 'after'. */
    uint64_t *after;                /* Row I: what must come after I. */
};

void precedence_init(struct precedence *, size_t n);
void precedence_clone(struct precedence *, const struct precedence *);
void precedence_copy(struct precedence *dst, const struct precedence *src);
void precedence_grow(struct precedence *, size_t n);
void precedence_destroy(struct precedence *);

bool precedence_fits(const struct precedence *, const struct precedence_rule *,
                     uint32_t *a, uint32_t *b);
bool precedence_add(struct precedence *, const struct precedence_rule *,
                    size_t n);
bool precedence_implies(const struct precedence *,
                        const struct precedence_rule *);
void precedence_sort(const struct precedence *, const uint32_t *preferred,
                     size_t n, uint32_t *order);

#endif /* lib/precedence.h */
