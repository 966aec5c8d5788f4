/* When poisoned datapath flows are healed, and how often at most. */

#include <config.h>

#include "agent/poison/poison-policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

#define START 1000000

/* One reading: the counter's value and the lines in the log; then a purge if
 * the policy wants one.  Returns whether it did. */
static bool
read_both(struct poison_policy *p, unsigned long long counter,
          unsigned int n_logged, long long int now)
{
    poison_policy_logged(p, n_logged, now);
    poison_policy_counter(p, counter, now);
    if (!poison_policy_must_purge(p, now)) {
        return false;
    }
    poison_policy_purged(p, now);
    return true;
}

static bool
read_counter(struct poison_policy *p, unsigned long long counter,
             long long int now)
{
    return read_both(p, counter, 0, now);
}

/* The log alone: the kernel's datapath. */
static bool
read_log(struct poison_policy *p, unsigned int n_logged, long long int now)
{
    return read_both(p, 0, n_logged, now);
}

static void
test_nothing_bad(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    for (int t = 0; t < 100; t++) {
        assert_false(read_counter(&p, 7, START + t * 1000));
    }
    assert_int_equal(p.n_bad, 0);
    assert_int_equal(p.seen_at, 0);
    assert_false(poison_policy_is_alarming(&p, START + 100000));
}

/* What a switch counts before it has our TLV map is nobody's fault. */
static void
test_skipped(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    assert_false(read_counter(&p, 7, START));
    poison_policy_restarted(&p);
    poison_policy_skip(&p, 500);
    assert_false(read_counter(&p, 500, START + 1000));
    assert_int_equal(p.n_bad, 0);
    assert_false(poison_policy_is_alarming(&p, START + 1000));
    assert_true(read_counter(&p, 501, START + 2000));
    assert_int_equal(p.n_bad, 1);
}

/* The first one is healed at once, and just once. */
static void
test_one_bad_packet(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    assert_false(read_counter(&p, 7, START));
    assert_true(read_counter(&p, 8, START + 1000));
    for (int t = 2; t < 100; t++) {
        assert_false(read_counter(&p, 8, START + t * 1000));
    }
    assert_int_equal(p.n_bad, 1);
    assert_int_equal(p.n_purges, 1);
    assert_int_equal(p.n_suppressed, 0);
}

/* What the switch's threads counted before the purge and told after it. */
static void
test_counter_lags(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    read_counter(&p, 0, START);
    assert_true(read_counter(&p, 3, START + 1000));
    assert_false(read_counter(&p, 9, START + 2000));
    assert_false(read_counter(&p, 9, START + 3000));
    assert_int_equal(p.n_bad, 9);
    assert_int_equal(p.n_purges, 1);
    assert_int_equal(p.n_suppressed, 0);
}

/* Poisoned again right after: healed as soon as the gap allows. */
static void
test_poisoned_again(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    read_counter(&p, 0, START);
    assert_true(read_counter(&p, 1, START + 1000));
    assert_false(read_counter(&p, 20, START + 2000));
    assert_true(read_counter(&p, 40, START + 3000));
}

/* The same packet by log and by counter counts once, and is healed once. */
static void
test_log_and_counter(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    read_counter(&p, 0, START);
    assert_true(read_both(&p, 0, 1, START + 1000));
    assert_false(read_both(&p, 1, 0, START + 2000));
    assert_false(read_both(&p, 1, 0, START + 3000));
    assert_int_equal(p.n_bad, 1);
    assert_int_equal(p.n_purges, 1);

    /* At the same time. */
    assert_true(read_both(&p, 3, 2, START + 9000));
    assert_int_equal(p.n_bad, 3);
}

/* A line in the log is news even right after a purge, and nothing else tells
 * of it: the purge is made up for. */
static void
test_suppressed_purge_is_made_up_for(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    assert_true(read_log(&p, 1, START));
    assert_false(read_log(&p, 1, START + 1000));
    assert_int_equal(p.n_suppressed, 1);
    assert_true(read_log(&p, 0, START + 2000));
    assert_false(read_log(&p, 0, START + 4000));
    assert_int_equal(p.n_bad, 2);
    assert_int_equal(p.n_purges, 2);
    assert_int_equal(p.n_suppressed, 1);
}

