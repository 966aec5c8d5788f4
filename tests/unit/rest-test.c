/* HTTP on the poll loop: what servers and networks may do to it. */

#include <config.h>

#include "agent/controller/rest.h"
#include "agent/controller/rest-auth.h"
#include "agent/controller/rest-result.h"
#include "agent/controller/rest-url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/http-server.h"
#include "util.h"

/* What a test's server sends, and what its client gets. */
struct fixture {
    struct http_server *server;
    struct rest *rest;
    struct rest_request *req;

    void (*answer)(struct http_conn *, const struct http_request *,
                   struct fixture *);
    const char *bytes;              /* For answer_bytes(). */
    size_t split;
    char *seen_headers, *seen_body, *seen_method;

    struct ds lines;                /* Each followed by '|'. */
    bool cancel_in_line;
    bool done;
    int status;
    char *body;
    char *text;                     /* Of rest_result_to_string(). */
    bool failed, too_large, idle, slow;
};

static void
handler(struct http_conn *conn, const struct http_request *req, void *f_)
{
    struct fixture *f = f_;

    free(f->seen_headers);
    f->seen_headers = xstrdup(req->headers);
    free(f->seen_body);
    f->seen_body = xstrdup(req->body);
    free(f->seen_method);
    f->seen_method = xstrdup(req->method);
    if (f->answer) {
        f->answer(conn, req, f);
    }
}

static struct fixture *
fixture_create(const struct rest_auth *auth)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->server = http_server_create(handler, f);
    f->rest = rest_create(auth);
    ds_init(&f->lines);
    return f;
}

static void
fixture_destroy(struct fixture *f)
{
    rest_destroy(f->rest);
    http_server_destroy(f->server);
    ds_destroy(&f->lines);
    free(f->seen_headers);
    free(f->seen_body);
    free(f->seen_method);
    free(f->body);
    free(f->text);
    free(f);
}

static void
line_cb(const char *line, size_t n, void *f_)
{
    struct fixture *f = f_;

    assert_int_equal(strlen(line), n);
    ds_put_format(&f->lines, "%s|", line);
    if (f->cancel_in_line) {
        rest_cancel(f->req);
        f->req = NULL;
        f->done = true;
    }
}

static void
done_cb(const struct rest_result *result, void *f_)
{
    struct fixture *f = f_;

    assert_false(f->done);
    f->done = true;
    f->req = NULL;
    f->status = result->status;
    assert_int_equal(strlen(result->body), result->n);
    free(f->body);
    f->body = xstrdup(result->body);
    free(f->text);
    f->text = rest_result_to_string(result);
    f->failed = result->error != NULL;
    f->too_large = result->too_large;
    f->idle = result->idle;
    f->slow = result->slow;
    assert_int_equal(rest_result_is_ok(result),
                     !f->failed && f->status / 100 == 2);
}

#define RUN_UNTIL(F, COND)                                      \
    LOOP_UNTIL((F)->server, COND, rest_run((F)->rest), rest_wait((F)->rest))

static void
start(struct fixture *f, const char *url, size_t max, bool stream)
{
    struct rest_params params = {
        .method = "GET",
        .url = url ? url : http_server_url(f->server),
        .max_body = max,
        .idle_ms = 10000, .whole_ms = 10000,
        .line = stream ? line_cb : NULL,
        .done = done_cb,
        .aux = f,
    };

    f->done = false;
    ds_clear(&f->lines);
    f->req = rest_start(f->rest, &params);
}

static void
get(struct fixture *f, const char *url, size_t max, bool stream)
{
    start(f, url, max, stream);
    RUN_UNTIL(f, f->done);
}

static void
answer_bytes(struct http_conn *conn, const struct http_request *req OVS_UNUSED,
             struct fixture *f)
{
    size_t n = strlen(f->bytes);

    if (f->split == SIZE_MAX) {
        for (size_t i = 0; i < n; i++) {
            http_send(conn, f->bytes + i, 1);
        }
    } else {
        http_send(conn, f->bytes, f->split);
        http_send(conn, f->bytes + f->split, n - f->split);
    }
    http_close(conn);
}

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

