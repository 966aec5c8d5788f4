/* Flows that the switch, or the flow table itself, refuses. */

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

/* What the switch refused stays refused while it is tried again. */
static void
test_tried_again(void **state OVS_UNUSED)
{
    struct flow_change *changes;
    struct flow_table ft;
    struct flow_owner owner;
    size_t n;

    flow_table_init(&ft);
    flow_owner_init(&owner, 1, "a");
    want(&ft, &owner, 1, 1, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    flow_table_refuse(&ft, changes[0].flow, "full");
    flow_slots_finish_changes(&ft.slots, changes, n, false);
    assert_int_equal(ft.slots.n_pending, 0);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(flow_table_retry(&ft, 9), 1);
        assert_int_equal(flow_table_retry(&ft, 9), 0);
        assert_int_equal(owner.n_refused, 1);
        changes = flow_slots_take_changes(&ft.slots, &n);
        assert_int_equal(n, 1);
        if (i) {
            assert_true(flow_table_accept(&ft, changes[0].flow));
            assert_false(flow_table_accept(&ft, changes[0].flow));
        } else {
            flow_table_refuse(&ft, changes[0].flow, "still full");
        }
        flow_slots_finish_changes(&ft.slots, changes, n, i);
        assert_int_equal(ft.slots.n_pending, 0);
        assert_int_equal(owner.n_refused, !i);
    }
    assert_int_equal(ft.slots.n_installed, 1);
    owner_destroy(&ft, &owner);
    commit(&ft, NULL);
    flow_table_destroy(&ft);
}

static void
test_refused_flows(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner a, b;
    struct flow_change *changes;
    uint64_t seq;
    size_t n;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    want(&ft, &a, 1, 1, -1);
    commit(&ft, NULL);
    seq = ft.refusal_seq;

    /* Its new version is refused: the old one goes, the other flow comes. */
    want(&ft, &a, 1, 2, -1);
    want(&ft, &b, 2, 1, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        if (changes[i].flow->owner == &a) {
            flow_table_refuse(&ft, changes[i].flow, "because");
        }
    }
    flow_slots_finish_changes(&ft.slots, changes, n, false);
    assert_int_equal(count_errors(&ft), 1);
    assert_int_equal(a.n_refused, 1);
    assert_int_not_equal(ft.refusal_seq, seq);
    seq = ft.refusal_seq;
    assert_int_equal(commit(&ft, &n), 2);
    assert_int_equal(n, 1);
    assert_int_equal(ft.slots.n_installed, 1);
    assert_int_equal(ft.slots.n_pending, 0);

    /* Again, if the owner says so; and after a reconnection. */
    assert_int_equal(ft.refusal_seq, seq);
    assert_true(want(&ft, &a, 1, 2, -1));
    assert_int_equal(a.n_refused, 0);
    assert_int_not_equal(ft.refusal_seq, seq);
    changes = flow_slots_take_changes(&ft.slots, &n);
    assert_int_equal(n, 1);
    flow_table_refuse(&ft, changes[0].flow, "because");
    flow_slots_finish_changes(&ft.slots, changes, n, false);
    assert_int_equal(ft.slots.n_pending, 0);
    flow_table_forget_installed(&ft);
    assert_int_equal(count_errors(&ft), 0);
    assert_int_equal(commit(&ft, NULL), 2);

    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    flow_table_destroy(&ft);
}

/* Takes all changes, of which the switch refuses those of 'owner' and applies
 * the others. */
static size_t
commit_but(struct flow_table *ft, const struct flow_owner *owner)
{
    size_t n;
    struct flow_change *changes = flow_slots_take_changes(&ft->slots, &n);

    for (size_t i = 0; i < n; i++) {
        struct desired_flow *flow = changes[i].flow;

        if (!flow) {
            flow_slots_refuse_change(&ft->slots, &changes[i]);
        } else if (flow->owner == owner) {
            flow_slots_refuse_change(&ft->slots, &changes[i]);
            flow_table_refuse(ft, flow, "because");
        }
    }
    flow_slots_finish_changes(&ft->slots, changes, n, true);
    return n;
}

