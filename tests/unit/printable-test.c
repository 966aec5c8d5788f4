/* What others' text is in a message. */

#include <config.h>

#include "lib/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/alarms.h"
#include "lib/field-error.h"
#include "openvswitch/json.h"
#include "util.h"

static void
check(const char *text, const char *expected)
{
    char *printable = printable_make(text);

    assert_string_equal(printable, expected);
    free(printable);
}

static void
test_text(void **state OVS_UNUSED)
{
    check("", "");
    check("as it is, \xc3\xa4 too", "as it is, \xc3\xa4 too");
    check("two\nlines\tand", "two lines and");
    check("\x1b[31mred\x7f\r", "?[31mred??");
    check("\xc2\x9b" "1m", "?1m");                /* CSI in one character. */
    check("\xe2\x80\xae" "cod.exe", "?cod.exe");  /* Right to left. */
    check("\xff\xc0\xaf.\xe2\x82", "??.??");      /* Not UTF-8. */
    assert_null(printable_make_nocopy(NULL));
}

static void
test_alarms(void **state OVS_UNUSED)
{
    struct alarms *alarms = alarms_create();
    struct json *json;
    char *text;

    alarms_raise(alarms, "g", "vpc \x1b[2J", "reason", "it\nis %s", "\x07");
    alarms_raise(alarms, "g", "vpc \x1b[2J", "reason", "it is\n%s", "so");
    assert_int_equal(alarms_count(alarms), 1);
    json = alarms_to_json(alarms);
    text = json_to_string(json, 0);
    assert_non_null(strstr(text, "\"vpc ?[2J\""));
    assert_non_null(strstr(text, "\"it is so\""));
    free(text);
    json_destroy(json);
    alarms_destroy(alarms);
}

static void
test_field_errors(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    char *text;

    field_errors_add(&errors, FE_INVALID, "spec.a\nb", "\"%s\"", "\x1b[1m");
    text = field_errors_to_string(&errors);
    assert_string_equal(text, "spec.a b: \"?[1m\"");
    free(text);
    field_errors_destroy(&errors);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_alarms),
        cmocka_unit_test(test_field_errors),
    };

    return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
