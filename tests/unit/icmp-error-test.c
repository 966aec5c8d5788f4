/* Unit tests of lib/icmp-error.c. */
#include <config.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "lib/icmp-error.h"
#include "lib/ip-address.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static const uint8_t gateway_mac[6] = { 2, 0x67, 0x65, 0x6e, 0x65, 1 };
static const uint8_t vm_mac[6] = { 2, 0, 0, 0, 0, 0x0a };

/* Frames are made byte by byte, in memory that ends where they end. */
struct frame {
    uint8_t *data;
    size_t len;
};

static struct frame
frame_create(const char *hex)
{
    struct ofpbuf b;
    struct frame f;
    char *rest;

    ofpbuf_init(&b, 128);
    rest = ofpbuf_put_hex(&b, hex, NULL);
    assert_int_equal(*rest, '\0');
    f.len = b.size;
    f.data = xmemdup(b.data, MAX(b.size, 1));
    ofpbuf_uninit(&b);
    return f;
}

static void
frame_append(struct frame *f, size_t n)
{
    f->data = xrealloc(f->data, f->len + n);
    for (size_t i = 0; i < n; i++) {
        f->data[f->len++] = i;
    }
}

/* Makes the checksum of the IPv4 header at 'ofs' right. */
static void
fix(struct frame *f, size_t ofs)
{
    ovs_be16 sum;

    memset(f->data + ofs + 10, 0, 2);
    sum = csum(f->data + ofs, (f->data[ofs] & 15) * 4);
    memcpy(f->data + ofs + 10, &sum, 2);
}

#define ETH4 "02 67 65 6e 65 01  02 00 00 00 00 0a  08 00 "
#define ETH6 "02 67 65 6e 65 01  02 00 00 00 00 0a  86 dd "
/* 10.0.0.10 to 10.0.1.20, 28 bytes, UDP. */
#define IP4 "45 00 00 1c 12 34 00 00 40 11 00 00 0a 00 00 0a 0a 00 01 14 "
#define UDP "04 d2 00 35 00 08 00 00 "
#define IP6_HOST "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 0a "
#define IP6_PEER "20 01 0d b8 00 01 00 00 00 00 00 00 00 00 00 14 "
#define IP6(LEN, NEXT) "60 00 00 00 00 " LEN " " NEXT " 40 " IP6_HOST IP6_PEER

static struct frame
frame4(const char *hex)
{
    struct frame f = frame_create(hex);

    fix(&f, 14);
    return f;
}

static const char *
parse(struct frame f)
{
    struct icmp_offender o;
    const char *refusal = icmp_offender_parse(f.data, f.len, &o);

    free(f.data);
    return refusal;
}

static void
test_answerable(void **state OVS_UNUSED)
{
    assert_null(parse(frame4(ETH4 IP4 UDP)));
    assert_null(parse(frame_create(ETH6 IP6("08", "11") UDP)));
    /* A first fragment, an echo request, no payload at all. */
    assert_null(parse(frame4(ETH4 "45 00 00 1c 12 34 20 00 40 11 00 00 "
                             "0a 00 00 0a 0a 00 01 14 " UDP)));
    assert_null(parse(frame4(ETH4 "45 00 00 1c 12 34 00 00 40 01 00 00 "
                             "0a 00 00 0a 0a 00 01 14 08 00 00 00 00 00 "
                             "00 00")));
    assert_null(parse(frame_create(ETH6 IP6("00", "3b"))));
    assert_null(parse(frame_create(ETH6 IP6("08", "3a")
                                   "80 00 00 00 00 00 00 00")));
    /* Behind hop-by-hop options and a fragment header. */
    assert_null(parse(frame_create(
        ETH6 IP6("18", "00") "2c 00 01 04 00 00 00 00 "
        "3a 00 00 01 00 00 00 01 80 00 00 00 00 00 00 00")));
}