/* What is refused is not applied, all else is. */
static void
test_refused_alone(void **state OVS_UNUSED)
{
    struct flow_owner a, b;
    struct flow_table ft;
    size_t n_adds;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    want(&ft, &a, 1, 1, -1);
    commit(&ft, NULL);

    /* A new version: the old one is still there, and goes. */
    want(&ft, &a, 1, 2, -1);
    want(&ft, &b, 2, 1, -1);
    assert_int_equal(commit_but(&ft, &a), 2);
    assert_int_equal(a.n_refused, 1);
    assert_int_equal(ft.slots.n_installed, 2);
    assert_int_equal(commit(&ft, &n_adds), 1);
    assert_int_equal(n_adds, 0);
    assert_int_equal(ft.slots.n_installed, 1);

    /* One that is new, or tried again, is not there. */
    assert_int_equal(flow_table_retry(&ft, 9), 1);
    want(&ft, &b, 3, 1, -1);
    assert_int_equal(commit_but(&ft, &a), 3);
    assert_int_equal(a.n_refused, 1);
    assert_int_equal(ft.slots.n_installed, 2);

    /* A flow that is not deleted is still there, and to be deleted. */
    assert_int_equal(ft.slots.n_pending, 1);
    assert_int_equal(commit_but(&ft, &a), 1);
    assert_int_equal(ft.slots.n_pending, 1);
    assert_int_equal(commit(&ft, &n_adds), 1);
    assert_int_equal(n_adds, 0);
    assert_int_equal(ft.slots.n_installed, 1);

    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(hmap_count(&ft.slots.by_key), 0);
    flow_table_destroy(&ft);
}

/* The switch refuses to delete a flow, of which another owner wants a new
 * version by then: that replaces it, and nothing is deleted. */
static void
test_a_deletion_that_is_not_wanted_any_more(void **state OVS_UNUSED)
{
    for (int committed = 0; committed < 2; committed++) {
        struct flow_change *changes;
        struct flow_owner a, b;
        struct flow_table ft;
        size_t n, n_adds;

        flow_table_init(&ft);
        flow_owner_init(&a, 1, "a");
        flow_owner_init(&b, 2, "b");
        want(&ft, &a, 1, 1, -1);
        commit(&ft, NULL);

        /* It is wanted while the deletion is under way... */
        want_nothing(&ft, &a);
        changes = flow_slots_take_changes(&ft.slots, &n);
        assert_int_equal(n, 1);
        assert_null(changes[0].flow);
        want(&ft, &b, 1, 2, -1);
        flow_slots_refuse_change(&ft.slots, &changes[0]);
        flow_slots_finish_changes(&ft.slots, changes, n, committed);
        assert_int_equal(commit(&ft, &n_adds), 1);
        assert_int_equal(n_adds, 1);
        assert_int_equal(ft.slots.n_installed, 1);
        assert_int_equal(ft.slots.n_pending, 0);

        /* ...or before it is tried again. */
        want_nothing(&ft, &b);
        assert_int_equal(commit_but(&ft, NULL), 1);
        assert_int_equal(ft.slots.n_pending, 1);
        want(&ft, &a, 1, 3, -1);
        assert_int_equal(commit(&ft, &n_adds), 1);
        assert_int_equal(n_adds, 1);
        assert_int_equal(ft.slots.n_installed, 1);
        assert_int_equal(ft.slots.n_pending, 0);

        owner_destroy(&ft, &a);
        owner_destroy(&ft, &b);
        commit(&ft, NULL);
        flow_table_destroy(&ft);
    }
}

