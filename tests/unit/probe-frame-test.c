/* Unit tests of lib/probe-frame.c. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "dp-packet.h"
#include "flow.h"
#include "lib/ip-address.h"
#include "lib/probe-frame.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "tests/unit/hex-bytes.h"
#include "util.h"

#define ETH4 "02 67 65 6e 65 01 02 00 00 00 00 0a 08 00 "
#define IP4(LEN, FRAG, PROTO) \
    "45 00 00 " LEN " 00 00 " FRAG " 40 " PROTO " 00 00 " \
    "0a 00 00 0a 0a 00 00 fe "
/* Port 8080 to 600, SYN-ACK. */
#define TCP(OFFSET) \
    "1f 90 02 58 00 00 00 07 00 00 00 09 " OFFSET " 12 00 00 00 00 00 00 "
#define ETH6 "02 67 65 6e 65 01 02 00 00 00 00 0a 86 dd "
#define IP6(LEN, NEXT) \
    "60 00 00 00 00 " LEN " " NEXT " 40 " \
    "fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0a " \
    "fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 fe "

static const char *
parse(const char *hex, struct hex_bytes *bytes, struct probe_frame *f)
{
    *bytes = hex_bytes_create(hex);
    return probe_frame_parse(bytes->data, bytes->n, f);
}

static void
test_parse_tcp(void **state OVS_UNUSED)
{
    struct hex_bytes bytes;
    struct probe_frame f;

    assert_null(parse(ETH4 IP4("2b", "40 00", "06") TCP("50") "61 62 63 00",
                      &bytes, &f));
    assert_false(f.is_echo);
    assert_int_equal(f.sport, 8080);
    assert_int_equal(f.dport, 600);
    assert_int_equal(f.flags, TCP_SYN | TCP_ACK);
    assert_int_equal(f.seq, 7);
    assert_int_equal(f.ack, 9);
    assert_int_equal(f.payload_len, 3);
    assert_memory_equal(f.payload, "abc", 3);
    assert_false(f.cut);
    free(bytes.data);
}

/* The switch hands over the beginning of a large frame. */
static void
test_parse_cut(void **state OVS_UNUSED)
{
    struct hex_bytes bytes;
    struct probe_frame f;

    assert_null(parse(ETH4 IP4("99", "00 00", "06") TCP("50") "61 62 63",
                      &bytes, &f));
    assert_int_equal(f.payload_len, 3);
    assert_true(f.cut);
    free(bytes.data);
    assert_null(parse(ETH6 IP6("99", "06") TCP("50") "61", &bytes, &f));
    assert_int_equal(f.payload_len, 1);
    assert_true(f.cut);
    free(bytes.data);
}

static void
test_parse_echo(void **state OVS_UNUSED)
{
    struct hex_bytes bytes;
    struct probe_frame f;

    assert_null(parse(ETH4 IP4("1e", "00 00", "01")
                      "00 00 00 00 12 34 00 05 61 62", &bytes, &f));
    assert_true(f.is_echo);
    assert_int_equal(f.id, 0x1234);
    assert_int_equal(f.seq, 5);
    assert_int_equal(f.payload_len, 2);
    free(bytes.data);
    assert_null(parse(ETH6 IP6("08", "3a") "81 00 00 00 12 34 00 05",
                      &bytes, &f));
    assert_int_equal(f.id, 0x1234);
    assert_int_equal(f.payload_len, 0);
    free(bytes.data);
}

