/* Unit tests of lib/dhcp4.c and lib/dhcp4-answer.c: requests byte by byte, and
 * what comes back, option by option. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/dhcp4-answer.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/hex-bytes.h"

#define IP(LAST) (in6_addr_mapped_ipv4(htonl(0x0a000000 | (LAST))))

static uint8_t tftp[] = "tftp.internal";
static struct dhcp_option static_option = { 66, tftp, sizeof tftp - 1 };
static struct in6_addr dns[2], ntp[1];
static struct dhcp_route route;
static struct subnet_dhcp dhcp;

static struct dhcp4_config
config(void)
{
    dns[0] = IP(2);
    dns[1] = IP(3);
    ntp[0] = IP(4);
    route = (struct dhcp_route) {
        { in6_addr_mapped_ipv4(htonl(0x0a010000)), 16, false }, IP(5)
    };
    dhcp = (struct subnet_dhcp) {
        .lease = 3600, .ntp = ntp, .n_ntp = 1,
        .options = &static_option, .n_options = 1,
    };
    return (struct dhcp4_config) {
        .ip = htonl(0x0a00000a), .plen = 24, .server_id = htonl(0x0a000001),
        .router = htonl(0x0a000001), .mtu = 1400, .dns = dns, .n_dns = 2,
        .domain = "example.internal", .routes = NULL, .n_routes = 0,
        .dhcp = &dhcp,
    };
}

/* A message with those options, and 'ciaddr'. */
static struct hex_bytes
message(const char *ciaddr, const char *options)
{
    struct hex_bytes bytes;
    char *hex;

    hex = xasprintf("01 01 06 00 12345678 0000 8000 %s 00000000 00000000"
                    "00000000 02000000000a 00000000000000000000 %0*d %0*d "
                    "63825363 %s", ciaddr, 128, 0, 256, 0, options);
    bytes = hex_bytes_create(hex);
    free(hex);
    return bytes;
}

/* "53=05 54=0a000001 ...": the options of a reply. */
static char *
options_to_string(const struct ofpbuf *reply)
{
    const uint8_t *data = (const uint8_t *) reply->data + 240;
    size_t n = reply->size - 240;
    struct ds s = DS_EMPTY_INITIALIZER;

    while (n && data[0] != 255) {
        assert_true(n >= 2 && n >= 2u + data[1]);
        ds_put_format(&s, "%s%d=", s.length ? " " : "", data[0]);
        for (size_t i = 0; i < data[1]; i++) {
            ds_put_format(&s, "%02x", data[2 + i]);
        }
        n -= 2 + data[1];
        data += 2 + data[1];
    }
    assert_true(n > 0);
    return ds_steal_cstr(&s);
}

/* What 'cfg' makes of a message, and its options if there is a reply. */
static void
expect(const struct dhcp4_config *cfg, const char *ciaddr,
       const char *options, enum dhcp4_outcome outcome,
       const char *expected)
{
    struct hex_bytes m = message(ciaddr, options);
    struct dhcp4_request r;
    struct ofpbuf reply;

    assert_null(dhcp4_parse(m.data, m.n, &r));
    ofpbuf_init(&reply, 0);
    assert_int_equal(dhcp4_answer(&r, cfg, &reply), outcome);
    if (expected) {
        const uint8_t *data = reply.data;
        char *s = options_to_string(&reply);

        assert_string_equal(s, expected);
        free(s);
        assert_true(reply.size >= 300);
        assert_memory_equal(data, "\2\1\6\0\x12\x34\x56\x78\0\0\x80\0", 12);
        assert_memory_equal(data + 16, (outcome == DHCP4_REFUSED
                                        || outcome == DHCP4_INFORMED
                                        ? "\0\0\0\0" : "\x0a\0\0\x0a"), 4);
        assert_memory_equal(data + 28, "\2\0\0\0\0\x0a", 6);
    } else {
        assert_int_equal(reply.size, 0);
    }
    ofpbuf_uninit(&reply);
    free(m.data);
}

