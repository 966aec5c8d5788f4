/* The Geneve header: worked bytes of RFC 8926's layout, what a receiver does,
 * and a large number of random bytes.  Under the sanitizers the latter also
 * shows that nothing is read outside the buffer, so each input is in a heap
 * block of exactly its size. */

#include <config.h>

#include "lib/geneve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "random.h"
#include "util.h"

static enum geneve_fault
parse_hex(const char *hex, struct geneve_header *hdr, uint8_t **bytes)
{
    size_t n;

    assert_true(geneve_bytes_from_hex(hex, bytes, &n));
    return geneve_parse(*bytes, n, hdr);
}

static void
test_all_fields(void **state OVS_UNUSED)
{
    struct geneve_header hdr;
    uint8_t *bytes;

    /* Opt Len 3 words, O and C, reserved 0x2a, VNI 0x00000ce5 >> 0, 0x77. */
    assert_int_equal(parse_hex("03ea6558 000ce577 ff0185e1 deadbeef"
                               "01020200 aa", &hdr, &bytes), GENEVE_FINE);
    assert_int_equal(hdr.version, 0);
    assert_int_equal(hdr.opt_bytes, 12);
    assert_true(hdr.oam);
    assert_true(hdr.critical);
    assert_int_equal(hdr.reserved1, 0x2a);
    assert_int_equal(hdr.proto, 0x6558);
    assert_int_equal(hdr.vni, 0xce5);
    assert_int_equal(hdr.reserved2, 0x77);
    assert_int_equal(hdr.n_options, 2);
    assert_int_equal(hdr.options[0].key.class, 0xff01);
    assert_int_equal(hdr.options[0].key.type, 0x85);
    assert_int_equal(hdr.options[0].reserved, 7);
    assert_int_equal(hdr.options[0].length, 4);
    assert_memory_equal(hdr.options[0].data, "\xde\xad\xbe\xef", 4);
    assert_int_equal(hdr.options[1].length, 0);
    free(bytes);
}

static void
check_fault(const char *hex, enum geneve_fault expected, size_t n_options)
{
    struct geneve_header hdr;
    uint8_t *bytes;
    enum geneve_fault fault = parse_hex(hex, &hdr, &bytes);

    if (fault != expected) {
        fail_msg("%s: %s, expected %s", hex, geneve_fault_to_string(fault),
                 geneve_fault_to_string(expected));
    }
    assert_int_equal(hdr.n_options, n_options);
    free(bytes);
}

static void
test_parse_faults(void **state OVS_UNUSED)
{
    check_fault("", GENEVE_TRUNCATED, 0);
    check_fault("00006558000001", GENEVE_TRUNCATED, 0);
    check_fault("0000655800000100", GENEVE_FINE, 0);
    check_fault("4000655800000100", GENEVE_VERSION, 0);
    check_fault("01006558 00000100", GENEVE_TRUNCATED, 0);
    check_fault("02006558 00000100 01020301", GENEVE_TRUNCATED, 0);
    check_fault("03006558 00000100 01020300 01020300", GENEVE_TRUNCATED, 2);
    check_fault("01006558 00000100 01020301", GENEVE_OPT_LEN_MISMATCH, 0);
    check_fault("01006558 00000100 01020301 00000000",
                GENEVE_OPT_LEN_MISMATCH, 0);
    check_fault("03006558 00000100 01020301 00000000 0102031f",
                GENEVE_OPT_LEN_MISMATCH, 1);
}

/* Reception. */

