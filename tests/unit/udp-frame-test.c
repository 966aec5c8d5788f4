/* Unit tests of lib/udp-frame.c. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "lib/udp-frame.h"
#include "packets.h"
#include "tests/unit/hex-bytes.h"

#define ETH4 "ff ff ff ff ff ff 02 00 00 00 00 0a 08 00 "
#define IP4(LEN, FRAG, PROTO) \
    "45 00 00 " LEN " 00 00 " FRAG " 40 " PROTO " 00 00 " \
    "00 00 00 00 ff ff ff ff "
#define UDP(LEN) "00 44 00 43 00 " LEN " 00 00 "
#define ETH6 "33 33 00 01 00 02 02 00 00 00 00 0a 86 dd "
#define IP6(LEN, NEXT) \
    "60 00 00 00 00 " LEN " " NEXT " 01 " \
    "fe 80 00 00 00 00 00 00 00 00 00 ff fe 00 00 0a " \
    "ff 02 00 00 00 00 00 00 00 00 00 00 00 01 00 02 "

static void
test_parse(void **state OVS_UNUSED)
{
    struct hex_bytes f = hex_bytes_create(
        ETH4 IP4("1f", "00 00", "11") UDP("0b") "61 62 63 00 00");
    struct udp_frame u;

    assert_null(udp_frame_parse(f.data, f.n, &u));
    assert_int_equal(u.sport, 68);
    assert_int_equal(u.dport, 67);
    assert_int_equal(u.payload_len, 3);
    assert_memory_equal(u.payload, "abc", 3);
    assert_int_equal(in6_addr_get_mapped_ipv4(&u.dst), OVS_BE32_MAX);
    free(f.data);
}

static void
test_refused(void **state OVS_UNUSED)
{
    static const struct {
        const char *hex, *why;
    } cases[] = {
        { "", "no Ethernet header" },
        { ETH4, "no IPv4 header" },
        { "ff ff ff ff ff ff 02 00 00 00 00 0a 08 06 00",
          "neither IPv4 nor IPv6" },
        { ETH4 IP4("1c", "00 00", "11") UDP("09"),
          "bad length in the UDP header" },
        { ETH4 IP4("1c", "00 00", "11") UDP("07"),
          "bad length in the UDP header" },
        { ETH4 IP4("1d", "00 00", "11") UDP("08"),
          "bad length in the IPv4 header" },
        { ETH4 IP4("18", "00 00", "11") "00 44 00 43", "no UDP header" },
        { ETH4 IP4("1c", "20 00", "11") UDP("08"), "a fragment" },
        { ETH4 IP4("1c", "00 01", "11") UDP("08"), "a fragment" },
        { ETH4 IP4("1c", "00 00", "06") UDP("08"), "not UDP" },
        { ETH6 IP6("09", "11") "02 22 02 23 00 08 00 00",
          "bad length in the IPv6 header" },
        { ETH6 IP6("08", "00") "02 22 02 23 00 08 00 00", "not UDP" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes f = hex_bytes_create(cases[i].hex);
        struct udp_frame u;

        assert_string_equal(udp_frame_parse(f.data, f.n, &u), cases[i].why);
        free(f.data);
    }
}

/* What is composed has good checksums. */
static void
test_compose(void **state OVS_UNUSED)
{
    static const uint8_t payload[] = { 1, 2, 3 };
    const char *hex[] = {
        ETH4 IP4("1c", "00 00", "11") UDP("08"),
        ETH6 IP6("08", "11") "02 22 02 23 00 08 00 00",
    };

    for (size_t i = 0; i < ARRAY_SIZE(hex); i++) {
        struct hex_bytes f = hex_bytes_create(hex[i]);
        struct udp_frame u, again;
        struct ofpbuf out;
        uint8_t *ip;

        assert_null(udp_frame_parse(f.data, f.n, &u));
        u.payload = payload;
        u.payload_len = sizeof payload;
        ofpbuf_init(&out, 0);
        udp_frame_compose(&u, &out);
        assert_null(udp_frame_parse(out.data, out.size, &again));
        assert_memory_equal(again.payload, payload, sizeof payload);
        assert_int_equal(again.payload_len, sizeof payload);
        ip = (uint8_t *) out.data + ETH_HEADER_LEN;
        if (i == 0) {
            uint32_t sum = packet_csum_pseudoheader((void *) ip);

            assert_int_equal(csum(ip, IP_HEADER_LEN), 0);
            assert_int_equal(csum_finish(csum_continue(
                sum, ip + IP_HEADER_LEN, 11)), 0);
        } else {
            uint32_t sum = packet_csum_pseudoheader6((void *) ip);

            assert_int_equal(csum_finish(csum_continue(sum, ip + 40, 11)), 0);
        }
        ofpbuf_uninit(&out);
        free(f.data);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_compose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
