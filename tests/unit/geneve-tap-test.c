/* geneve-tap's pure parts: what is done with received headers, segmentation
 * and merging, which undo each other, ICMP errors, and its file. */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "utilities/geneve-tap/tap-admit.h"
#include "utilities/geneve-tap/tap-json.h"
#include "utilities/geneve-tap/tap-learn.h"
#include "utilities/geneve-tap/tap-merge.h"
#include "utilities/geneve-tap/tap-segment.h"
#include "utilities/geneve-tap/tap-too-big.h"
#include "util.h"

/* Received headers. */

static struct recv_entry entries[] = {
    { { 0xff01, 0x81 }, 4, 4, true },
    { { 0xff01, 0x03 }, 4, 8, false },
};
static const uint32_t vnis[] = { 3301, 3302, 3303 };
static const enum tap_mode modes[] = {
    TAP_MODE_ETHERNET, TAP_MODE_IP, TAP_MODE_IP6,
};

static void
init_admit(struct tap_admit *admit)
{
    *admit = (struct tap_admit) {
        .table = { entries, ARRAY_SIZE(entries), RECV_ANY,
                   { NEG_NO_LIMIT, 16 } },
        .policy = { &admit->table, 16, true },
        .vnis = vnis, .modes = modes, .n_tunnels = ARRAY_SIZE(vnis),
    };
}

/* The last one behind 'hex' is in a block of exactly its size, so that a
 * sanitizer sees what is read behind it. */
static size_t
to_bytes(const char *hex, size_t padding, uint8_t **bytes)
{
    size_t n = 0;

    *bytes = calloc(1, strlen(hex) / 2 + padding);
    for (const char *p = hex; *p; p++) {
        if (*p != ' ') {
            sscanf(p, "%2hhx", &(*bytes)[n++]);
            p++;
        }
    }
    *bytes = realloc(*bytes, n + padding);
    return n + padding;
}

static void
test_admit(void **state OVS_UNUSED)
{
    static const struct {
        const char *header;
        size_t padding;             /* The payload. */
        const char *drop;
        size_t tunnel, payload;
    } cases[] = {
        { "02406558000ce500 ff018101 00000007", 14, "none", 0, 16 },
        { "02406558000ce500 ff018101 00000007", 14, "none", 0, 16 },
        { "02406558000ce500 ff018101 00000007", 13, "protocol", 0, 0 },
        { "04406558000ce500 ff018101 00000007 ff010301 00000001", 14,
          "none", 0, 24 },
        { "0400 6558000ce500 01030101 00000007 ff018101 00000001", 14,
          "none", 0, 24 },
        { "0440 6558000ce500 01038101 00000007 ff018101 00000001", 14,
          "unknown-critical", 0, 0 },
        { "02006558000ce500 ff010301 00000001", 14, "required-missing", 0,
          0 },
        { "00006558000ce500", 14, "required-missing", 0, 0 },
        { "02c06558000ce500 ff018101 00000007", 14, "control", 0, 0 },
        { "42406558000ce500 ff018101 00000007", 14, "version", 0, 0 },
        { "02406558000ce5", 0, "truncated", 0, 0 },
        { "02406558000ce500 ff018101", 0, "truncated", 0, 0 },
        { "02406558000ce500 ff018102 00000007", 14, "opt-len-mismatch", 0,
          0 },
        { "03406558000ce500 ff018102 0000000700000000", 14, "option-length",
          0, 0 },
        { "04406558000ce500 ff018101 00000007 ff018101 00000007", 14,
          "duplicate", 0, 0 },
        { "05406558000ce500 ff018101 00000007 ff010302 0000000000000000",
          14, "exceeds-capability", 0, 0 },
        { "02406558000fff00 ff018101 00000007", 14, "unknown-vni", 0, 0 },
        { "02400800000ce500 ff018101 00000007", 20, "protocol", 0, 0 },
        { "02400800000ce600 ff018101 00000007 45", 19, "none", 1, 16 },
        { "02400800000ce600 ff018101 00000007 65", 39, "protocol", 0, 0 },
        { "024086dd000ce600 ff018101 00000007 65", 39, "none", 1, 16 },
        { "02400800000ce700 ff018101 00000007 45", 19, "protocol", 0, 0 },
        { "024086dd000ce700 ff018101 00000007 60", 39, "none", 2, 16 },
        { "024086dd000ce700 ff018101 00000007 60", 38, "protocol", 0, 0 },
    };
    struct tap_admit admit;

    init_admit(&admit);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t tunnel, payload;
        uint8_t *bytes;
        size_t n = to_bytes(cases[i].header, cases[i].padding, &bytes);
        n = cases[i].header[13] ? n : 7;

        enum tap_drop drop = tap_admit(&admit, bytes, n, &tunnel, &payload);
        if (strcmp(tap_drop_to_string(drop), cases[i].drop)) {
            fail_msg("%s: %s instead of %s", cases[i].header,
                     tap_drop_to_string(drop), cases[i].drop);
        }
        if (drop == TAP_DROP_NONE) {
            assert_int_equal(tunnel, cases[i].tunnel);
            assert_int_equal(payload, cases[i].payload);
        }
        free(bytes);
    }
}

