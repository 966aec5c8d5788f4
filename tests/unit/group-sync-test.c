/* Groups: what is sent for which difference, and what becomes of answers. */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "agent/switch/desired-group.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/group-sync.h"
#include "agent/switch/ofctrl-msg.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Makes a fast-failover group whose buckets watch 'port' and the one after
 * it, and go on in table 28. */
static void
make_spec(struct group_spec *spec, uint16_t port)
{
    struct ofpact_resubmit *resubmit;
    struct ofpbuf ofpacts;

    group_spec_init(spec, OFPGT11_FF);
    for (int i = 0; i < 2; i++) {
        ofpbuf_init(&ofpacts, 64);
        ofpact_put_set_field(&ofpacts, mf_from_id(MFF_REG0),
                             &(ovs_be32) { htonl(port + i) },
                             &(ovs_be32) { OVS_BE32_MAX });
        resubmit = ofpact_put_RESUBMIT(&ofpacts);
        resubmit->in_port = OFPP_IN_PORT;
        resubmit->table_id = 28;
        group_spec_add(spec, 10 + i, 0, u16_to_ofp(port + i), &ofpacts);
        ofpbuf_uninit(&ofpacts);
    }
}

static struct desired_group *
make(uint32_t id, uint16_t port)
{
    struct desired_group *group;
    struct group_spec spec;

    make_spec(&spec, port);
    group = desired_group_create(id, &spec);
    group_spec_destroy(&spec);
    return group;
}

/* Takes all changes.  If 'error', that is the answer to the first.  Checks
 * that they are 'expected': "+7" sets group 7, "-7" deletes it. */
static void
expect(struct group_sync *gs, enum ofperr error, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n_sets, n;
    struct group_change *changes = group_sync_take_changes(gs, &n_sets, &n);

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(!!changes[i].group, i < n_sets);
        ds_put_format(&s, "%c%"PRIu32, i < n_sets ? '+' : '-',
                      changes[i].slot->id);
    }
    if (error) {
        group_sync_refuse(gs, &changes[0], error);
    }
    group_sync_finish_changes(gs, changes, n, !error);
    assert_string_equal(ds_cstr(&s), expected);
    ds_destroy(&s);
}

static void
test_life(void **state OVS_UNUSED)
{
    struct flow_owner a, b;
    struct group_sync gs;

    group_sync_init(&gs);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    assert_false(group_sync_may_take(&gs));
    assert_true(group_sync_set(&gs, make(7, 100), &a));
    assert_false(group_sync_set(&gs, make(7, 100), &a));
    assert_true(group_sync_may_take(&gs));
    expect(&gs, 0, "+7");
    expect(&gs, 0, "");

    /* Another owner takes it over as it is: nothing to send. */
    assert_true(group_sync_set(&gs, make(7, 100), &b));
    expect(&gs, 0, "");
    assert_false(group_sync_unset(&gs, 7, &a));

    /* It changes, and one comes. */
    assert_true(group_sync_set(&gs, make(7, 200), &b));
    assert_true(group_sync_set(&gs, make(8, 200), &a));
    expect(&gs, 0, "+7+8");
    assert_non_null(group_sync_get(&gs, 8));
    assert_true(group_sync_unset(&gs, 8, &a));
    assert_null(group_sync_get(&gs, 8));
    expect(&gs, 0, "-8");
    assert_true(group_sync_unset(&gs, 7, &b));
    expect(&gs, 0, "-7");
    assert_true(hmap_is_empty(&gs.groups));
    group_sync_destroy(&gs);
    free(a.name);
    free(b.name);
}

