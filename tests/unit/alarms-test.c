/* Alarms. */

#include <config.h>

#include "agent/alarms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "util.h"

static const char *
alarm_member(const struct json *all, size_t i, const char *name)
{
    const struct shash *members;
    const struct json *value;

    assert_true(i < json_array(all)->n);
    members = json_object(json_array(all)->elems[i]);
    value = shash_find_data(members, name);
    assert_non_null(value);
    return json_string(value);
}

static void
assert_alarms(const struct alarms *alarms, const char *expected)
{
    struct json *all = alarms_to_json(alarms);
    char *s = xstrdup("");

    for (size_t i = 0; i < json_array(all)->n; i++) {
        char *longer = xasprintf("%s%s/%s=%s;", s,
                                 alarm_member(all, i, "object"),
                                 alarm_member(all, i, "reason"),
                                 alarm_member(all, i, "message"));
        free(s);
        s = longer;
    }
    assert_string_equal(s, expected);
    assert_int_equal(alarms_count(alarms), json_array(all)->n);
    free(s);
    json_destroy(all);
}

static void
test_sweep(void **state OVS_UNUSED)
{
    struct alarms *alarms = alarms_create();

    alarms_begin(alarms, "g");
    alarms_raise(alarms, "g", "nve a", "plan", "first");
    alarms_raise(alarms, "g", "nve b", "plan", "number %d", 2);
    alarms_end(alarms, "g");
    assert_alarms(alarms, "nve a/plan=first;nve b/plan=number 2;");

    /* One is gone, one has another message, one is new: in order of age. */
    alarms_begin(alarms, "g");
    alarms_raise(alarms, "g", "nve c", "plan", "third");
    alarms_raise(alarms, "g", "nve b", "plan", "changed");
    assert_alarms(alarms,
                  "nve a/plan=first;nve b/plan=changed;nve c/plan=third;");
    alarms_end(alarms, "g");
    assert_alarms(alarms, "nve b/plan=changed;nve c/plan=third;");

    alarms_begin(alarms, "g");
    alarms_end(alarms, "g");
    assert_alarms(alarms, "");
    alarms_end(alarms, "no such group");
    alarms_destroy(alarms);
}

static void
test_groups_are_apart(void **state OVS_UNUSED)
{
    struct alarms *alarms = alarms_create();

    alarms_raise(alarms, "g", "x", "r", "of g");
    alarms_raise(alarms, "h", "x", "r", "of h");
    alarms_raise(alarms, "h", "x", "q", "of h");
    alarms_begin(alarms, "g");
    alarms_end(alarms, "g");
    assert_alarms(alarms, "x/r=of h;x/q=of h;");

    alarms_clear_group(alarms, "g");
    assert_alarms(alarms, "x/r=of h;x/q=of h;");
    alarms_clear_group(alarms, "h");
    assert_alarms(alarms, "");

    /* Clearing in the middle of a sweep leaves the sweep sound. */
    alarms_begin(alarms, "g");
    alarms_raise(alarms, "g", "x", "r", "1");
    alarms_clear_group(alarms, "g");
    alarms_raise(alarms, "g", "y", "r", "2");
    alarms_end(alarms, "g");
    assert_alarms(alarms, "y/r=2;");
    alarms_destroy(alarms);
}

static void
test_since_stays(void **state OVS_UNUSED)
{
    struct alarms *alarms = alarms_create();
    struct json *before, *after;
    const char *since;

    alarms_raise(alarms, "g", "x", "r", "1");
    before = alarms_to_json(alarms);
    since = alarm_member(before, 0, "since");
    assert_int_equal(strlen(since), strlen("2024-01-31T23:59:59Z"));
    assert_int_equal(since[10], 'T');
    assert_int_equal(since[19], 'Z');

    alarms_raise(alarms, "g", "x", "r", "2");
    after = alarms_to_json(alarms);
    assert_string_equal(since, alarm_member(after, 0, "since"));
    json_destroy(before);
    json_destroy(after);
    alarms_destroy(alarms);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_groups_are_apart),
        cmocka_unit_test(test_since_stays),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("alarms", tests, NULL, NULL);
}