/* An endpoint that parses no options takes any that are not critical. */
static void
test_admit_unparsed(void **state OVS_UNUSED)
{
    struct tap_admit admit;
    size_t tunnel, payload, n;
    uint8_t *bytes;

    init_admit(&admit);
    admit.table.n_entries = 0;
    admit.policy.parses_options = false;
    n = to_bytes("02406558000ce500 ff018101 00000007", 14, &bytes);
    assert_int_equal(tap_admit(&admit, bytes, n, &tunnel, &payload),
                     (int) GENEVE_CRITICAL_UNPARSED);
    bytes[1] = 0;
    assert_int_equal(tap_admit(&admit, bytes, n, &tunnel, &payload),
                     TAP_DROP_NONE);
    assert_int_equal(payload, 16);
    free(bytes);
}

/* Segmentation and merging. */

struct big {
    struct virtio_net_hdr vnet;
    uint8_t data[65536];
    size_t len, header_len;
};

/* A large packet, as a device gives it. */
static void
make_big(struct big *b, bool ethernet, bool ip4, bool tcp, size_t size,
         size_t payload)
{
    size_t l3 = ethernet ? 14 : 0, l4 = l3 + (ip4 ? 20 : 40);
    uint8_t *ip = b->data + l3, *h = b->data + l4;

    memset(b, 0, sizeof *b);
    b->header_len = l4 + (tcp ? 32 : 8);
    b->len = b->header_len + payload;
    if (ethernet) {
        memcpy(b->data, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
        tap_packet_put16(b->data + 12, ip4 ? 0x0800 : 0x86dd);
    }
    if (ip4) {
        ip[0] = 0x45;
        tap_packet_put16(ip + 2, b->len - l3);
        tap_packet_put16(ip + 4, 0xfffe);
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = tcp ? IPPROTO_TCP : IPPROTO_UDP;
        memcpy(ip + 12, "\12\0\0\1\12\0\0\2", 8);
        tap_packet_put16(ip + 10, tap_packet_sum_finish(
                             tap_packet_sum(0, ip, 20)));
    } else {
        ip[0] = 0x60;
        tap_packet_put16(ip + 4, b->len - l4);
        ip[6] = tcp ? IPPROTO_TCP : IPPROTO_UDP;
        ip[7] = 64;
        ip[8] = ip[24] = 0xfd;
        ip[23] = 1;
        ip[39] = 2;
    }
    tap_packet_put16(h, 1234);
    tap_packet_put16(h + 2, 80);
    if (tcp) {
        tap_packet_put32(h + 4, UINT32_MAX - 3000);
        h[12] = 8 << 4;
        h[13] = 0x18;
        memset(h + 20, 1, 12);
    } else {
        tap_packet_put16(h + 4, 8 + payload);
    }
    for (size_t i = 0; i < payload; i++) {
        b->data[b->header_len + i] = i * 7 + i / 256;
    }
    b->vnet = (struct virtio_net_hdr) {
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = (!tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
                     : ip4 ? VIRTIO_NET_HDR_GSO_TCPV4
                     : VIRTIO_NET_HDR_GSO_TCPV6),
        .hdr_len = b->header_len,
        .gso_size = size,
        .csum_start = l4,
        .csum_offset = tcp ? 16 : 6,
    };
    tap_packet_put16(h + b->vnet.csum_offset, ~tap_packet_sum_finish(
                         tap_packet_sum_pseudo(ip, tcp ? IPPROTO_TCP
                                               : IPPROTO_UDP, b->len - l4)));
}

static void
gather(const struct tap_merge *m, unsigned int n, uint8_t *out, size_t *len)
{
    *len = 0;
    for (unsigned int i = 1; i < n; i++) {
        memcpy(out + *len, m->iov[i].iov_base, m->iov[i].iov_len);
        *len += m->iov[i].iov_len;
    }
}

/* Cuts a packet, merges the pieces, and gets the packet back. */
static void
check_round_trip(bool ethernet, bool ip4, bool tcp, size_t size,
                 size_t payload)
{
    static struct big big;
    static uint8_t pieces[128][2048], out[65536];
    struct tap_merge merge = { .ethernet = ethernet, .udp = true };
    struct tap_segment s;
    struct tap_packet p;
    const uint8_t *data;
    size_t n = 0, len;

    make_big(&big, ethernet, ip4, tcp, size, payload);
    tap_packet_parse(big.data, big.len, ethernet, &p);
    assert_true(tap_segment_init(&s, &p, &big.vnet));
    assert_int_equal(s.header_len, big.header_len);
    while (tap_segment_next(&s, pieces[n], &data, &len)) {
        assert_true(len == size || s.next == big.len);
        memcpy(pieces[n] + s.header_len, data, len);
        assert_true(tap_merge_add(&merge, pieces[n], s.header_len + len));
        n++;
    }
    assert_int_equal(n, (payload + size - 1) / size);
    assert_int_equal(merge.n, n);
    gather(&merge, tap_merge_finish(&merge), out, &len);
    assert_int_equal(len, big.len);
    assert_memory_equal(out, big.data, len);
    assert_memory_equal(&merge.vnet, &big.vnet, sizeof big.vnet);
}

static void
test_round_trip(void **state OVS_UNUSED)
{
    for (int i = 0; i < 8; i++) {
        check_round_trip(i & 1, i & 2, i & 4, 1400, 5000);
        check_round_trip(i & 1, i & 2, i & 4, 1400, 2800);
        check_round_trip(i & 1, i & 2, i & 4, 513, 60000);
    }
}

/* What must not be merged: it is written apart, and as it came. */
static void
test_merge_refuses(void **state OVS_UNUSED)
{
    static const struct {
        size_t offset;              /* In an Ethernet frame with IPv4, TCP. */
        uint8_t bits;
        bool mend;                  /* The checksum of TCP. */
    } changes[] = {
        { 0, 2, true },             /* Another MAC. */
        { 14 + 1, 3, true },        /* Another TOS, so a wrong sum of IP. */
        { 34 + 1, 1, true },        /* Another port. */
        { 34 + 7, 1, true },        /* A gap. */
        { 34 + 11, 1, true },       /* Another acknowledgement. */
        { 34 + 13, 2, true },       /* SYN. */
        { 34 + 15, 1, true },       /* Another window. */
        { 34 + 25, 1, true },       /* Another time stamp. */
        { 100, 1, false },          /* A wrong checksum. */
    };
    static struct big big;
    static uint8_t pieces[2][2048];

    make_big(&big, true, true, true, 1000, 2000);
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        struct tap_merge merge = { .ethernet = true };
        size_t len = big.header_len + 1000, payload_len;
        struct tap_segment s;
        struct tap_packet p;
        const uint8_t *data;

        tap_packet_parse(big.data, big.len, true, &p);
        assert_true(tap_segment_init(&s, &p, &big.vnet));
        for (int j = 0; j < 2; j++) {
            assert_true(tap_segment_next(&s, pieces[j], &data, &payload_len));
            memcpy(pieces[j] + s.header_len, data, payload_len);
        }
        uint8_t *tcp = pieces[1] + 34;
        pieces[1][changes[i].offset] ^= changes[i].bits;
        if (changes[i].mend) {
            tap_packet_put16(tcp + 16, 0);
            tap_packet_put16(tcp + 16, tap_packet_sum_finish(tap_packet_sum(
                tap_packet_sum_pseudo(pieces[1] + 14, IPPROTO_TCP, len - 34),
                tcp, len - 34)));
        }
        assert_true(tap_merge_add(&merge, pieces[0], len));
        assert_false(tap_merge_add(&merge, pieces[1], len));
        assert_int_equal(tap_merge_finish(&merge), 2);
        assert_int_equal(merge.iov[1].iov_len, len);
        assert_true(tap_merge_add(&merge, pieces[1], len));
        assert_int_equal(tap_merge_finish(&merge), 2);
        assert_ptr_equal(merge.iov[1].iov_base, pieces[1]);
        assert_int_equal(merge.vnet.gso_type, VIRTIO_NET_HDR_GSO_NONE);
    }
}

