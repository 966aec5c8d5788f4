/* The difference between wanted and installed flows. */

#include <config.h>

#include "agent/switch/flow-table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "tests/unit/flow-table-fixture.h"
#include "util.h"

static void
test_only_differences_are_sent(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner owner;
    struct flow_list list;
    size_t n_adds;

    flow_table_init(&ft);
    flow_owner_init(&owner, 7, "endpoint %d", 1);
    flow_list_init(&list);
    for (int i = 0; i < 10; i++) {
        add_flow(&list, i, 1, -1);
    }
    assert_true(flow_table_replace(&ft, &owner, &list));
    assert_int_equal(commit(&ft, &n_adds), 10);
    assert_int_equal(n_adds, 10);
    assert_int_equal(ft.slots.n_installed, 10);

    /* First the same again; then one differs, one is gone, one is new. */
    for (int i = 0; i < 10; i++) {
        add_flow(&list, i, 1, -1);
    }
    assert_false(flow_table_replace(&ft, &owner, &list));
    assert_int_equal(ft.slots.n_pending, 0);
    for (int i = 1; i < 11; i++) {
        add_flow(&list, i, i == 5 ? 2 : 1, -1);
    }
    assert_true(flow_table_replace(&ft, &owner, &list));
    assert_int_equal(commit(&ft, &n_adds), 3);
    assert_int_equal(n_adds, 2);
    assert_int_equal(ft.n_desired, 10);
    assert_int_equal(ft.slots.n_installed, 10);

    /* Changed and changed back before anything was sent. */
    want_nothing(&ft, &owner);
    assert_int_equal(ft.slots.n_pending, 10);
    for (int i = 1; i < 11; i++) {
        add_flow(&list, i, i == 5 ? 2 : 1, -1);
    }
    flow_table_replace(&ft, &owner, &list);
    assert_int_equal(ft.slots.n_pending, 0);

    owner_destroy(&ft, &owner);
    assert_int_equal(commit(&ft, &n_adds), 10);
    assert_int_equal(n_adds, 0);
    flow_table_destroy(&ft);
}

static struct desired_flow *
switch_flow(uint64_t cookie, uint64_t key, uint16_t port)
{
    struct flow_list list;
    struct desired_flow *flow;

    flow_list_init(&list);
    add_flow(&list, key, port, -1);
    flow = flow_list_pop(&list);
    flow->cookie = cookie;
    return flow;
}

static void
test_what_is_there_is_adopted(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner owner;
    struct flow_list list;

    flow_table_init(&ft);
    flow_owner_init(&owner, 7, "x");
    /* The switch has a flow that is equal, one with other actions, one with
     * another cookie, and one that is not wanted. */
    flow_slots_add_installed(&ft.slots, switch_flow(7, 1, 1));
    flow_slots_add_installed(&ft.slots, switch_flow(7, 2, 2));
    flow_slots_add_installed(&ft.slots, switch_flow(8, 3, 1));
    flow_slots_add_installed(&ft.slots, switch_flow(7, 9, 1));
    assert_int_equal(ft.slots.n_pending, 4);

    flow_list_init(&list);
    for (int i = 1; i <= 4; i++) {
        add_flow(&list, i, 1, -1);
    }
    flow_table_replace(&ft, &owner, &list);
    assert_int_equal(commit(&ft, NULL), 4);
    assert_int_equal(ft.slots.n_installed, 4);

    /* A new connection: the flows are read again, in the other order. */
    flow_table_forget_installed(&ft);
    assert_int_equal(ft.slots.n_installed, 0);
    assert_int_equal(ft.slots.n_pending, 4);
    for (int i = 1; i <= 3; i++) {
        flow_slots_add_installed(&ft.slots, switch_flow(7, i, 1));
    }
    assert_int_equal(commit(&ft, NULL), 1);

    owner_destroy(&ft, &owner);
    flow_table_destroy(&ft);
}

/* The switch tells what somebody else did, also while changes are under
 * way. */
