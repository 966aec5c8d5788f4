/* What scenarios are read with. */

#include <config.h>

#include "lib/scenario-input.h"

#include <limits.h>

#include "lib/json-util.h"
#include "lib/neg-limits.h"
#include "openvswitch/json.h"
#include "util.h"

const struct json *
scenario_input_member(const struct json *object, const char *name)
{
    return (object->type == JSON_OBJECT
            ? shash_find_data(object->object, name) : NULL);
}

bool
scenario_input_is_present(const struct json *json)
{
    return json && json->type != JSON_NULL;
}

int
scenario_input_limit(const struct json *object, const char *name)
{
    int64_t value;

    if (!object || !json_util_integer(object, name, &value)) {
        return NEG_NO_LIMIT;
    }
    return MIN(MAX(value, 0), INT_MAX);
}
