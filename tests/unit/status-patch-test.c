/* Merge patches for status. */

#include <config.h>

#include "agent/controller/status-patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/unit/parse.h"
#include "util.h"

static void
test_patches(void **state OVS_UNUSED)
{
    static const struct {
        const char *status, *wanted, *patch;    /* NULL: none. */
    } cases[] = {
        { NULL, "{\"a\": 1}", "{\"a\":1}" },
        { "{\"a\": 1, \"b\": 2}", "{\"a\": 1}", NULL },
        { "{\"a\": 1, \"b\": 2}", "{\"a\": null}", "{\"a\":null}" },
        { "{\"b\": 2}", "{\"a\": null}", NULL },
        { "{\"a\": {\"x\": 1, \"y\": 2}}", "{\"a\": {\"x\": 1, \"z\": 3}}",
          "{\"a\":{\"y\":null,\"z\":3}}" },
        { "{\"a\": {\"x\": {\"d\": 1}}}",
          "{\"a\": {\"x\": {\"d\": 2, \"e\": null}}}",
          "{\"a\":{\"x\":{\"d\":2}}}" },
        { "{\"a\": [1, 2]}", "{\"a\": [1]}", "{\"a\":[1]}" },
        { "{\"a\": [1]}", "{\"a\": [1], \"b\": \"\"}", "{\"b\":\"\"}" },
        { "{\"a\": 7}", "{\"a\": {\"x\": 1}}", "{\"a\":{\"x\":1}}" },
        { "{\"a\": {\"x\": 1}}", "{\"a\": 7}", "{\"a\":7}" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json *status = cases[i].status ? parse(cases[i].status) : NULL;
        struct json *raw = parse(cases[i].wanted);
        struct json *wanted = status_patch_normalize(raw);
        struct json *patch = status_patch_make(status, wanted);

        if (!cases[i].patch) {
            assert_null(patch);
        } else {
            char *line = json_util_to_line(patch);

            assert_string_equal(line, cases[i].patch);
            free(line);

            /* Once applied there is nothing left to do. */
            struct json *merged = json_util_merge_patch(status, patch);
            assert_null(status_patch_make(merged, wanted));
            json_destroy(merged);
        }
        json_destroy(patch);
        json_destroy(wanted);
        json_destroy(raw);
        json_destroy(status);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patches),
    };

    return cmocka_run_group_tests_name("status-patch", tests, NULL, NULL);
}
