/* The smallest MTU: after any changes, as a look at all of them would say. */

#include <config.h>

#include "lib/mtu-counts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"
#include "util.h"

static void
test_nobody(void **state OVS_UNUSED)
{
    struct mtu_counts mc = { .n = 0 };

    assert_int_equal(mtu_counts_min(&mc), 0);
    mtu_counts_change(&mc, 0, 0);
    assert_int_equal(mtu_counts_min(&mc), 0);
    mtu_counts_destroy(&mc);
}

static void
test_the_last_with_the_smallest(void **state OVS_UNUSED)
{
    struct mtu_counts mc = { .n = 0 };

    mtu_counts_change(&mc, 0, 1406);
    mtu_counts_change(&mc, 0, 1442);
    mtu_counts_change(&mc, 0, 1406);
    assert_int_equal(mtu_counts_min(&mc), 1406);
    mtu_counts_change(&mc, 1406, 1442);
    assert_int_equal(mtu_counts_min(&mc), 1406);
    mtu_counts_change(&mc, 1406, 1386);
    assert_int_equal(mtu_counts_min(&mc), 1386);
    mtu_counts_change(&mc, 1386, 0);
    assert_int_equal(mtu_counts_min(&mc), 1442);
    mtu_counts_change(&mc, 1442, 1442);
    mtu_counts_change(&mc, 1442, 0);
    assert_int_equal(mtu_counts_min(&mc), 1442);
    mtu_counts_change(&mc, 1442, 0);
    assert_int_equal(mtu_counts_min(&mc), 0);
    mtu_counts_destroy(&mc);
}

static void
test_any_changes(void **state OVS_UNUSED)
{
    struct mtu_counts mc = { .n = 0 };
    int mtus[50] = { 0 };

    random_set_seed(9);
    for (int i = 0; i < 10000; i++) {
        int *mtu = &mtus[random_range(ARRAY_SIZE(mtus))];
        int new = random_range(4) ? 1400 + random_range(30) : 0;
        int min = 0;

        mtu_counts_change(&mc, *mtu, new);
        *mtu = new;
        for (size_t j = 0; j < ARRAY_SIZE(mtus); j++) {
            if (mtus[j] && (!min || mtus[j] < min)) {
                min = mtus[j];
            }
        }
        assert_int_equal(mtu_counts_min(&mc), min);
        assert_true(mc.n <= 30);
    }
    mtu_counts_destroy(&mc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_the_last_with_the_smallest),
        cmocka_unit_test(test_any_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