#define LEASE "54=0a000001 51=00000e10 58=00000708 59=00000c4e "
#define REST "1=ffffff00 3=0a000001 26=0578 6=0a0000020a000003 " \
    "15=6578616d706c652e696e7465726e616c 42=0a000004 " \
    "66=746674702e696e7465726e616c"

static void
test_answers(void **state OVS_UNUSED)
{
    struct dhcp4_config cfg = config();

    expect(&cfg, "00000000", "350101 ff", DHCP4_OFFERED, "53=02 " LEASE REST);
    expect(&cfg, "00000000", "350101 5000 ff", DHCP4_GIVEN,
           "53=05 " LEASE "80= " REST);
    /* Selecting: our offer, and another server's. */
    expect(&cfg, "00000000", "350103 32040a00000a 36040a000001 3d03010203 ff",
           DHCP4_GIVEN, "53=05 61=010203 " LEASE REST);
    expect(&cfg, "00000000", "350103 32040a00000a 36040a000009 ff",
           DHCP4_IGNORED, NULL);
    /* Init-reboot. */
    expect(&cfg, "00000000", "350103 32040a00000a ff", DHCP4_GIVEN,
           "53=05 " LEASE REST);
    expect(&cfg, "00000000", "350103 32040a00000b ff", DHCP4_REFUSED,
           "53=06 54=0a000001");
    /* Renewing, rebinding. */
    expect(&cfg, "0a00000a", "350103 ff", DHCP4_GIVEN, "53=05 " LEASE REST);
    expect(&cfg, "0a00000b", "350103 ff", DHCP4_REFUSED, "53=06 54=0a000001");
    expect(&cfg, "00000000", "350103 ff", DHCP4_IGNORED, NULL);

    expect(&cfg, "0a00000a", "350108 ff", DHCP4_INFORMED,
           "53=05 54=0a000001 " REST);
    expect(&cfg, "00000000", "350104 32040a00000a ff", DHCP4_DECLINED, NULL);
    expect(&cfg, "00000000", "350104 32040a00000b ff", DHCP4_IGNORED, NULL);
    expect(&cfg, "0a00000a", "350107 ff", DHCP4_RELEASED, NULL);
    expect(&cfg, "0a00000a", "350105 ff", DHCP4_IGNORED, NULL);
}

/* What is asked for comes first, and is not what is left out; each option is
 * there once. */
static void
test_wanted(void **state OVS_UNUSED)
{
    struct dhcp4_config cfg = config();

    expect(&cfg, "0a00000a", "350108 3706 42 1a 03 03 0c f9 ff",
           DHCP4_INFORMED, "53=05 54=0a000001 66=746674702e696e7465726e616c "
           "26=0578 3=0a000001 1=ffffff00 6=0a0000020a000003 "
           "15=6578616d706c652e696e7465726e616c 42=0a000004");
}

static void
test_full(void **state OVS_UNUSED)
{
    struct hex_bytes m = message("0a00000a", "350108 3701 46 390205dc ff");
    struct dhcp4_config cfg = config();
    uint8_t big[255] = { 1 };
    struct dhcp_option options[] = {
        { 67, big, sizeof big }, { 68, big, sizeof big }, { 70, big, 255 },
    };
    struct dhcp4_request r;
    struct ofpbuf reply;

    dhcp.options = options;
    dhcp.n_options = ARRAY_SIZE(options);
    assert_null(dhcp4_parse(m.data, m.n, &r));
    assert_int_equal(dhcp4_get_max_size(&r), 1500);
    ofpbuf_init(&reply, 0);
    dhcp4_answer(&r, &cfg, &reply);
    assert_true(reply.size > 3 * 255);

    r.max_size = 0;
    dhcp4_answer(&r, &cfg, &reply);
    assert_true(reply.size > 500 && reply.size + 28 <= 576);
    assert_int_equal(((uint8_t *) reply.data)[240 + 3 + 6], 70);
    ofpbuf_uninit(&reply);
    free(m.data);
}

