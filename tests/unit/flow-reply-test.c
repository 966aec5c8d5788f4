/* Flows as the switch reports them: which are taken as they are encoded. */

#include <config.h>

#include "agent/switch/flow-reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/switch/desired-flow.h"
#include "openvswitch/list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define TABLE 4
#define PRIORITY 110
#define COOKIE UINT64_C(0x67656e6500000001)

/* Returns the part of a dump in which a switch reports 'match' and
 * 'actions'. */
static struct ofpbuf *
make_reply(const struct match *match, const struct ofpbuf *actions)
{
    struct ofputil_flow_stats fs = {
        .match = *match,
        .cookie = htonll(COOKIE),
        .table_id = TABLE,
        .priority = PRIORITY,
        .ofpacts = actions->data,
        .ofpacts_len = actions->size,
    };
    struct ofputil_flow_stats_request fsr = {
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };
    struct ofpbuf *request, *msg;
    struct ovs_list replies;

    match_init_catchall(&fsr.match);
    request = ofputil_encode_flow_stats_request(&fsr, OFPUTIL_P_OF15_OXM);
    ofpmp_init(&replies, request->data);
    ofputil_append_flow_stats_reply(&fs, &replies, NULL);
    ofpbuf_delete(request);
    msg = ofpbuf_from_list(ovs_list_pop_front(&replies));
    ofpmsg_update_length(msg);
    return msg;
}

/* Whether the flow is taken as it is.  Then it is the one that would be
 * wanted. */
static bool
is_taken(const struct match *match, const struct ofpbuf *actions)
{
    struct ofpbuf *reply = make_reply(match, actions);
    struct ofpbuf msg = ofpbuf_const_initializer(reply->data, reply->size);
    struct desired_flow *flow = flow_reply_pull(&msg);
    bool taken = flow != NULL;

    if (flow) {
        struct desired_flow *wanted = desired_flow_create(
            TABLE, PRIORITY, COOKIE, match, actions->data, actions->size);

        assert_true(desired_flow_same_key(flow, wanted));
        assert_true(desired_flow_same_instructions(flow, wanted));
        assert_int_equal(msg.size, 0);
        desired_flow_unref(wanted);
        desired_flow_unref(flow);
    }
    ofpbuf_delete(reply);
    return taken;
}

/* The value of arp_op and the header behind it look like an option. */
static void
test_match(void **state OVS_UNUSED)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 0);
    ofpact_put_OUTPUT(&actions)->port = OFPP_IN_PORT;
    match_init_catchall(&match);
    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(&match, ARP_OP_REQUEST);
    match_set_nw_dst(&match, htonl(0x0a000001));
    assert_true(is_taken(&match, &actions));

    match_init_catchall(&match);
    match_set_tun_id(&match, htonll(7));
    match_set_metadata(&match, htonll(0x150));
    assert_true(is_taken(&match, &actions));
    ofpbuf_uninit(&actions);
}

static void
test_tunnel_option(void **state OVS_UNUSED)
{
    const struct mf_field *option = mf_from_id(MFF_TUN_METADATA0 + 3);
    union mf_value value = { .u8 = 7 };
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    ofpbuf_init(&actions, 0);
    ofpact_put_set_field(&actions, option, &value, NULL);
    assert_false(is_taken(&match, &actions));
    ofpbuf_uninit(&actions);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_tunnel_option),
    };
    return cmocka_run_group_tests_name("flow-reply", tests, NULL, NULL);
}
