/* A client and a server of HTTP, on the poll loop of the test. */
#ifndef GA_TESTS_REST_FIXTURE_H
#define GA_TESTS_REST_FIXTURE_H 1

#include <stdlib.h>
#include <string.h>

#include "agent/controller/rest.h"
#include "agent/controller/rest-result.h"
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

static inline void
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

static inline struct fixture *
fixture_create(const struct rest_auth *auth)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->server = http_server_create(handler, f);
    f->rest = rest_create(auth);
    ds_init(&f->lines);
    return f;
}

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline void
get(struct fixture *f, const char *url, size_t max, bool stream)
{
    start(f, url, max, stream);
    RUN_UNTIL(f, f->done);
}

static inline void
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

static inline void
answer_ok(struct http_conn *conn, const struct http_request *req OVS_UNUSED,
          struct fixture *f OVS_UNUSED)
{
    http_reply(conn, 200, "{\"a\": 1}");
}

#endif /* tests/unit/rest-fixture.h */