static void
test_routes(void **state OVS_UNUSED)
{
    struct dhcp4_config cfg = config();

    cfg.routes = &route;
    cfg.n_routes = 1;
    cfg.n_dns = 0;
    cfg.domain = NULL;
    dhcp.n_ntp = dhcp.n_options = 0;
    expect(&cfg, "0a00000a", "350108 ff", DHCP4_INFORMED,
           "53=05 54=0a000001 1=ffffff00 121=100a010a000005000a000001 "
           "3=0a000001 26=0578");
    expect(&cfg, "0a00000a", "350108 3701f9 ff", DHCP4_INFORMED,
           "53=05 54=0a000001 249=100a010a000005000a000001 1=ffffff00 "
           "121=100a010a000005000a000001 3=0a000001 26=0578");
    cfg.router = 0;
    cfg.mtu = 0;
    expect(&cfg, "0a00000a", "350108 ff", DHCP4_INFORMED,
           "53=05 54=0a000001 1=ffffff00 121=100a010a000005");
}

static void
test_forever(void **state OVS_UNUSED)
{
    struct dhcp4_config cfg = config();

    dhcp.lease = UINT32_MAX;
    expect(&cfg, "0a00000a", "350103 ff", DHCP4_GIVEN,
           "53=05 54=0a000001 51=ffffffff 58=ffffffff 59=ffffffff " REST);
}

static void
test_malformed(void **state OVS_UNUSED)
{
    static const struct {
        const char *options, *why;
    } cases[] = {
        { "ff", "no message type" },
        { "", "no message type" },
        { "350100 ff", "no message type" },
        { "350109 ff", "no message type" },
        { "350101 37", "an option is cut off" },
        { "350101 3702 01", "an option is cut off" },
        { "350101 340101 ff", NULL },
        { "00 00 350101", NULL },
    };
    struct dhcp4_request r;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes m = message("00000000", cases[i].options);
        const char *why = dhcp4_parse(m.data, m.n, &r);

        if (cases[i].why) {
            assert_non_null(why);
            assert_string_equal(why, cases[i].why);
        } else {
            assert_null(why);
        }
        free(m.data);
    }
}

static void
test_header(void **state OVS_UNUSED)
{
    static const struct {
        size_t ofs;
        uint8_t byte;
        const char *why;
    } cases[] = {
        { 0, 2, "no request of an Ethernet client" },
        { 1, 6, "no request of an Ethernet client" },
        { 2, 8, "no request of an Ethernet client" },
        { 24, 1, "from a relay" },
        { 236, 0, "BOOTP, not DHCP" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hex_bytes m = message("00000000", "350101 ff");
        struct dhcp4_request r;

        m.data[cases[i].ofs] = cases[i].byte;
        assert_string_equal(dhcp4_parse(m.data, m.n, &r), cases[i].why);
        assert_string_equal(dhcp4_parse(m.data, 239, &r), "too short");
        free(m.data);
    }
}

/* Options in the fields for names. */
static void
test_overload(void **state OVS_UNUSED)
{
    struct hex_bytes m = message("00000000", "340103 ff");
    struct dhcp4_request r;

    memcpy(m.data + 108, "\x35\1\3\xff", 4);
    memcpy(m.data + 44, "\x37\2\1\3\xff", 5);
    assert_null(dhcp4_parse(m.data, m.n, &r));
    assert_int_equal(r.type, DHCP4_REQUEST);
    assert_int_equal(r.n_wanted, 2);
    memcpy(m.data + 44, "\x37\xff", 2);
    assert_string_equal(dhcp4_parse(m.data, m.n, &r), "an option is cut off");
    free(m.data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_forever),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_overload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