/* ICMP errors. */

static void
test_too_big(void **state OVS_UNUSED)
{
    static struct big big;
    uint8_t out[TAP_TOO_BIG_MAX];
    struct tap_packet p;

    make_big(&big, true, true, false, 0, 1500);
    tap_packet_parse(big.data, big.len, true, &p);
    assert_int_equal(tap_too_big_compose(&p, 1400, out), 14 + 576);
    assert_memory_equal(out, big.data + 6, 6);
    assert_memory_equal(out + 14 + 12, big.data + 14 + 16, 4);
    assert_int_equal(out[14 + 20], 3);
    assert_int_equal(out[14 + 21], 4);
    assert_int_equal(tap_packet_get16(out + 14 + 26), 1400);
    assert_int_equal(tap_packet_sum_finish(tap_packet_sum(0, out + 14, 20)),
                     0);
    assert_int_equal(tap_packet_sum_finish(
                         tap_packet_sum(0, out + 34, 556)), 0);

    big.data[14 + 6] = 0;                       /* No DF. */
    tap_packet_parse(big.data, big.len, true, &p);
    assert_int_equal(tap_too_big_compose(&p, 1400, out), 0);

    make_big(&big, false, false, false, 0, 1500);
    tap_packet_parse(big.data, big.len, false, &p);
    assert_int_equal(tap_too_big_compose(&p, 1400, out), 1280);
    assert_int_equal(out[40], 2);
    assert_int_equal(tap_packet_get32(out + 44), 1400);
    assert_int_equal(tap_packet_sum_finish(tap_packet_sum(
        tap_packet_sum_pseudo(out, IPPROTO_ICMPV6, 1240), out + 40, 1240)),
        0);
    big.data[24] = 0xff;                        /* Multicast. */
    tap_packet_parse(big.data, big.len, false, &p);
    assert_int_equal(tap_too_big_compose(&p, 1400, out), 0);
}