static void
test_a_refusal_that_comes_too_late(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner a;
    struct flow_change *changes;
    size_t n;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    want(&ft, &a, 1, 1, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    want(&ft, &a, 1, 2, -1);
    flow_table_refuse(&ft, changes[0].flow, "because");
    flow_slots_finish_changes(&ft.slots, changes, n, false);
    assert_int_equal(count_errors(&ft), 0);
    assert_int_equal(commit(&ft, NULL), 1);

    /* The same while other changes are applied. */
    want(&ft, &a, 1, 1, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    want_nothing(&ft, &a);
    flow_table_refuse(&ft, changes[0].flow, "because");
    flow_slots_refuse_change(&ft.slots, &changes[0]);
    flow_slots_finish_changes(&ft.slots, changes, n, true);
    assert_int_equal(ft.slots.n_installed, 1);
    want(&ft, &a, 1, 2, -1);
    assert_int_equal(ft.slots.n_pending, 0);

    /* While a flow is under way, its owner gives it up and another one wants
     * it. */
    want(&ft, &a, 1, 3, -1);
    changes = flow_slots_take_changes(&ft.slots, &n);
    want_nothing(&ft, &a);
    flow_slots_finish_changes(&ft.slots, changes, n, true);
    assert_int_equal(ft.slots.n_pending, 1);
    want(&ft, &a, 1, 3, -1);
    assert_int_equal(ft.slots.n_pending, 0);

    owner_destroy(&ft, &a);
    flow_table_destroy(&ft);
}

static void
test_conflicts(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner a, b, c;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    flow_owner_init(&c, 3, "c");
    want(&ft, &a, 1, 1, -1);
    want(&ft, &b, 1, 2, -1);
    want(&ft, &c, 1, 3, -1);
    assert_int_equal(count_errors(&ft), 2);
    assert_int_equal(commit(&ft, NULL), 1);
    want(&ft, &b, 1, 4, -1);
    assert_int_equal(ft.slots.n_pending, 0);
    assert_int_equal(b.n_refused, 1);
    want_nothing(&ft, &a);
    assert_int_equal(count_errors(&ft), 1);
    assert_int_equal(b.n_refused, 0);
    assert_int_equal(commit(&ft, NULL), 1);
    want_nothing(&ft, &b);
    assert_int_equal(count_errors(&ft), 0);
    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    owner_destroy(&ft, &c);
    flow_table_destroy(&ft);
}

static void
test_a_flow_that_is_too_big(void **state OVS_UNUSED)
{
    struct flow_table ft;
    struct flow_owner a, b;
    struct flow_list list;
    struct ofpbuf ofpacts;
    struct match match;

    flow_table_init(&ft);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    ofpbuf_init(&ofpacts, 0);
    for (int i = 0; i < 5000; i++) {
        put_output(&ofpacts, u16_to_ofp(1 + i));
    }
    match_init_catchall(&match);
    match_set_metadata(&match, OVS_BE64_MAX);
    flow_list_init(&list);
    flow_list_add(&list, 1, 10, &match, &ofpacts);
    flow_table_replace(&ft, &a, &list);
    want(&ft, &b, 1, 1, -1);
    assert_int_equal(count_errors(&ft), 1);
    assert_int_equal(commit(&ft, NULL), 1);
    flow_table_forget_installed(&ft);
    assert_int_equal(commit(&ft, NULL), 1);
    assert_int_equal(a.n_refused, 1);
    want_nothing(&ft, &a);
    assert_int_equal(count_errors(&ft), 0);

    ofpbuf_uninit(&ofpacts);
    owner_destroy(&ft, &a);
    owner_destroy(&ft, &b);
    flow_table_destroy(&ft);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tried_again),
        cmocka_unit_test(test_refused_flows),
        cmocka_unit_test(test_refused_alone),
        cmocka_unit_test(test_a_deletion_that_is_not_wanted_any_more),
        cmocka_unit_test(test_a_refusal_that_comes_too_late),
        cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_a_flow_that_is_too_big),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
