/* What others do: when it is told, and when it is put back slowly. */

#include <config.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "agent/switch/interference.h"
#include "util.h"

static void
expect(const struct interference *in, long long int now, const char *expected)
{
    char *s = interference_describe(in, now);

    if (expected) {
        assert_non_null(s);
        assert_string_equal(s, expected);
    } else {
        assert_null(s);
    }
    free(s);
}

static void
test_second_occasion_is_told(void **state OVS_UNUSED)
{
    struct interference in = { .dirty = false };
    long long int now = 1000000;

    expect(&in, now, NULL);
    interference_note(&in, INTERFERENCE_FLOW_DELETED, 80, now);
    interference_note(&in, INTERFERENCE_FLOW_DELETED, 3, now + 1900);
    expect(&in, now + 1900, NULL);
    assert_true(interference_get_expiry(&in) == LLONG_MAX);

    now += 599000;
    interference_note(&in, INTERFERENCE_FLOW_DELETED, 83, now);
    interference_note(&in, INTERFERENCE_METER, 1, now);
    expect(&in, now, "83 flows were deleted, 1 meter was deleted or changed "
           "by somebody else, for the 2nd time");
    interference_note(&in, INTERFERENCE_TLV, 2, now + 2000);
    expect(&in, now + 2000, "2 mappings of Geneve options were deleted or "
           "changed by somebody else, for the 3rd time");

    /* Ten minutes later it is forgotten. */
    assert_true(interference_get_expiry(&in) == now + 602000);
    expect(&in, now + 602000, NULL);
    interference_note(&in, INTERFERENCE_TLV, 1, now + 602000);
    expect(&in, now + 602000, NULL);
    assert_int_equal(in.record.n[INTERFERENCE_FLOW_DELETED], 166);
}

/* What the switch deletes when it ends is not counted, what was put back
 * before is. */
static void
test_end_of_the_switch(void **state OVS_UNUSED)
{
    struct interference in = { .dirty = false };
    long long int now = 1000000;

    interference_note(&in, INTERFERENCE_FLOW_DELETED, 80, now);
    interference_note_lost(&in);
    interference_note(&in, INTERFERENCE_FLOW_CHANGED, 1, now + 5000);
    interference_note_restored(&in, now + 5000);
    expect(&in, now + 5000, NULL);
    interference_note(&in, INTERFERENCE_FLOW_DELETED, 80, now + 10000);
    interference_note(&in, INTERFERENCE_METER, 2, now + 10000);
    interference_note_lost(&in);
    expect(&in, now + 10000, NULL);
    interference_note_lost(&in);
    assert_int_equal(in.record.n[INTERFERENCE_FLOW_DELETED], 0);
    assert_int_equal(in.record.n[INTERFERENCE_FLOW_CHANGED], 1);
    interference_note(&in, INTERFERENCE_FLOW_DELETED, 80, now + 20000);
    expect(&in, now + 20000, "80 flows were deleted by somebody else, for the "
           "2nd time");
}

/* Somebody undoes at once what was put back. */
static void
test_fight(void **state OVS_UNUSED)
{
    struct interference in = { .dirty = false };
    long long int now = 1000000, start = now;
    int n = 0;

    while (now < start + 59000) {
        interference_note(&in, INTERFERENCE_FLOW_CHANGED, 1, now);
        if (now >= interference_get_hold(&in)) {
            n++;
            interference_note_restored(&in, now);
        }
        now++;
    }
    assert_in_range(n, 110, 125);

    /* A bundle that put nothing back holds nothing. */
    in = (struct interference) { .dirty = false };
    for (int i = 0; i < 1000; i++) {
        interference_note_restored(&in, now);
    }
    assert_true(interference_get_hold(&in) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_occasion_is_told),
        cmocka_unit_test(test_end_of_the_switch),
        cmocka_unit_test(test_fight),
    };

    return cmocka_run_group_tests_name("interference", tests, NULL, NULL);
}