static void
test_congestion(void **state OVS_UNUSED)
{
    for (int i = 0; i < 4; i++) {
        bool ethernet = i & 1, ip4 = i & 2;
        uint8_t *ip, *byte;
        static struct big big;
        struct tap_packet p;

        make_big(&big, ethernet, ip4, true, 0, 100);
        ip = big.data + (ethernet ? 14 : 0);
        byte = ip + 1;
        assert_false(tap_packet_mark_congestion(big.data, big.len,
                                                ethernet));
        *byte |= ip4 ? 2 : 0x20;
        tap_packet_parse(big.data, big.len, ethernet, &p);
        assert_int_equal(tap_packet_get_ecn(&p), 2);
        assert_true(tap_packet_mark_congestion(big.data, big.len, ethernet));
        assert_int_equal(tap_packet_get_ecn(&p), TAP_ECN_CE);
        if (ip4) {
            assert_int_equal(tap_packet_sum_finish(
                                 tap_packet_sum(0, ip, 20)), 0);
        }
    }
}

static void
test_learn(void **state OVS_UNUSED)
{
    struct tap_learn *learn = tap_learn_create();
    const uint8_t mac[] = { 2, 0, 0, 0, 0, 7 };
    const uint8_t group[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

    assert_int_equal(tap_learn_find(learn, 0, mac, 10), TAP_LEARN_NONE);
    tap_learn_add(learn, 0, mac, 3, 10);
    tap_learn_add(learn, 0, group, 3, 10);
    assert_int_equal(tap_learn_find(learn, 0, mac, 300), 3);
    assert_int_equal(tap_learn_find(learn, 1, mac, 300), TAP_LEARN_NONE);
    assert_int_equal(tap_learn_find(learn, 0, group, 10), TAP_LEARN_NONE);
    assert_int_equal(tap_learn_find(learn, 0, mac, 311), TAP_LEARN_NONE);
    tap_learn_destroy(learn);
}

/* The file. */

static const char *
parse(struct tap_config *c, const char *text)
{
    tap_config_init(c);
    return tap_json_parse(c, text, strlen(text));
}

static void
test_file(void **state OVS_UNUSED)
{
    struct tap_config c;

    assert_null(parse(&c,
        "{\"port\": 6082, \"sourcePorts\": 4,"
        " \"tunnels\": [{\"device\": \"t\", \"vni\": 7, \"mode\": \"ip6\"}],"
        " \"remotes\": [{\"address\": \"192.0.2.1\","
        "  \"prefixes\": [\"10.0.0.0/8\", \"fd00::/16\"],"
        "  \"options\": [{\"class\": \"0xff01\", \"type\": \"0x81\","
        "                 \"data\": \"0000002a\"}]}],"
        " \"receive\": {\"options\": [{\"class\": \"0xff01\","
        "   \"type\": \"0x05\", \"length\": [4, 8], \"required\": true}],"
        "  \"order\": \"first\", \"maxOptionBytes\": 64}}"));
    assert_string_equal(c.port, "6082");
    assert_int_equal(c.source_ports, 4);
    assert_int_equal(c.tunnels[0].mode, TAP_MODE_IP6);
    assert_int_equal(c.remotes[0].n_prefixes, 2);
    assert_int_equal(c.remotes[0].prefixes[1].family, AF_INET6);
    assert_int_equal(c.remotes[0].options.options[0].data[3], 0x2a);
    assert_int_equal(c.table.entries[0].max_len, 8);
    assert_true(c.table.entries[0].required);
    assert_int_equal(c.table.order, RECV_FIRST);
    assert_int_equal(c.table.limits.max_option_bytes, 64);
    assert_null(tap_config_complete(&c));
    tap_config_destroy(&c);
}

static void
test_file_refused(void **state OVS_UNUSED)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "[]", "the file: must be an object" },
        { "{\"tunnel\": []}", "the file: no such member: tunnel" },
        { "{\"port\": 0}", "port: must be an integer from 1 to 65535" },
        { "{\"tunnels\": [{\"vni\": 1}]}",
          "tunnels: each needs device and vni" },
        { "{\"tunnels\": [{\"device\": \"t\", \"vni\": 16777216}]}",
          "vni: must be an integer from 0 to 16777215" },
        { "{\"remotes\": [{\"prefixes\": [\"10.0.0.0/33\"]}]}",
          "prefixes: must be strings like \"10.0.0.0/24\"" },
        { "{\"options\": [{\"class\": \"ff01\"}]}",
          "class: must be \"0x\" and hex digits" },
        { "{\"options\": [{\"class\": \"0x1\", \"type\": \"0x1\","
          " \"data\": \"000000\"}]}",
          "data: must be a string of hex digits, for a multiple of 4 bytes, "
          "at most 124" },
        { "{\"receive\": {\"options\": [{\"class\": \"0x1\","
          " \"type\": \"0x1\", \"length\": 5}]}}",
          "length: must be a multiple of 4" },
        { "{\"receive\": {\"options\": [{\"class\": \"0x1\","
          " \"type\": \"0x1\"}]}}",
          "receive: each option needs class, type and length" },
        { "{\"receive\": {\"order\": \"random\"}}",
          "order: must be \"any\", \"strict\" or \"first\"" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct tap_config c;
        const char *error = parse(&c, cases[i].text);

        assert_non_null(error);
        assert_string_equal(error, cases[i].error);
        tap_config_destroy(&c);
    }
}

