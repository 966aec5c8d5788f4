/* Unit tests of lib/health-check.c: hosts that answer well, badly or not at
 * all. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/health-check.h"
#include "lib/probe-frame.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define PORT 600                    /* Ours. */
#define START 0xfffffffe            /* Our first number: it wraps. */
#define PEER 0xfffffff0             /* The host's. */

static char path[] = "/healthz";
static const struct lb_check tcp = { .protocol = LB_CHECK_TCP, .port = 8080,
                                     .interval = 5000, .failures = 3 };
static const struct lb_check http = { .protocol = LB_CHECK_HTTP, .port = 8080,
                                      .path = path, .interval = 1000,
                                      .failures = 1 };
static const struct lb_check icmp = { .protocol = LB_CHECK_ICMP,
                                      .interval = 1000, .failures = 2 };

/* One host, and what was last sent to it. */
struct host {
    struct health_check hc;
    long long int now;
    struct probe_frame sent;
    struct ofpbuf payload;
};

static void
host_init(struct host *h, const struct lb_check *check, bool healthy)
{
    h->now = 100000;
    health_check_init(&h->hc, check, healthy, h->now, 0);
    ofpbuf_init(&h->payload, 0);
}

static void
host_uninit(struct host *h)
{
    health_check_destroy(&h->hc);
    ofpbuf_uninit(&h->payload);
}

/* Waits until a probe is due, and starts it. */
static void
probe(struct host *h)
{
    assert_int_equal(h->hc.phase, HEALTH_IDLE);
    h->now = MAX(h->now, h->hc.next);
    ofpbuf_clear(&h->payload);
    health_check_start(&h->hc, PORT, h->now, START, &h->sent, &h->payload);
    assert_true(h->hc.next > h->now);
}

/* The host sends a segment; returns whether it gets an answer. */
static bool
answer_data(struct host *h, uint16_t flags, uint32_t seq, uint32_t ack,
            const char *data)
{
    struct probe_frame in = {
        .sport = 8080, .dport = PORT, .flags = flags, .seq = seq, .ack = ack,
        .payload = (const uint8_t *) data, .payload_len = strlen(data),
    };

    in6_addr_set_mapped_ipv4(&in.src, htonl(0x0a00000a));
    h->now += 3;
    ofpbuf_clear(&h->payload);
    return health_check_receive(&h->hc, &in, h->now, 0, &h->sent,
                                &h->payload);
}

static bool
answer(struct host *h, uint16_t flags, uint32_t seq, uint32_t ack)
{
    return answer_data(h, flags, seq, ack, "");
}

static bool
accept_connection(struct host *h)
{
    return answer(h, TCP_SYN | TCP_ACK, PEER, START + 1);
}

static void
refuse(struct host *h)
{
    assert_false(answer(h, TCP_RST | TCP_ACK, 0, START + 1));
}

/* The number after the request. */
static uint32_t
after_request(const struct host *h)
{
    return h->hc.seq;
}

/* The host sends 'data', which begins 'ofs' bytes after its SYN. */
static bool
answer_http(struct host *h, uint32_t ofs, const char *data)
{
    return answer_data(h, TCP_ACK, PEER + 1 + ofs, after_request(h), data);
}

static void
expect_result(const struct host *h, const char *result, bool healthy)
{
    assert_int_equal(h->hc.phase, HEALTH_IDLE);
    assert_true(h->hc.has_result);
    assert_string_equal(h->hc.result, result);
    assert_int_equal(h->hc.healthy, healthy);
}

static void
test_tcp_accepted(void **state OVS_UNUSED)
{
    struct host h;

    host_init(&h, &tcp, false);
    probe(&h);
    assert_int_equal(h.sent.flags, TCP_SYN);
    assert_int_equal(h.sent.sport, PORT);
    assert_int_equal(h.sent.dport, 8080);
    assert_int_equal(h.sent.seq, START);
    assert_true(accept_connection(&h));
    assert_int_equal(h.sent.flags, TCP_RST);
    assert_int_equal(h.sent.seq, START + 1);
    expect_result(&h, "it accepts connections", true);
    host_uninit(&h);
}

/* Unhealthy at once after the third failure, not before, and not healthy again
 * by one success. */
