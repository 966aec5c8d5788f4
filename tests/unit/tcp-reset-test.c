/* Unit tests of lib/tcp-reset.c. */
#include <config.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "lib/icmp-error.h"
#include "lib/tcp-reset.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static const struct eth_addr gateway
    = { { { 2, 0x67, 0x65, 0x6e, 0x65, 1 } } };

#define ETH4 "02 67 65 6e 65 01  02 00 00 00 00 0a  08 00 "
#define ETH6 "02 67 65 6e 65 01  02 00 00 00 00 0a  86 dd "
#define VLAN "02 67 65 6e 65 01  02 00 00 00 00 0a  81 00 00 05 08 00 "
/* 10.0.0.10 to 10.9.9.9. */
#define IP4(LEN, PROTO) "45 00 " LEN " 12 34 00 00 40 " PROTO \
                        " 00 00 0a 00 00 0a 0a 09 09 09 "
#define IP6(LEN, NEXT) "60 00 00 00 " LEN " " NEXT " 40 " \
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 0a " \
    "20 01 0d b8 00 09 00 00 00 00 00 00 00 00 00 09 "
/* From port 40000 to port 80, sequence number 0x01020304. */
#define TCP(ACK, FLAGS) "9c 40 00 50 01 02 03 04 " ACK " 50 " FLAGS \
                        " ff ff 00 00 00 00 "

#define SYN "02"
#define RST "04"
#define SYN_ACK "12"
#define FIN_ACK "11"

/* Makes the reset for the frame 'hex', whose IP header is at 'ofs'.  Returns
 * its frame, for the caller to delete, or NULL. */
static struct ofpbuf *
reset(const char *hex, size_t ofs)
{
    struct ofpbuf *out = ofpbuf_new(128);
    struct icmp_offender o;
    struct ofpbuf b;
    uint8_t *frame;
    bool made;

    ofpbuf_init(&b, 128);
    assert_int_equal(*ofpbuf_put_hex(&b, hex, NULL), '\0');
    /* In memory that ends where it ends. */
    frame = xmemdup(b.data, b.size);
    if (frame[ofs] >> 4 == 4) {
        ovs_be16 sum = csum(frame + ofs, IP_HEADER_LEN);

        memcpy(frame + ofs + 10, &sum, sizeof sum);
    }
    assert_null(icmp_offender_parse(frame, b.size, &o));
    made = tcp_reset_compose(&o, gateway, out);
    assert_int_equal(made, out->size > 0);
    free(frame);
    ofpbuf_uninit(&b);
    if (!made) {
        ofpbuf_delete(out);
        return NULL;
    }
    return out;
}

/* Whether the checksum of the segment at 'ofs' is right. */
static void
assert_tcp_sum(const struct ofpbuf *b, size_t ofs, bool ipv6)
{
    const uint8_t *ip = (const uint8_t *) b->data + ofs;
    size_t header = ipv6 ? 40 : 20;
    uint32_t sum = (ipv6 ? packet_csum_pseudoheader6((const void *) ip)
                    : packet_csum_pseudoheader((const void *) ip));

    assert_int_equal(b->size, ofs + header + TCP_HEADER_LEN);
    assert_int_equal(csum_finish(csum_continue(sum, ip + header,
                                               TCP_HEADER_LEN)), 0);
}

static void
assert_frame(struct ofpbuf *b, size_t ofs, size_t len, const char *hex)
{
    struct ofpbuf expected;

    assert_non_null(b);
    ofpbuf_init(&expected, 128);
    ofpbuf_put_hex(&expected, hex, NULL);
    assert_int_equal(expected.size, len);
    assert_true(b->size >= ofs + len);
    assert_memory_equal((uint8_t *) b->data + ofs, expected.data, len);
    ofpbuf_uninit(&expected);
}

static void
test_syn(void **state OVS_UNUSED)
{
    struct ofpbuf *b = reset(ETH4 IP4("00 28", "06") TCP("00 00 00 00", SYN),
                             14);

    assert_frame(b, 0, 14, "02 00 00 00 00 0a 02 67 65 6e 65 01 08 00");
    /* From the service to the client... */
    assert_frame(b, 26, 8, "0a 09 09 09 0a 00 00 0a");
    /* ...with its ports, no sequence number, and what it would acknowledge. */
    assert_frame(b, 34, 14, "00 50 9c 40 00 00 00 00 01 02 03 05 50 14");
    assert_int_equal(csum((uint8_t *) b->data + 14, IP_HEADER_LEN), 0);
    assert_tcp_sum(b, 14, false);
    ofpbuf_delete(b);
}

static void
test_data(void **state OVS_UNUSED)
{
    struct ofpbuf *b = reset(ETH4 IP4("01 00", "06") TCP("0a 0b 0c 0d", "18"),
                             14);

    assert_frame(b, 34, 14, "00 50 9c 40 0a 0b 0c 0d 00 00 00 00 50 04");
    assert_tcp_sum(b, 14, false);
    ofpbuf_delete(b);

    /* The length counts also if the data has been cut off. */
    b = reset(ETH4 IP4("01 00", "06") TCP("00 00 00 00", "08"), 14);
    assert_frame(b, 34, 14, "00 50 9c 40 00 00 00 00 01 02 03 dc 50 14");
    ofpbuf_delete(b);
}

static void
test_ipv6(void **state OVS_UNUSED)
{
    struct ofpbuf *b = reset(ETH6 IP6("00 14", "06")
                             TCP("0a 0b 0c 0d", FIN_ACK), 14);

    assert_frame(b, 12, 2, "86 dd");
    assert_frame(b, 14 + 8, 32,
                 "20 01 0d b8 00 09 00 00 00 00 00 00 00 00 00 09"
                 "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 0a");
    assert_frame(b, 54, 14, "00 50 9c 40 0a 0b 0c 0d 00 00 00 00 50 04");
    assert_tcp_sum(b, 14, true);
    ofpbuf_delete(b);
}

static void
test_vlan(void **state OVS_UNUSED)
{
    struct ofpbuf *b = reset(VLAN IP4("00 28", "06") TCP("00 00 00 00", SYN),
                             18);

    assert_frame(b, 12, 6, "81 00 00 05 08 00");
    assert_tcp_sum(b, 18, false);
    ofpbuf_delete(b);
}

static void
test_none(void **state OVS_UNUSED)
{
    static const char *const frames[] = {
        /* A reset. */
        ETH4 IP4("00 28", "06") TCP("00 00 00 00", RST),
        /* UDP. */
        ETH4 IP4("00 28", "11") TCP("00 00 00 00", SYN),
        /* Cut off. */
        ETH4 IP4("00 28", "06") "9c 40 00 50 01 02 03 04",
        ETH4 IP4("00 14", "06"),
        ETH4 IP4("00 24", "06") TCP("00 00 00 00", SYN),
        ETH6 IP6("00 08", "06") "9c 40 00 50 01 02 03 04",
        /* Behind an extension header. */
        ETH6 IP6("00 1c", "3c") "06 00 00 00 00 00 00 00"
        TCP("00 00 00 00", SYN),
        /* A header longer than the packet, and one that is too short. */
        ETH4 IP4("00 28", "06") "9c 40 00 50 01 02 03 04 00 00 00 00 f0 02"
        "ff ff 00 00 00 00",
        ETH4 IP4("00 28", "06") "9c 40 00 50 01 02 03 04 00 00 00 00 40 02"
        "ff ff 00 00 00 00",
    };

    for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
        assert_null(reset(frames[i], 14));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syn),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_vlan),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