/* An owner that goes takes its groups with it, one that is refused, too. */
static void
test_owner_goes(void **state OVS_UNUSED)
{
    struct flow_owner a, b;
    struct group_sync gs;

    group_sync_init(&gs);
    flow_owner_init(&a, 1, "a");
    flow_owner_init(&b, 2, "b");
    group_sync_set(&gs, make(7, 100), &a);
    group_sync_set(&gs, make(8, 100), &b);
    group_sync_set(&gs, make(9, 100), &b);
    group_sync_set(&gs, make(9, 200), &a);
    expect(&gs, OFPERR_OFPGMFC_OUT_OF_GROUPS, "+7+8+9");
    assert_int_equal(a.n_groups, 2);
    assert_int_equal(b.n_groups, 1);
    assert_true(group_sync_unset_all(&gs, &a));
    assert_int_equal(a.n_groups, 0);
    assert_int_equal(gs.n_refused, 0);
    assert_false(group_sync_unset_all(&gs, &a));
    assert_non_null(group_sync_get(&gs, 8));
    assert_null(group_sync_get(&gs, 9));
    expect(&gs, 0, "+8");
    group_sync_destroy(&gs);
    free(a.name);
    free(b.name);
}

static void
test_changes_under_way(void **state OVS_UNUSED)
{
    struct group_change *changes;
    struct group_sync gs;
    struct flow_owner a;
    size_t n_sets, n;

    group_sync_init(&gs);
    flow_owner_init(&a, 1, "a");

    /* It is changed while it is on its way, and is sent once more. */
    group_sync_set(&gs, make(7, 100), &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    assert_int_equal(n, 1);
    group_sync_set(&gs, make(7, 200), &a);
    assert_false(group_sync_may_take(&gs));
    group_sync_finish_changes(&gs, changes, n, true);
    expect(&gs, 0, "+7");

    /* Likewise deleted, and wanted again. */
    group_sync_unset(&gs, 7, &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    assert_int_equal(n_sets, 0);
    group_sync_set(&gs, make(7, 200), &a);
    group_sync_finish_changes(&gs, changes, n, true);
    expect(&gs, 0, "+7");

    /* A bundle that came to nothing. */
    group_sync_set(&gs, make(7, 300), &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    group_sync_finish_changes(&gs, changes, n, false);
    expect(&gs, 0, "+7");

    /* An error of what is not wanted any more says nothing. */
    group_sync_set(&gs, make(7, 400), &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    group_sync_set(&gs, make(7, 500), &a);
    group_sync_refuse(&gs, &changes[0], OFPERR_OFPGMFC_BAD_WATCH);
    group_sync_finish_changes(&gs, changes, n, false);
    assert_int_equal(a.n_refused, 0);
    expect(&gs, 0, "+7");

    group_sync_unset(&gs, 7, &a);
    group_sync_destroy(&gs);
    free(a.name);
}

static void
count_error(const char *name, const char *error, void *ds_)
{
    ds_put_format(ds_, "%s: %s;", name, error);
}

static void
test_refused(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct group_sync gs;
    struct flow_owner a;
    uint64_t seq;

    group_sync_init(&gs);
    flow_owner_init(&a, 1, "endpoint a");
    group_sync_set(&gs, make(7, 100), &a);
    group_sync_set(&gs, make(8, 100), &a);
    seq = gs.refusal_seq;
    expect(&gs, OFPERR_OFPGMFC_OUT_OF_GROUPS, "+7+8");
    assert_int_equal(a.n_refused, 1);
    assert_int_not_equal(gs.refusal_seq, seq);
    seq = gs.refusal_seq;
    assert_int_equal(gs.n_refused, 1);
    group_sync_for_each_error(&gs, count_error, &ds);
    assert_string_equal(ds_cstr(&ds), "endpoint a: group 7: "
                        "OFPGMFC_OUT_OF_GROUPS;");
    ds_destroy(&ds);

    /* The other one goes on. */
    expect(&gs, 0, "+8");

    /* Refused once more, then not. */
    group_sync_retry(&gs);
    expect(&gs, OFPERR_OFPGMFC_OUT_OF_GROUPS, "+7");
    assert_int_equal(a.n_refused, 1);
    assert_int_equal(gs.refusal_seq, seq);
    expect(&gs, 0, "");
    group_sync_retry(&gs);
    expect(&gs, 0, "+7");
    assert_int_equal(a.n_refused, 0);
    assert_int_not_equal(gs.refusal_seq, seq);
    assert_int_equal(gs.n_refused, 0);

    /* A connection that is new has refused nothing. */
    group_sync_set(&gs, make(7, 200), &a);
    expect(&gs, OFPERR_OFPGMFC_BAD_WATCH, "+7");
    group_sync_forget_installed(&gs);
    assert_int_equal(a.n_refused, 0);
    expect(&gs, 0, "+8+7");

    group_sync_unset(&gs, 7, &a);
    group_sync_unset(&gs, 8, &a);
    group_sync_destroy(&gs);
    free(a.name);
}

/* What is refused is not applied, all else is. */
static void
test_refused_alone(void **state OVS_UNUSED)
{
    struct group_change *changes;
    struct group_sync gs;
    struct flow_owner a;
    size_t n_sets, n;

    group_sync_init(&gs);
    flow_owner_init(&a, 1, "a");
    group_sync_set(&gs, make(7, 100), &a);
    group_sync_set(&gs, make(8, 100), &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    group_sync_refuse(&gs, &changes[0], OFPERR_OFPGMFC_OUT_OF_GROUPS);
    assert_int_equal(group_sync_finish_changes(&gs, changes, n, true), 0);
    assert_int_equal(a.n_refused, 1);
    expect(&gs, 0, "");

    /* Tried again with another: still refused, then not. */
    group_sync_retry(&gs);
    group_sync_set(&gs, make(9, 100), &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    assert_int_equal(n, 2);
    assert_int_equal(changes[0].slot->id, 7);
    group_sync_refuse(&gs, &changes[0], OFPERR_OFPGMFC_OUT_OF_GROUPS);
    assert_int_equal(group_sync_finish_changes(&gs, changes, n, true), 0);
    assert_int_equal(a.n_refused, 1);
    expect(&gs, 0, "");
    group_sync_retry(&gs);
    expect(&gs, 0, "+7");
    assert_int_equal(a.n_refused, 0);

    /* Refused, and meanwhile something else is wanted. */
    group_sync_set(&gs, make(7, 200), &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    group_sync_set(&gs, make(7, 100), &a);
    group_sync_refuse(&gs, &changes[0], OFPERR_OFPGMFC_BAD_WATCH);
    group_sync_finish_changes(&gs, changes, n, true);
    assert_int_equal(a.n_refused, 0);
    expect(&gs, 0, "");

    /* A group that is not deleted is still there, and tried again. */
    group_sync_unset(&gs, 7, &a);
    group_sync_unset(&gs, 8, &a);
    changes = group_sync_take_changes(&gs, &n_sets, &n);
    assert_int_equal(changes[0].slot->id, 7);
    group_sync_refuse(&gs, &changes[0], OFPERR_OFPBRC_EPERM);
    group_sync_finish_changes(&gs, changes, n, true);
    assert_int_equal(hmap_count(&gs.groups), 2);
    expect(&gs, 0, "");
    group_sync_retry(&gs);
    expect(&gs, 0, "-7");

    group_sync_unset(&gs, 9, &a);
    group_sync_destroy(&gs);
    free(a.name);
}

static void
test_reading(void **state OVS_UNUSED)
{
    struct group_sync gs;
    struct flow_owner a;

    group_sync_init(&gs);
    flow_owner_init(&a, 1, "a");
    group_sync_set(&gs, make(7, 100), &a);
    group_sync_set(&gs, make(8, 100), &a);

    /* One is as wanted, one is not, one is nobody's. */
    group_sync_begin_reading(&gs);
    assert_true(group_sync_add_installed(&gs, make(7, 100)));
    assert_true(group_sync_add_installed(&gs, make(8, 200)));
    assert_true(group_sync_add_installed(&gs, make(9, 100)));
    assert_int_equal(group_sync_end_reading(&gs), 0);
    expect(&gs, 0, "+8-9");

    /* Somebody deletes one and changes the other. */
    group_sync_begin_reading(&gs);
    assert_true(group_sync_add_installed(&gs, make(8, 300)));
    assert_int_equal(group_sync_end_reading(&gs), 1);
    expect(&gs, 0, "+8+7");
    group_sync_begin_reading(&gs);
    assert_false(group_sync_add_installed(&gs, make(7, 100)));
    assert_false(group_sync_add_installed(&gs, make(8, 100)));
    assert_int_equal(group_sync_end_reading(&gs), 0);
    expect(&gs, 0, "");

    group_sync_unset(&gs, 7, &a);
    group_sync_unset(&gs, 8, &a);
    group_sync_destroy(&gs);
    free(a.name);
}

static void
keep_group(struct desired_group *group, void *groups_)
{
    struct desired_group **groups = groups_;

    groups[groups[0] ? 1 : 0] = group;
}

/* What the switch reports is what was sent: buckets, hash fields, weights. */
static void
test_encoding(void **state OVS_UNUSED)
{
    static const enum mf_field_id fields[] = { MFF_IPV4_SRC, MFF_TCP_SRC };
    struct desired_group *ff, *select, *read[2] = { NULL, NULL };
    struct ovs_list replies;
    struct ofpbuf ofpacts;
    struct group_spec specs[2];

    make_spec(&specs[0], 100);
    ofpbuf_init(&ofpacts, 64);
    ofpact_put_OUTPUT(&ofpacts)->port = u16_to_ofp(5);
    group_spec_init(&specs[1], OFPGT11_SELECT);
    group_spec_set_hash(&specs[1], fields, ARRAY_SIZE(fields));
    group_spec_add(&specs[1], 0x1234, 100, OFPP_ANY, &ofpacts);
    group_spec_add(&specs[1], 77, 50, u16_to_ofp(9), &ofpacts);
    ofpbuf_uninit(&ofpacts);
    ff = desired_group_create(7, &specs[0]);
    select = desired_group_create(8, &specs[1]);
    assert_false(desired_group_equals(ff, select));

    struct ofpbuf *request = ofctrl_msg_group_request(OFP15_VERSION);
    ofpmp_init(&replies, request->data);
    for (int i = 0; i < 2; i++) {
        struct ofputil_group_desc desc = {
            .type = specs[i].mod.type,
            .group_id = 7 + i,
            .props = specs[i].mod.props,
        };

        ofputil_append_group_desc_reply(&desc, &specs[i].mod.buckets,
                                        &replies);
    }
    struct ofpbuf *reply = ofpbuf_from_list(ovs_list_pop_front(&replies));
    ofpmsg_update_length(reply);
    ofctrl_msg_decode_group_reply(reply->data, keep_group, read);
    assert_non_null(read[1]);
    assert_true(desired_group_equals(ff, read[0]));
    assert_true(desired_group_equals(select, read[1]));

    struct ds s = DS_EMPTY_INITIALIZER;
    desired_group_format(select, &s);
    assert_string_equal(
        ds_cstr(&s), "group_id=8,type=select,selection_method=hash,"
        "fields(ip_src,tcp_src),bucket=bucket_id:4660,weight:100,"
        "actions=output:5,bucket=bucket_id:77,weight:50,watch_port:9,"
        "actions=output:5");
    ds_destroy(&s);

    ofpbuf_delete(reply);
    ofpbuf_delete(request);
    for (int i = 0; i < 2; i++) {
        group_spec_destroy(&specs[i]);
        free(read[i]);
    }
    free(ff);
    free(select);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_owner_goes),
        cmocka_unit_test(test_changes_under_way),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_alone),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_encoding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
