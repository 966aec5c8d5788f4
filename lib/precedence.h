/* A precedence relation over the numbers 0..n-1, kept acyclic and closed.
 *
 * The planner's arithmetic; its callers map options to numbers.  Because the
 * relation is transitively closed at all times, asking whether a chain fits
 * costs one bit test an element. */
#ifndef GA_PRECEDENCE_H
#define GA_PRECEDENCE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rule on the order of some elements.  With 'chain', each comes before the
 * next; without, only the first comes before all others. */
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

/* A relation over 'n' elements that says nothing yet. */
void precedence_init(struct precedence *, size_t n);
void precedence_destroy(struct precedence *);

/* Initializes 'dst' with, or sets 'dst' of the same size to, what 'src'
 * says. */
void precedence_clone(struct precedence *dst, const struct precedence *src);
void precedence_copy(struct precedence *dst, const struct precedence *src);

/* Adds elements that no rule is about, until there are 'n'. */
void precedence_grow(struct precedence *, size_t n);

/* Whether the rule can be added without a cycle.  If not, '*a' and '*b' are
 * two elements that it wants in this order and the relation in the opposite
 * one (or the same element twice, if the rule contradicts itself). */
bool precedence_fits(const struct precedence *, const struct precedence_rule *,
                     uint32_t *a, uint32_t *b);

/* Adds all of the 'n' rules and returns true; or, if they would make a cycle,
 * changes nothing and returns false. */
bool precedence_add(struct precedence *, const struct precedence_rule *,
                    size_t n);

/* Whether every order that the relation allows grants the rule. */
bool precedence_implies(const struct precedence *,
                        const struct precedence_rule *);

/* Fills 'order' with the 'n' elements of 'preferred', none of them twice, in
 * an order that the relation allows and that follows 'preferred' where the
 * relation does not care: next is always the first of 'preferred' that may
 * come next. */
void precedence_sort(const struct precedence *, const uint32_t *preferred,
                     size_t n, uint32_t *order);

#endif /* lib/precedence.h */
