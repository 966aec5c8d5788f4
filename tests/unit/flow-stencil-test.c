/* Flows made by a stencil are those that are made without. */

#include <config.h>

#include "agent/switch/flow-stencil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define TABLE 9

/* A flow with a MAC in the match and twice in the actions, and a number in
 * both. */
static void
build(struct eth_addr mac, uint32_t number, struct match *match,
      struct ofpbuf *actions)
{
    match_init_catchall(match);
    match_set_metadata(match, htonll(number));
    match_set_dl_dst(match, mac);
    ofpbuf_init(actions, 64);
    put_set_eth_src(actions, mac);
    put_load_imm(actions, MFF_REG3, number, 0);
    put_set_eth_dst(actions, mac);
    put_goto(actions, TABLE + 1);
}

static void
test_same_as_without(void **state OVS_UNUSED)
{
    static const struct eth_addr macs[] = {
        ETH_ADDR_C(00,00,00,00,00,00), ETH_ADDR_C(ff,ff,ff,ff,ff,ff),
        ETH_ADDR_C(02,00,00,00,12,34),
    };
    static const uint32_t numbers[] = { 0, 1, 0xffffff, UINT32_MAX };
    struct eth_addr mac = ETH_ADDR_C(92,5b,e1,7a,3c,d6);
    ovs_be32 number = htonl(0x6bc20f85);
    const struct flow_stencil_value values[] = {
        { &mac, sizeof mac }, { &number, sizeof number },
    };
    struct flow_stencil stencil;
    struct flow_list list;
    struct ofpbuf actions;
    struct match match;

    build(mac, ntohl(number), &match, &actions);
    flow_stencil_make(&stencil, TABLE, &match, &actions, values,
                      ARRAY_SIZE(values));
    ofpbuf_uninit(&actions);
    assert_int_equal(stencil.n_holes, 5);

    flow_list_init(&list);
    for (size_t i = 0; i < ARRAY_SIZE(macs); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
            struct desired_flow *a, *b;

            mac = macs[i];
            number = htonl(numbers[j]);
            flow_stencil_add(&stencil, &list, 7 + i, values);
            build(macs[i], numbers[j], &match, &actions);
            flow_list_add(&list, TABLE, 7 + i, &match, &actions);
            ofpbuf_uninit(&actions);
            a = flow_list_pop(&list);
            b = flow_list_pop(&list);
            assert_true(desired_flow_same_key(a, b));
            assert_true(desired_flow_same_instructions(a, b));
            assert_true(desired_flow_same_cookie(a, b));
            desired_flow_unref(a);
            desired_flow_unref(b);
        }
    }
    assert_null(flow_list_pop(&list));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
