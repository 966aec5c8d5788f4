/* Servers that misbehave, a line of a table each: what is known stays, what
 * is wrong is said, and when the server is well again it is followed.
 *
 * Each has a server and a reflector of its own, and all run at the same time,
 * so that the waits of all cost as much as the longest. */

#include <config.h>

#include "agent/controller/reflector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "agent/controller/rest.h"
#include "openvswitch/vlog.h"
#include "tests/unit/http-server.h"
#include "util.h"

#define VPC_LIST                                                        \
    "{\"apiVersion\": \"nvo3.io/v1alpha1\", \"kind\": \"VPCList\", "    \
    "\"metadata\": {\"resourceVersion\": \"10\"}, \"items\": ["
#define VPC(NAME)                                                       \
    "{\"metadata\": {\"name\": \"" NAME "\", \"resourceVersion\": "     \
    "\"11\"}, \"spec\": {\"vni\": 5}}"
#define JSON "Content-Type: application/json\r\n"
#define HTML "Content-Type: text/html\r\n"

/* Heads of answers whose body ends with the connection. */
#define OK "200 OK\r\n" JSON "Connection: close\r\n\r\n"
#define STATUS "{\"kind\": \"Status\", \"message\": \"not now\"}"

/* What a server sends in place of a good answer, and how that is taken. */
static const struct bad_answer {
    const char *name;
    const char *bytes;              /* After "HTTP/1.1 ". */
    enum {
        CLOSE = 0,
        HOLD = 1 << 0,              /* The connection stays open, silent. */
        TRICKLE = 1 << 1,           /* It stays open, and more comes. */
        WAIT = 1 << 2,              /* The next request has to wait for 1 s. */
        LIST = 1 << 3,              /* A watch so answered ends in a list. */
    } how;
    const char *error;              /* Part of what is said. */
} lists[] = {
    { "gone", "410 Gone\r\n" JSON "Connection: close\r\n\r\n" STATUS, CLOSE,
      "410: not now" },
    { "too many", "429 Too Many Requests\r\nRetry-After: 1\r\n" JSON
      "Connection: close\r\n\r\n" STATUS, WAIT, "429: not now" },
    { "unavailable", "503 Service Unavailable\r\nRetry-After: 1\r\n" HTML
      "Connection: close\r\n\r\n<html>", WAIT, "HTTP status 503" },
    { "bad Retry-After", "503 No\r\nRetry-After: -7, soon\r\n"
      "Connection: close\r\n\r\n", CLOSE, "HTTP status 503" },
    { "moved", "301 Moved\r\nLocation: /elsewhere\r\n"
      "Connection: close\r\n\r\n", CLOSE, "redirects are not followed" },
    { "found", "302 Found\r\nLocation: http://127.0.0.1:9/\r\n"
      "Connection: close\r\n\r\n", CLOSE, "redirects are not followed" },
    { "redirect", "307 Moved\r\nLocation: file:///etc/passwd\r\n"
      "Connection: close\r\n\r\n", CLOSE, "redirects are not followed" },
    { "permanent", "308 Moved\r\nLocation: /elsewhere\r\n"
      "Connection: close\r\n\r\n", CLOSE, "redirects are not followed" },
    { "no HTTP", "\x16\x03\x01 220 smtp.example ESMTP\r\n", CLOSE, "" },
    { "no content", "204 No Content\r\n\r\n", CLOSE, "" },
    { "HTML", "200 OK\r\n" HTML "Connection: close\r\n\r\n"
      "<!DOCTYPE html><title>Sign in</title>\n", CLOSE, "" },
    { "half a body", "200 OK\r\n" JSON "Content-Length: 500\r\n\r\n"
      VPC_LIST VPC("b"), CLOSE, "" },
    { "half a chunk", "200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n"
      "200\r\n" VPC_LIST, CLOSE, "" },
    { "bad chunk", "200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n"
      "zz\r\n" VPC_LIST, CLOSE, "" },
    { "half an object", OK VPC_LIST VPC("b"), CLOSE, "" },
    { "too much", OK VPC_LIST "]} ]}\n", CLOSE, "" },
    { "trickle", OK VPC_LIST, TRICKLE, "did not come whole" },
    { "trickling head", "200 OK\r\n", TRICKLE, "" },
    { "hang", OK VPC_LIST, HOLD, "no data came" },
    { "status", OK STATUS, CLOSE, "no list of this kind" },
    { "other kind", OK "{\"apiVersion\": \"v1\", \"kind\": \"PodList\", "
      "\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": []}", CLOSE,
      "no list of this kind" },
    { "other version", OK "{\"apiVersion\": \"nvo3.io/v2\", \"kind\": "
      "\"VPCList\", \"metadata\": {\"resourceVersion\": \"1\"}, "
      "\"items\": []}", CLOSE, "no list of this kind" },
}, watches[] = {
    { "gone", "410 Gone\r\n" JSON "Connection: close\r\n\r\n" STATUS, LIST,
      "410: not now" },
    { "gone event", OK "{\"type\": \"ERROR\", \"object\": {\"code\": 410, "
      "\"message\": \"too old\"}}\n", HOLD | LIST, "too old" },
    { "too many", "429 Too Many Requests\r\nRetry-After: 1\r\n" JSON
      "Connection: close\r\n\r\n" STATUS, WAIT, "429: not now" },
    { "unavailable", "503 Service Unavailable\r\nRetry-After: 1\r\n" HTML
      "Connection: close\r\n\r\n<html>", WAIT, "HTTP status 503" },
    { "redirect", "307 Moved\r\nLocation: /elsewhere\r\n"
      "Connection: close\r\n\r\n", CLOSE, "redirects are not followed" },
    { "HTML", "200 OK\r\n" HTML "Connection: close\r\n\r\n"
      "<!DOCTYPE html><title>Sign in</title>\n", LIST, "" },
    { "half a line", OK "{\"type\": \"ADDED\", \"object\": " VPC("b"), CLOSE,
      "cut off" },
    { "trickle", OK "{\"type\": \"ADDED\", \"object\": {", TRICKLE,
      "did not come whole" },
    { "list", OK VPC_LIST "]}\n", HOLD | LIST, "bad event" },
    { "status", OK STATUS "\n", HOLD | LIST, "bad event" },
    { "other version", OK "{\"type\": \"ADDED\", \"object\": "
      "{\"apiVersion\": \"nvo3.io/v2\", \"kind\": \"VPC\", \"metadata\": "
      "{\"name\": \"b\"}}}\n", HOLD | LIST, "bad event" },
};

