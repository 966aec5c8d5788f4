/* Reading of ovs-vswitchd's answers: whose bad packets were they? */

#include <config.h>

#include "agent/poison/dp-drops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

/* What OVS 3.1 has for a bad packet, and for good reasons to drop. */
#define POISON(TUNNEL) \
    "tunnel(" TUNNEL ",geneve({}{}),flags(-df+csum+key)),recirc_id(0)," \
    "in_port(5),packet_type(ns=0,id=0),eth_type(0x0800),ipv4(frag=no), " \
    "packets:20, bytes:1960, used:0.249s, actions:drop\n"
#define UNKNOWN_VNI \
    "tunnel(tun_id=0x1387,src=192.0.2.9,dst=192.0.2.1,geneve({})," \
    "flags(csum|key)),recirc_id(0),in_port(5),packet_type(ns=0,id=0)," \
    "eth_type(0x0800),ipv4(frag=no), packets:0, bytes:0, used:never, " \
    "actions:drop\n"
#define O_BIT \
    "tunnel(tun_id=0x1388,src=192.0.2.8,dst=192.0.2.1,geneve({})," \
    "flags(oam|csum|key)),recirc_id(0),in_port(5),packet_type(ns=0,id=0)," \
    "eth_type(0x0800),ipv4(frag=no), packets:0, bytes:0, used:never, " \
    "actions:drop\n"
#define UNKNOWN_MAC \
    "tunnel(tun_id=0x1388,src=192.0.2.7,dst=192.0.2.1,geneve({})," \
    "flags(csum|key)),recirc_id(0),in_port(5),packet_type(ns=0,id=0)," \
    "eth(dst=02:99:00:00:00:01),eth_type(0x0800),ipv4(frag=no), packets:0, " \
    "bytes:0, used:never, actions:drop\n"
#define GOOD \
    "tunnel(tun_id=0x1388,src=192.0.2.6,dst=192.0.2.1,geneve({}{})," \
    "flags(csum|key)),recirc_id(0),in_port(5),packet_type(ns=0,id=0)," \
    "eth(dst=02:00:00:00:00:01),eth_type(0x0800),ipv4(frag=no), " \
    "packets:71, bytes:6958, used:0.129s, actions:4\n"
#define LOCAL_DROP \
    "recirc_id(0),in_port(4),packet_type(ns=0,id=0),eth_type(0x0800)," \
    "ipv4(src=10.0.0.1,frag=no), packets:1, bytes:42, used:1s, " \
    "actions:drop\n"
#define HEADING "flow-dump from the main thread:\n"

#define V4(N, VNI) \
    POISON("tun_id=" #VNI ",src=192.0.2." #N ",dst=192.0.2.1")
#define V6 POISON("tun_id=0x1,ipv6_src=2001:db8::2,ipv6_dst=2001:db8::1")

static void
check_drops(const char *dump, const char *expected)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct dp_drop drops[4];
    bool sure;
    size_t n = dp_drops_parse_flows(dump, drops, ARRAY_SIZE(drops), &sure);

    for (size_t i = 0; i < n; i++) {
        ds_put_cstr(&ds, i ? " " : "");
        ipv6_format_mapped(&drops[i].src, &ds);
        ds_put_format(&ds, ",%"PRIu32, drops[i].vni);
    }
    ds_put_cstr(&ds, n && !sure ? " ?" : "");
    assert_string_equal(ds_cstr(&ds), expected);
    ds_destroy(&ds);
}

static void
test_drops(void **state OVS_UNUSED)
{
    check_drops("", "");
    check_drops(HEADING, "");
    check_drops(HEADING V4(2, 0x1388), "192.0.2.2,5000");
    check_drops(V6, "2001:db8::2,1");

    /* Neither drops for other reasons nor good flows. */
    check_drops(GOOD UNKNOWN_VNI V4(2, 0x1388) O_BIT UNKNOWN_MAC LOCAL_DROP,
                "192.0.2.2,5000");

    /* Each once; as many as there is room for. */
    check_drops(V4(2, 0x1388) V4(3, 0x1388) V4(2, 0x1388) V4(2, 0x1),
                "192.0.2.2,5000 192.0.2.3,5000 192.0.2.2,1");
    check_drops(V4(1, 1) V4(2, 1) V4(3, 1) V4(4, 1) V4(5, 1),
                "192.0.2.1,1 192.0.2.2,1 192.0.2.3,1 192.0.2.4,1");
}

