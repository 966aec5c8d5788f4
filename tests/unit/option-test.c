/* Option keys. */

#include <config.h>

#include "lib/option.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"

static void
test_written_form(void **state)
{
    struct opt_key key = { 0, 0 };
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *s;

    (void) state;
    assert_true(opt_key_from_string("0xFF1/0x5", &key));
    assert_int_equal(key.class, 0xff1);
    assert_int_equal(key.type, 5);
    s = opt_key_to_string(key);
    assert_string_equal(s, "0x0ff1/0x05");
    free(s);

    opt_key_format(key, &ds);
    opt_key_format((struct opt_key) { 0xabcd, 0xef }, &ds);
    assert_string_equal(ds_cstr(&ds), "0x0ff1/0x050xabcd/0xef");
    ds_destroy(&ds);
}

static void
test_bad_forms(void **state)
{
    static const char *bad[] = {
        "", "/", "0x1", "0x1/", "/0x1", "0x/0x1", "1/0x1", "0x1/1", "0X1/0x1",
        "0x1/0x100", "0x10000/0x1", "0x1/0x1 ", " 0x1/0x1", "0x-1/0x1",
        "0x1g/0x1", "0x1/0x1/0x1",
        "0xffffffffffffffffffff/0x1",
    };
    struct opt_key key;

    (void) state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (opt_key_from_string(bad[i], &key)) {
            fail_msg("\"%s\" was accepted", bad[i]);
        }
    }
}

static void
test_huge_class_is_out_of_range(void **state)
{
    unsigned long value;

    (void) state;
    assert_true(opt_class_from_string("0xffffffffffffffffffff", &value));
    assert_true(value == ULONG_MAX);
}

static void
test_critical_bit_is_part_of_the_identity(void **state)
{
    struct opt_key a = { 0xff01, 0x05 };
    struct opt_key b = { 0xff01, 0x85 };

    (void) state;
    assert_false(opt_key_equals(a, b));
    assert_false(opt_key_is_critical(a));
    assert_true(opt_key_is_critical(b));
    assert_true(opt_key_compare(a, b) < 0);
}

static void
test_assignees(void **state)
{
    (void) state;
    assert_string_equal(opt_class_assignee(0x0102), "OVN");
    assert_string_equal(opt_class_assignee(0x0115), "IBM");
    assert_null(opt_class_assignee(0xff01));
    assert_null(opt_class_assignee(0x0171));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_form),
        cmocka_unit_test(test_bad_forms),
        cmocka_unit_test(test_huge_class_is_out_of_range),
        cmocka_unit_test(test_critical_bit_is_part_of_the_identity),
        cmocka_unit_test(test_assignees),
    };
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
