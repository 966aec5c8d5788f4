/* Limits on options: of a receiver, a sender or the way between them. */
#ifndef GA_NEG_LIMITS_H
#define GA_NEG_LIMITS_H 1

#include <stdbool.h>

struct json;

#define NEG_NO_LIMIT (-1)

struct neg_limits {
    int max_options;                /* Or NEG_NO_LIMIT. */
    int max_option_bytes;           /* Or NEG_NO_LIMIT. */
};
#define NEG_LIMITS_NONE \
    ((struct neg_limits) { NEG_NO_LIMIT, NEG_NO_LIMIT })

/* Reads "maxOptions" (an integer >= 0) or "maxOptionBytes" (a multiple of 4 in
 * 0..252) of an object.  Returns false if it is present but is no such number.
 * Then, and if it is absent or null, there is no limit. */
bool neg_limits_read_max_options(const struct json *, int *limit);
bool neg_limits_read_max_option_bytes(const struct json *, int *limit);

static inline int
neg_limit_min(int a, int b)
{
    return (a == NEG_NO_LIMIT ? b
            : b == NEG_NO_LIMIT ? a
            : a < b ? a : b);
}

/* The stricter of two limits, each of the two members by itself.  Here, so
 * that those who negotiate need no JSON. */
static inline struct neg_limits
neg_limits_min(struct neg_limits a, struct neg_limits b)
{
    return (struct neg_limits) {
        .max_options = neg_limit_min(a.max_options, b.max_options),
        .max_option_bytes = neg_limit_min(a.max_option_bytes,
                                          b.max_option_bytes),
    };
}

#endif /* lib/neg-limits.h */
