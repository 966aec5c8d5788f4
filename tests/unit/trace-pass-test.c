/* The passes of a packet, as ofproto/trace prints them. */

#include <config.h>

#include "lib/trace-pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "svec.h"
#include "util.h"

#define FIRST "Flow: tcp,in_port=1\n\nbridge(\"br-int\")\n 0. x\n\n" \
    "Datapath actions: ct(zone=1),recirc(0x3)\n"
#define PASS(ID, FLOW, TABLE) \
    "\n=============================\n" \
    "recirc(" ID ") - resume conntrack with default ct_state=trk|new\n" \
    "=============================\n\n" \
    "Flow: recirc_id=" ID ",ct_state=new|trk,ct_zone=1,eth," FLOW "\n\n" \
    "bridge(\"br-int\")\n----\n    thaw\n" \
    "        Resuming from table " TABLE "\n41. priority 0\n    drop\n\n" \
    "Datapath actions: drop\n"

static void
test_split(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        FIRST, FIRST PASS("0x3", "tcp", "41"),
        FIRST PASS("0x3", "tcp", "41") PASS("0x4", "udp", "4"), "", "\n",
    };
    static const size_t n[] = { 1, 2, 3, 1, 1 };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct svec passes = SVEC_EMPTY_INITIALIZER;
        char *joined;

        trace_pass_split(texts[i], &passes);
        joined = svec_join(&passes, "", "");
        assert_string_equal(joined, texts[i]);
        assert_int_equal(passes.n, n[i]);
        free(joined);
        svec_destroy(&passes);
    }
}

