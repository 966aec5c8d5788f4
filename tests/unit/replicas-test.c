/* How many copies of a packet a switch can make. */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/replicas.h"
#include "util.h"

/* With full options: "about 200"; with none: what resubmits and bytes
 * leave. */
static void
test_remotes(void **state OVS_UNUSED)
{
    assert_int_equal(replicas_max(0, 252), 64511 / (116 + 252));
    assert_int_equal(replicas_max(0, 252), 175);
    assert_int_equal(replicas_max(0, 44), 403);
    assert_int_equal(replicas_max(0, 0), 556);
}

/* Never more than was measured. */
static void
test_measured(void **state OVS_UNUSED)
{
    assert_true(replicas_max(0, 44) < 442);
    assert_true(replicas_max(0, 252) < 208);
}

static void
test_local(void **state OVS_UNUSED)
{
    assert_true(replicas_max(10, 252) < replicas_max(9, 252));
    assert_int_equal(replicas_max(100, 252), (64511 - 100 * 128) / 368);
    /* Nothing is left for remotes. */
    assert_int_equal(replicas_max(504, 0), 0);
    assert_int_equal(replicas_max(100000, 0), 0);
    for (size_t n = 0; n < 600; n++) {
        size_t max = replicas_max(n, 0);

        assert_true(max * 116 + n * 128 <= 65535 || !max);
        assert_true(max * 5 + n * 6 <= 4096 || !max);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remotes),
        cmocka_unit_test(test_measured),
        cmocka_unit_test(test_local),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
