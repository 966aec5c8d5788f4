/* JSON that others write, and what is made of any JSON: text, a merge of two,
 * the patch of a status. */

#include <config.h>

#include <stdlib.h>

#include "agent/controller/status-patch.h"
#include "lib/json-doubles.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* What is written can be read again.  It need not be the same: of a number
 * with a fraction, Open vSwitch's reader and writer may change the last of 15
 * digits. */
static void
check_text(const struct json *json)
{
    char *line = json_util_to_line(json);
    struct json *again = fuzz_to_json((const uint8_t *) line, strlen(line));

    ovs_assert(again && again->type == json->type);
    json_destroy(again);
    free(line);
}

/* RFC 7396: a patch that was applied changes nothing a second time. */
static void
check_merge(const struct json *target, const struct json *patch)
{
    struct json *once = json_util_merge_patch(target, patch);
    struct json *twice = json_util_merge_patch(once, patch);

    ovs_assert(json_equal(once, twice));
    json_destroy(twice);
    json_destroy(once);
}

/* The patch changes something, and there is nothing to do afterwards. */
static void
check_status_patch(const struct json *status, const struct json *any)
{
    struct json *wanted = status_patch_normalize(any);
    struct json *patch = status_patch_make(status, wanted);

    if (patch) {
        struct json *none = json_object_create();
        struct json *before = json_util_merge_patch(status, none);
        struct json *patched = json_util_merge_patch(status, patch);

        ovs_assert(!json_equal(patched, before));
        ovs_assert(!status_patch_make(patched, wanted));
        json_destroy(patched);
        json_destroy(before);
        json_destroy(none);
    }
    json_destroy(patch);
    json_destroy(wanted);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct json *json = fuzz_to_json(data, n);
    struct svec doubles = SVEC_EMPTY_INITIALIZER;

    if (!json) {
        return;
    }
    json_doubles_find((const char *) data, n, SIZE_MAX, &doubles);
    svec_destroy(&doubles);
    check_text(json);
    if (json->type == JSON_ARRAY && json->array.n == 2) {
        const struct json *a = json->array.elems[0];
        const struct json *b = json->array.elems[1];

        check_merge(a, b);
        if (a->type == JSON_OBJECT && b->type == JSON_OBJECT) {
            check_status_patch(a, b);
        }
    }
    json_destroy(json);
}
