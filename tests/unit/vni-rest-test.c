/* VNIs that pass from one VPC to another: whose they are, and when. */

#include <config.h>

#include "agent/model/vni-rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

#define REST 100

static int
setup(void **state)
{
    struct vni_rests *rests = xmalloc(sizeof *rests);

    vni_rests_init(rests);
    *state = rests;
    return 0;
}

static int
teardown(void **state)
{
    vni_rests_destroy(*state);
    free(*state);
    return 0;
}

static void
test_free_vni_is_taken_at_once(void **state)
{
    assert_null(vni_rests_take(*state, 7, "red", 0, REST));
    assert_null(vni_rests_take(*state, 8, "blue", 0, REST));
    assert_null(vni_rests_take(*state, 7, "red", 1, REST));
}

static void
test_vni_rests_after_it_was_given_up(void **state)
{
    const struct vni_rest *waits;

    vni_rests_take(*state, 7, "red", 0, REST);
    vni_rests_give(*state, 7, "red", 50, REST);
    waits = vni_rests_take(*state, 7, "blue", 60, REST);
    assert_string_equal(waits->vpc, "red");
    assert_int_equal(waits->until, 150);
    assert_non_null(vni_rests_take(*state, 7, "blue", 149, REST));
    assert_null(vni_rests_take(*state, 7, "blue", 150, REST));
    assert_null(vni_rests_take(*state, 7, "blue", 151, REST));
    assert_non_null(vni_rests_take(*state, 7, "red", 152, REST));
}

/* The new holder may be known before the old one has given up: the time starts
 * there, and once. */
static void
test_vni_rests_when_another_is_to_have_it(void **state)
{
    vni_rests_take(*state, 7, "red", 0, REST);
    assert_int_equal(vni_rests_take(*state, 7, "blue", 10, REST)->until, 110);
    vni_rests_give(*state, 7, "red", 20, REST);
    assert_int_equal(vni_rests_take(*state, 7, "blue", 30, REST)->until, 110);
    assert_null(vni_rests_take(*state, 7, "blue", 110, REST));
}

static void
test_who_had_it_takes_it_back_at_once(void **state)
{
    vni_rests_take(*state, 7, "red", 0, REST);
    vni_rests_give(*state, 7, "red", 10, REST);
    assert_null(vni_rests_take(*state, 7, "red", 20, REST));
    assert_int_equal(vni_rests_take(*state, 7, "blue", 200, REST)->until, 300);
}

static void
test_nothing_rests_at_the_start(void **state)
{
    vni_rests_take(*state, 7, "red", 0, 0);
    assert_null(vni_rests_take(*state, 7, "blue", 0, 0));
    vni_rests_give(*state, 7, "red", 0, 0);
    assert_non_null(vni_rests_take(*state, 7, "red", 0, REST));
}

static void
test_what_is_over_is_forgotten(void **state)
{
    struct vni_rests *rests = *state;

    for (int vni = 1; vni <= 1000; vni++) {
        vni_rests_take(rests, vni, "red", vni, REST);
        vni_rests_give(rests, vni, "red", vni, REST);
    }
    assert_int_equal(hmap_count(&rests->by_vni), REST);
}

/* What was whose in the last run of the agent counts in this one. */
static void
test_restart(void **state)
{
    struct vni_rests *rests = *state;
    struct json *json;

    vni_rests_take(rests, 7, "red", 0, REST);
    vni_rests_take(rests, 8, "red-2", 0, REST);
    vni_rests_give(rests, 8, "red-2", 0, REST);
    json = vni_rests_to_json(rests);
    assert_int_equal(shash_count(json_object(json)), 2);
    assert_string_equal(json_string(shash_find_data(json_object(json), "7")),
                        "red");
    assert_string_equal(json_string(shash_find_data(json_object(json), "8")),
                        "red-2");
    json_destroy(json);

    /* Still the same one's; another one's; nobody's so far. */
    assert_false(vni_rests_restore(rests, 7, "red", 10, REST));
    vni_rests_take(rests, 9, "blue", 10, REST);
    assert_true(vni_rests_restore(rests, 9, "red-3", 10, REST));
    assert_false(vni_rests_restore(rests, 10, "red-4", 10, REST));
    assert_null(vni_rests_take(rests, 7, "red", 20, REST));
    assert_int_equal(vni_rests_take(rests, 9, "blue", 20, REST)->until, 110);
    assert_int_equal(vni_rests_take(rests, 10, "blue", 20, REST)->until, 110);
    assert_false(vni_rests_have_passed(rests));
    assert_null(vni_rests_take(rests, 9, "blue", 110, REST));
    assert_true(vni_rests_have_passed(rests));
    assert_false(vni_rests_have_passed(rests));
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_free_vni_is_taken_at_once),
        TEST(test_vni_rests_after_it_was_given_up),
        TEST(test_vni_rests_when_another_is_to_have_it),
        TEST(test_who_had_it_takes_it_back_at_once),
        TEST(test_nothing_rests_at_the_start),
        TEST(test_what_is_over_is_forgotten),
        TEST(test_restart),
    };
    return cmocka_run_group_tests_name("vni-rest", tests, NULL, NULL);
}