static void
check_receive_policy(const char *hex, int max_option_bytes, bool parses,
                     enum geneve_action action, enum geneve_fault fault,
                     size_t n_accepted)
{
    struct recv_entry entries[] = {
        { { 0xff01, 0x85 }, 4, 4, false },
        { { 0x0103, 0x01 }, 8, 16, false },
    };
    struct recv_table table = { .entries = entries, .n_entries = 2 };
    struct geneve_policy policy = { &table, max_option_bytes, parses };
    struct geneve_verdict verdict;
    struct geneve_header hdr;
    uint8_t *bytes;
    size_t n;

    assert_true(geneve_bytes_from_hex(hex, &bytes, &n));
    geneve_receive(bytes, n, &policy, &hdr, &verdict);
    if (verdict.action != action
        || (action == GENEVE_DROP && verdict.fault != fault)) {
        fail_msg("%s: %s %s", hex, geneve_action_to_string(verdict.action),
                 geneve_fault_to_string(verdict.fault));
    }
    assert_int_equal(verdict.n_accepted, n_accepted);
    free(bytes);
}

static void
check_drop(const char *hex, enum geneve_fault fault)
{
    check_receive_policy(hex, NEG_NO_LIMIT, true, GENEVE_DROP, fault, 0);
}

#define KNOWN "ff018501 00000001"
#define KNOWN_8 "01030102 0000000000000001"
#define UNKNOWN "01080100"
#define UNKNOWN_CRITICAL "01088100"

static void
test_receive(void **state OVS_UNUSED)
{
    check_receive_policy("05006558 00000100" KNOWN KNOWN_8, NEG_NO_LIMIT,
                         true, GENEVE_ACCEPT, GENEVE_FINE, 2);
    check_receive_policy("03006558 00000100" UNKNOWN KNOWN, NEG_NO_LIMIT,
                         true, GENEVE_ACCEPT, GENEVE_FINE, 1);
    check_receive_policy("02806558 00000100" KNOWN, NEG_NO_LIMIT,
                         true, GENEVE_PUNT, GENEVE_FINE, 1);
    check_receive_policy("02006558 00000100" KNOWN, 8, true, GENEVE_ACCEPT,
                         GENEVE_FINE, 1);
    check_receive_policy("02006558 00000100" KNOWN, 4, true, GENEVE_DROP,
                         GENEVE_EXCEEDS_CAPABILITY, 0);
}

/* Of several faults, the first one that a single pass meets is named. */
static void
test_first_fault_decides(void **state OVS_UNUSED)
{
    check_drop("43406558 00000100" UNKNOWN_CRITICAL, GENEVE_VERSION);
    check_drop("03806558 00000100" KNOWN UNKNOWN_CRITICAL,
               GENEVE_UNKNOWN_CRITICAL);
    check_drop("04006558 00000100" KNOWN KNOWN, GENEVE_DUPLICATE);
    check_drop("03006558 00000100" KNOWN "ff018500", GENEVE_OPTION_LENGTH);
    check_drop("02006558 00000100 01030101 00000000", GENEVE_OPTION_LENGTH);
    check_drop("02006558 00000100" UNKNOWN_CRITICAL "ff01851f",
               GENEVE_UNKNOWN_CRITICAL);
    check_drop("03006558 00000100" KNOWN "ff01851f",
               GENEVE_OPT_LEN_MISMATCH);
    check_receive_policy("03006558 00000100" KNOWN "0108011f", 8, true,
                         GENEVE_DROP, GENEVE_EXCEEDS_CAPABILITY, 0);
}

/* RFC 8926, section 3.4: such an endpoint may strip all options, but not
 * where one is critical. */
static void
test_endpoint_that_parses_nothing(void **state OVS_UNUSED)
{
    check_receive_policy("04006558 00000100" KNOWN KNOWN, NEG_NO_LIMIT, false,
                         GENEVE_ACCEPT, GENEVE_FINE, 0);
    check_receive_policy("04406558 00000100" KNOWN KNOWN, NEG_NO_LIMIT, false,
                         GENEVE_DROP, GENEVE_CRITICAL_UNPARSED, 0);
    check_receive_policy("00806558 00000100", NEG_NO_LIMIT, false,
                         GENEVE_PUNT, GENEVE_FINE, 0);
    check_receive_policy("01006558 00000100 0108011f", NEG_NO_LIMIT, false,
                         GENEVE_ACCEPT, GENEVE_FINE, 0);
}

