/* Conntrack zones for NAT. */

#include <config.h>

#include "agent/switch/nat-zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util.h"

static void
assert_string(const struct nat_zones *zones, const char *expected)
{
    char *s = nat_zones_to_string(zones);

    assert_string_equal(s, expected);
    free(s);
}

static void
test_zones_stay(void **state OVS_UNUSED)
{
    struct nat_zones *zones = nat_zones_create("/nonexistent");
    bool changed = false;

    assert_int_equal(nat_zones_take(zones, "fip/a"), 0x8000);
    assert_int_equal(nat_zones_take(zones, "fip/b"), 0x8001);
    assert_int_equal(nat_zones_take(zones, "fip/a"), 0x8000);
    nat_zones_take_changes(zones, &changed);
    assert_true(changed);
    assert_string(zones, "fip/a=32768 fip/b=32769");

    /* One that is given back is not the next one. */
    nat_zones_prune(zones);
    nat_zones_release(zones, "fip/a");
    nat_zones_release(zones, "fip/none");
    assert_int_equal(nat_zones_take(zones, "fip/c"), 0x8002);
    assert_string(zones, "fip/b=32769 fip/c=32770");
    nat_zones_destroy(zones);
}

static void
test_a_restart(void **state OVS_UNUSED)
{
    struct nat_zones *zones = nat_zones_create("/nonexistent");
    bool changed = false;

    nat_zones_load(zones, "fip/b=32769 gone=40000 x y= =32770 low=1 "
                   "twice=32769 fip/b=32771 high=65536");
    nat_zones_take_changes(zones, &changed);
    assert_false(changed);
    assert_string(zones, "fip/b=32769 gone=40000");
    assert_int_equal(nat_zones_take(zones, "fip/b"), 32769);
    assert_int_equal(nat_zones_take(zones, "new"), 40001);
    nat_zones_prune(zones);
    nat_zones_take_changes(zones, &changed);
    assert_true(changed);
    assert_string(zones, "fip/b=32769 new=40001");
    nat_zones_destroy(zones);
}

/* Until all objects are known, one may seem not to be needed that is. */
static void
test_a_restart_gives_none_back_too_soon(void **state OVS_UNUSED)
{
    struct nat_zones *zones = nat_zones_create("/nonexistent");

    nat_zones_load(zones, "a=32768 b=32769");
    nat_zones_release(zones, "a");
    nat_zones_release(zones, "b");
    assert_string(zones, "a=32768 b=32769");
    assert_int_equal(nat_zones_take(zones, "a"), 32768);
    nat_zones_prune(zones);
    assert_string(zones, "a=32768");
    nat_zones_release(zones, "a");
    assert_string(zones, "");
    nat_zones_destroy(zones);
}

static void
test_all_taken(void **state OVS_UNUSED)
{
    struct nat_zones *zones = nat_zones_create("/nonexistent");

    for (int i = NAT_ZONES_FIRST; i <= NAT_ZONES_LAST; i++) {
        char *name = xasprintf("n%d", i);

        assert_int_equal(nat_zones_take(zones, name), i);
        free(name);
    }
    assert_int_equal(nat_zones_take(zones, "more"), 0);
    nat_zones_prune(zones);
    nat_zones_release(zones, "n40000");
    assert_int_equal(nat_zones_take(zones, "more"), 40000);
    nat_zones_destroy(zones);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zones_stay),
        cmocka_unit_test(test_a_restart),
        cmocka_unit_test(test_a_restart_gives_none_back_too_soon),
        cmocka_unit_test(test_all_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
