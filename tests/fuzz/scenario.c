/* Negotiation with any advertisement: scenarios. */

#include <config.h>

#include "lib/scenario.h"

#include <stdlib.h>

#include "openvswitch/json.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct json *json = fuzz_to_json(data, n);
    char *difference = NULL;
    struct json *result;
    char *error;

    if (!json) {
        return;
    }
    result = scenario_run(json, &error);
    ovs_assert(!result == (error != NULL));
    if (result) {
        scenario_check(json, result, &difference);
        free(difference);
    }
    free(error);
    json_destroy(result);
    json_destroy(json);
}
