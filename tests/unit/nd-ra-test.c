/* Unit tests of lib/nd-ra.c. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "lib/nd-ra.h"
#include "packets.h"
#include "tests/unit/hex-bytes.h"

#define ETH "33 33 00 00 00 02 02 00 00 00 00 0a 86 dd "
#define TO_ROUTERS "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 02 "
#define LLA "fe 80 00 00 00 00 00 00 00 00 00 ff fe 00 00 0a "
#define NOBODY "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
#define IP(LEN, HLIM, SRC) "60 00 00 00 00 " LEN " 3a " HLIM " " SRC TO_ROUTERS
#define RS "85 00 00 00 00 00 00 00 "
#define OWN_MAC "01 01 02 00 00 00 00 0a "

static void
test_solicitations(void **state OVS_UNUSED)
{
    static const struct {
        const char *hex, *why;
    } cases[] = {
        { ETH IP("08", "ff", LLA) RS, NULL },
        { ETH IP("10", "ff", LLA) RS OWN_MAC, NULL },
        { ETH IP("08", "ff", NOBODY) RS, NULL },
        { ETH IP("10", "ff", NOBODY) RS OWN_MAC,
          "an address of a host that has none" },
        { ETH IP("08", "fe", LLA) RS, "bad hop limit or code" },
        { ETH IP("08", "ff", LLA) "85 01 00 00 00 00 00 00",
          "bad hop limit or code" },
        { ETH IP("08", "ff", LLA) "86 00 00 00 00 00 00 00",
          "not a solicitation" },
        { ETH IP("09", "ff", LLA) RS, "bad length in the IPv6 header" },
        { ETH IP("07", "ff", LLA) RS, "bad length in the IPv6 header" },
        { ETH IP("09", "ff", LLA) RS "01", "bad length of an option" },
        { ETH IP("10", "ff", LLA) RS "01 00 00 00 00 00 00 00",
          "bad length of an option" },
        { ETH IP("10", "ff", LLA) RS "01 02 00 00 00 00 00 00",
          "bad length of an option" },
        { ETH IP("08", "ff", LLA), "too short" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes f = hex_bytes_create(cases[i].hex);
        struct nd_rs rs;
        const char *why = nd_rs_parse(f.data, f.n, &rs);

        if (cases[i].why) {
            assert_non_null(why);
            assert_string_equal(why, cases[i].why);
        } else {
            assert_null(why);
        }
        free(f.data);
    }
}

static void
expect(const struct nd_ra *ra, const char *hex)
{
    struct hex_bytes expected = hex_bytes_create(hex);
    struct ofpbuf b;
    uint8_t *icmp;
    size_t n;

    ofpbuf_init(&b, 0);
    nd_ra_compose(ra, &b);
    icmp = (uint8_t *) b.data + 54;
    n = b.size - 54;
    assert_int_equal(csum_finish(csum_continue(packet_csum_pseudoheader6(
        (void *) ((uint8_t *) b.data + 14)), icmp, n)), 0);
    assert_memory_equal((uint8_t *) b.data + 14 + 6, "\x3a\xff", 2);
    memset(icmp + 2, 0, 2);
    assert_int_equal(n, expected.n);
    assert_memory_equal(icmp, expected.data, n);
    ofpbuf_uninit(&b);
    free(expected.data);
}

static void
test_advertisements(void **state OVS_UNUSED)
{
    struct nd_ra ra = {
        .eth_src = ETH_ADDR_C(02,00,00,00,00,01),
        .eth_dst = ETH_ADDR_C(33,33,00,00,00,01),
        .src = { .s6_addr = { 0xfe, 0x80, [15] = 1 } },
        .dst = { .s6_addr = { 0xff, 0x02, [15] = 1 } },
    };

    expect(&ra, "86 00 0000 40 00 0000 00000000 00000000 0101020000000001");

    ra.managed = ra.other = true;
    ra.router_lifetime = 1800;
    ra.mtu = 1400;
    ra.prefixes[0] = (struct nd_ra_prefix) {
        .prefix = { .s6_addr = { 0x20, 1, 0xd, 0xb8 } }, .plen = 64,
        .autonomous = true, .valid = UINT32_MAX, .preferred = 3600,
    };
    ra.prefixes[1] = ra.prefixes[0];
    ra.prefixes[1].autonomous = false;
    ra.n_prefixes = 2;
    ra.dns[0] = ra.prefixes[0].prefix;
    ra.n_dns = 1;
    ra.domains[0] = "a.b";
    ra.domains[1] = "example";
    ra.n_domains = 2;
    ra.dns_lifetime = 600;
    expect(&ra, "86 00 0000 40 c0 0708 00000000 00000000 0101020000000001"
           "0501 0000 00000578"
           "0304 40 c0 ffffffff 00000e10 00000000"
           "20010db8000000000000000000000000"
           "0304 40 80 ffffffff 00000e10 00000000"
           "20010db8000000000000000000000000"
           "1903 0000 00000258 20010db8000000000000000000000000"
           "1f03 0000 00000258 01610162 00 076578616d706c65 00 0000");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solicitations),
        cmocka_unit_test(test_advertisements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
