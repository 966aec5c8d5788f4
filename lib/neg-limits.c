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
