/* Unit tests of lib/icmp-nat.c. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "lib/icmp-nat.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "tests/unit/hex-bytes.h"

#define ETH "02 00 00 00 00 0a 02 00 00 00 00 01 86 dd "
#define IP6(LEN, NEXT) "60 00 00 00 " LEN " " NEXT " 40 "
#define ROUTER "20 01 0d b8 ff ff 00 00 00 00 00 00 00 00 00 77 "
#define NATED "20 01 0d b8 ff ff 00 00 00 00 00 00 00 00 00 10 "
#define OUTSIDE "20 01 0d b8 ff ff 00 00 00 00 00 00 00 00 00 01 "
#define TOO_BIG "02 00 00 00 00 00 05 14 "
#define UDP "9c 40 9c 41 00 0b 00 00 61 62 63"
#define TCP "9c 40 00 50 00 00 00 01 00 00 00 00 50 02 03 e8 00 00 00 00"
#define ECHO "80 00 00 00 00 01 00 02 61 62"

enum { OFS_IP = 14, OFS_ICMP = 54, OFS_QUOTED = 62, OFS_L4 = 102 };

static const struct in6_addr endpoint = {
    .s6_addr = { 0xfd, [15] = 3 }
};

static ovs_be16
sum_of(const uint8_t *ip, size_t len)
{
    uint32_t sum = packet_csum_pseudoheader6((const void *) ip);

    return csum_finish(csum_continue(sum, ip + 40, len - 40));
}

static void
fix(uint8_t *ip, size_t len, size_t ofs)
{
    ovs_be16 sum = sum_of(ip, len);

    memcpy(ip + 40 + ofs, &sum, sizeof sum);
}

/* An error that quotes 'hex', whose checksum is at 'ofs' (0: none). */
static struct hex_bytes
make(uint8_t protocol, const char *hex, size_t ofs)
{
    char *all = xasprintf("%s%s%s%s%s%s%s%s%s", ETH, IP6("00 00", "3a"),
                          ROUTER, NATED, TOO_BIG, IP6("00 00", "00"), NATED,
                          OUTSIDE, hex);
    struct hex_bytes f = hex_bytes_create(all);

    f.data[OFS_IP + 5] = f.n - OFS_ICMP;
    f.data[OFS_QUOTED + 5] = f.n - OFS_L4;
    f.data[OFS_QUOTED + 6] = protocol;
    if (ofs) {
        fix(f.data + OFS_QUOTED, f.n - OFS_QUOTED, ofs);
    }
    fix(f.data + OFS_IP, f.n - OFS_IP, 2);
    free(all);
    return f;
}

static void
check(struct hex_bytes f, bool mended)
{
    assert_memory_equal(f.data + OFS_IP + 24, &endpoint, 16);
    assert_memory_equal(f.data + OFS_QUOTED + 8, &endpoint, 16);
    assert_memory_equal(f.data + OFS_ICMP + 4, "\0\0\x05\x14", 4);
    assert_int_equal(sum_of(f.data + OFS_IP, f.n - OFS_IP), 0);
    if (mended) {
        assert_int_equal(sum_of(f.data + OFS_QUOTED, f.n - OFS_QUOTED), 0);
    }
}