static void
test_refused(void **state OVS_UNUSED)
{
    static const struct {
        const char *hex, *refusal;
    } cases[] = {
        { "", "no Ethernet header" },
        { "02 67 65 6e 65 01  02 00 00 00 00 0a  08", "no Ethernet header" },
        { "02 67 65 6e 65 01  02 00 00 00 00 0a  81 00 00", "no Ethernet" },
        { "02 67 65 6e 65 01  02 00 00 00 00 0a  08 06 00", "neither" },
        { ETH4, "no IPv4 header" },
        { ETH4 "65 00 00 1c 12 34 00 00 40 11 00 00 0a 00 00 0a 0a 00 01 14",
          "no IPv4 header" },
        { ETH4 "44 00 00 1c 12 34 00 00 40 11 00 00 0a 00 00 0a 0a 00 01 14",
          "bad length" },
        { ETH4 "46 00 00 1c 12 34 00 00 40 11 00 00 0a 00 00 0a 0a 00 01 14",
          "bad length" },
        { ETH4 "45 00 00 13 12 34 00 00 40 11 00 00 0a 00 00 0a 0a 00 01 14",
          "bad length" },
        { ETH4 IP4 UDP, "bad checksum" },
        { ETH6, "no IPv6 header" },
        { ETH6 "50 00 00 00 00 00 3b 40 " IP6_HOST IP6_PEER, "no IPv6" },
        /* Sources. */
        { ETH6 "60 00 00 00 00 00 3b 40 "
          "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 " IP6_PEER,
          "the source is not one host" },
        { ETH6 "60 00 00 00 00 00 3b 40 "
          "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01 " IP6_PEER,
          "the source is not one host" },
        { ETH6 "60 00 00 00 00 00 3b 40 " IP6_HOST
          "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01", "multicast" },
        { "ff ff ff ff ff ff  02 00 00 00 00 0a  86 dd " IP6("00", "3b"),
          "broadcast" },
        { "02 67 65 6e 65 01  03 00 00 00 00 0a  86 dd " IP6("00", "3b"),
          "the source is not one host" },
        /* Errors about errors; later fragments; what cannot be seen. */
        { ETH6 IP6("08", "3a") "01 00 00 00 00 00 00 00", "an ICMPv6 error" },
        { ETH6 IP6("08", "3a") "89 00 00 00 00 00 00 00", "an ICMPv6 error" },
        { ETH6 IP6("00", "3a"), "an ICMPv6 error" },
        { ETH6 IP6("10", "3c") "3a 00 01 04 00 00 00 00 "
          "03 00 00 00 00 00 00 00", "an ICMPv6 error" },
        { ETH6 IP6("10", "2c") "11 00 00 08 00 00 00 01 " UDP,
          "not the first fragment" },
        { ETH6 IP6("10", "2c") "11 00 01 01 00 00 00 01 " UDP,
          "not the first fragment" },
        { ETH6 IP6("04", "00") "3a 00 01 04", "an extension header is cut" },
        { ETH6 IP6("08", "00") "3a 20 01 04 00 00 00 00",
          "an extension header is cut" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *refusal = parse(frame_create(cases[i].hex));

        assert_non_null(refusal);
        if (strncmp(refusal, cases[i].refusal, strlen(cases[i].refusal))) {
            fail_msg("case %"PRIuSIZE": %s", i, refusal);
        }
    }
}

/* IPv4 with a good checksum. */
static void
test_refused_ipv4(void **state OVS_UNUSED)
{
    static const struct {
        const char *ip, *refusal;
    } cases[] = {
        { "45 00 00 1c 12 34 00 01 40 11 00 00 0a 00 00 0a 0a 00 01 14 ",
          "not the first fragment" },
        { "45 00 00 1c 12 34 00 00 40 11 00 00 00 00 00 00 0a 00 01 14 ",
          "the source is not one host" },
        { "45 00 00 1c 12 34 00 00 40 11 00 00 e0 00 00 01 0a 00 01 14 ",
          "the source is not one host" },
        { "45 00 00 1c 12 34 00 00 40 11 00 00 ff ff ff ff 0a 00 01 14 ",
          "the source is not one host" },
        { "45 00 00 1c 12 34 00 00 40 11 00 00 7f 00 00 01 0a 00 01 14 ",
          "the source is not one host" },
        { "45 00 00 1c 12 34 00 00 40 11 00 00 0a 00 00 0a ff ff ff ff ",
          "broadcast or multicast" },
        { "45 00 00 1c 12 34 00 00 40 11 00 00 0a 00 00 0a ef 01 02 03 ",
          "broadcast or multicast" },
        { "45 00 00 14 12 34 00 00 40 01 00 00 0a 00 00 0a 0a 00 01 14 ",
          "an ICMP error" },
    };
    static const uint8_t errors[] = { 3, 4, 5, 11, 12, 40, 255 };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *hex = xasprintf("%s%s%s", ETH4, cases[i].ip, UDP);

        assert_string_equal(parse(frame4(hex)), cases[i].refusal);
        free(hex);
    }
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        struct frame f = frame4(ETH4 "45 00 00 1c 12 34 00 00 40 01 00 00 "
                                "0a 00 00 0a 0a 00 01 14 " UDP);

        f.data[34] = errors[i];
        assert_string_equal(parse(f), "an ICMP error");
    }
}