static void
test_tcp_refused(void **state OVS_UNUSED)
{
    struct host h;

    host_init(&h, &tcp, true);
    for (int i = 0; i < 3; i++) {
        assert_true(h.hc.healthy);
        probe(&h);
        refuse(&h);
    }
    expect_result(&h, "it refuses connections", false);
    probe(&h);
    accept_connection(&h);
    assert_false(h.hc.healthy);
    probe(&h);
    refuse(&h);                     /* It starts anew. */
    probe(&h);
    accept_connection(&h);
    assert_false(h.hc.healthy);
    probe(&h);
    accept_connection(&h);
    assert_true(h.hc.healthy);
    host_uninit(&h);
}

/* Failures that are not in a row. */
static void
test_tcp_flaps(void **state OVS_UNUSED)
{
    struct host h;

    host_init(&h, &tcp, true);
    for (int i = 0; i < 20; i++) {
        probe(&h);
        if (i % 3) {
            refuse(&h);
        } else {
            accept_connection(&h);
        }
        assert_true(h.hc.healthy);
    }
    host_uninit(&h);
}

static void
expire(struct host *h, bool is_open)
{
    h->now = h->hc.next;
    assert_int_equal(health_check_expire(&h->hc, h->now, 0, &h->sent),
                     is_open);
    if (is_open) {
        assert_int_equal(h->sent.flags, TCP_RST);
    }
}

/* An answer that comes too late, to another port or with a wrong number
 * counts for nothing. */
static void
test_tcp_late(void **state OVS_UNUSED)
{
    struct host h;

    host_init(&h, &tcp, true);
    for (int i = 0; i < 3; i++) {
        probe(&h);
        expire(&h, false);
    }
    expect_result(&h, "no answer within 5000 ms", false);
    assert_false(accept_connection(&h));
    assert_int_equal(h.hc.phase, HEALTH_IDLE);
    assert_int_equal(h.hc.n_passed, 0);

    probe(&h);
    assert_true(answer(&h, TCP_SYN | TCP_ACK, PEER, START + 77));
    assert_int_equal(h.sent.flags, TCP_RST);
    assert_int_equal(h.sent.seq, START + 77);
    assert_false(answer(&h, TCP_RST | TCP_ACK, 0, START + 2));
    assert_false(answer(&h, TCP_RST, PEER, START + 1));
    assert_false(answer(&h, TCP_SYN, PEER, START + 1));
    assert_int_equal(h.hc.phase, HEALTH_CONNECTING);
    host_uninit(&h);
}

/* A probe is answered before the next one is due, and its time ends before
 * that, too. */
static void
test_rate(void **state OVS_UNUSED)
{
    long long int first, last;
    struct host h;

    host_init(&h, &tcp, false);
    probe(&h);
    first = last = h.now;
    for (int i = 0; i < 1000; i++) {
        uint32_t random = i * 123456789u;

        if (i % 2) {
            accept_connection(&h);
        } else {
            h.now = h.hc.next;
            health_check_expire(&h.hc, h.now, random, &h.sent);
        }
        probe(&h);
        assert_in_range(h.now - last, 4500, 5500);
        last = h.now;
    }
    assert_in_range((last - first) / 1000, 4500, 5500);
    host_uninit(&h);
}

/* Hosts about which nothing is known are probed soon, others spread over their
 * interval. */
static void
test_first(void **state OVS_UNUSED)
{
    long long int latest[2] = { 0, 0 };

    for (int healthy = 0; healthy < 2; healthy++) {
        for (uint32_t i = 0; i < 1000; i++) {
            struct health_check hc;

            health_check_init(&hc, &tcp, healthy, 0, i * 123456789u);
            latest[healthy] = MAX(latest[healthy], hc.next);
            health_check_destroy(&hc);
        }
    }
    assert_in_range(latest[0], 900, 999);
    assert_in_range(latest[1], 4500, 4999);
}

static void
test_change(void **state OVS_UNUSED)
{
    struct lb_check other = tcp;
    struct host h;

    host_init(&h, &tcp, true);
    probe(&h);
    assert_false(health_check_change(&h.hc, &tcp, h.now, 0));
    assert_int_equal(h.hc.phase, HEALTH_CONNECTING);
    other.port = 8081;
    assert_true(health_check_change(&h.hc, &other, h.now, 0));
    assert_int_equal(h.hc.phase, HEALTH_IDLE);
    assert_true(h.hc.healthy);
    probe(&h);
    assert_int_equal(h.sent.dport, 8081);
    host_uninit(&h);
}

