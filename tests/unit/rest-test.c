/* HTTP on the poll loop: what a request has in it, and whole answers. */

#include <config.h>

#include "agent/controller/rest.h"
#include "agent/controller/rest-auth.h"
#include "agent/controller/rest-url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "tests/unit/http-server.h"
#include "tests/unit/rest-fixture.h"
#include "util.h"

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
        cmocka_unit_test(test_next_one_goes_out_at_once),
        cmocka_unit_test(test_no_proxy_from_environment),
        cmocka_unit_test(test_no_token_without_tls),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
