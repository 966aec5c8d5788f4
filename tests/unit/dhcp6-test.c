/* Unit tests of lib/dhcp6.c and lib/dhcp6-answer.c: requests byte by byte, and
 * what comes back. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/dhcp6-answer.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/hex-bytes.h"

#define DUID "000300010200000000aa"
#define CLIENT "0001000a" DUID
#define OURS "0002000a00030001020000000001"
#define THEIRS "0002000a00030001020000000002"
#define A "20010db800000000000000000000000a"
#define B "20010db800000000000000000000000b"
#define ADDRESS(IP, TIME) "00050018" IP TIME TIME
/* An association without and with an address. */
#define IA "0003000c000000010000000000000000"
#define IA_WITH(IP) "00030028000000010000000000000000" \
    ADDRESS(IP, "00000000")

#define GIVEN "00030028000000010000070800000b40" ADDRESS(A, "00000e10")
#define CONFIG "00170010" B "00180012076578616d706c6508696e7465726e616c00"

static const uint8_t server_id[] = { 0, 3, 0, 1, 2, 0, 0, 0, 0, 1 };

/* What becomes of a message, and the reply after the client's number and the
 * two identities. */
static void
expect(size_t n_addresses, const char *hex, enum dhcp6_outcome outcome,
       int type, const char *expected_hex)
{
    struct in6_addr a = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 10 } };
    struct in6_addr b = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 11 } };
    struct dhcp6_address address = { a, 3600 };
    struct subnet_dhcp dhcp = { .lease = 3600 };
    struct dhcp6_config cfg = {
        .server_id = server_id, .server_id_len = sizeof server_id,
        .addresses = &address, .n_addresses = n_addresses,
        .dns = &b, .n_dns = 1, .domain = "example.internal", .dhcp = &dhcp,
    };
    struct hex_bytes m = hex_bytes_create(hex);
    struct dhcp6_request r;
    struct ofpbuf reply;

    assert_null(dhcp6_parse(m.data, m.n, &r));
    ofpbuf_init(&reply, 0);
    assert_int_equal(dhcp6_answer(&r, &cfg, &reply), outcome);
    if (expected_hex) {
        size_t skip = 4 + (r.client_id ? 14 : 0) + 14;
        struct hex_bytes expected = hex_bytes_create(expected_hex);
        const uint8_t *data = reply.data;

        assert_int_equal(data[0], type);
        assert_memory_equal(data + 1, "\1\2\3", 3);
        assert_int_equal(reply.size - skip, expected.n);
        assert_memory_equal(data + skip, expected.data, expected.n);
        free(expected.data);
    } else {
        assert_int_equal(reply.size, 0);
    }
    ofpbuf_uninit(&reply);
    free(m.data);
}

static void
test_get(void **state OVS_UNUSED)
{
    expect(1, "01010203" CLIENT IA, DHCP6_OFFERED, DHCP6_ADVERTISE,
           GIVEN CONFIG);
    expect(1, "01010203" CLIENT IA "000e0000", DHCP6_GIVEN, DHCP6_REPLY,
           "000e0000" GIVEN CONFIG);
    expect(1, "03010203" CLIENT OURS IA, DHCP6_GIVEN, DHCP6_REPLY,
           GIVEN CONFIG);
    expect(1, "03010203" CLIENT THEIRS IA, DHCP6_IGNORED, 0, NULL);
    expect(1, "03010203" CLIENT IA, DHCP6_IGNORED, 0, NULL);
    expect(1, "01010203" IA, DHCP6_IGNORED, 0, NULL);
    expect(1, "01010203" CLIENT OURS IA, DHCP6_IGNORED, 0, NULL);
}

static void
test_keep(void **state OVS_UNUSED)
{
    expect(1, "05010203" CLIENT OURS IA_WITH(A), DHCP6_GIVEN, DHCP6_REPLY,
           GIVEN CONFIG);
    expect(1, "06010203" CLIENT IA_WITH(A), DHCP6_GIVEN, DHCP6_REPLY,
           GIVEN CONFIG);
    /* An address that is another's is taken away. */
    expect(1, "06010203" CLIENT IA_WITH(B), DHCP6_GIVEN, DHCP6_REPLY,
           "00030044000000010000070800000b40" ADDRESS(A, "00000e10")
           ADDRESS(B, "00000000") CONFIG);
}

static void
test_confirm(void **state OVS_UNUSED)
{
    expect(1, "04010203" CLIENT IA_WITH(A), DHCP6_CONFIRMED, DHCP6_REPLY,
           "000d00020000");
    expect(1, "04010203" CLIENT IA_WITH(B), DHCP6_REFUSED, DHCP6_REPLY,
           "000d00020004");
    expect(1, "04010203" CLIENT IA, DHCP6_IGNORED, 0, NULL);
}

static void
test_give_back(void **state OVS_UNUSED)
{
    expect(1, "08010203" CLIENT OURS IA_WITH(A), DHCP6_RELEASED, DHCP6_REPLY,
           "000d00020000");
    expect(1, "09010203" CLIENT OURS IA_WITH(A), DHCP6_DECLINED, DHCP6_REPLY,
           "000d00020000");
    expect(1, "09010203" CLIENT OURS IA_WITH(B), DHCP6_CONFIRMED, DHCP6_REPLY,
           "000d00020000");
    expect(1, "09010203" CLIENT THEIRS IA_WITH(A), DHCP6_IGNORED, 0, NULL);
}

static void
test_information(void **state OVS_UNUSED)
{
    expect(1, "0b010203", DHCP6_INFORMED, DHCP6_REPLY,
           "0020000400000e10" CONFIG);
    expect(1, "0b010203" CLIENT OURS, DHCP6_INFORMED, DHCP6_REPLY,
           "0020000400000e10" CONFIG);
    expect(1, "0b010203" CLIENT THEIRS, DHCP6_IGNORED, 0, NULL);
    expect(1, "0b010203" CLIENT IA, DHCP6_IGNORED, 0, NULL);
}

/* No temporary addresses, no prefixes, nothing for a second association. */
static void
test_nothing_to_give(void **state OVS_UNUSED)
{
    expect(1, "01010203" CLIENT "0019000c000000070000000000000000"
           "0004000400000008" IA "0003000c000000020000000000000000",
           DHCP6_OFFERED, DHCP6_ADVERTISE,
           "00190012000000070000000000000000" "000d00020006"
           "0004000a00000008" "000d00020002" GIVEN
           "00030012000000020000000000000000" "000d00020002" CONFIG);
    expect(0, "01010203" CLIENT IA, DHCP6_REFUSED, DHCP6_ADVERTISE,
           "00030012000000010000000000000000" "000d00020002" CONFIG);
}

static void
test_malformed(void **state OVS_UNUSED)
{
    static const struct {
        const char *hex, *why;
    } cases[] = {
        { "", "too short" },
        { "010102", "too short" },
        { "00010203", "no message of a client" },
        { "0c010203", "no message of a client" },
        { "01010203 00", "an option is cut off" },
        { "01010203 00010005 00000000", "an option is cut off" },
        { "01010203 00010002 0000", "an option is malformed" },
        { "01010203 00030004 00000001", "an option is malformed" },
        { "01010203 0003000e 00000001 00000000 00000000 0005",
          "an option is malformed" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes m = hex_bytes_create(cases[i].hex);
        struct dhcp6_request r;

        assert_string_equal(dhcp6_parse(m.data, m.n, &r), cases[i].why);
        free(m.data);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_confirm),
        cmocka_unit_test(test_give_back),
        cmocka_unit_test(test_information),
        cmocka_unit_test(test_nothing_to_give),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