static void
answer_ok(struct http_conn *conn, const struct http_request *req OVS_UNUSED,
          struct fixture *f OVS_UNUSED)
{
    http_reply(conn, 200, "{\"a\": 1}");
}

static void
answer_error(struct http_conn *conn, const struct http_request *req OVS_UNUSED,
             struct fixture *f OVS_UNUSED)
{
    http_reply(conn, 403, "{\"kind\": \"Status\", \"message\": \"go away\"}");
}

static void
test_get(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_ok;
    get(f, NULL, 100, false);
    assert_int_equal(f->status, 200);
    assert_string_equal(f->body, "{\"a\": 1}");
    assert_false(f->failed);
    assert_non_null(strstr(f->seen_headers, "User-Agent: geneve-agent/"));
    assert_null(strstr(f->seen_headers, "Authorization"));

    f->answer = answer_error;
    get(f, NULL, 100, false);
    assert_int_equal(f->status, 403);
    assert_false(f->failed);
    assert_string_equal(f->text, "HTTP status 403: go away");

    /* A refused stream has a body, not lines. */
    get(f, NULL, 100, true);
    assert_int_equal(f->status, 403);
    assert_string_equal(f->text, "HTTP status 403: go away");
    assert_string_equal(ds_cstr(&f->lines), "");
    fixture_destroy(f);
}

static void
test_patch(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);
    struct rest_params params = {
        .method = "PATCH",
        .url = http_server_url(f->server),
        .content_type = "application/merge-patch+json",
        .body = "{\"b\": 2}",
        .max_body = 100,
        .idle_ms = 10000, .whole_ms = 10000,
        .done = done_cb,
        .aux = f,
    };

    f->answer = answer_ok;
    rest_start(f->rest, &params);
    RUN_UNTIL(f, f->done);
    assert_int_equal(f->status, 200);
    assert_string_equal(f->seen_method, "PATCH");
    assert_string_equal(f->seen_body, "{\"b\": 2}");
    assert_non_null(strstr(f->seen_headers,
                           "Content-Type: application/merge-patch+json"));
    fixture_destroy(f);
}

static void
test_redirects_are_not_followed(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);

    f->answer = answer_bytes;
    f->bytes = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n"
               "Content-Length: 0\r\n\r\n";
    get(f, NULL, 100, false);
    assert_int_equal(f->status, 302);
    assert_string_equal(f->text,
                        "HTTP status 302: redirects are not followed");
    assert_int_equal(http_server_n_requests(f->server), 1);
    fixture_destroy(f);
}

static void
test_only_http(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);

    get(f, "file:///etc/passwd", 1000000, false);
    assert_true(f->failed);
    assert_int_equal(f->status, 0);
    assert_string_equal(f->body, "");
    get(f, "ftp://127.0.0.1/x", 1000000, false);
    assert_true(f->failed);
    fixture_destroy(f);
}

static void
test_large_body(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);
    struct ds s = DS_EMPTY_INITIALIZER;

    f->answer = answer_bytes;
    ds_put_cstr(&s, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    ds_put_char_multiple(&s, 'x', 1000);
    f->bytes = ds_cstr(&s);
    f->split = 300;
    get(f, NULL, 1000, false);
    assert_false(f->failed);
    assert_int_equal(strlen(f->body), 1000);
    get(f, NULL, 999, false);
    assert_true(f->failed);
    assert_true(f->too_large);
    assert_string_equal(f->text, "an answer of more than 999 bytes");

    /* So is the error body of a stream. */
    ds_clear(&s);
    ds_put_cstr(&s, "HTTP/1.1 500 Bad\r\nConnection: close\r\n\r\n");
    ds_put_char_multiple(&s, 'x', 1000000);
    f->bytes = ds_cstr(&s);
    get(f, NULL, 10000000, true);
    assert_true(f->too_large);
    ds_destroy(&s);
    fixture_destroy(f);
}

