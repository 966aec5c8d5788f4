/* What the targets share, and libFuzzer's way to call them. */

#include <config.h>

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/vlog.h"
#include "util.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

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

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv OVS_UNUSED)
{
    fuzz_init();
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_one(data, n);
    return 0;
}
