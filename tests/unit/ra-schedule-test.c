/* Unit tests of lib/ra-schedule.c: the rates of RFC 4861, section 6.2.4. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>

#include "lib/ra-schedule.h"
#include "util.h"

/* Sends the one that is due; returns how long it waited for it. */
static long long int
send_next(struct ra_schedule *s, long long int *now, uint32_t random)
{
    long long int waited = s->next - *now;

    assert_true(waited >= 0);
    *now = s->next;
    ra_schedule_sent(s, *now, random);
    return waited;
}

static void
test_rates(void **state OVS_UNUSED)
{
    uint32_t lowest = UINT32_MAX, highest = 0;
    long long int now = 1000;
    struct ra_schedule s;

    ra_schedule_init(&s);
    assert_int_equal(s.next, LLONG_MAX);
    ra_schedule_change(&s, 600000, now);
    assert_int_equal(send_next(&s, &now, 0), 0);
    assert_int_equal(send_next(&s, &now, 1), 16000);
    assert_int_equal(send_next(&s, &now, 2), 16000);
    for (uint32_t i = 0; i < 1000; i++) {
        long long int waited = send_next(&s, &now, i * 12345678);

        assert_true(waited >= 200000 && waited <= 600000);
        lowest = MIN(lowest, waited);
        highest = MAX(highest, waited);
    }
    assert_true(lowest < 220000 && highest > 580000);
}

/* Never less than MIN_DELAY_BETWEEN_RAS apart. */
static void
test_shortest_interval(void **state OVS_UNUSED)
{
    long long int now = 0;
    struct ra_schedule s;

    ra_schedule_init(&s);
    ra_schedule_change(&s, 4000, now);
    send_next(&s, &now, 0);
    for (uint32_t i = 0; i < 5000; i++) {
        long long int waited = send_next(&s, &now, i);

        assert_true(waited >= 3000 && waited <= 4000);
    }
}

static void
test_changes(void **state OVS_UNUSED)
{
    long long int now = 1000;
    struct ra_schedule s;

    ra_schedule_init(&s);
    ra_schedule_change(&s, 600000, now);
    for (int i = 0; i < 4; i++) {
        send_next(&s, &now, 0);
    }
    /* Long after the last: at once, and two more soon. */
    now += 100000;
    ra_schedule_change(&s, 600000, now);
    assert_int_equal(send_next(&s, &now, 0), 0);
    assert_int_equal(s.next - now, 16000);
    /* Just after it: not before the least time has passed. */
    now += 1000;
    ra_schedule_change(&s, 600000, now);
    assert_int_equal(send_next(&s, &now, 0), 2000);
    send_next(&s, &now, 0);
    send_next(&s, &now, 0);
    assert_int_equal(s.n_initial, 0);
}

static void
test_solicitations(void **state OVS_UNUSED)
{
    long long int now = 1000;
    struct ra_schedule s;

    ra_schedule_init(&s);
    ra_schedule_change(&s, 600000, now);
    for (int i = 0; i < 4; i++) {
        send_next(&s, &now, 0);
    }
    ra_schedule_solicit(&s, now + 1000);
    assert_int_equal(s.next, now + 3000);
    ra_schedule_solicit(&s, now + 5000);
    assert_int_equal(s.next, now + 3000);
    now = s.next;
    ra_schedule_sent(&s, now, 0);
    ra_schedule_solicit(&s, now + 10000);
    assert_int_equal(s.next, now + 10000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_shortest_interval),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_solicitations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
