/* Resolved options: see resolved-option.h. */

#include <config.h>

#include "agent/model/resolved-option.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
resolved_option_clone(struct resolved_option *dst,
                      const struct resolved_option *src)
{
    *dst = *src;
    dst->name = xstrdup(src->name);
    dst->value.name = nullable_xstrdup(src->value.name);
}

void
resolved_option_destroy(struct resolved_option *o)
{
    free(o->name);
    value_source_destroy(&o->value);
}

bool
resolved_option_equals(const struct resolved_option *a,
                       const struct resolved_option *b)
{
    return (!strcmp(a->name, b->name)
            && opt_key_equals(a->sender.key, b->sender.key)
            && a->sender.length == b->sender.length
            && a->sender.required == b->sender.required
            && a->sender.priority == b->sender.priority
            && a->value.from == b->value.from
            && nullable_string_is_equal(a->value.name, b->value.name)
            && a->value.length == b->value.length
            && !memcmp(a->value.constant, b->value.constant,
                       sizeof a->value.constant));
}