static void
test_what_others_change(void **state OVS_UNUSED)
{
    struct flow_change *changes;
    struct desired_flow *flow;
    struct flow_table ft;
    struct flow_owner owner;
    struct flow_list list;
    size_t n;

    flow_table_init(&ft);
    flow_owner_init(&owner, 7, "x");
    flow_list_init(&list);
    for (int i = 1; i <= 3; i++) {
        add_flow(&list, i, 1, -1);
    }
    flow_table_replace(&ft, &owner, &list);
    commit(&ft, NULL);

    flow = switch_flow(7, 1, 1);
    flow_slots_remove_installed(&ft.slots, flow);
    flow_slots_remove_installed(&ft.slots, flow);
    flow_slots_add_installed(&ft.slots, switch_flow(7, 2, 9));
    flow_slots_add_installed(&ft.slots, switch_flow(7, 3, 1));
    flow_slots_add_installed(&ft.slots, switch_flow(7, 4, 1));
    assert_int_equal(ft.slots.n_installed, 3);
    assert_int_equal(ft.slots.n_pending, 3);

    /* What is removed while it is being put back is there in the end ... */
    changes = flow_slots_take_changes(&ft.slots, &n);
    flow_slots_remove_installed(&ft.slots, flow);
    flow_slots_finish_changes(&ft.slots, changes, n, true);
    assert_int_equal(ft.slots.n_pending, 0);
    assert_int_equal(ft.slots.n_installed, 3);

    /* ... unless it is not put back. */
    flow_slots_remove_installed(&ft.slots, flow);
    changes = flow_slots_take_changes(&ft.slots, &n);
    flow_slots_finish_changes(&ft.slots, changes, n, false);
    assert_int_equal(ft.slots.n_pending, 1);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(ft.slots.n_installed, 3);

    desired_flow_unref(flow);
    owner_destroy(&ft, &owner);
    commit(&ft, NULL);
    assert_int_equal(hmap_count(&ft.slots.by_key), 0);
    flow_table_destroy(&ft);
}

static void
test_deletions_come_first(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner a, b;
    struct flow_change *changes;
    size_t n;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    want(&ft, &b, 2, 1, -1);
    commit(&ft, NULL);
    want(&ft, &a, 1, 1, -1);
    want_nothing(&ft, &b);
    changes = flow_slots_take_changes(&ft.slots, &n);
    assert_int_equal(n, 2);
    assert_null(changes[0].flow);
    assert_non_null(flow_change_get_flow(&changes[0]));
    assert_non_null(changes[1].flow);
    flow_slots_finish_changes(&ft.slots, changes, n, true);
    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    flow_table_destroy(&ft);
}

static void
test_flows_wait_for_the_tlv_map(void **state OVS_UNUSED)
{
    uint64_t i5 = UINT64_C(1) << 5, i6 = UINT64_C(1) << 6;
    struct flow_table ft;
    struct flow_owner a, b;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    want(&ft, &a, 1, 1, 5);
    want(&ft, &b, 2, 1, 6);
    flow_table_check_waiting(&ft);
    assert_int_equal(ft.slots.n_pending, 0);
    assert_int_equal(count_errors(&ft), 0);

    flow_table_set_tlv(&ft, i5 | i6, i5);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(ft.slots.n_using[5], 1);
    flow_table_set_tlv(&ft, i5 | i6, i5 | i6);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(ft.slots.n_using[6], 1);

    /* Index 5 has to change: its flow goes and comes back, the other stays. */
    flow_table_set_tlv(&ft, i5 | i6, i6);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(ft.slots.n_using[5], 0);
    assert_int_equal(ft.slots.n_using[6], 1);
    flow_table_set_tlv(&ft, i5 | i6, i5 | i6);
    assert_int_equal(commit(&ft, NULL), 1);

    /* Index 6 will not be there any more. */
    flow_table_set_tlv(&ft, i5, i5);
    assert_int_equal(commit(&ft, NULL), 1);
    flow_table_check_waiting(&ft);
    assert_int_equal(count_errors(&ft), 1);
    assert_int_equal(b.n_refused, 1);
    flow_table_set_tlv(&ft, i5 | i6, i5 | i6);
    assert_int_equal(b.n_refused, 0);
    assert_int_equal(commit(&ft, NULL), 1);

    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    assert_int_equal(commit(&ft, NULL), 2);
    assert_int_equal(ft.slots.n_using[5] + ft.slots.n_using[6], 0);
    flow_table_destroy(&ft);
}

/* A flow that nobody else claims needs no slot from when it is sent until it
 * is to change. */
