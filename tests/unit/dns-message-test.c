/* Unit tests of lib/dns-name.c, lib/dns-reverse.c and lib/dns-message.c. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/dns-message.h"
#include "lib/dns-reverse.h"
#include "packets.h"
#include "tests/unit/hex-bytes.h"

#define HEADER "1234 0100 0001 0000 0000 0000 "
#define EDNS_HEADER "1234 0100 0001 0000 0000 0001 "
#define OPT(SIZE, VERSION) "00 0029 " SIZE " 00 " VERSION " 0000 0000 "

static void
test_names(void **state OVS_UNUSED)
{
    char longest[256];
    size_t len;

    memset(longest, 'a', sizeof longest);
    for (size_t i = 63; i < sizeof longest; i += 64) {
        longest[i] = '.';
    }
    longest[253] = '\0';
    assert_true(dns_name_is_valid(longest));
    longest[253] = 'a';
    longest[254] = '\0';
    assert_false(dns_name_is_valid(longest));
    longest[64] = '\0';
    longest[63] = 'a';
    assert_false(dns_name_is_valid(longest));
    assert_true(dns_name_is_valid("a-1._tcp.B"));
    assert_false(dns_name_is_valid(""));
    assert_false(dns_name_is_valid("."));
    assert_false(dns_name_is_valid("a."));
    assert_false(dns_name_is_valid("a..b"));
    assert_false(dns_name_is_valid(".a"));
    assert_false(dns_name_is_valid("a b"));

    assert_true(dns_name_is_in("a.b.EXAMPLE", "example", &len));
    assert_int_equal(len, 3);
    assert_true(dns_name_is_in("example", "example", &len));
    assert_int_equal(len, 0);
    assert_false(dns_name_is_in("anexample", "example", &len));
    assert_false(dns_name_is_in(".example", "example", &len));
    assert_false(dns_name_is_in("ample", "example", &len));
}

static void
test_reverse(void **state OVS_UNUSED)
{
    static const char v6[] = "b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
        "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.Ip6.arpa";
    static const char *const others[] = {
        "", "in-addr.arpa", "1.0.0.10.in-addr.arpa.x", "0.0.10.in-addr.arpa",
        "1.1.0.0.10.in-addr.arpa", "256.0.0.10.in-addr.arpa",
        "01.0.0.10.in-addr.arpa", "a.0.0.10.in-addr.arpa", "1.0.0.10.ip6.arpa",
        "1.0.0.0001.in-addr.arpa", "g.a.ip6.arpa",
    };
    char s[INET6_ADDRSTRLEN];
    struct in6_addr ip;

    assert_true(dns_reverse_parse("12.0.255.10.IN-ADDR.arpa", &ip));
    ipv6_string_mapped(s, &ip);
    assert_string_equal(s, "10.255.0.12");
    assert_true(dns_reverse_parse(v6, &ip));
    ipv6_string_mapped(s, &ip);
    assert_string_equal(s, "2001:db8::ab");
    assert_false(dns_reverse_parse(v6 + 2, &ip));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_false(dns_reverse_parse(others[i], &ip));
    }
}

static void
test_parse(void **state OVS_UNUSED)
{
    static const struct {
        const char *hex, *why;
        const char *name;
        int type;
        size_t max_size;
    } cases[] = {
        { HEADER "03766d31 016100 0001 0001", NULL, "vm1.a", 1, 512 },
        { HEADER "00 0002 0001", NULL, "", 2, 512 },
        { EDNS_HEADER "0161 00 001c 0001" OPT("04d0", "00"), NULL, "a",
          28, 1232 },
        { EDNS_HEADER "0161 00 001c 0001" OPT("ffff", "01"), NULL, "a",
          28, 1232 },
        { EDNS_HEADER "0161 00 001c 0001" OPT("0100", "00"), NULL, "a",
          28, 512 },
        { EDNS_HEADER "0161 00 001c 0001 00 0029", NULL, "a", 28,
          512 },
        { "", "too short", NULL, 0, 0 },
        { "1234 8100 0001 0000 0000 0000", "not a query", NULL, 0, 0 },
        { HEADER, NULL, NULL, 0, 0 },
        { HEADER "0161 00 0001", NULL, NULL, 0, 0 },
        { HEADER "0161 0001", NULL, NULL, 0, 0 },
        { HEADER "0461", NULL, NULL, 0, 0 },
        { HEADER "c00c 0001 0001", NULL, NULL, 0, 0 },
        { "1234 0100 0002 0000 0000 0000 0161 00 0001 0001", NULL, NULL, 0,
          0 },
        { "1234 0100 0000 0000 0000 0000 ", NULL, NULL, 0, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes m = hex_bytes_create(cases[i].hex);
        struct dns_query q;
        const char *why = dns_message_parse(m.data, m.n, &q);

        if (cases[i].why) {
            assert_string_equal(why, cases[i].why);
        } else {
            assert_null(why);
            assert_int_equal(q.id, 0x1234);
            assert_true(q.rd);
            assert_int_equal(q.has_question, cases[i].name != NULL);
        }
        if (cases[i].name) {
            assert_string_equal(q.name, cases[i].name);
            assert_int_equal(q.type, cases[i].type);
            assert_int_equal(q.max_size, cases[i].max_size);
        }
        free(m.data);
    }
}

static void
expect(const struct ofpbuf *b, const char *hex)
{
    struct hex_bytes expected = hex_bytes_create(hex);

    assert_int_equal(b->size, expected.n);
    assert_memory_equal(b->data, expected.data, expected.n);
    free(expected.data);
}

static void
test_answers(void **state OVS_UNUSED)
{
    struct hex_bytes m = hex_bytes_create(
        EDNS_HEADER "0161 00 0001 0001" OPT("0200", "00"));
    struct in6_addr v4 = in6_addr_mapped_ipv4(htonl(0x0a000001));
    struct in6_addr v6 = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
    struct dns_query q;
    struct dns_answer a;
    struct ofpbuf b;
    size_t n = 0;

    assert_null(dns_message_parse(m.data, m.n, &q));
    ofpbuf_init(&b, 0);

    dns_answer_begin(&a, &q, &b);
    assert_true(dns_answer_put_address(&a, &v4, 60));
    assert_true(dns_answer_put_address(&a, &v6, 61));
    dns_answer_end(&a, DNS_NO_ERROR, true, false);
    expect(&b, "1234 8500 0001 0002 0000 0001 0161 00 0001 0001"
           "c00c 0001 0001 0000003c 0004 0a000001"
           "c00c 001c 0001 0000003d 0010 20010db8000000000000000000000001"
           OPT("04d0", "00"));

    dns_answer_begin(&a, &q, &b);
    assert_true(dns_answer_put_soa(&a, "z", 60, false));
    dns_answer_end(&a, DNS_NAME_ERROR, true, false);
    expect(&b, "1234 8503 0001 0000 0001 0001 0161 00 0001 0001"
           "017a 00 0006 0001 0000003c 001a 017a 00 017a 00"
           "00000001 00000e10 00000258 00015180 0000003c" OPT("04d0", "00"));

    dns_answer_begin(&a, &q, &b);
    dns_answer_end(&a, DNS_BAD_VERSION, false, false);
    expect(&b, "1234 8100 0001 0000 0000 0001 0161 00 0001 0001"
           "00 0029 04d0 01 00 0000 0000");

    dns_answer_begin(&a, &q, &b);
    assert_true(dns_answer_put_name(&a, "vm1.z", 60));
    dns_answer_end(&a, DNS_NO_ERROR, true, false);
    expect(&b, "1234 8500 0001 0001 0000 0001 0161 00 0001 0001"
           "c00c 000c 0001 0000003c 0007 03766d31 017a 00" OPT("04d0", "00"));

    /* No more than fits. */
    dns_answer_begin(&a, &q, &b);
    while (dns_answer_put_address(&a, &v4, 60)) {
        n++;
    }
    dns_answer_end(&a, DNS_NO_ERROR, true, true);
    assert_true(n == 30 && b.size <= 512);
    assert_int_equal(((uint8_t *) b.data)[2], 0x87);
    ofpbuf_uninit(&b);
    free(m.data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_reverse),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
