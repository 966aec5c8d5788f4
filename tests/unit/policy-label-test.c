/* The allocator of policy labels, at times of our own. */

#include <config.h>

#include "lib/policy-label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

#define HOUR POLICY_LABEL_HOLD_MS

static void
test_distinct_and_dense(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    assert_int_equal(policy_labels_get(pl, "a=1", 0), 1);
    assert_int_equal(policy_labels_get(pl, "", 0), 2);
    assert_int_equal(policy_labels_get(pl, "a=2", 0), 3);
    assert_int_equal(policy_labels_get(pl, "a=1", 5), 1);
    assert_int_equal(policy_labels_get(pl, "", 5), 2);
    policy_labels_destroy(pl);
}

static void
test_hold(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    assert_int_equal(policy_labels_get(pl, "a", 0), 1);
    assert_int_equal(policy_labels_get(pl, "b", 0), 2);
    policy_labels_release(pl, "a", 1000);
    assert_int_equal(policy_labels_get(pl, "c", 1000), 3);
    assert_int_equal(policy_labels_get(pl, "d", 1000 + HOUR - 1), 4);
    assert_int_equal(policy_labels_get(pl, "e", 1000 + HOUR), 1);
    assert_int_equal(policy_labels_get(pl, "f", 1000 + HOUR), 5);
    assert_int_equal(policy_labels_get(pl, "a", 1000 + HOUR), 6);
    policy_labels_destroy(pl);
}

/* Of several free numbers the lowest is given, whatever became free first. */
static void
test_lowest_first(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    policy_labels_get(pl, "a", 0);
    policy_labels_get(pl, "b", 0);
    policy_labels_get(pl, "c", 0);
    policy_labels_release(pl, "c", 0);
    policy_labels_release(pl, "a", 1);
    policy_labels_release(pl, "b", 2);
    assert_int_equal(policy_labels_get(pl, "x", HOUR + 2), 1);
    assert_int_equal(policy_labels_get(pl, "y", HOUR + 2), 2);
    assert_int_equal(policy_labels_get(pl, "z", HOUR + 2), 3);
    assert_int_equal(policy_labels_get(pl, "w", HOUR + 2), 4);
    policy_labels_destroy(pl);
}

/* A set that comes back within the hour has its number again, and the hour
 * counts from when it went last. */
static void
test_return(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    assert_int_equal(policy_labels_get(pl, "a", 0), 1);
    policy_labels_release(pl, "a", 0);
    assert_int_equal(policy_labels_get(pl, "a", HOUR - 1), 1);
    assert_int_equal(policy_labels_get(pl, "b", 2 * HOUR), 2);
    policy_labels_release(pl, "a", 2 * HOUR);
    assert_int_equal(policy_labels_get(pl, "c", 3 * HOUR - 1), 3);
    assert_int_equal(policy_labels_get(pl, "d", 3 * HOUR), 1);
    policy_labels_destroy(pl);
}

static void
expect_loser(char *loser, const char *expected)
{
    if (expected) {
        assert_non_null(loser);
        assert_string_equal(loser, expected);
    } else {
        assert_null(loser);
    }
    free(loser);
}

static void
test_reserve(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    /* One ahead of where we are is stepped over. */
    expect_loser(policy_labels_reserve(pl, 2, 0), NULL);
    assert_int_equal(policy_labels_get(pl, "a", 0), 1);
    assert_int_equal(policy_labels_get(pl, "b", 0), 3);

    /* One that is given is taken away. */
    expect_loser(policy_labels_reserve(pl, 1, 0), "a");
    assert_int_equal(policy_labels_get(pl, "a", 0), 4);

    /* Twice reserved; the hour is counted from when both are gone. */
    expect_loser(policy_labels_reserve(pl, 2, 0), NULL);
    policy_labels_unreserve(pl, 2, 0);
    assert_int_equal(policy_labels_get(pl, "c", HOUR), 5);
    policy_labels_unreserve(pl, 2, HOUR);
    assert_int_equal(policy_labels_get(pl, "d", 2 * HOUR - 1), 6);
    assert_int_equal(policy_labels_get(pl, "e", 2 * HOUR), 2);

    /* One on hold does not go back to its set. */
    policy_labels_release(pl, "e", 2 * HOUR);
    expect_loser(policy_labels_reserve(pl, 2, 2 * HOUR), NULL);
    assert_int_equal(policy_labels_get(pl, "e", 2 * HOUR), 7);

    /* Far out, and 0: kept, not given. */
    expect_loser(policy_labels_reserve(pl, UINT32_MAX, 2 * HOUR), NULL);
    expect_loser(policy_labels_reserve(pl, 0, 2 * HOUR), NULL);
    policy_labels_unreserve(pl, UINT32_MAX, 2 * HOUR);
    policy_labels_unreserve(pl, 0, 2 * HOUR);
    assert_int_equal(policy_labels_get(pl, "f", 4 * HOUR), 8);
    policy_labels_destroy(pl);
}