/* Makes an error about 'f' and returns it. */
static struct ofpbuf *
compose(const struct frame *f, enum icmp_error error, unsigned int mtu,
        const char *src_text)
{
    struct ofpbuf *out = ofpbuf_new(0);
    struct icmp_offender o;
    struct in6_addr src;
    struct eth_addr mac;

    assert_null(icmp_offender_parse(f->data, f->len, &o));
    assert_true(ip_address_from_string(src_text, &src));
    memcpy(&mac, gateway_mac, sizeof mac);
    icmp_error_compose(&o, error, mtu, mac, &src, out);
    return out;
}

static void
check_hex(const struct ofpbuf *b, size_t ofs, const char *hex)
{
    struct frame f = frame_create(hex);

    assert_true(ofs + f.len <= b->size);
    assert_memory_equal((uint8_t *) b->data + ofs, f.data, f.len);
    free(f.data);
}

static void
test_ipv4(void **state OVS_UNUSED)
{
    static const struct {
        enum icmp_error error;
        const char *head;
    } cases[] = {
        { ICMP_ERR_TIME_EXCEEDED, "0b 00" },
        { ICMP_ERR_NO_ROUTE, "03 00" },
        { ICMP_ERR_NO_HOST, "03 01" },
        { ICMP_ERR_NO_PORT, "03 03" },
        { ICMP_ERR_TOO_BIG, "03 04" },
    };
    struct frame f = frame4(ETH4 IP4 UDP);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofpbuf *b = compose(&f, cases[i].error, 1406, "10.0.0.1");
        const uint8_t *p = b->data;

        assert_int_equal(b->size, 14 + 20 + 8 + 28);
        assert_memory_equal(p, vm_mac, 6);
        assert_memory_equal(p + 6, gateway_mac, 6);
        check_hex(b, 12, "08 00 45 c0 00 38");
        check_hex(b, 22, "40 01");
        check_hex(b, 26, "0a 00 00 01 0a 00 00 0a");
        assert_int_equal(csum(p + 14, 20), 0);
        check_hex(b, 34, cases[i].head);
        assert_int_equal(csum(p + 34, 36), 0);
        check_hex(b, 38, cases[i].error == ICMP_ERR_TOO_BIG
                  ? "00 00 05 7e" : "00 00 00 00");
        assert_memory_equal(p + 42, f.data + 14, 28);
        ofpbuf_delete(b);
    }
    free(f.data);
}

static void
test_ipv6(void **state OVS_UNUSED)
{
    static const struct {
        enum icmp_error error;
        const char *head;
    } cases[] = {
        { ICMP_ERR_TIME_EXCEEDED, "03 00" },
        { ICMP_ERR_NO_ROUTE, "01 00" },
        { ICMP_ERR_NO_HOST, "01 03" },
        { ICMP_ERR_NO_PORT, "01 04" },
        { ICMP_ERR_TOO_BIG, "02 00" },
    };
    struct frame f = frame_create(ETH6 IP6("08", "11") UDP);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofpbuf *b = compose(&f, cases[i].error, 1386, "2001:db8::1");
        const uint8_t *p = b->data;
        uint32_t sum;

        assert_int_equal(b->size, 14 + 40 + 8 + 48);
        check_hex(b, 12, "86 dd 60 00 00 00 00 38 3a 40 20 01 0d b8");
        assert_memory_equal(p + 38, f.data + 22, 16);
        check_hex(b, 54, cases[i].head);
        check_hex(b, 58, cases[i].error == ICMP_ERR_TOO_BIG
                  ? "00 00 05 6a" : "00 00 00 00");
        assert_memory_equal(p + 62, f.data + 14, 48);

        /* RFC 4443, section 2.3: over a pseudo-header, too. */
        sum = csum_continue(0, p + 22, 32);
        sum = csum_add16(csum_add16(sum, htons(56)), htons(58));
        assert_int_equal(csum_finish(csum_continue(sum, p + 54, 56)), 0);
        ofpbuf_delete(b);
    }
    free(f.data);
}

