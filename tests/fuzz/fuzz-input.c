/* What targets with Open vSwitch's library share. */

#include <config.h>

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/vlog.h"
#include "util.h"

void
fuzz_init(void)
{
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
}

char *
fuzz_to_string(const uint8_t *data, size_t n)
{
    return xmemdup0((const char *) data, n);
}

struct json *
fuzz_to_json(const uint8_t *data, size_t n)
{
    char *error;
    struct json *json = json_util_parse((const char *) data, n, &error);

    ovs_assert(!json == (error != NULL));
    free(error);
    return json;
}
