/* A candidate's place: when it may serve, and what it says meanwhile. */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/remotes/gateway-place.h"
#include "util.h"

static void
expect(struct gateway_place *place, const struct gateway_facts *facts,
       long long int now, enum gateway_place_state state, bool says_down)
{
    gateway_place_run(place, facts, now);
    assert_string_equal(gateway_place_to_string(place->state),
                        gateway_place_to_string(state));
    assert_int_equal(gateway_place_says_down(place), says_down);
}

/* It comes back while another one serves. */
static void
test_comes_back(void **state OVS_UNUSED)
{
    struct gateway_place place = { .state = GATEWAY_OUT };
    struct gateway_facts facts = {
        .works = true, .n_peers = 2, .detect_time = 300,
    };

    expect(&place, &facts, 1000, GATEWAY_JOINING, true);
    expect(&place, &facts, 1100, GATEWAY_JOINING, true);
    facts.n_heard = 1;              /* A source: that is not enough... */
    expect(&place, &facts, 1200, GATEWAY_JOINING, true);
    facts.heard_candidates = true;  /* ...nor is a candidate. */
    expect(&place, &facts, 1250, GATEWAY_JOINING, true);
    facts.n_heard = 2;
    expect(&place, &facts, 1300, GATEWAY_CLAIMING, false);
    expect(&place, &facts, 1799, GATEWAY_CLAIMING, false);
    expect(&place, &facts, 1800, GATEWAY_IN, false);
    expect(&place, &facts, 9000, GATEWAY_IN, false);
}

/* The others are dead. */
static void
test_alone(void **state OVS_UNUSED)
{
    struct gateway_place place = { .state = GATEWAY_OUT };
    struct gateway_facts facts = {
        .works = true, .n_peers = 1, .detect_time = 300,
    };
    unsigned int join_time = gateway_place_get_join_time(300);

    expect(&place, &facts, 0, GATEWAY_JOINING, true);
    expect(&place, &facts, join_time - 1, GATEWAY_JOINING, true);
    expect(&place, &facts, join_time, GATEWAY_CLAIMING, false);
    expect(&place, &facts, join_time + 500, GATEWAY_IN, false);

    /* They may stay dead; once one has been heard, they may not. */
    assert_true(place.alone);
    facts.n_peers = 2;
    expect(&place, &facts, 99000, GATEWAY_IN, false);
    facts.n_heard = 1;
    expect(&place, &facts, 99001, GATEWAY_IN, false);
    assert_false(place.alone);
    facts.n_heard = 0;
    expect(&place, &facts, 99002, GATEWAY_JOINING, true);
}

static void
test_uplink(void **state OVS_UNUSED)
{
    struct gateway_place place = { .state = GATEWAY_IN };
    struct gateway_facts facts = {
        .works = true, .n_peers = 2, .n_heard = 2, .heard_candidates = true,
        .detect_time = 300,
    };

    expect(&place, &facts, 0, GATEWAY_IN, false);
    facts.works = false;
    expect(&place, &facts, 1, GATEWAY_OUT, true);
    expect(&place, &facts, 9000, GATEWAY_OUT, true);
    facts.works = true;
    expect(&place, &facts, 9001, GATEWAY_JOINING, true);
    facts.works = false;
    expect(&place, &facts, 9002, GATEWAY_OUT, true);
}

/* BFD that is slow comes up slowly, too: who claims before would have the
 * addresses while others, who do not hear it yet, have them. */
static void
test_slow_bfd(void **state OVS_UNUSED)
{
    struct gateway_place place = { .state = GATEWAY_OUT };
    struct gateway_facts facts = {
        .works = true, .n_peers = 2, .n_heard = 1, .detect_time = 15000,
    };

    expect(&place, &facts, 0, GATEWAY_JOINING, true);
    expect(&place, &facts, 15000, GATEWAY_JOINING, true);
    expect(&place, &facts, 18000, GATEWAY_CLAIMING, false);
}

/* Nobody is heard, of several: it is we who have been cut off. */
static void
test_comes_back_cut_off(void **state OVS_UNUSED)
{
    struct gateway_place place = { .state = GATEWAY_OUT };
    struct gateway_facts facts = {
        .works = true, .n_peers = 2, .detect_time = 300,
    };

    expect(&place, &facts, 0, GATEWAY_JOINING, true);
    expect(&place, &facts, 99000, GATEWAY_JOINING, true);
    facts.n_heard = 1;              /* The other candidate is dead. */
    expect(&place, &facts, 99001, GATEWAY_CLAIMING, false);
    assert_false(place.alone);
}

/* Silence from everybody at once is our own. */
static void
test_cut_off(void **state OVS_UNUSED)
{
    struct gateway_place place = { .state = GATEWAY_IN };
    struct gateway_facts facts = {
        .works = true, .n_peers = 2, .detect_time = 300,
    };

    expect(&place, &facts, 0, GATEWAY_JOINING, true);
    facts.n_heard = 2;
    facts.heard_candidates = true;
    expect(&place, &facts, 100, GATEWAY_CLAIMING, false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_uplink),
        cmocka_unit_test(test_slow_bfd),
        cmocka_unit_test(test_comes_back_cut_off),
        cmocka_unit_test(test_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