static void
test_refused(void **state OVS_UNUSED)
{
    static const struct {
        const char *hex, *why;
    } cases[] = {
        { "", "no Ethernet header" },
        { ETH4, "no IPv4 header" },
        { "02 67 65 6e 65 01 02 00 00 00 00 0a 08 06 00",
          "neither IPv4 nor IPv6" },
        { ETH4 "46 00 00 14 00 00 00 00 40 06 00 00 "
          "0a 00 00 0a 0a 00 00 fe", "bad length in the IPv4 header" },
        { ETH4 IP4("13", "00 00", "06"), "bad length in the IPv4 header" },
        { ETH4 IP4("28", "20 00", "06") TCP("50"), "a fragment" },
        { ETH4 IP4("28", "00 01", "06") TCP("50"), "a fragment" },
        { ETH4 IP4("28", "00 00", "11") TCP("50"), "neither TCP nor ICMP" },
        { ETH4 IP4("28", "00 00", "06") "1f 90 02 58", "no TCP header" },
        { ETH4 IP4("28", "00 00", "06") TCP("40"),
          "bad length in the TCP header" },
        { ETH4 IP4("28", "00 00", "06") TCP("60") "00 00 00 00",
          "bad length in the TCP header" },
        { ETH4 IP4("1c", "00 00", "01") "00 00 00 00", "no ICMP header" },
        { ETH4 IP4("1c", "00 00", "01") "08 00 00 00 12 34 00 05",
          "no echo reply" },
        { ETH4 IP4("1c", "00 00", "01") "00 01 00 00 12 34 00 05",
          "no echo reply" },
        { ETH6, "no IPv6 header" },
        { ETH6 IP6("14", "2c") TCP("50"), "neither TCP nor ICMP" },
        { ETH6 IP6("10", "06") TCP("50"), "no TCP header" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes bytes;
        struct probe_frame f;
        const char *why = parse(cases[i].hex, &bytes, &f);

        if (!why) {
            fail_msg("case %"PRIuSIZE" is not refused", i);
        }
        assert_string_equal(why, cases[i].why);
        free(bytes.data);
    }
}

static struct in6_addr
ip(const char *text)
{
    struct in6_addr addr;

    assert_true(ip_address_from_string(text, &addr));
    return addr;
}

static struct probe_frame
make(const char *src, const char *dst)
{
    return (struct probe_frame) {
        .eth_src = ETH_ADDR_C(02,67,65,6e,65,01),
        .eth_dst = ETH_ADDR_C(02,00,00,00,00,0a),
        .src = ip(src), .dst = ip(dst),
        .sport = 600, .dport = 8080,
    };
}

/* Open vSwitch finds in 'f' what was put into it, and right checksums. */
static struct flow
extract(const struct probe_frame *f)
{
    struct dp_packet packet;
    struct ofpbuf frame;
    struct flow flow;
    uint32_t sum;

    ofpbuf_init(&frame, 0);
    probe_frame_compose(f, &frame);
    dp_packet_use_const(&packet, frame.data, frame.size);
    flow_extract(&packet, &flow);
    if (IN6_IS_ADDR_V4MAPPED(&f->src)) {
        struct ip_header *ip4 = dp_packet_l3(&packet);

        assert_int_equal(csum(ip4, sizeof *ip4), 0);
        assert_int_equal(ntohs(ip4->ip_tot_len),
                         frame.size - sizeof(struct eth_header));
        sum = packet_csum_pseudoheader(ip4);
    } else {
        sum = packet_csum_pseudoheader6(dp_packet_l3(&packet));
    }
    sum = flow.nw_proto == IPPROTO_ICMP ? 0 : sum;
    assert_int_equal(csum_finish(csum_continue(
        sum, dp_packet_l4(&packet), dp_packet_l4_size(&packet))), 0);
    ofpbuf_uninit(&frame);
    return flow;
}

static void
test_compose_tcp(void **state OVS_UNUSED)
{
    struct probe_frame f = make("10.0.0.254", "10.0.0.10");
    struct flow flow;

    f.flags = TCP_SYN;
    f.seq = 0xfedcba98;
    flow = extract(&f);
    assert_int_equal(flow.nw_proto, IPPROTO_TCP);
    assert_int_equal(flow.nw_tos, 0xc0);
    assert_int_equal(ntohs(flow.tp_src), 600);
    assert_int_equal(ntohs(flow.tp_dst), 8080);
    assert_int_equal(ntohs(flow.tcp_flags), TCP_SYN);
    assert_true(eth_addr_equals(flow.dl_dst, f.eth_dst));

    f = make("fd00::fe", "fd00::a");
    f.flags = TCP_ACK | TCP_PSH;
    f.payload = (const uint8_t *) "odd";
    f.payload_len = 3;
    flow = extract(&f);
    assert_int_equal(flow.nw_proto, IPPROTO_TCP);
    assert_int_equal(flow.nw_tos, 0xc0);
    assert_int_equal(ntohs(flow.tcp_flags), TCP_ACK | TCP_PSH);
    assert_true(ipv6_addr_equals(&flow.ipv6_dst, &f.dst));
}

static void
test_compose_echo(void **state OVS_UNUSED)
{
    static const char *const addresses[][2] = {
        { "10.0.0.254", "10.0.0.10" }, { "fd00::fe", "fd00::a" }
    };

    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        struct probe_frame f = make(addresses[i][0], addresses[i][1]);
        struct flow flow;

        f.is_echo = true;
        f.id = 0x1234;
        f.seq = 5;
        f.payload = (const uint8_t *) "nonce";
        f.payload_len = 5;
        flow = extract(&f);
        assert_int_equal(flow.nw_proto, i ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
        assert_int_equal(ntohs(flow.tp_src), i ? 128 : 8);
        assert_int_equal(ntohs(flow.tp_dst), 0);
    }
}

/* RFC 9293, section 3.10.7.1. */
static void
test_reset(void **state OVS_UNUSED)
{
    struct probe_frame in = make("10.0.0.10", "10.0.0.254"), out;

    in.flags = TCP_SYN | TCP_ACK;
    in.seq = 100;
    in.ack = 7;
    assert_true(probe_frame_reset(&in, &out));
    assert_int_equal(out.flags, TCP_RST);
    assert_int_equal(out.seq, 7);
    assert_int_equal(out.sport, 8080);
    assert_int_equal(out.dport, 600);
    assert_true(ipv6_addr_equals(&out.dst, &in.src));
    assert_true(eth_addr_equals(out.eth_dst, in.eth_src));

    in.flags = TCP_SYN | TCP_FIN;
    in.payload_len = 10;
    assert_true(probe_frame_reset(&in, &out));
    assert_int_equal(out.flags, TCP_RST | TCP_ACK);
    assert_int_equal(out.ack, 112);

    in.flags = TCP_RST;
    assert_false(probe_frame_reset(&in, &out));
    in.flags = 0;
    in.is_echo = true;
    assert_false(probe_frame_reset(&in, &out));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_tcp),
        cmocka_unit_test(test_parse_cut),
        cmocka_unit_test(test_parse_echo),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_compose_tcp),
        cmocka_unit_test(test_compose_echo),
        cmocka_unit_test(test_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