/* The kernel's datapath. */
static void
test_drops_of_the_kernel(void **state OVS_UNUSED)
{
    check_drops("recirc_id(0),tunnel(tun_id=0x1388,src=192.0.2.2,"
                "dst=192.0.2.1,geneve({}{}{}{}),flags(-df+csum+key)),"
                "in_port(3),eth(),eth_type(0x0800),ipv4(frag=no), packets:0, "
                "bytes:0, used:never, actions:drop\n", "192.0.2.2,5000");
    check_drops("recirc_id(0),tunnel(tun_id=0x1388,src=192.0.2.2,"
                "dst=192.0.2.1,geneve({}{}),flags(csum|key)),in_port(3),"
                "eth(dst=02:00:00:00:00:01),eth_type(0x0800),ipv4(frag=no), "
                "packets:65, bytes:2990, used:0.387s, actions:drop\n", "");
}

/* If nothing looks like what we know: better a guess than nothing. */
static void
test_drops_of_another_version(void **state OVS_UNUSED)
{
    check_drops(GOOD UNKNOWN_MAC UNKNOWN_VNI LOCAL_DROP, "192.0.2.9,4999 ?");
    check_drops(UNKNOWN_VNI V4(2, 0x1388), "192.0.2.2,5000");
}

static void
test_drops_of_nonsense(void **state OVS_UNUSED)
{
    check_drops("tunnel(", "");
    check_drops("tunnel( actions:drop", "");
    check_drops("tunnel() actions:drop", "");
    check_drops("tunnel(tun_id=1,src=) actions:drop", "");
    check_drops("tunnel(tun_id=1,src=192.0.2.300) actions:drop", "");
    check_drops("tunnel(tun_id=x,src=192.0.2.3) actions:drop", "");
    check_drops("tunnel(tun_id=0x1000000,src=192.0.2.3) actions:drop", "");
    check_drops("tunnel(src=192.0.2.3) actions:drop", "");
    check_drops("actions:drop tunnel(tun_id=1,src=192.0.2.3)", "");
    check_drops("tunnel(tun_id=1/0xff,src=192.0.2.3/255.255.255.255),"
                "actions:drop", "192.0.2.3,1 ?");
}

static void
check_counter(const char *text, bool ok, unsigned long long expected)
{
    unsigned long long value = 0;

    assert_int_equal(dp_drops_parse_counter(text, &value), ok);
    if (ok) {
        assert_int_equal(value, expected);
    }
}

static void
test_counter(void **state OVS_UNUSED)
{
    check_counter("0\n", true, 0);
    check_counter("23\n", true, 23);
    check_counter("18446744073709551615", true, ULLONG_MAX);
    check_counter("", false, 0);
    check_counter("\n", false, 0);
    check_counter("-1\n", false, 0);
    check_counter("1x\n", false, 0);
    check_counter("No such counter", false, 0);
    check_counter("18446744073709551616", false, 0);
}

static void
check_upcalls(const char *text, size_t n_flows, const char *names)
{
    struct svec svec = SVEC_EMPTY_INITIALIZER;
    char *joined;

    assert_int_equal(dp_drops_parse_upcalls(text, &svec), n_flows);
    joined = svec_join(&svec, " ", "");
    assert_string_equal(joined, names);
    free(joined);
    svec_destroy(&svec);
}

#define UPCALLS(NAME, N) \
    NAME ":\n" \
    "  flows         : (current " #N ") (avg 3) (max 19) (limit 19000)\n" \
    "  dump duration : 1ms\n" \
    "  ufid enabled : true\n\n  5: (keys 6)\n"

static void
test_upcalls(void **state OVS_UNUSED)
{
    check_upcalls("", 0, "");
    check_upcalls("\n\n:\n", 0, "");
    check_upcalls(UPCALLS("netdev@ovs-netdev", 6), 6, "netdev@ovs-netdev");
    check_upcalls(UPCALLS("netdev@ovs-netdev", 6)
                  UPCALLS("system@ovs-system", 30000), 30006,
                  "netdev@ovs-netdev system@ovs-system");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_drops_of_the_kernel),
        cmocka_unit_test(test_drops_of_another_version),
        cmocka_unit_test(test_drops_of_nonsense),
        cmocka_unit_test(test_counter),
        cmocka_unit_test(test_upcalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
