/* Options of a profile, put together from two objects. */
#ifndef GA_RESOLVED_OPTION_H
#define GA_RESOLVED_OPTION_H 1

#include <stdbool.h>

#include "lib/negotiation.h"
#include "lib/value.h"

/* An entry of an OptionProfile with what its GeneveOption says.  It is a copy,
 * because the last usable version of a profile outlives its objects. */
struct resolved_option {
    char *name;
    struct sender_option sender;    /* Key, length, required, priority. */
    struct value_source value;
};

/* Makes 'dst', which need not be initialized, a copy of 'src'. */
void resolved_option_clone(struct resolved_option *dst,
                           const struct resolved_option *src);

/* Frees what the option holds, not the option itself. */
void resolved_option_destroy(struct resolved_option *);

bool resolved_option_equals(const struct resolved_option *,
                            const struct resolved_option *);

#endif /* agent/model/resolved-option.h */
