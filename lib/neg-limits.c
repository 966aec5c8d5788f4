/* Limits on options.
 *
 * A peer may send any number.  One that is larger than an int is as good as
 * INT_MAX. */

#include <config.h>

#include "lib/neg-limits.h"

#include <limits.h>
#include <stdint.h>

#include "lib/json-util.h"
#include "lib/option.h"
#include "util.h"

bool
neg_limits_read_max_options(const struct json *object, int *limit)
{
    const struct json *json = json_util_get(object, "maxOptions");
    int64_t value;

    *limit = NEG_NO_LIMIT;
    if (!json) {
        return true;
    } else if (!json_util_as_integer(json, &value) || value < 0) {
        return false;
    }
    *limit = MIN(value, INT_MAX);
    return true;
}

bool
neg_limits_read_max_option_bytes(const struct json *object, int *limit)
{
    const struct json *json = json_util_get(object, "maxOptionBytes");
    int64_t value;

    *limit = NEG_NO_LIMIT;
    if (!json) {
        return true;
    } else if (!json_util_as_integer(json, &value)
               || value < 0 || value > GENEVE_MAX_OPT_BYTES || value % 4) {
        return false;
    }
    *limit = value;
    return true;
}

static int
min_limit(int a, int b)
{
    return (a == NEG_NO_LIMIT ? b
            : b == NEG_NO_LIMIT ? a
            : MIN(a, b));
}

struct neg_limits
neg_limits_min(struct neg_limits a, struct neg_limits b)
{
    return (struct neg_limits) {
        .max_options = min_limit(a.max_options, b.max_options),
        .max_option_bytes = min_limit(a.max_option_bytes, b.max_option_bytes),
    };
}