static void
test_postpone(void **state OVS_UNUSED)
{
    struct host h;

    host_init(&h, &http, true);
    probe(&h);
    health_check_postpone(&h.hc, h.now + 100);
    assert_int_equal(h.hc.phase, HEALTH_IDLE);
    assert_true(h.hc.healthy);
    assert_false(h.hc.has_result);
    health_check_fail(&h.hc, "it is not plugged in", h.now, 0);
    expect_result(&h, "it is not plugged in", false);
    host_uninit(&h);
}

/* HTTP. */

static void
http_init(struct host *h, bool healthy)
{
    host_init(h, &http, healthy);
    probe(h);
    assert_true(accept_connection(h));
    assert_int_equal(h->hc.phase, HEALTH_READING);
}

static void
test_http_request(void **state OVS_UNUSED)
{
    static const char request[] =
        "GET /healthz HTTP/1.1\r\n"
        "Host: 10.0.0.10:8080\r\n"
        "User-Agent: geneve-agent\r\n"
        "Connection: close\r\n\r\n";
    struct host h;

    http_init(&h, false);
    assert_int_equal(h.sent.flags, TCP_ACK | TCP_PSH);
    assert_int_equal(h.sent.seq, START + 1);
    assert_int_equal(h.sent.ack, PEER + 1);
    assert_int_equal(h.sent.payload_len, strlen(request));
    assert_memory_equal(h.sent.payload, request, strlen(request));

    /* It was lost, so the host sends its SYN-ACK again. */
    assert_true(accept_connection(&h));
    assert_int_equal(h.sent.seq, START + 1);
    assert_int_equal(h.sent.payload_len, strlen(request));
    assert_int_equal(after_request(&h),
                     (uint32_t) (START + 1 + strlen(request)));
    host_uninit(&h);
}

