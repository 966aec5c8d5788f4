/* Which numbers tunnel ports are given. */

#include <config.h>

#include "agent/node/tunnel-numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow.h"
#include "util.h"

#define FIRST u16_to_ofp(TUNNEL_NUMBERS_FIRST)

static int
setup(void **numbersp)
{
    *numbersp = tunnel_numbers_create();
    return 0;
}

static int
teardown(void **numbersp)
{
    tunnel_numbers_destroy(*numbersp);
    return 0;
}

static int
take(struct tunnel_numbers *numbers)
{
    return ofp_to_u16(tunnel_numbers_take(numbers));
}

static void
test_takes_what_nobody_has(void **numbersp)
{
    struct tunnel_numbers *numbers = *numbersp;

    tunnel_numbers_use(numbers, u16_to_ofp(TUNNEL_NUMBERS_FIRST + 1));
    assert_int_equal(take(numbers), TUNNEL_NUMBERS_FIRST);
    assert_int_equal(take(numbers), TUNNEL_NUMBERS_FIRST + 2);
}

static void
test_counts_users(void **numbersp)
{
    struct tunnel_numbers *numbers = *numbersp;

    tunnel_numbers_use(numbers, FIRST);
    tunnel_numbers_use(numbers, FIRST);
    tunnel_numbers_release(numbers, FIRST);
    assert_int_equal(take(numbers), TUNNEL_NUMBERS_FIRST + 1);
}

static void
test_reuses_last_what_was_released(void **numbersp)
{
    struct tunnel_numbers *numbers = *numbersp;
    ofp_port_t number = tunnel_numbers_take(numbers);

    tunnel_numbers_release(numbers, number);
    for (int i = TUNNEL_NUMBERS_FIRST + 1; i < TUNNEL_NUMBERS_END; i++) {
        assert_int_equal(take(numbers), i);
    }
    assert_int_equal(take(numbers), TUNNEL_NUMBERS_FIRST);
    assert_int_equal(take(numbers), 0);
}

static void
test_leaves_other_numbers_alone(void **numbersp)
{
    struct tunnel_numbers *numbers = *numbersp;

    tunnel_numbers_release(numbers, 0);
    tunnel_numbers_release(numbers, u16_to_ofp(TUNNEL_NUMBERS_FIRST - 1));
    tunnel_numbers_use(numbers, OFPP_LOCAL);
    tunnel_numbers_release(numbers, OFPP_LOCAL);
    assert_int_equal(take(numbers), TUNNEL_NUMBERS_FIRST);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
        TEST(test_takes_what_nobody_has),
        TEST(test_counts_users),
        TEST(test_reuses_last_what_was_released),
        TEST(test_leaves_other_numbers_alone),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