static void
test_lengths(void **state OVS_UNUSED)
{
    struct frame f;
    struct ofpbuf *b;

    /* A large packet, of which only the start came: as much as fits. */
    f = frame_create(ETH4 "45 00 23 28 12 34 00 00 40 11 00 00 "
                     "0a 00 00 0a 0a 00 01 14 " UDP);
    fix(&f, 14);
    frame_append(&f, 1372);
    b = compose(&f, ICMP_ERR_TOO_BIG, 100000, "10.0.0.1");
    assert_int_equal(b->size, 14 + 576);
    check_hex(b, 16, "02 40");
    check_hex(b, 38, "00 00 ff ff");
    assert_int_equal(csum((uint8_t *) b->data + 34, 556), 0);
    ofpbuf_delete(b);
    free(f.data);

    f = frame_create(ETH6 "60 00 00 00 23 28 11 40 " IP6_HOST IP6_PEER UDP);
    frame_append(&f, 1372);
    b = compose(&f, ICMP_ERR_TOO_BIG, 100000, "2001:db8::1");
    assert_int_equal(b->size, 14 + 1280);
    check_hex(b, 58, "00 01 86 a0");
    ofpbuf_delete(b);
    free(f.data);

    /* What is behind the packet is not quoted: Ethernet's padding. */
    f = frame4(ETH4 IP4 UDP "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    b = compose(&f, ICMP_ERR_NO_HOST, 0, "10.0.0.1");
    assert_int_equal(b->size, 14 + 20 + 8 + 28);
    ofpbuf_delete(b);
    free(f.data);

    /* An odd number of bytes. */
    f = frame_create(ETH6 IP6("03", "11") "04 d2 00");
    b = compose(&f, ICMP_ERR_NO_HOST, 0, "2001:db8::1");
    assert_int_equal(b->size, 14 + 40 + 8 + 43);
    ofpbuf_delete(b);
    free(f.data);
}

static void
test_vlan(void **state OVS_UNUSED)
{
    struct frame f = frame_create("02 67 65 6e 65 01  02 00 00 00 00 0a  "
                                  "81 00 60 07 08 00 " IP4 UDP);
    struct ofpbuf *b;

    fix(&f, 18);
    b = compose(&f, ICMP_ERR_NO_HOST, 0, "10.0.0.1");
    check_hex(b, 12, "81 00 60 07 08 00 45 c0");
    assert_int_equal(b->size, 18 + 20 + 8 + 28);
    ofpbuf_delete(b);
    free(f.data);
}

/* Whatever comes: each cut and each changed byte of good frames.  (Memory ends
 * with the frame, so that a sanitizer sees what reads past it.) */
static void
test_mutations(void **state OVS_UNUSED)
{
    static const char *const frames[] = {
        ETH4 IP4 UDP,
        ETH6 IP6("18", "00") "2c 00 01 04 00 00 00 00 "
        "3a 00 00 01 00 00 00 01 80 00 00 00 00 00 00 00",
        "02 67 65 6e 65 01  02 00 00 00 00 0a 81 00 60 07 86 dd "
        IP6("10", "3c") "33 00 01 04 00 00 00 00 11 00 00 00 00 00 00 00",
    };
    struct eth_addr mac = ETH_ADDR_C(02,67,65,6e,65,01);
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
        struct frame good = frame_create(frames[i]);

        if (!i) {
            fix(&good, 14);
        }
        for (size_t len = 0; len <= good.len; len++) {
            for (size_t at = 0; at < len; at++) {
                uint8_t *data = xmemdup(good.data, len);
                struct icmp_offender o;

                data[at] ^= 1 << (len + at) % 8;
                data[(at * 7) % len] += at;
                if (!icmp_offender_parse(data, len, &o)) {
                    struct ofpbuf out;

                    ofpbuf_init(&out, 0);
                    icmp_error_compose(&o, ICMP_ERR_TOO_BIG, 1400, mac,
                                       &o.dst, &out);
                    assert_true(out.size <= 18 + 1280);
                    ofpbuf_uninit(&out);
                    n++;
                }
                free(data);
            }
        }
        free(good.data);
    }
    assert_true(n > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answerable),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_ipv4),
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_vlan),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