static void
test_many_headers(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);
    struct ds s = DS_EMPTY_INITIALIZER;

    f->answer = answer_bytes;
    ds_put_cstr(&s, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 10000; i++) {
        ds_put_format(&s, "X-%d: abcdefgh\r\n", i);
    }
    ds_put_cstr(&s, "Content-Length: 0\r\n\r\n");
    f->bytes = ds_cstr(&s);
    get(f, NULL, 1000, false);
    assert_true(f->failed);
    ds_destroy(&s);
    fixture_destroy(f);
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

/* Asks for the next thing. */
static void
again_cb(const struct rest_result *result OVS_UNUSED, void *f_)
{
    struct fixture *f = f_;

    free(f->seen_method);
    f->seen_method = NULL;
    start(f, NULL, 100, false);
    f->done = true;
}

/* What a callback asks for is on its way when rest_run() returns, not when it
 * is called again. */
static void
test_next_one_goes_out_at_once(void **state OVS_UNUSED)
{
    struct fixture *f = fixture_create(NULL);
    struct rest_params params = {
        .method = "GET", .url = http_server_url(f->server),
        .max_body = 100, .idle_ms = 10000, .whole_ms = 10000,
        .done = again_cb, .aux = f,
    };

    f->answer = answer_ok;
    rest_start(f->rest, &params);
    RUN_UNTIL(f, f->done);
    LOOP_UNTIL(f->server, f->seen_method, (void) 0, (void) 0);
    f->done = false;
    RUN_UNTIL(f, f->done);
    assert_int_equal(f->status, 200);
    fixture_destroy(f);
}

/* The environment is not the agent's configuration. */
static void
test_no_proxy_from_environment(void **state OVS_UNUSED)
{
    struct fixture *f;

    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    f = fixture_create(NULL);
    f->answer = answer_ok;
    get(f, NULL, 100, false);
    assert_int_equal(f->status, 200);
    fixture_destroy(f);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void
test_no_token_without_tls(void **state OVS_UNUSED)
{
    char path[] = "/tmp/rest-test-XXXXXX";
    struct rest_auth auth = { .token_file = path };
    int fd = mkstemp(path);
    struct fixture *f;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "secret\n", 7), 7);
    close(fd);
    f = fixture_create(&auth);
    f->answer = answer_ok;
    get(f, NULL, 100, false);
    assert_int_equal(f->status, 200);
    assert_null(strstr(f->seen_headers, "secret"));
    fixture_destroy(f);
    unlink(path);
}

static void
test_urls(void **state OVS_UNUSED)
{
    static const char *good[] = {
        "http://192.0.2.1:8080", "https://nva", "https://[2001:db8::1]:6443/",
        "http://nva/a/path",
    };
    static const char *bad[] = {
        "", "nva", "ftp://nva", "http://", "http://user@nva",
        "http://u:p@nva", "http://nva/?x=1", "http://nva/#x",
        "javascript:alert(1)", "http://nva:99999",
    };
    char *error, *s;

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        if (!rest_url_check(good[i], &error)) {
            fail_msg("%s: %s", good[i], error);
        }
        assert_null(error);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        if (rest_url_check(bad[i], &error)) {
            fail_msg("%s was accepted", bad[i]);
        }
        assert_non_null(error);
        free(error);
    }
    s = rest_url_escape("nvo3.io/vpc=a&b c");
    assert_string_equal(s, "nvo3.io%2Fvpc%3Da%26b%20c");
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_patch),
        cmocka_unit_test(test_redirects_are_not_followed),
        cmocka_unit_test(test_only_http),
        cmocka_unit_test(test_large_body),
        cmocka_unit_test(test_many_headers),
        cmocka_unit_test(test_stream_cut_anywhere),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_reset_and_refused),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_trickle),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_next_one_goes_out_at_once),
        cmocka_unit_test(test_no_proxy_from_environment),
        cmocka_unit_test(test_no_token_without_tls),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
