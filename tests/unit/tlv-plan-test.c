/* The base plan: sticky, as many remotes served as one order can. */

#include <config.h>

#include "lib/tlv-plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

#define A { 0xff01, 0x01 }
#define B { 0xff01, 0x02 }
#define C { 0xff01, 0x03 }
#define D { 0xff01, 0x04 }

static const struct opt_key a = A, b = B, c = C, d = D;

static const struct plan_option abc[] = {
    { A, 4, false, 100 }, { B, 4, false, 100 }, { C, 4, false, 100 },
};

static struct order_constraint
strict(struct opt_key *options, size_t n)
{
    return (struct order_constraint) { RECV_STRICT, options, n };
}

static void
assert_before(const struct tlv_plan *plan, struct opt_key x,
              struct opt_key y)
{
    int i = tlv_plan_get_index(plan, x, 4);
    int j = tlv_plan_get_index(plan, y, 4);

    assert_true(i >= 0);
    assert_true(j >= 0);
    if (i >= j) {
        fail_msg(OPT_KEY_FMT" at %d is not before "OPT_KEY_FMT" at %d",
                 OPT_KEY_ARGS(x), i, OPT_KEY_ARGS(y), j);
    }
}

static void
test_senders_order_without_wishes(void **state OVS_UNUSED)
{
    struct tlv_plan plan;

    tlv_plan_init(&plan);
    tlv_plan_update(&plan, abc, 3, NULL, 0);
    assert_before(&plan, a, b);
    assert_before(&plan, b, c);
    assert_int_equal(tlv_plan_get_index(&plan, a, 8), -1);
    assert_int_equal(tlv_plan_get_index(&plan, d, 4), -1);
    tlv_plan_destroy(&plan);
}

static void
test_wish_is_followed_and_kept(void **state OVS_UNUSED)
{
    struct opt_key order[] = { C, A };
    struct order_constraint constraint = strict(order, 2);
    struct plan_remote remote = { "hv-2", &constraint, 1, 0 };
    struct tlv_plan plan;

    tlv_plan_init(&plan);
    tlv_plan_update(&plan, abc, 3, NULL, 0);
    assert_false(tlv_plan_fits(&plan, &constraint));
    assert_true(tlv_plan_update(&plan, abc, 3, &remote, 1));
    assert_before(&plan, c, a);
    assert_true(tlv_plan_fits(&plan, &constraint));

    /* When nobody asks for anything, nothing moves back. */
    assert_false(tlv_plan_update(&plan, abc, 3, NULL, 0));
    assert_before(&plan, c, a);
    tlv_plan_destroy(&plan);
}

static void
test_new_option_moves_no_other(void **state OVS_UNUSED)
{
    static const struct plan_option adbc[] = {
        { A, 4, false, 100 }, { D, 4, false, 100 }, { B, 4, false, 100 },
        { C, 4, false, 100 },
    };
    struct tlv_plan plan;
    int i, j, k;

    tlv_plan_init(&plan);
    tlv_plan_update(&plan, abc, 3, NULL, 0);
    i = tlv_plan_get_index(&plan, a, 4);
    j = tlv_plan_get_index(&plan, b, 4);
    k = tlv_plan_get_index(&plan, c, 4);
    assert_true(tlv_plan_update(&plan, adbc, 4, NULL, 0));
    assert_int_equal(tlv_plan_get_index(&plan, a, 4), i);
    assert_int_equal(tlv_plan_get_index(&plan, b, 4), j);
    assert_int_equal(tlv_plan_get_index(&plan, c, 4), k);
    assert_before(&plan, a, d);
    assert_before(&plan, d, b);
    tlv_plan_destroy(&plan);
}

static void
test_majority_decides_a_conflict(void **state OVS_UNUSED)
{
    struct opt_key forward[] = { A, B };
    struct opt_key backward[] = { B, A };
    struct order_constraint f = strict(forward, 2);
    struct order_constraint r = strict(backward, 2);
    struct plan_remote remotes[] = {
        { "hv-1", &f, 1, 0 }, { "hv-2", &r, 1, 0 }, { "hv-3", &r, 1, 0 },
    };
    struct tlv_plan plan;

    tlv_plan_init(&plan);
    tlv_plan_update(&plan, abc, 3, remotes, 3);
    assert_before(&plan, b, a);
    assert_true(plan.exclusive);
    assert_non_null(plan.conflict);

    /* One against one: who is served now goes on being served. */
    tlv_plan_update(&plan, abc, 3, remotes, 2);
    assert_before(&plan, b, a);
    tlv_plan_update(&plan, abc, 3, remotes, 1);
    assert_before(&plan, a, b);
    assert_false(plan.exclusive);
    assert_null(plan.conflict);
    tlv_plan_destroy(&plan);
}

static void
test_adopted_indices_stay(void **state OVS_UNUSED)
{
    struct index_map map;
    struct tlv_plan plan;

    index_map_init(&map);
    map.slots[40] = (struct index_slot) { true, A, 4 };
    map.slots[41] = (struct index_slot) { true, B, 4 };
    map.slots[50] = (struct index_slot) { true, C, 4 };
    tlv_plan_init(&plan);
    tlv_plan_adopt(&plan, &map);
    assert_false(tlv_plan_update(&plan, abc, 3, NULL, 0));
    assert_int_equal(tlv_plan_get_index(&plan, a, 4), 40);
    assert_int_equal(tlv_plan_get_index(&plan, b, 4), 41);
    assert_int_equal(tlv_plan_get_index(&plan, c, 4), 50);
    tlv_plan_destroy(&plan);
}

static void
test_full_map_leaves_out_the_lowest_priority(void **state OVS_UNUSED)
{
    static const struct plan_option big[] = {
        { A, 124, false, 100 }, { B, 124, false, 10 }, { C, 124, true, 200 },
        { D, 8, false, 300 },
    };
    struct tlv_plan plan;

    tlv_plan_init(&plan);
    tlv_plan_update(&plan, big, 4, NULL, 0);
    assert_true(tlv_plan_get_index(&plan, c, 124) >= 0);
    assert_true(tlv_plan_get_index(&plan, b, 124) >= 0);
    assert_int_equal(tlv_plan_get_index(&plan, a, 124), -1);
    assert_true(tlv_plan_get_index(&plan, d, 8) >= 0);
    assert_int_equal(plan.n_left_out, 1);
    assert_true(opt_key_equals(plan.left_out[0], a));
    tlv_plan_destroy(&plan);
}

static void
test_covers_the_same_options_only(void **state OVS_UNUSED)
{
    struct plan_option other[3];
    struct tlv_plan plan;

    tlv_plan_init(&plan);
    tlv_plan_update(&plan, abc, 3, NULL, 0);
    assert_true(tlv_plan_covers(&plan, abc, 3));
    assert_false(tlv_plan_covers(&plan, abc, 2));
    memcpy(other, abc, sizeof other);
    other[1].required = true;
    assert_false(tlv_plan_covers(&plan, other, 3));
    tlv_plan_destroy(&plan);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_senders_order_without_wishes),
        cmocka_unit_test(test_wish_is_followed_and_kept),
        cmocka_unit_test(test_new_option_moves_no_other),
        cmocka_unit_test(test_majority_decides_a_conflict),
        cmocka_unit_test(test_adopted_indices_stay),
        cmocka_unit_test(test_full_map_leaves_out_the_lowest_priority),
        cmocka_unit_test(test_covers_the_same_options_only),
    };
    return cmocka_run_group_tests_name("tlv-plan", tests, NULL, NULL);
}
