/* What ofproto/trace printed, as recorded in tests/traces/. */

#include <config.h>

#include "lib/encapsulation.h"
#include "lib/trace-parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

/* The content of a recording, for the caller to free. */
static char *
read_recording(const char *name)
{
    const char *srcdir = getenv("GA_SRCDIR");
    char *path = xasprintf("%s/tests/traces/%s", srcdir ? srcdir : ".", name);
    FILE *file = fopen(path, "r");
    char *text = xzalloc(65536);

    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    free(path);
    return text;
}

static void
parse_recording(const char *name, struct trace *trace)
{
    char *text = read_recording(name);

    trace_parse(text, trace);
    free(text);
}

static const struct trace_step *
find_step(const struct trace *trace, const char *bridge, int table)
{
    for (size_t i = 0; i < trace->n_steps; i++) {
        if (!strcmp(trace->steps[i].bridge, bridge)
            && trace->steps[i].table == table) {
            return &trace->steps[i];
        }
    }
    return NULL;
}

static void
assert_header(const struct trace_tunnel *t, const char *expected)
{
    uint8_t bytes[GENEVE_BASE_HLEN + GENEVE_MAX_OPT_BYTES];
    size_t n = trace_tunnel_compose(t, bytes, sizeof bytes);
    char hex[2 * sizeof bytes + 1] = "";

    for (size_t i = 0; i < n; i++) {
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    assert_string_equal(hex, expected);
}

/* Two passes, for connection tracking, over two bridges and the underlay's. */
static void
test_steps(void **state OVS_UNUSED)
{
    static const struct {
        const char *bridge;
        int table;
    } expected[] = {
        { "br-int", 0 }, { "br-int", 60 }, { "br-int", 1 }, { "br-int", 2 },
        { "br-int", 3 },
        { "br-int", 4 }, { "br-int", 5 }, { "br-int", 6 }, { "br-int", 20 },
        { "br-int", 28 }, { "br-int", 30 },
        { "br-tx1", 0 }, { "br-tx1", 60 }, { "br-tx1", 30 }, { "br-phy", 0 },
    };
    struct trace trace;

    parse_recording("further-plan.txt", &trace);
    assert_int_equal(trace.n_steps, ARRAY_SIZE(expected));
    for (size_t i = 0; i < trace.n_steps; i++) {
        assert_string_equal(trace.steps[i].bridge, expected[i].bridge);
        assert_int_equal(trace.steps[i].table, expected[i].table);
        assert_true(trace.steps[i].matched);
    }
    assert_int_equal(trace.steps[10].cookie, 0x67656e6584658c8e);
    assert_int_equal(trace.steps[10].priority, 100);
    assert_string_equal(trace.steps[10].match,
                        "reg0=0x1ea30461,reg1=0x122a193b");
    assert_string_equal(trace.steps[5].match, "");
    assert_int_equal(trace.actions.n, 2);
    assert_false(trace_is_dropped(&trace));
    trace_destroy(&trace);
}

/* Actions belong to the flow that they are indented under: those after a
 * resubmission to the one that made it. */
static void
test_lines(void **state OVS_UNUSED)
{
    const struct trace_step *step;
    struct trace trace;

    parse_recording("further-plan.txt", &trace);
    step = find_step(&trace, "br-int", 60);
    assert_non_null(step);
    assert_int_equal(step->lines.n, 2);
    assert_string_equal(step->lines.names[0],
                        "move:OXM_OF_IP_DSCP[]->NXM_NX_REG15[0..5]");
    step = find_step(&trace, "br-int", 0);
    assert_string_equal(step->lines.names[step->lines.n - 1],
                        "goto_table:1");
    step = find_step(&trace, "br-tx1", 30);
    assert_string_equal(step->lines.names[0], "set_field:0->pkt_mark");
    trace_destroy(&trace);
}

static void
test_header(void **state OVS_UNUSED)
{
    const struct trace_tunnel *t;
    struct trace trace;

    parse_recording("further-plan.txt", &trace);
    assert_int_equal(trace.n_tunnels, 1);
    t = &trace.tunnels[0];
    assert_string_equal(t->src, "192.0.2.1");
    assert_string_equal(t->dst, "192.0.2.3");
    assert_int_equal(t->ttl, 64);
    assert_int_equal(t->tos, 0);
    assert_int_equal(t->vni, 5000);
    assert_false(t->oam);
    assert_int_equal(t->n_options, 3);
    /* A value's leading zeros are not printed. */
    assert_header(t, "0740655800138800"
                  "ff012202" "000000006567aabd"
                  "ff012101" "00000000"
                  "ff018101" "00000065");
    trace_destroy(&trace);
}

static void
test_drops(void **state OVS_UNUSED)
{
    const struct trace_step *step;
    struct trace trace;

    parse_recording("no-match.txt", &trace);
    assert_true(trace_is_dropped(&trace));
    assert_int_equal(trace.n_tunnels, 0);
    step = &trace.steps[trace.n_steps - 1];
    assert_int_equal(step->table, 20);
    assert_false(step->matched);
    trace_destroy(&trace);

    parse_recording("no-route.txt", &trace);
    assert_true(trace_is_dropped(&trace));
    assert_int_equal(trace.notes.n, 3);
    assert_string_equal(trace.notes.names[0],
                        "native tunnel routing failed");
    trace_destroy(&trace);
}

/* Which header it is. */
static void
test_encapsulation(void **state OVS_UNUSED)
{
    struct trace trace;

    trace_parse("Datapath actions: tnl_push(tnl_port(7),header(size=50,type=4,"
                "eth(dst=02:00:00:00:00:02,src=02:00:00:00:00:01,"
                "dl_type=0x0800),ipv4(src=192.0.2.1,dst=192.0.2.90,proto=17,"
                "tos=0,ttl=64,frag=0x4000),udp(src=0,dst=4789,csum=0x0),"
                "vxlan(flags=0x8000000,vni=0x1389)),out_port(3)),2,"
                "tnl_push(tnl_port(5),header(size=50,type=5,"
                "ipv4(src=192.0.2.1,dst=192.0.2.2,ttl=63),udp(dst=6081),"
                "geneve(vni=0x7)),out_port(3)),2\n", &trace);
    assert_int_equal(trace.n_tunnels, 2);
    assert_string_equal(trace.tunnels[0].encapsulation->name, "vxlan");
    assert_string_equal(trace.tunnels[0].dst, "192.0.2.90");
    assert_int_equal(trace.tunnels[0].vni, 5001);
    assert_int_equal(trace.tunnels[0].n_options, 0);
    assert_string_equal(trace.tunnels[1].encapsulation->name, "geneve");
    assert_int_equal(trace.tunnels[1].vni, 7);
    trace_destroy(&trace);
}

/* What the kernel's datapath is told. */
static void
test_kernel_datapath(void **state OVS_UNUSED)
{
    struct trace trace;

    trace_parse("Datapath actions: set(tunnel(tun_id=0x7,src=192.0.2.9,"
                "dst=192.0.2.2,tos=0x4,ttl=64,tp_dst=6081,"
                "geneve({class=0xff01,type=0x81,len=4,0x65}"
                "{class=0x102,type=0x5,len=0}),flags(df|csum|key|oam))),1,"
                "set(tunnel(tun_id=0x7,ipv6_dst=2001:db8::2,ttl=64,"
                "flags(df|csum|key))),1\n", &trace);
    assert_int_equal(trace.n_tunnels, 2);
    assert_string_equal(trace.tunnels[0].src, "192.0.2.9");
    assert_string_equal(trace.tunnels[0].dst, "192.0.2.2");
    assert_int_equal(trace.tunnels[0].tos, 4);
    assert_true(trace.tunnels[0].oam);
    assert_header(&trace.tunnels[0], "03c0655800000700" "ff01810100000065"
                  "01020500");
    assert_null(trace.tunnels[1].src);
    assert_string_equal(trace.tunnels[1].dst, "2001:db8::2");
    assert_false(trace.tunnels[1].oam);
    assert_header(&trace.tunnels[1], "0000655800000700");
    trace_destroy(&trace);
}

/* Recorded with the kernel's datapath. */
static void
test_kernel_recording(void **state OVS_UNUSED)
{
    struct trace trace;

    parse_recording("kernel.txt", &trace);
    assert_false(trace_is_dropped(&trace));
    assert_int_equal(trace.n_steps, 3);
    assert_true(trace.steps[1].indent > trace.steps[0].indent);
    assert_int_equal(trace.steps[2].indent, trace.steps[0].indent);
    assert_int_equal(trace.n_tunnels, 1);
    assert_string_equal(trace.tunnels[0].src, "192.0.2.1");
    assert_string_equal(trace.tunnels[0].dst, "192.0.2.2");
    assert_int_equal(trace.tunnels[0].tos, 0);
    assert_int_equal(trace.tunnels[0].ttl, 64);
    assert_header(&trace.tunnels[0], "0740655800138800" "ff01810100000065"
                  "ff010604" "6f9619ff8b86d011b42d00c04fc964ff");
    trace_destroy(&trace);
}

/* An underlay of IPv6, and a packet that is dropped if it is too large. */
static void
test_ipv6_underlay(void **state OVS_UNUSED)
{
    struct trace trace;

    trace_parse("Datapath actions: check_pkt_len(size=1400,gt(drop),"
                "le(tnl_push(tnl_port(5),header(size=78,type=5,"
                "eth(dst=02:00:c0:00:02:02,src=02:00:c0:00:02:01,"
                "dl_type=0x86dd),ipv6(src=2001:db8::1,dst=2001:db8::2,"
                "label=0,proto=17,tclass=0x2,hlimit=63),"
                "udp(src=0,dst=6081,csum=0xffff),geneve(oam,vni=0x7,"
                "options({class=0x102,type=0x5,len=4,0x12}))),"
                "out_port(3)),2))\n", &trace);
    assert_false(trace_is_dropped(&trace));
    assert_int_equal(trace.n_tunnels, 1);
    assert_string_equal(trace.tunnels[0].src, "2001:db8::1");
    assert_string_equal(trace.tunnels[0].dst, "2001:db8::2");
    assert_int_equal(trace.tunnels[0].tos, 2);
    assert_int_equal(trace.tunnels[0].ttl, 63);
    assert_header(&trace.tunnels[0], "0280655800000700" "0102050100000012");
    trace_destroy(&trace);

    trace_parse("Datapath actions: check_pkt_len(size=1400,gt(drop),"
                "le(drop))\n", &trace);
    assert_true(trace_is_dropped(&trace));
    trace_destroy(&trace);
}

/* An answer that ends anywhere, or has anything in it, harms nobody. */
static void
test_mutilated(void **state OVS_UNUSED)
{
    char *text = read_recording("further-plan.txt");
    struct trace trace;

    for (size_t n = strlen(text); n-- > 0; ) {
        char *part = xmemdup0(text, n);

        trace_parse(part, &trace);
        trace_destroy(&trace);
        free(part);
    }
    for (size_t i = 0; text[i]; i++) {
        char c = text[i];

        text[i] = c == '(' ? '\n' : '(';
        trace_parse(text, &trace);
        trace_destroy(&trace);
        text[i] = c;
    }
    trace_parse("", &trace);
    assert_true(trace_is_dropped(&trace));
    trace_destroy(&trace);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_encapsulation),
        cmocka_unit_test(test_kernel_datapath),
        cmocka_unit_test(test_kernel_recording),
        cmocka_unit_test(test_ipv6_underlay),
        cmocka_unit_test(test_mutilated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
