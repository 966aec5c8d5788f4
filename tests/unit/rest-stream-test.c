/* HTTP on the poll loop: streams of lines, and answers that break off, never
 * come or never end. */

#include <config.h>

#include "agent/controller/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "tests/unit/http-server.h"
#include "tests/unit/rest-fixture.h"
#include "util.h"

/* Sends the bytes, and if they do not end a line, many more, one by one. */
static void
answer_trickle(struct http_conn *conn,
               const struct http_request *req OVS_UNUSED, struct fixture *f)
{
    size_t n = strlen(f->bytes);
    bool in_head = !strstr(f->bytes, "\r\n\r\n");

    http_send(conn, f->bytes, n);
    for (int i = 0; (f->bytes[n - 1] != '\n' || in_head
                     || strstr(f->bytes, " 500 ")) && i < 100000; i++) {
        http_send(conn, in_head ? "Y: 1\r\n" : " ", in_head ? 6 : 1);
    }
}

/* An answer that is cut at any place gives the same lines. */
static void
test_stream_cut_anywhere(void **state OVS_UNUSED)
{
    static const char plain[] =
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none\n\ntwo\nthree\n";
    static const char chunked[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n"
        "2\r\non\r\n5;x=y\r\ne\n\ntw\r\n8\r\no\nthree\n\r\n0\r\n\r\n";
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_bytes;
    for (int i = 0; i < 2; i++) {
        f->bytes = i ? chunked : plain;
        for (f->split = 0; f->split < strlen(f->bytes); f->split++) {
            get(f, NULL, 100, true);
            assert_false(f->failed);
            assert_string_equal(ds_cstr(&f->lines), "one||two|three|");
        }
        f->split = SIZE_MAX;
        get(f, NULL, 100, true);
        assert_false(f->failed);
        assert_string_equal(ds_cstr(&f->lines), "one||two|three|");
    }
    fixture_destroy(f);
}

static void
test_long_lines(void **state OVS_UNUSED)
{
    static const char bytes[] =
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        "12345678\n123456789\nmore\n";
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_bytes;
    f->bytes = bytes;
    get(f, NULL, 9, true);
    assert_false(f->failed);
    assert_string_equal(ds_cstr(&f->lines), "12345678|123456789|more|");

    for (f->split = 0; f->split < strlen(bytes); f->split++) {
        get(f, NULL, 8, true);
        assert_true(f->failed);
        assert_true(f->too_large);
        assert_string_equal(f->text, "a line of more than 8 bytes");
        assert_string_equal(ds_cstr(&f->lines), "12345678|");
    }
    fixture_destroy(f);
}

static void
test_cut_off(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_bytes;
    f->bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none\ntw";
    get(f, NULL, 100, true);
    assert_true(f->failed);
    assert_string_equal(ds_cstr(&f->lines), "one|");
    assert_string_equal(f->text, "the last line was cut off");

    f->bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none\ntw";
    get(f, NULL, 100, false);
    assert_true(f->failed);

    f->bytes = "not http at all";
    get(f, NULL, 100, false);
    assert_true(f->failed);
    fixture_destroy(f);
}

static void
answer_reset(struct http_conn *conn, const struct http_request *req OVS_UNUSED,
             struct fixture *f OVS_UNUSED)
{
    http_stream(conn);
    http_printf(conn, "one\n");
    http_reset(conn);
}

static void
test_reset_and_refused(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_reset;
    get(f, NULL, 100, true);
    assert_true(f->failed);
    assert_string_equal(ds_cstr(&f->lines), "one|");

    http_server_set_up(f->server, false);
    get(f, NULL, 100, true);
    assert_true(f->failed);
    assert_int_equal(f->status, 0);
    fixture_destroy(f);
}

static void
test_idle(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);
    struct rest_params params = {
        .method = "GET", .url = http_server_url(f->server),
        .max_body = 100, .idle_ms = 50, .whole_ms = 10000,
        .done = done_cb, .aux = f,
    };

    rest_start(f->rest, &params);   /* The server never answers. */
    RUN_UNTIL(f, f->done);
    assert_true(f->failed);
    assert_true(f->idle);
    fixture_destroy(f);
}

/* Bytes without end are no answer. */
static void
test_trickle(void **state OVS_UNUSED)
{
    static const struct {
        const char *bytes;
        bool stream, slow;
    } tests[] = {
        { "HTTP/1.1 200 OK\r\n\r\n{", false, true },
        { "HTTP/1.1 200 OK\r\n\r\none\ntwo", true, true },
        { "HTTP/1.1 200 OK\r\nX: 1\r\n", true, true },
        { "HTTP/1.1 500 OK\r\n\r\n", true, true },
        /* A stream that brings lines, or nothing, may last. */
        { "HTTP/1.1 200 OK\r\n\r\none\n", true, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        struct fixture *f = fixture_create(NULL);
        struct rest_params params = {
            .method = "GET", .url = http_server_url(f->server),
            .max_body = 1000000, .idle_ms = 400, .whole_ms = 100,
            .line = tests[i].stream ? line_cb : NULL,
            .done = done_cb, .aux = f,
        };

        f->answer = answer_trickle;
        f->bytes = tests[i].bytes;
        rest_start(f->rest, &params);
        RUN_UNTIL(f, f->done);
        assert_true(f->failed);
        assert_int_equal(f->idle, !tests[i].slow);
        assert_int_equal(f->slow, tests[i].slow);
        fixture_destroy(f);
    }
}

static void
test_cancel(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_bytes;
    f->bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none\ntwo\n";
    f->cancel_in_line = true;
    get(f, NULL, 100, true);
    assert_string_equal(ds_cstr(&f->lines), "one|");

    /* Nothing is called for a request that was cancelled. */
    start(f, NULL, 100, true);
    rest_cancel(f->req);
    start(f, NULL, 100, true);
    RUN_UNTIL(f, f->done);
    fixture_destroy(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_cut_anywhere),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_reset_and_refused),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_trickle),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests_name("rest-stream", tests, NULL, NULL);
}