/* Composing. */

static void
test_compose_reads_back(void **state OVS_UNUSED)
{
    static const uint8_t data[GENEVE_OPT_MAX_DATA] = { 1, 2, 3, 4 };
    struct geneve_header hdr = {
        .oam = true, .reserved1 = 5, .reserved2 = 9, .proto = 0x6558,
        .vni = 0xabcdef,
        .options = { { { 0x0103, 1 }, 3, 124, data },
                     { { 0xff01, 0x85 }, 0, 120, data } },
        .n_options = 2,
    };
    uint8_t buf[260];
    struct geneve_header back;

    /* 252 bytes of options: the most there can be. */
    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), 260);
    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf - 1), 0);
    assert_int_equal(geneve_parse(buf, sizeof buf, &back), GENEVE_FINE);
    assert_int_equal(back.opt_bytes, 252);
    assert_true(back.oam);
    assert_true(back.critical);     /* Follows from the second option. */
    assert_int_equal(back.reserved1, 5);
    assert_int_equal(back.reserved2, 9);
    assert_int_equal(back.vni, 0xabcdef);
    assert_int_equal(back.n_options, 2);
    assert_int_equal(back.options[0].reserved, 3);
    assert_memory_equal(back.options[1].data, data, 120);
}

static void
test_compose_keeps_the_limits(void **state OVS_UNUSED)
{
    static const uint8_t data[256];
    uint8_t buf[512];
    struct geneve_header hdr = { .options = { { { 1, 1 }, 0, 124, data },
                                              { { 1, 2 }, 0, 124, data } },
                                 .n_options = 2 };

    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), 0);
    hdr.n_options = 1;
    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), 136);
    hdr.options[0].length = 128;
    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), 0);
    hdr.options[0].length = 6;
    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), 0);
    hdr.options[0].length = 4;
    hdr.vni = 0x1000000;
    assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), 0);
}

/* Text. */

static void
check_text(const char *hex, const char *const *parts)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct geneve_header hdr;
    uint8_t *bytes;

    parse_hex(hex, &hdr, &bytes);
    geneve_header_to_ds(&hdr, &ds);
    for (; *parts; parts++) {
        if (!strstr(ds_cstr(&ds), *parts)) {
            fail_msg("no \"%s\" in:\n%s", *parts, ds_cstr(&ds));
        }
    }
    ds_destroy(&ds);
    free(bytes);
}

static void
test_text(void **state OVS_UNUSED)
{
    check_text("03406558 000ce500 01028001 00010002 ff010300 aaaa",
               (const char *const []) {
                   "3301", "option bytes       12", "Ethernet",
                   "option 0x0102/0x80  OVN, critical, 4 bytes: 00010002",
                   "option 0xff01/0x03  Experimental use, not critical",
                   "payload            2 bytes", NULL });
    check_text("00", (const char *const []) { "fault: truncated", NULL });
    check_text("8000655800000000",
               (const char *const []) { "fault: version: 2", NULL });
    check_text("0100655800000000 ff01ff01",
               (const char *const []) { "fault: opt-len-mismatch", NULL });
    check_text("0200655800000000 ff018300 ff018300",
               (const char *const []) { "fault: critical-bit",
                   "fault: duplicate: 0xff01/0x83", NULL });
}

static void
test_json(void **state OVS_UNUSED)
{
    struct geneve_header hdr;
    struct json *json;
    uint8_t *bytes;

    parse_hex("02406558000ce500 ff018501 000000ff", &hdr, &bytes);
    json = geneve_header_to_json(&hdr);
    char *s = json_to_string(json, JSSF_SORT);
    assert_string_equal(
        s, "{\"cBit\":true,\"faults\":[],\"oBit\":false,\"optionBytes\":8,"
        "\"options\":[{\"assignee\":\"Experimental use\",\"critical\":true,"
        "\"data\":\"000000ff\",\"length\":4,\"option\":\"0xff01/0x85\"}],"
        "\"payloadBytes\":0,\"protocol\":\"0x6558\",\"version\":0,"
        "\"vni\":3301}");
    free(s);
    json_destroy(json);
    free(bytes);
}

