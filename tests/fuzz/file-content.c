/* A file of objects, as people write it. */

#include <config.h>

#include "agent/controller/file-content.h"

#include <stdlib.h>

#include "lib/json-doubles.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
take_item(enum resource_kind kind, const struct json *item,
          const struct field_errors *faults, void *aux OVS_UNUSED)
{
    ovs_assert(kind < RES_N_KINDS && item);
    ovs_assert(!faults || faults->n);
}

static void
take_bad(const char *message, void *aux OVS_UNUSED)
{
    ovs_assert(message[0]);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct json *json = fuzz_to_json(data, n);
    struct svec doubles = SVEC_EMPTY_INITIALIZER;
    char *error;

    if (!json) {
        return;
    }
    json_doubles_find((const char *) data, n, SIZE_MAX, &doubles);
    error = file_content_check(json, &doubles);
    if (!error) {
        file_content_for_each(json, &doubles, take_item, take_bad, NULL);
    }
    free(error);
    svec_destroy(&doubles);
    json_destroy(json);
}