static void
test_tracked(void **state OVS_UNUSED)
{
    static const struct {
        const char *pass, *flow;
    } cases[] = {
        { PASS("0x3", "tcp,reg5=0xef7e0004,tun_id=0x1388,"
               "tun_src=192.0.2.2,gtpu_flags=0,tun_metadata12=0x66,in_port=1,"
               "nw_src=10.0.0.1,"
               "nw_dst=10.0.0.4,nw_ttl=64,tp_src=7,tp_dst=80", "41"),
          "ct_state=new|trk,ct_zone=1,tcp,reg5=0xef7e0004,in_port=1,"
          "nw_src=10.0.0.1,nw_dst=10.0.0.4,nw_ttl=64,tcp_src=7,tcp_dst=80,"
          "ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.4,ct_nw_proto=6,"
          "ct_tp_src=7,ct_tp_dst=80" },
        { PASS("0x3", "udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,tp_src=7,"
               "tp_dst=53", "41"),
          "ct_state=new|trk,ct_zone=1,udp6,ipv6_src=fd00::1,"
          "ipv6_dst=fd00::2,udp_src=7,udp_dst=53,ct_ipv6_src=fd00::1,"
          "ct_ipv6_dst=fd00::2,ct_nw_proto=17,ct_tp_src=7,ct_tp_dst=53" },
        { PASS("0x3", "icmp,nw_src=10.0.0.1,nw_dst=10.0.0.4,icmp_type=8",
               "41"),
          "ct_state=new|trk,ct_zone=1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.4,"
          "icmp_type=8,ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.4,"
          "ct_nw_proto=1" },
        { PASS("0x3", "icmp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,"
               "icmp_type=128,icmp_code=0", "41"),
          "ct_state=new|trk,ct_zone=1,icmp6,ipv6_src=fd00::1,"
          "ipv6_dst=fd00::2,icmpv6_type=128,icmpv6_code=0,"
          "ct_ipv6_src=fd00::1,ct_ipv6_dst=fd00::2,ct_nw_proto=58" },
        { PASS("0x3", "ip,nw_src=10.0.0.1,nw_dst=10.0.0.4,nw_proto=47", "41"),
          "ct_state=new|trk,ct_zone=1,ip,nw_src=10.0.0.1,nw_dst=10.0.0.4,"
          "nw_proto=47,ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.4,"
          "ct_nw_proto=47" },
        { PASS("0x3", "dl_type=0x88b5", "41"),
          "ct_state=new|trk,ct_zone=1,dl_type=0x88b5" },
        { PASS("0x3", "tcp", "4"), NULL },
        { FIRST, NULL },
        { "", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *flow = trace_pass_get_tracked(cases[i].pass, 41, false,
                                            false);

        if (cases[i].flow) {
            assert_non_null(flow);
            assert_string_equal(flow, cases[i].flow);
        } else {
            assert_null(flow);
        }
        free(flow);
    }
}

static void
check_options(const char *pass, const char *expected)
{
    char *actions = trace_pass_get_options(pass);

    assert_string_equal(actions, expected);
    free(actions);
}

static void
test_options(void **state OVS_UNUSED)
{
    static const char *const sent = PASS(
        "0x3", "tcp,tun_id=0x5,tun_src=192.0.2.1,nw_src=1.1.1.1", "17");
    char *flow = trace_pass_get_tracked(sent, 17, true, false);

    assert_non_null(strstr(flow, "tun_id=0x5"));
    assert_null(strstr(flow, "tun_src"));
    assert_null(strstr(flow, "dnat"));
    free(flow);
    flow = trace_pass_get_tracked(sent, 17, true, true);
    assert_non_null(strstr(flow, "ct_state=new|trk|dnat,"));
    free(flow);

    check_options("", "");
    check_options(FIRST, "");
    check_options(" 0. tun_metadata5=0x1, priority 5\n"
                  "    set_field:0x1388->tun_id\n"
                  "    set_field:0x1->tun_metadata31\n"
                  "        move:NXM_NX_REG15[0..5]->NXM_NX_TUN_METADATA12"
                  "[0..5]\nFinal flow: x->tun_metadata\n    x->tun_metadata",
                  "set_field:0x1->tun_metadata31,"
                  "move:NXM_NX_REG15[0..5]->NXM_NX_TUN_METADATA12[0..5],"
                  "x->tun_metadata,");
}

#define TRANSLATED(BEFORE, AFTER) \
    "\n====\nrecirc(0xd) - resume conntrack with default ct_state=trk|new\n" \
    "Replacing src/dst IP/ports to simulate NAT:\n" \
    " Initial flow: " BEFORE "\n Modified flow: " AFTER "\n====\n\nFlow: x\n"

static void
test_translation(void **state OVS_UNUSED)
{
    static const struct {
        const char *pass, *translation;
    } cases[] = {
        { "", NULL },
        { FIRST, NULL },
        { PASS("0x3", "tcp", "41"), NULL },
        { TRANSLATED("", ""), NULL },
        { TRANSLATED("nw_src=192.0.2.1,tp_src=7,nw_dst=10.0.0.4,tp_dst=80",
                     "nw_src=192.0.2.1,tp_src=7,nw_dst=10.0.0.4,tp_dst=80"),
          NULL },
        { TRANSLATED("nw_src=192.0.2.1,tp_src=7,nw_dst=192.0.2.9,tp_dst=80",
                     "nw_src=192.0.2.1,tp_src=7,nw_dst=10.0.0.4,tp_dst=80"),
          "dnat" },
        { TRANSLATED("nw_src=192.0.2.1,tp_src=7,nw_dst=192.0.2.9,tp_dst=80",
                     "nw_src=192.0.2.1,tp_src=7,nw_dst=192.0.2.9,tp_dst=8"),
          "dnat" },
        { TRANSLATED("nw_src=192.0.2.1,tp_src=7,nw_dst=10.0.0.4,tp_dst=80",
                     "nw_src=10.0.0.254,tp_src=7,nw_dst=10.0.0.4,tp_dst=80"),
          "snat" },
        { TRANSLATED("ipv6_src=fd00::1,ipv6_dst=2001:db8::9",
                     "ipv6_src=fd00::1,ipv6_dst=fd00::4"), "dnat" },
        { TRANSLATED("nw_src=1.1.1.1", ""), NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *s = trace_pass_get_translation(cases[i].pass);

        if (cases[i].translation) {
            assert_non_null(s);
            assert_string_equal(s, cases[i].translation);
        } else {
            assert_null(s);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_tracked),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_translation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