static void
test_devices(void **state OVS_UNUSED)
{
    struct tap_config c;

    tap_config_init(&c);
    assert_true(tap_config_add_device(&c, "/dev/tap0@4096"));
    assert_true(tap_config_add_device(&c, "tun1@8192"));
    assert_true(tap_config_add_device(&c, "tun2@16777215,ip4"));
    assert_false(tap_config_add_device(&c, "tun3@16777216"));
    assert_false(tap_config_add_device(&c, "tun3"));
    assert_false(tap_config_add_device(&c, "@7"));
    assert_false(tap_config_add_device(&c, "tun3@-7"));
    assert_false(tap_config_add_device(&c, "tun3@7,ip5"));
    assert_int_equal(c.n_tunnels, 3);
    assert_string_equal(c.tunnels[0].device, "tap0");

    assert_non_null(tap_config_complete(&c));   /* No remote. */
    tap_config_add_remote(&c)->address = strdup("192.0.2.1");
    assert_null(tap_config_complete(&c));
    assert_int_equal(c.tunnels[0].mode, TAP_MODE_ETHERNET);
    c.gnveu = true;
    assert_null(tap_config_complete(&c));
    assert_int_equal(c.tunnels[0].mode, TAP_MODE_IP4);
    assert_int_equal(c.tunnels[1].mode, TAP_MODE_IP6);
    assert_int_equal(c.tunnels[2].mode, TAP_MODE_IP4);
    tap_config_destroy(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admit),
        cmocka_unit_test(test_admit_unparsed),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_merge_refuses),
        cmocka_unit_test(test_too_big),
        cmocka_unit_test(test_congestion),
        cmocka_unit_test(test_learn),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_refused),
        cmocka_unit_test(test_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