static void
test_translate(void **state OVS_UNUSED)
{
    static const struct {
        uint8_t protocol;
        const char *hex;
        size_t ofs;
        bool has_port;
    } cases[] = {
        { IPPROTO_UDP, UDP, 6, true },
        { IPPROTO_UDP, UDP, 0, true },              /* No checksum. */
        { IPPROTO_UDP, "9c 40 9c 41", 0, true },    /* Cut off. */
        { IPPROTO_TCP, TCP, 16, true },
        { IPPROTO_TCP, "9c 40 00 50 00 00 00 01", 0, true },
        { IPPROTO_ICMPV6, ECHO, 2, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes f = make(cases[i].protocol, cases[i].hex,
                                  cases[i].ofs);

        assert_null(icmp_nat_translate_back(f.data, f.n, &endpoint,
                                            htons(0x1234)));
        check(f, cases[i].ofs);
        if (cases[i].has_port) {
            assert_memory_equal(f.data + OFS_L4, "\x12\x34", 2);
        } else {
            assert_memory_equal(f.data + OFS_L4, "\x80\x00", 2);
        }
        free(f.data);
    }
}

/* One byte is other than it should be. */
static void
test_refused(void **state OVS_UNUSED)
{
    static const struct {
        size_t ofs;
        uint8_t value;
    } cases[] = {
        { 12, 0x08 },                       /* No IPv6. */
        { OFS_IP, 0x40 },
        { OFS_IP + 6, IPPROTO_UDP },
        { OFS_IP + 5, 200 },                /* Longer than the frame. */
        { OFS_IP + 5, 40 },                 /* Quotes no whole header. */
        { OFS_IP + 39, 9 },                 /* For somebody else. */
        { OFS_ICMP, 128 },                  /* Not an error. */
        { OFS_ICMP + 2, 1 },                /* Checksum. */
        { OFS_QUOTED, 0x40 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes f = make(IPPROTO_UDP, UDP, 6), before;

        f.data[cases[i].ofs] = cases[i].value;
        before = f;
        before.data = xmemdup(f.data, f.n);
        assert_non_null(icmp_nat_translate_back(f.data, f.n, &endpoint,
                                                htons(1)));
        assert_memory_equal(f.data, before.data, f.n);
        free(before.data);
        free(f.data);
    }
}

static void
test_cut_off(void **state OVS_UNUSED)
{
    struct hex_bytes f = make(IPPROTO_TCP, TCP, 16);

    for (size_t n = 0; n < f.n; n++) {
        uint8_t *part = xmemdup(f.data, MAX(n, 1));

        assert_non_null(icmp_nat_translate_back(part, n, &endpoint,
                                                htons(1)));
        free(part);
    }
    free(f.data);
}

static void
test_ports_missing(void **state OVS_UNUSED)
{
    struct hex_bytes f = make(IPPROTO_UDP, "9c 40", 0);

    assert_non_null(icmp_nat_translate_back(f.data, f.n, &endpoint,
                                            htons(1)));
    free(f.data);
}

static void
check_forget(const char *before, const char *after)
{
    struct hex_bytes f = hex_bytes_create(before);
    struct hex_bytes wanted = hex_bytes_create(after);

    icmp_nat_forget_fragment(f.data, &f.n);
    assert_int_equal(f.n, wanted.n);
    assert_memory_equal(f.data, wanted.data, f.n);
    free(f.data);
    free(wanted.data);
}

#define ETH4 "02 00 00 00 00 0a 02 00 00 00 00 01 08 00 "
#define ADDRESSES "c6 33 64 01 0a 00 00 03 "

static void
test_same_port(void **state OVS_UNUSED)
{
    struct hex_bytes f = make(IPPROTO_UDP, UDP, 6);

    assert_null(icmp_nat_translate_back(f.data, f.n, &endpoint, 0));
    check(f, true);
    assert_memory_equal(f.data + OFS_L4, "\x9c\x40", 2);
    free(f.data);
}

static void
test_forget_fragment(void **state OVS_UNUSED)
{
    static const char *const alone[] = {
        "", ETH4, ETH4 "45 00",
        ETH4 "45 00 00 16 00 07 00 10 40 11 00 00 " ADDRESSES "61 62",
        ETH IP6("00 0a", "2c") ROUTER NATED "11 00 00 09 00 00 00 01 61 62",
        ETH IP6("00 0a", "2c") ROUTER NATED "11 00 00 01",
        ETH IP6("00 02", "11") ROUTER NATED "61 62",
    };

    for (size_t i = 0; i < ARRAY_SIZE(alone); i++) {
        check_forget(alone[i], alone[i]);
    }
    check_forget(
        ETH4 "45 00 00 16 00 07 20 00 40 11 44 83 " ADDRESSES "61 62",
        ETH4 "45 00 00 16 00 07 00 00 40 11 64 83 " ADDRESSES "61 62");
    check_forget(
        ETH IP6("00 0a", "2c") ROUTER NATED "11 00 00 01 00 00 00 01 61 62",
        ETH IP6("00 02", "11") ROUTER NATED "61 62");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translate),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_ports_missing),
        cmocka_unit_test(test_same_port),
        cmocka_unit_test(test_forget_fragment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