static const struct reflector_tuning tuning = {
    .idle_ms = 600,
    .list_idle_ms = 150,
    .whole_ms = 300,
    .doubt_ms = 20,
    .page_limit = 100,
    .max_page = 1000 * 1000,
    .max_event = 1000 * 1000,
};

/* A server that is good, then bad, then good again. */
struct row {
    const struct bad_answer *bad;
    bool in_watch;                  /* The bad answer is to a watch. */
    struct http_server *server;
    struct rest *rest;
    struct objects *objects;
    struct objects_scope *scope;
    struct reflector *reflector;

    bool was_bad;
    long long int bad_at;           /* time_msec(). */
    bool said;                      /* The error has been seen. */
    bool recovered;                 /* The next request was right. */
};

static void
answer_badly(struct row *row, struct http_conn *conn)
{
    const struct bad_answer *bad = row->bad;

    row->was_bad = true;
    row->bad_at = time_msec();
    http_printf(conn, "HTTP/1.1 %s", bad->bytes);
    if (bad->how & TRICKLE) {
        bool in_head = !strstr(bad->bytes, "\r\n\r\n");

        for (int i = 0; i < 10000; i++) {
            http_printf(conn, "%s", in_head ? "X: 1\r\n" : " ");
        }
    } else if (!(bad->how & HOLD)) {
        http_close(conn);
    }
}

/* A list has VPC "a"; the one after the bad answer has "c", too, and so does
 * the watch, if that is what follows. */
