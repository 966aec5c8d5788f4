/* Damping: how much one remote may cost, and when it is held and free. */

#include <config.h>

#include "lib/damping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util.h"

/* As a remote that changed, and needs something made for it. */
static bool
change(struct damping *d, long long int now)
{
    damping_note_change(d, now);
    return damping_take(d, now);
}

static void
test_burst(void **state OVS_UNUSED)
{
    struct damping d = { .state = DAMPING_USABLE };

    for (int i = 0; i < DAMPING_BURST; i++) {
        assert_true(change(&d, 1000));
        assert_int_equal(d.state, DAMPING_USABLE);
    }
    assert_false(change(&d, 1000));
    assert_int_equal(d.state, DAMPING_SUPPRESSED);
}

static void
test_changes_that_cost_nothing_are_free(void **state OVS_UNUSED)
{
    struct damping d = { .state = DAMPING_USABLE };

    for (int i = 0; i < 1000; i++) {
        damping_note_change(&d, i);
    }
    assert_int_equal(d.state, DAMPING_USABLE);
    assert_true(damping_take(&d, 1000));
}

static void
test_tokens_come_back(void **state OVS_UNUSED)
{
    struct damping d = { .state = DAMPING_USABLE };
    long long int now = 0;

    for (int i = 0; i < DAMPING_BURST; i++) {
        assert_true(change(&d, now));
    }
    /* One in each interval is enough for ever. */
    for (int i = 0; i < 100; i++) {
        now += DAMPING_REFILL;
        assert_true(change(&d, now));
    }
    assert_false(change(&d, now + DAMPING_REFILL - 1));

    /* After a long time all are back, and not more than that. */
    now += 1000 * DAMPING_REFILL;
    assert_true(damping_run(&d, now));
    for (int i = 0; i < DAMPING_BURST; i++) {
        assert_true(change(&d, now));
    }
    assert_false(change(&d, now));
}

static void
test_held_until_calm(void **state OVS_UNUSED)
{
    struct damping d = { .state = DAMPING_USABLE };
    long long int now = 5000;

    while (change(&d, now)) {
        continue;
    }
    /* Tokens come back meanwhile, but it goes on changing. */
    for (int i = 0; i < 100; i++) {
        now += DAMPING_REUSE_AFTER - 1;
        assert_false(damping_run(&d, now));
        assert_false(change(&d, now));
        assert_int_equal(d.state, DAMPING_SUPPRESSED);
        assert_true(damping_get_reusable(&d) == now + DAMPING_REUSE_AFTER);
    }
    assert_false(damping_run(&d, now + DAMPING_REUSE_AFTER - 1));
    assert_true(damping_run(&d, now + DAMPING_REUSE_AFTER));
    assert_int_equal(d.state, DAMPING_USABLE);
    assert_false(damping_run(&d, now + DAMPING_REUSE_AFTER));
    assert_true(change(&d, now + DAMPING_REUSE_AFTER));
}

/* Whatever it does, what it costs is bounded: the worst of many patterns. */
static void
test_bound(void **state OVS_UNUSED)
{
    for (int period = 1; period <= 20000; period += 1 + period / 3) {
        struct damping d = { .state = DAMPING_USABLE };
        int costs = 0;
        long long int now;

        for (now = 0; now < 600 * 1000; now += period) {
            damping_run(&d, now);
            costs += change(&d, now);
        }
        assert_true(costs <= DAMPING_BURST + 600 * 1000 / DAMPING_REFILL);
        /* One that is slow enough is never held. */
        if (period >= DAMPING_REFILL) {
            assert_true(costs >= 600 * 1000 / period);
        } else {
            assert_int_equal(d.state, DAMPING_SUPPRESSED);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_changes_that_cost_nothing_are_free),
        cmocka_unit_test(test_tokens_come_back),
        cmocka_unit_test(test_held_until_calm),
        cmocka_unit_test(test_bound),
    };
    return cmocka_run_group_tests_name("damping", tests, NULL, NULL);
}