/* A number that became free, was reserved since, and is free again. */
static void
test_reserve_free_number(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    policy_labels_get(pl, "a", 0);
    policy_labels_get(pl, "b", 0);
    policy_labels_release(pl, "a", 0);
    policy_labels_get(pl, "b", HOUR);
    expect_loser(policy_labels_reserve(pl, 1, HOUR), NULL);
    assert_int_equal(policy_labels_get(pl, "c", HOUR), 3);
    policy_labels_unreserve(pl, 1, HOUR);
    assert_int_equal(policy_labels_get(pl, "d", 2 * HOUR - 1), 4);
    assert_int_equal(policy_labels_get(pl, "e", 2 * HOUR), 1);
    assert_int_equal(policy_labels_get(pl, "f", 2 * HOUR), 5);
    policy_labels_destroy(pl);
}

/* The status of an endpoint that could not be written yet. */
static void
test_shown(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    assert_int_equal(policy_labels_get(pl, "a", 0), 1);
    policy_labels_show(pl, 1, 0);
    policy_labels_release(pl, "a", 0);
    assert_int_equal(policy_labels_get(pl, "b", 2 * HOUR), 2);
    assert_int_equal(policy_labels_get(pl, "a", 2 * HOUR), 1);
    policy_labels_release(pl, "a", 2 * HOUR);
    policy_labels_unshow(pl, 1, 3 * HOUR);
    assert_int_equal(policy_labels_get(pl, "c", 4 * HOUR - 1), 3);
    assert_int_equal(policy_labels_get(pl, "d", 4 * HOUR), 1);
    policy_labels_destroy(pl);
}

static void
test_restart(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    policy_labels_start(pl, 16, 1000);
    policy_labels_show(pl, 3, 1000);
    policy_labels_show(pl, 5, 1000);
    expect_loser(policy_labels_reserve(pl, 5, 1000), NULL);
    assert_true(policy_labels_learn(pl, "a", 3, 1000));
    assert_true(policy_labels_learn(pl, "a", 3, 1000));
    assert_true(policy_labels_learn(pl, "gone", 4, 1000));
    assert_false(policy_labels_learn(pl, "b", 3, 1000));
    assert_false(policy_labels_learn(pl, "a", 7, 1000));
    assert_false(policy_labels_learn(pl, "b", 5, 1000));
    assert_false(policy_labels_learn(pl, "b", 0, 1000));

    assert_int_equal(policy_labels_get(pl, "a", 1000), 3);
    assert_int_equal(policy_labels_get(pl, "b", 1000), 17);
    assert_int_equal(policy_labels_get(pl, "gone", 1000), 4);
    assert_int_equal(policy_labels_get(pl, "c", 1000 + HOUR - 1), 18);
    assert_int_equal(policy_labels_get(pl, "d", 1000 + HOUR), 1);
    assert_int_equal(policy_labels_get(pl, "e", 1000 + HOUR), 2);
    assert_int_equal(policy_labels_get(pl, "f", 1000 + HOUR), 6);
    for (int i = 7; i <= 16; i++) {
        char set[2] = { 'A' + i, 0 };

        assert_int_equal(policy_labels_get(pl, set, 1000 + HOUR), i);
    }
    assert_int_equal(policy_labels_get(pl, "g", 1000 + HOUR), 19);
    policy_labels_destroy(pl);
}

/* Nothing is left for an hour if somebody wrote nonsense as the limit. */
static void
test_exhaustion(void **state OVS_UNUSED)
{
    struct policy_labels *pl = policy_labels_create();

    policy_labels_start(pl, UINT32_MAX - 1, 0);
    assert_int_equal(policy_labels_get(pl, "a", 0), UINT32_MAX);
    assert_int_equal(policy_labels_get(pl, "b", 0), 0);
    assert_int_equal(policy_labels_get(pl, "b", HOUR), 1);
    policy_labels_destroy(pl);
}

/* Many steps by chance: no number has two meanings within an hour. */
static void
test_random(void **state OVS_UNUSED)
{
    enum { N_SETS = 40, N_NUMBERS = 200 };
    struct policy_labels *pl = policy_labels_create();
    uint32_t number[N_SETS] = { 0 };
    int owner[N_NUMBERS];
    long long int gone[N_NUMBERS];
    long long int now = 0;
    unsigned int seed = 1;

    for (int i = 0; i < N_NUMBERS; i++) {
        owner[i] = -1;
        gone[i] = -HOUR;
    }
    for (int step = 0; step < 20000; step++) {
        seed = seed * 1103515245 + 12345;
        int i = (seed >> 16) % N_SETS;
        char set[3] = { 'a' + i / 10, '0' + i % 10, 0 };

        now += (seed >> 8) % (HOUR / 20);
        if (number[i]) {
            policy_labels_release(pl, set, now);
            gone[number[i]] = now;
            number[i] = 0;
        } else {
            uint32_t n = policy_labels_get(pl, set, now);

            assert_in_range(n, 1, N_NUMBERS - 1);
            for (int j = 0; j < N_SETS; j++) {
                assert_int_not_equal(number[j], n);
            }
            if (owner[n] != i) {
                assert_true(now >= gone[n] + HOUR);
            }
            owner[n] = i;
            number[i] = n;
        }
    }
    policy_labels_destroy(pl);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distinct_and_dense),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_lowest_first),
        cmocka_unit_test(test_return),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_reserve_free_number),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_exhaustion),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests_name("policy-label", tests, NULL, NULL);
}