static void
test_http_status(void **state OVS_UNUSED)
{
    static const struct {
        const char *data, *result;
        bool healthy;
    } cases[] = {
        { "HTTP/1.1 200 OK\r\n\r\nfine", "HTTP status 200", true },
        { "HTTP/1.0 204", "HTTP status 204", true },
        { "HTTP/1.1 302 Found\r\n", "HTTP status 302", true },
        { "HTTP/1.1 399 ", "HTTP status 399", true },
        { "HTTP/1.1 100 Continue\r\n", "HTTP status 100", false },
        { "HTTP/1.1 400 Bad Request\r\n", "HTTP status 400", false },
        { "HTTP/1.1 503 \r\n", "HTTP status 503", false },
        { "HTTP/1.1 2x0 OK\r\n", "its answer is not HTTP", false },
        { "SSH-2.0-OpenSSH\r\n", "its answer is not HTTP", false },
        { "\x15\x03\x01", "its answer is not HTTP", false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct host h;

        http_init(&h, !cases[i].healthy);
        assert_true(answer_http(&h, 0, cases[i].data));
        assert_int_equal(h.sent.flags, TCP_RST);
        assert_int_equal(h.sent.seq, after_request(&h));
        expect_result(&h, cases[i].result, cases[i].healthy);
        host_uninit(&h);
    }
}

/* Byte by byte, some twice, some too early. */
static void
test_http_segments(void **state OVS_UNUSED)
{
    static const char data[] = "HTTP/1.1 200 OK";
    struct host h;

    http_init(&h, false);
    for (uint32_t i = 0; i < 11; i++) {
        char one[] = { data[i], '\0' };

        assert_true(answer_http(&h, i + 5, "late?"));
        assert_int_equal(h.sent.ack, PEER + 1 + i);
        assert_true(answer_http(&h, i, one));
        assert_int_equal(h.sent.flags, TCP_ACK);
        assert_int_equal(h.sent.ack, PEER + 2 + i);
        assert_int_equal(h.sent.payload_len, 0);
        assert_true(answer_http(&h, 0, "H"));
        assert_int_equal(h.hc.phase, HEALTH_READING);
    }
    assert_true(answer_http(&h, 3, data + 3));  /* Part of it is known. */
    expect_result(&h, "HTTP status 200", true);
    host_uninit(&h);
}

/* A frame that is larger than what the switch hands over of it. */
static void
test_http_cut(void **state OVS_UNUSED)
{
    struct probe_frame in = {
        .sport = 8080, .dport = PORT, .flags = TCP_ACK | TCP_FIN,
        .seq = PEER + 1, .payload = (const uint8_t *) "HTTP/1",
        .payload_len = 6, .cut = true,
    };
    struct host h;

    http_init(&h, false);
    in.ack = after_request(&h);
    assert_true(health_check_receive(&h.hc, &in, h.now, 0, &h.sent,
                                     &h.payload));
    assert_int_equal(h.sent.ack, PEER + 7);
    assert_true(answer_http(&h, 6, ".1 200 OK\r\n"));
    expect_result(&h, "HTTP status 200", true);
    host_uninit(&h);
}

static void
test_http_closed(void **state OVS_UNUSED)
{
    struct host h;

    http_init(&h, true);
    assert_true(answer_data(&h, TCP_ACK | TCP_FIN, PEER + 1,
                            after_request(&h), "HTTP"));
    assert_int_equal(h.sent.flags, TCP_RST);
    expect_result(&h, "it closes the connection without an answer", false);
    host_uninit(&h);

    /* The FIN comes before what it ends. */
    http_init(&h, true);
    assert_false(answer(&h, TCP_ACK | TCP_FIN, PEER + 20,
                        after_request(&h)));
    assert_int_equal(h.hc.phase, HEALTH_READING);
    host_uninit(&h);
}

static void
test_http_reset(void **state OVS_UNUSED)
{
    struct host h;

    http_init(&h, true);
    assert_false(answer(&h, TCP_RST, PEER + 2, 0));
    assert_false(answer(&h, TCP_RST, PEER, 0));
    assert_int_equal(h.hc.phase, HEALTH_READING);
    assert_false(answer(&h, TCP_RST, PEER + 1, 0));
    expect_result(&h, "it resets the connection", false);
    host_uninit(&h);
}

static void
test_http_silent(void **state OVS_UNUSED)
{
    struct host h;

    http_init(&h, true);
    assert_false(answer(&h, TCP_ACK, PEER + 1, after_request(&h)));
    expire(&h, true);
    expect_result(&h, "no answer within 1000 ms", false);
    host_uninit(&h);
}

/* What acknowledges more than was sent is not of this connection. */
static void
test_http_forged(void **state OVS_UNUSED)
{
    static const char data[] = "HTTP/1.1 200 OK";
    struct host h;

    http_init(&h, false);
    assert_false(answer_data(&h, TCP_ACK, PEER + 1, after_request(&h) + 1,
                             data));
    assert_false(answer_data(&h, TCP_ACK, PEER + 1, START, data));
    assert_false(answer_data(&h, 0, PEER + 1, after_request(&h), data));
    assert_int_equal(h.hc.phase, HEALTH_READING);
    host_uninit(&h);
}

/* ICMP. */

static void
test_icmp(void **state OVS_UNUSED)
{
    struct probe_frame in;
    struct host h;

    host_init(&h, &icmp, false);
    probe(&h);
    assert_true(h.sent.is_echo);
    in = h.sent;
    in.id++;
    assert_false(health_check_receive(&h.hc, &in, h.now, 0, &h.sent,
                                      &h.payload));
    in.id--;
    in.payload_len--;
    assert_false(health_check_receive(&h.hc, &in, h.now, 0, &h.sent,
                                      &h.payload));
    in.payload_len++;
    assert_int_equal(h.hc.phase, HEALTH_ECHO);
    assert_false(accept_connection(&h));
    assert_int_equal(h.hc.phase, HEALTH_ECHO);
    ofpbuf_clear(&h.payload);       /* As it is: 'in' refers to it. */
    assert_false(health_check_receive(&h.hc, &in, h.now, 0, &h.sent,
                                      &h.payload));
    expect_result(&h, "it answers", true);
    for (int i = 0; i < 2; i++) {
        probe(&h);
        expire(&h, false);
    }
    expect_result(&h, "no answer within 1000 ms", false);
    host_uninit(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_accepted),
        cmocka_unit_test(test_tcp_refused),
        cmocka_unit_test(test_tcp_flaps),
        cmocka_unit_test(test_tcp_late),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_postpone),
        cmocka_unit_test(test_http_request),
        cmocka_unit_test(test_http_status),
        cmocka_unit_test(test_http_segments),
        cmocka_unit_test(test_http_cut),
        cmocka_unit_test(test_http_closed),
        cmocka_unit_test(test_http_reset),
        cmocka_unit_test(test_http_silent),
        cmocka_unit_test(test_http_forged),
        cmocka_unit_test(test_icmp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