static void
handler(struct http_conn *conn, const struct http_request *req, void *row_)
{
    struct row *row = row_;
    bool is_watch = strstr(req->target, "watch=1") != NULL;

    assert_null(strstr(req->target, "elsewhere"));
    if (row->was_bad && !row->recovered) {
        if (is_watch != (row->in_watch && !(row->bad->how & LIST))) {
            fail_msg("%s: unexpected %s", row->bad->name, req->target);
        }
        assert_true(!(row->bad->how & WAIT)
                    || time_msec() >= row->bad_at + 1000);
        row->recovered = true;
    } else if (!row->was_bad && is_watch == row->in_watch
               && (is_watch || http_server_n_requests(row->server) > 2)) {
        answer_badly(row, conn);
        return;
    }
    if (!is_watch) {
        http_reply(conn, 200, (row->was_bad ? VPC_LIST VPC("a") ","
                               VPC("c") "]}" : VPC_LIST VPC("a") "]}"));
    } else if (!row->was_bad) {
        http_reply(conn, 410, STATUS);
    } else {
        http_stream(conn);
        http_printf(conn, "{\"type\": \"ADDED\", \"object\": " VPC("c")
                    "}\n");
    }
}

/* On a machine that stands still for a moment, two limits may be passed at
 * once: where one is tried, the other is far away. */
static struct reflector_tuning
get_tuning(const struct bad_answer *bad)
{
    struct reflector_tuning t = tuning;

    if (bad->how & HOLD) {
        t.whole_ms = LOOP_TIMEOUT_MS;
    } else if (bad->how & TRICKLE) {
        t.idle_ms = t.list_idle_ms = LOOP_TIMEOUT_MS;
    }
    return t;
}

static void
row_start(struct row *row, const struct bad_answer *bad, bool in_watch)
{
    struct reflector_tuning limits = get_tuning(bad);

    memset(row, 0, sizeof *row);
    row->bad = bad;
    row->in_watch = in_watch;
    row->server = http_server_create(handler, row);
    row->rest = rest_create(NULL);
    row->objects = objects_create();
    row->scope = objects_scope_create(row->objects, RES_VPC);
    row->reflector = reflector_create(row->rest, row->scope, RES_VPC,
                                      http_server_url(row->server), NULL,
                                      NULL, &limits);
}

static void
row_stop(struct row *row)
{
    reflector_destroy(row->reflector);
    objects_scope_destroy(row->scope);
    objects_destroy(row->objects);
    rest_destroy(row->rest);
    http_server_destroy(row->server);
}

/* Returns true if the server has been bad, and is followed again. */
static bool
row_run(struct row *row)
{
    bool has_a, has_c;

    http_server_run(row->server);
    rest_run(row->rest);
    reflector_run(row->reflector);
    has_a = objects_get(row->objects, RES_VPC, "a") != NULL;
    has_c = objects_get(row->objects, RES_VPC, "c") != NULL;
    assert_null(objects_get(row->objects, RES_VPC, "b"));
    if (row->was_bad && !row->recovered) {
        const char *error = reflector_get_error(row->reflector);

        assert_true(has_a);
        if (error && reflector_get_state(row->reflector) == REFLECTOR_BACKOFF
            && !row->said) {
            if (!strstr(error, row->bad->error)) {
                fail_msg("%s: \"%s\"", row->bad->name, error);
            }
            row->said = true;
        }
    }
    return has_c && !reflector_get_error(row->reflector);
}

static void
row_wait(struct row *row)
{
    http_server_wait(row->server);
    rest_wait(row->rest);
    reflector_wait(row->reflector);
}

static void
run_table(const struct bad_answer *table, size_t n, bool in_watch)
{
    long long int deadline = time_msec() + LOOP_TIMEOUT_MS;
    struct row *rows = xcalloc(n, sizeof *rows);
    bool done = false;

    for (size_t i = 0; i < n; i++) {
        row_start(&rows[i], &table[i], in_watch);
    }
    while (!done) {
        const char *waited_for = NULL;

        for (size_t i = 0; i < n; i++) {
            if (!row_run(&rows[i])) {
                waited_for = table[i].name;
            }
        }
        done = !waited_for;
        if (!done) {
            if (time_msec() >= deadline) {
                fail_msg("timeout waiting for \"%s\"", waited_for);
            }
            for (size_t i = 0; i < n; i++) {
                row_wait(&rows[i]);
            }
            poll_timer_wait_until(deadline);
            poll_block();
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].said) {
            fail_msg("%s: nothing was said", table[i].name);
        }
        row_stop(&rows[i]);
    }
    free(rows);
}

static void
test_lists(void **state OVS_UNUSED)
{
    run_table(lists, ARRAY_SIZE(lists), false);
}

static void
test_watches(void **state OVS_UNUSED)
{
    run_table(watches, ARRAY_SIZE(watches), true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_watches),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("bad-server", tests, NULL, NULL);
}