/* With the kernel's datapath, for as long as there may be more. */
static void
test_looking_at_flows(void **state OVS_UNUSED)
{
    struct poison_policy p;
    int n = 0;

    poison_policy_init(&p, START);
    assert_false(poison_policy_must_look(&p, START));
    assert_true(read_log(&p, 1, START + 1000));
    for (int t = 2; t < 1000; t++) {
        assert_false(read_log(&p, 0, START + t * 1000));
        n += poison_policy_must_look(&p, START + t * 1000);
    }
    assert_in_range(n, POISON_QUIET_MS / POISON_LOOK_MS - 2,
                    POISON_QUIET_MS / POISON_LOOK_MS);

    /* What is found is healed, and looked for again. */
    assert_true(read_log(&p, 1, START + 1000 * 1000));
    assert_false(poison_policy_must_look(&p, START + 1001 * 1000));
    assert_true(poison_policy_must_look(&p, START + 1002 * 1000));
    poison_policy_found(&p, 1, START + 1002 * 1000);
    assert_true(read_log(&p, 0, START + 1002 * 1000));
    assert_true(poison_policy_must_look(&p, START + 1004 * 1000));
    assert_int_equal(p.n_bad, 3);
}

/* Not where a counter tells all. */
static void
test_not_looking_at_flows(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    read_counter(&p, 0, START);
    assert_true(read_both(&p, 0, 1, START + 1000));
    for (int t = 2; t < 100; t++) {
        read_both(&p, t, 0, START + t * 1000);
        assert_false(poison_policy_must_look(&p, START + t * 1000));
    }
}

/* An hour of bad packets. */
static void
test_bounds(void **state OVS_UNUSED)
{
    const int hour = 3600;
    long long int purged_at = -POISON_PURGE_GAP_MS;
    struct poison_policy p;
    int n_first_minute = 0;
    int n = 0;

    poison_policy_init(&p, START);
    for (int t = 0; t < hour; t++) {
        if (read_both(&p, t * 10, t % 60 ? 0 : 1, START + t * 1000)) {
            assert_true(t * 1000 - purged_at >= POISON_PURGE_GAP_MS);
            purged_at = t * 1000;
            n++;
            n_first_minute += t < 60;
        }
    }
    assert_int_equal(p.n_purges, n);
    assert_true(n <= (POISON_PURGE_BURST
                      + hour * 1000 / POISON_PURGE_REFILL_MS));
    assert_true(n >= hour * 1000 / POISON_PURGE_REFILL_MS);
    assert_true(n_first_minute >= POISON_PURGE_BURST);
    assert_true(p.n_suppressed > 0);
    assert_true(p.n_suppressed + p.n_purges <= (unsigned) hour);

    /* What is due is made up for; after a quiet time it is as it was. */
    read_counter(&p, hour * 10, START + hour * 1000 + 60000);
    assert_false(p.due);
    assert_false(read_counter(&p, hour * 10, START + 2 * hour * 1000));
    assert_true(read_counter(&p, hour * 10 + 1,
                             START + 2 * hour * 1000 + 1000));
    assert_int_equal(p.budget, (POISON_PURGE_BURST - 1)
                               * POISON_PURGE_REFILL_MS);
}

/* Rare ones are each healed at once. */
static void
test_rare_ones(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    read_counter(&p, 0, START);
    for (int i = 1; i < 100; i++) {
        assert_true(read_counter(&p, i, START + i * 11000));
    }
    assert_int_equal(p.n_suppressed, 0);
}

static void
test_switch_restarts(void **state OVS_UNUSED)
{
    struct poison_policy p;

    /* Its counter starts again: with the process known... */
    poison_policy_init(&p, START);
    read_counter(&p, 5, START);
    poison_policy_restarted(&p);
    assert_false(read_counter(&p, 0, START + 1000));
    poison_policy_restarted(&p);
    assert_true(read_counter(&p, 6, START + 2000));
    assert_int_equal(p.n_bad, 6);

    /* ...or because it fell. */
    assert_true(read_counter(&p, 2, START + 9000));
    assert_int_equal(p.n_bad, 8);

    /* What was due is not any more: there are no flows. */
    assert_false(read_log(&p, 1, START + 10000));
    poison_policy_restarted(&p);
    assert_false(read_log(&p, 0, START + 20000));
}

static void
test_alarm_ends(void **state OVS_UNUSED)
{
    struct poison_policy p;

    poison_policy_init(&p, START);
    read_counter(&p, 0, START);
    assert_false(poison_policy_is_alarming(&p, START));
    read_counter(&p, 1, START + 1000);
    assert_true(poison_policy_is_alarming(&p, START + 1000));
    assert_true(poison_policy_is_alarming(&p, START + POISON_QUIET_MS));
    assert_false(poison_policy_is_alarming(&p,
                                           START + 1000 + POISON_QUIET_MS));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_bad),
        cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_one_bad_packet),
        cmocka_unit_test(test_counter_lags),
        cmocka_unit_test(test_poisoned_again),
        cmocka_unit_test(test_log_and_counter),
        cmocka_unit_test(test_suppressed_purge_is_made_up_for),
        cmocka_unit_test(test_looking_at_flows),
        cmocka_unit_test(test_not_looking_at_flows),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_rare_ones),
        cmocka_unit_test(test_switch_restarts),
        cmocka_unit_test(test_alarm_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