static void
test_alone(void **state OVS_UNUSED)
{
    struct flow_change *changes;
    struct flow_owner a, b;
    struct flow_table ft;
    size_t n;

    flow_table_init(&ft);
    flow_table_set_tlv(&ft, 2, 2);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    want(&ft, &a, 0, 1, 1);
    want(&ft, &b, 1, 1, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    assert_int_equal(n, 2);
    assert_int_equal(hmap_count(&ft.slots.by_key), 0);
    assert_int_equal(hmap_count(&ft.slots.alone), 2);

    /* What the first needs is lost on the way, and so is all. */
    flow_table_set_tlv(&ft, 3, 1);
    want(&ft, &a, 0, 1, 1);
    assert_int_equal(hmap_count(&ft.slots.alone), 2);
    flow_slots_finish_changes(&ft.slots, changes, n, false);
    assert_int_equal(hmap_count(&ft.slots.alone), 0);
    assert_int_equal(ft.slots.n_installed, 0);
    assert_int_equal(commit(&ft, NULL), 1);
    flow_table_set_tlv(&ft, 2, 2);
    changes = flow_slots_take_changes(&ft.slots, &n);
    assert_int_equal(n, 1);
    flow_table_set_tlv(&ft, 3, 1);
    flow_slots_finish_changes(&ft.slots, changes, n, true);
    assert_int_equal(ft.slots.n_using[1], 1);
    assert_int_equal(ft.slots.n_pending, 1);
    flow_table_set_tlv(&ft, 2, 2);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(hmap_count(&ft.slots.alone), 2);

    /* A second claim, and one that goes while it is under way. */
    want(&ft, &b, 0, 2, -1);
    assert_int_equal(b.n_refused, 1);
    want(&ft, &b, 1, 2, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    want_nothing(&ft, &b);
    flow_slots_finish_changes(&ft.slots, changes, n, true);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(hmap_count(&ft.slots.by_key), 0);
    assert_int_equal(hmap_count(&ft.slots.alone), 1);

    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(ft.slots.n_using[1], 0);
    flow_table_destroy(&ft);
}

/* Early changes: adds what can be added whatever else there is; what is wanted
 * otherwise at the end comes again. */
static void
test_early_changes(void **state OVS_UNUSED)
{
    struct flow_changes changes = { .n = 0 };
    struct flow_owner a[4];
    struct flow_table ft;

    flow_table_init(&ft);
    flow_table_set_tlv(&ft, 2, 2);
    for (int i = 0; i < 4; i++) {
        flow_owner_init(&a[i], i, "a%d", i);
        want(&ft, &a[i], i, 1, i == 3 ? 1 : -1);
    }
    want(&ft, &a[2], 2, 1, -1);
    flow_slots_take_early(&ft.slots, &changes);
    assert_int_equal(changes.n, 3);
    assert_int_equal(ft.slots.n_pending, 1);
    flow_slots_take_early(&ft.slots, &changes);
    assert_int_equal(changes.n, 3);

    want(&ft, &a[0], 0, 2, -1);
    want_nothing(&ft, &a[1]);
    flow_slots_take_rest(&ft.slots, &changes);
    assert_int_equal(changes.n, 6);
    assert_null(changes.array[3].flow);
    assert_true(desired_flow_same_key(flow_change_get_flow(&changes.array[3]),
                                      changes.array[1].flow));
    assert_true(desired_flow_same_key(changes.array[4].flow,
                                      changes.array[0].flow));
    assert_false(desired_flow_same_instructions(changes.array[4].flow,
                                                changes.array[0].flow));
    assert_int_equal(desired_flow_get_tlv(changes.array[5].flow), 2);
    flow_slots_finish_changes(&ft.slots, changes.array, changes.n, true);
    assert_int_equal(ft.slots.n_installed, 3);
    assert_int_equal(ft.slots.n_pending, 0);

    /* Nothing of that, once it is in the switch, goes early. */
    changes = (struct flow_changes) { .n = 0 };
    want(&ft, &a[0], 0, 1, -1);
    want(&ft, &a[1], 1, 1, -1);
    want_nothing(&ft, &a[2]);
    flow_slots_take_early(&ft.slots, &changes);
    assert_int_equal(changes.n, 1);
    want(&ft, &a[1], 1, 2, -1);
    flow_slots_finish_changes(&ft.slots, changes.array, changes.n, false);
    assert_int_equal(commit(&ft, NULL), 3);

    for (int i = 0; i < 4; i++) {
        owner_destroy(&ft, &a[i]);
    }
    commit(&ft, NULL);
    flow_table_destroy(&ft);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_differences_are_sent),
        cmocka_unit_test(test_what_is_there_is_adopted),
        cmocka_unit_test(test_what_others_change),
        cmocka_unit_test(test_deletions_come_first),
        cmocka_unit_test(test_flows_wait_for_the_tlv_map),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_early_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