static void
test_hex(void **state OVS_UNUSED)
{
    static const char *bad[] = { "0", "000", "0g", "0x00", "00-00", "00.",
                                 "\xff\xff" };
    uint8_t *bytes;
    size_t n;

    assert_true(geneve_bytes_from_hex(" 0a:0B\n0 c\t", &bytes, &n));
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "\x0a\x0b\x0c", 3);
    free(bytes);
    assert_true(geneve_bytes_from_hex("", &bytes, &n));
    assert_int_equal(n, 0);
    free(bytes);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_false(geneve_bytes_from_hex(bad[i], &bytes, &n));
        assert_null(bytes);
    }
}

/* Random bytes. */

/* Returns 'n' bytes that look enough like a header to get somewhere. */
static uint8_t *
random_packet(size_t n)
{
    uint8_t *p = xmalloc(n ? n : 1);

    for (size_t i = 0; i < n; i++) {
        p[i] = random_uint32();
        if (i >= GENEVE_BASE_HLEN && i % 4 == 3 && random_range(4)) {
            p[i] &= 3;              /* Short options. */
        }
    }
    if (n && random_range(8)) {
        p[0] &= 0x3f;
    }
    return p;
}

static void
check_invariants(const struct geneve_header *hdr, const uint8_t *p, size_t n)
{
    size_t ofs = GENEVE_BASE_HLEN;

    for (size_t i = 0; i < hdr->n_options; i++) {
        const struct geneve_opt *opt = &hdr->options[i];

        assert_ptr_equal(opt->data, p + ofs + GENEVE_OPT_HLEN);
        ofs += opt_wire_bytes(opt->length);
    }
    assert_true(hdr->n_options == 0 || ofs <= n);
    if (hdr->fault == GENEVE_FINE) {
        assert_int_equal(ofs, GENEVE_BASE_HLEN + hdr->opt_bytes);
    }
}

static void
test_random_bytes(void **state OVS_UNUSED)
{
    struct recv_entry entries[] = { { { 0, 0 }, 0, 124, false } };
    struct recv_table table = { .entries = entries, .n_entries = 1 };
    struct geneve_policy policy = { &table, 200, true };
    size_t n_fine = 0;

    random_set_seed(0x6081);
    for (int i = 0; i < 20000; i++) {
        size_t n = random_range(300);
        uint8_t *p = random_packet(n);
        struct ds ds = DS_EMPTY_INITIALIZER;
        struct geneve_verdict verdict;
        struct geneve_header hdr;
        uint8_t buf[260];

        geneve_receive(p, n, &policy, &hdr, &verdict);
        check_invariants(&hdr, p, n);
        geneve_header_to_ds(&hdr, &ds);
        json_destroy(geneve_header_to_json(&hdr));
        if (hdr.fault == GENEVE_FINE) {
            size_t len = GENEVE_BASE_HLEN + hdr.opt_bytes;

            /* Composing may only add the C bit. */
            n_fine++;
            assert_int_equal(geneve_compose(&hdr, buf, sizeof buf), len);
            buf[1] = p[1];
            assert_memory_equal(buf, p, len);
        }
        ds_destroy(&ds);
        free(p);
    }
    assert_true(n_fine > 500);      /* Else this tests little. */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_parse_faults),
        cmocka_unit_test(test_receive),
        cmocka_unit_test(test_first_fault_decides),
        cmocka_unit_test(test_endpoint_that_parses_nothing),
        cmocka_unit_test(test_compose_reads_back),
        cmocka_unit_test(test_compose_keeps_the_limits),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests_name("geneve", tests, NULL, NULL);
}
