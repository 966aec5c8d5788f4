/* Groups of remotes: who wants the same is together, whatever the changes. */

#include <config.h>

#include "lib/order-groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/hmap.h"
#include "util.h"

#define MAX_WISHES 4

/* A remote's constraints from text, as in planner-test: "<abc ^bca", "-"
 * none. */
struct remote {
    struct order_member member;
    struct order_constraint constraints[MAX_WISHES];
    struct opt_key keys[MAX_WISHES][8];
    size_t n;
};

static struct order_group *
set(struct order_groups *groups, struct remote *r, const char *text)
{
    r->n = 0;
    for (const char *s = text; *s; s++) {
        struct order_constraint *constraint = &r->constraints[r->n];

        *constraint = (struct order_constraint) {
            .kind = *s == '<' ? RECV_STRICT : *s == '^' ? RECV_FIRST
                    : RECV_ANY,
            .options = r->keys[r->n],
        };
        for (s++; *s && *s != ' '; s++) {
            r->keys[r->n][constraint->n_options++]
                = (struct opt_key) { 1, *s };
        }
        r->n++;
        if (!*s) {
            break;
        }
    }
    return order_groups_set(groups, &r->member, r->constraints, r->n);
}

static void
check_same(const char *a, const char *b, bool same)
{
    struct remote ra = { .n = 0 }, rb = { .n = 0 };
    struct order_groups groups;

    order_groups_init(&groups);
    set(&groups, &ra, a);
    set(&groups, &rb, b);
    if ((ra.member.group == rb.member.group) != same) {
        fail_msg("\"%s\" and \"%s\": expected %s group", a, b,
                 same ? "one" : "another");
    }
    set(&groups, &ra, "");
    set(&groups, &rb, "");
    order_groups_destroy(&groups);
}

static void
test_equal_wishes(void **state OVS_UNUSED)
{
    check_same("<abc", "<abc", true);
    check_same("<abc", "<acb", false);
    check_same("<abc", "<ab", false);
    check_same("<abc", "^abc", false);
    /* Nothing but the front counts. */
    check_same("^abc", "^acb", true);
    check_same("^abc", "^bac", false);
    check_same("^ab", "<ab", true);
    /* Wishes of several profiles, in any order, and the same ones. */
    check_same("<ab <cd", "<cd <ab", true);
    check_same("<ab <ab -", "<ab", true);
    check_same("<ab <cd", "<ab", false);
    /* Who demands nothing is in no group. */
    check_same("", "- <a ^b", true);
    check_same("", "<ab", false);
}

static void
test_places(void **state OVS_UNUSED)
{
    struct remote a = { .n = 0 }, b = { .n = 0 }, c = { .n = 0 };
    struct order_groups groups;
    struct order_group *group;
    uint64_t id;
    int plan;

    order_groups_init(&groups);
    group = set(&groups, &a, "<ab");
    id = group->id;
    assert_int_equal(group->place, ORDER_NEW);
    assert_ptr_equal(set(&groups, &b, "<ab"), group);
    assert_int_equal(groups.n_members[ORDER_NEW], 2);
    order_groups_place(&groups, group, ORDER_PLACED, &plan);
    assert_int_equal(groups.n_members[ORDER_NEW], 0);
    assert_int_equal(groups.n_members[ORDER_PLACED], 2);
    assert_true(ovs_list_is_empty(&groups.places[ORDER_NEW]));

    /* Who joins has its plan. */
    assert_ptr_equal(set(&groups, &c, "<ab"), group);
    assert_ptr_equal(c.member.group->plan, &plan);
    assert_int_equal(groups.n_members[ORDER_PLACED], 3);
    order_groups_place(&groups, group, ORDER_BEYOND, &plan);
    assert_null(group->plan);

    /* One that is empty goes, and when it is back it is new. */
    set(&groups, &a, "<ba");
    set(&groups, &b, "");
    assert_int_equal(group->n_members, 1);
    set(&groups, &c, "<ba");
    assert_int_equal(hmap_count(&groups.groups), 1);
    assert_int_equal(groups.n_members[ORDER_BEYOND], 0);
    group = set(&groups, &b, "<ab");
    assert_int_equal(group->place, ORDER_NEW);
    assert_true(group->id != id);
    for (int i = 0; i < 2; i++) {
        set(&groups, &a, "");
        set(&groups, &b, "");
        set(&groups, &c, "");
    }
    order_groups_destroy(&groups);
}

static void
test_order_of_groups(void **state OVS_UNUSED)
{
    struct remote r[4] = { { .n = 0 }, };
    struct order_group *sorted[3];
    struct order_groups groups;

    order_groups_init(&groups);
    sorted[0] = set(&groups, &r[0], "<bc");
    sorted[1] = set(&groups, &r[1], "<ab");
    sorted[2] = set(&groups, &r[2], "<ca");
    set(&groups, &r[3], "<ca");
    qsort(sorted, 3, sizeof *sorted, order_group_compare);
    assert_ptr_equal(sorted[0], r[2].member.group);
    assert_ptr_equal(sorted[1], r[1].member.group);
    assert_ptr_equal(sorted[2], r[0].member.group);
    assert_int_equal(order_group_as_remote(sorted[0]).n_more, 1);
    for (int i = 0; i < 4; i++) {
        set(&groups, &r[i], "");
    }
    order_groups_destroy(&groups);
}

/* Many random changes, next to a list that is looked at as a whole. */
static void
test_random_changes(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "", "-", "<ab", "<ba", "<abc", "^abc", "^bac <ab", "<ab ^bac",
    };
    /* Texts with the same number want the same. */
    static const int kinds[] = { 0, 0, 1, 2, 3, 4, 5, 5 };
    enum { N = 50 };
    struct remote remotes[N];
    int present[N] = { 0 };
    struct order_groups groups;
    uint32_t seed = 12345;

    memset(remotes, 0, sizeof remotes);
    order_groups_init(&groups);
    for (int round = 0; round < 3000; round++) {
        size_t counts[6] = { 0 }, n_kinds = 0;

        seed = seed * 1103515245 + 12345;
        int i = (seed >> 16) % N;
        int text = (seed >> 8) % ARRAY_SIZE(texts);

        set(&groups, &remotes[i], texts[text]);
        present[i] = kinds[text];
        for (int j = 0; j < N; j++) {
            counts[present[j]]++;
        }
        for (int kind = 1; kind < 6; kind++) {
            n_kinds += counts[kind] > 0;
        }
        assert_int_equal(hmap_count(&groups.groups), n_kinds);
        assert_int_equal(groups.n_members[ORDER_NEW], N - counts[0]);
        for (int j = 0; j < N; j++) {
            const struct order_group *group = remotes[j].member.group;

            assert_int_equal(group ? group->n_members : 0,
                             present[j] ? counts[present[j]] : 0);
        }
    }
    for (int i = 0; i < N; i++) {
        set(&groups, &remotes[i], "");
    }
    order_groups_destroy(&groups);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_wishes),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_order_of_groups),
        cmocka_unit_test(test_random_changes),
    };
    return cmocka_run_group_tests_name("order-groups", tests, NULL, NULL);
}
