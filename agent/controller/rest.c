/* HTTP requests by libcurl: see rest.h.
 *
 * libcurl must not be called from its own callbacks, so these only put bytes
 * into a request's buffer.  When libcurl has returned, deliver_lines() and
 * deliver_done() hand them on to the callbacks of the request.  Such a
 * callback may cancel any request, its own included.  So after each call
 * 'rest->current' tells whether the request still exists: rest_cancel() clears
 * it. */

#include <config.h>

#include "agent/controller/rest.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "agent/controller/rest-auth.h"
#include "agent/controller/rest-loop.h"
#include "agent/controller/rest-options.h"
#include "agent/controller/rest-renewal.h"
#include "agent/controller/rest-result.h"
#include "fatal-signal.h"
#include "lib/ga-version.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(rest);

#define MAX_HEADER_BYTES (64 * 1024)
#define MAX_ERROR_BODY (64 * 1024)  /* Of a stream that is refused. */

struct rest {
    struct rest_auth auth;
    struct rest_loop *loop;
    struct rest_renewal *renewal;   /* Or NULL. */
    long long int last_byte;        /* time_msec(), or 0. */
    struct ovs_list requests;       /* Contains "struct rest_request"s. */
    struct ovs_list ready;          /* Those with something to deliver. */
    struct rest_request *current;   /* Whose callback runs, or NULL. */
    bool news;                      /* Something came, or ended. */
    long long int check_at;         /* No request has waited too long before
                                     * this time_msec(). */
    bool has_new;                   /* A request that libcurl has not run. */
};

struct rest_request {
    struct ovs_list node;           /* In struct rest's 'requests'. */
    struct ovs_list ready_node;     /* In struct rest's 'ready', or empty. */
    struct rest *rest;
    CURL *easy;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];    /* libcurl writes here. */

    size_t max_body;
    long long int idle_ms, whole_ms;
    rest_line_cb *line;
    rest_done_cb *done;
    void *aux;

    /* Received, not delivered.  'data' has room for a terminating null. */
    char *data;
    size_t n, allocated;
    size_t scanned;                 /* Bytes of 'data' without a '\n'. */
    size_t n_header_bytes;
    int status;                     /* Of HTTP, or 0: no head yet. */
    long long int last_byte;        /* When one came, or the start. */
    long long int unit_start;       /* time_msec() of the request; with 'line',
                                     * when the head or the line began that is
                                     * incomplete, LLONG_MAX if none is. */

    bool finished;                  /* libcurl is done with it. */
    CURLcode code;
    bool too_large, idle, slow, renewed;
};

/* libcurl's callbacks. */

static void
mark_ready(struct rest_request *req)
{
    if (ovs_list_is_empty(&req->ready_node)) {
        ovs_list_push_back(&req->rest->ready, &req->ready_node);
    }
}

bool
rest_is_streaming(const struct rest_request *req)
{
    return req->line && req->status == 200;
}

/* When 'req' has waited too long for a byte, or for all of them. */
static long long int
idle_time(const struct rest_request *req)
{
    return req->last_byte + req->idle_ms;
}

static long long int
slow_time(const struct rest_request *req)
{
    return (req->unit_start == LLONG_MAX ? LLONG_MAX
            : req->unit_start + req->whole_ms);
}

/* Has 'req' looked at when it may have waited too long. */
static void
note_patience(struct rest_request *req)
{
    long long int end = MIN(idle_time(req), slow_time(req));

    req->rest->check_at = MIN(req->rest->check_at, end);
}

static void
note_byte(struct rest_request *req)
{
    req->last_byte = req->rest->last_byte = time_msec();
    req->rest->news = true;
}

/* Takes bytes of the body.  If it returns another number than it was given,
 * libcurl gives up the transfer. */
static size_t
write_cb(char *bytes, size_t size, size_t nmemb, void *req_)
{
    struct rest_request *req = req_;
    size_t n = size * nmemb;
    size_t max = req->line ? MAX_ERROR_BODY : req->max_body;
    bool streaming = rest_is_streaming(req);

    note_byte(req);
    if (!streaming && n > max - req->n) {
        req->too_large = true;
        return 0;
    }
    if (req->n + n + 1 > req->allocated) {
        req->allocated = MAX(req->n + n + 1, 2 * req->allocated);
        req->data = xrealloc(req->data, req->allocated);
    }
    memcpy(req->data + req->n, bytes, n);
    req->n += n;

    if (streaming) {
        mark_ready(req);
        if (req->n - req->scanned > req->max_body
            && !memrchr(req->data + req->scanned, '\n',
                        req->n - req->scanned)) {
            req->too_large = true;
            return 0;
        }
    }
    return n;
}

/* Takes a line of the head. */
static size_t
header_cb(char *bytes, size_t size, size_t nmemb, void *req_)
{
    struct rest_request *req = req_;
    size_t n = size * nmemb;
    bool last = n && strchr("\r\n", bytes[0]);
    long status = 0;

    note_byte(req);
    curl_easy_getinfo(req->easy, CURLINFO_RESPONSE_CODE, &status);
    req->status = status;
    if (last && rest_is_streaming(req)) {
        req->unit_start = LLONG_MAX;
    } else if (req->unit_start == LLONG_MAX) {
        req->unit_start = req->last_byte;
        note_patience(req);
    }
    req->n_header_bytes += n;
    return req->n_header_bytes <= MAX_HEADER_BYTES ? n : 0;
}

/* The client. */

struct rest *
rest_create(const struct rest_auth *auth)
{
    struct rest *rest = xzalloc(sizeof *rest);

    rest_auth_clone(&rest->auth, auth);
    fatal_ignore_sigpipe();         /* OpenSSL writes without MSG_NOSIGNAL. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        ovs_abort(0, "libcurl cannot be initialized");
    }
    rest->loop = rest_loop_create();
    rest->renewal = rest_renewal_create(&rest->auth);
    ovs_list_init(&rest->requests);
    ovs_list_init(&rest->ready);
    rest->check_at = LLONG_MAX;
    return rest;
}

void
rest_destroy(struct rest *rest)
{
    struct rest_request *req;

    if (!rest) {
        return;
    }
    LIST_FOR_EACH_SAFE (req, node, &rest->requests) {
        rest_cancel(req);
    }
    rest_loop_destroy(rest->loop);
    rest_renewal_destroy(rest->renewal);
    rest_auth_destroy(&rest->auth);
    free(rest);
    curl_global_cleanup();
}

/* Starting a request. */

static void
set_body(struct rest_request *req, const struct rest_params *params)
{
    if (params->body) {
        curl_easy_setopt(req->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t) strlen(params->body));
        curl_easy_setopt(req->easy, CURLOPT_COPYPOSTFIELDS, params->body);
    }
    if (params->content_type) {
        char *header = xasprintf("Content-Type: %s", params->content_type);

        req->headers = curl_slist_append(req->headers, header);
        free(header);
    }
    req->headers = curl_slist_append(req->headers,
                                     "Accept: application/json");
    /* Waiting for "100 Continue" costs a second with servers that do not
     * know it. */
    req->headers = curl_slist_append(req->headers, "Expect:");
}

struct rest_request *
rest_start(struct rest *rest, const struct rest_params *params)
{
    struct rest_request *req = xzalloc(sizeof *req);
    CURL *easy = curl_easy_init();

    req->rest = rest;
    req->easy = easy;
    req->max_body = params->max_body;
    req->idle_ms = params->idle_ms;
    req->whole_ms = params->whole_ms;
    req->line = params->line;
    req->done = params->done;
    req->aux = params->aux;
    req->last_byte = time_msec();
    req->unit_start = req->line ? LLONG_MAX : req->last_byte;
    ovs_list_push_back(&rest->requests, &req->node);
    ovs_list_init(&req->ready_node);
    note_patience(req);

    rest_options_set(easy, &rest->auth);
    curl_easy_setopt(easy, CURLOPT_URL, params->url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "geneve-agent/" GA_VERSION);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, req->error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *) req);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, req);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_cb);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, req);
    set_body(req, params);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, params->method);
    req->headers = rest_options_add_token(req->headers, &rest->auth,
                                          params->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, req->headers);
    curl_multi_add_handle(rest_loop_get_multi(rest->loop), easy);
    rest->has_new = true;
    return req;
}

void
rest_cancel(struct rest_request *req)
{
    if (!req) {
        return;
    }
    if (req->rest->current == req) {
        req->rest->current = NULL;
    }
    curl_multi_remove_handle(rest_loop_get_multi(req->rest->loop), req->easy);
    curl_easy_cleanup(req->easy);
    curl_slist_free_all(req->headers);
    ovs_list_remove(&req->node);
    ovs_list_remove(&req->ready_node);
    free(req->data);
    free(req);
}

long long int
rest_last_byte(const struct rest *rest)
{
    return rest->last_byte;
}

/* Running. */

static void
check_patience(struct rest_request *req, long long int now)
{
    if (!req->finished) {
        req->idle = now >= idle_time(req);
        req->slow = !req->idle && now >= slow_time(req);
        if (req->idle || req->slow) {
            req->finished = true;
            mark_ready(req);
        } else {
            note_patience(req);
        }
    }
}

/* Notes which requests libcurl is done with, and which have waited too
 * long. */
static void
collect_finished(struct rest *rest)
{
    struct rest_request *req;
    long long int now = time_msec();
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(rest_loop_get_multi(rest->loop),
                                       &left)) != NULL) {
        char *private = NULL;

        if (msg->msg == CURLMSG_DONE) {
            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
            req = (struct rest_request *) private;
            req->finished = true;
            req->code = msg->data.result;
            mark_ready(req);
        }
    }
    if (now >= rest->check_at) {
        rest->check_at = LLONG_MAX;
        LIST_FOR_EACH (req, node, &rest->requests) {
            check_patience(req, now);
        }
    }
}

/* Closes all connections, because they were made with certificates that have
 * been replaced, and ends what goes by them. */
static void
renew_connections(struct rest *rest)
{
    struct rest_request *req;

    LIST_FOR_EACH (req, node, &rest->requests) {
        curl_multi_remove_handle(rest_loop_get_multi(rest->loop), req->easy);
        if (!req->finished) {
            req->finished = req->renewed = true;
            mark_ready(req);
        }
    }
    rest_loop_destroy(rest->loop);
    rest->loop = rest_loop_create();
    VLOG_INFO("certificates have been replaced: all connections are made "
              "anew");
}

/* Hands on the complete lines that 'req' has.  Returns false if 'req' was
 * cancelled meanwhile. */
static bool
deliver_lines(struct rest_request *req)
{
    struct rest *rest = req->rest;
    size_t start = 0;

    while (req->scanned < req->n) {
        char *newline = memchr(req->data + req->scanned, '\n',
                               req->n - req->scanned);
        size_t n;

        if (!newline) {
            req->scanned = req->n;
            break;
        }
        n = newline - (req->data + start);
        if (n > req->max_body) {
            req->finished = req->too_large = true;
            break;
        }
        *newline = '\0';
        rest->current = req;
        req->line(req->data + start, n, req->aux);
        if (!rest->current) {
            return false;
        }
        start = req->scanned = newline + 1 - req->data;
    }
    if (start) {
        memmove(req->data, req->data + start, req->n - start);
        req->n -= start;
        req->scanned -= start;
    }
    if (!req->n) {
        req->unit_start = LLONG_MAX;
    } else if (start || req->unit_start == LLONG_MAX) {
        req->unit_start = time_msec();
        note_patience(req);
    }
    if (req->n > req->max_body) {
        req->finished = req->too_large = true;
    }
    return true;
}

/* Why there is no complete answer, for the caller to free, or NULL if there is
 * one. */
static char *
describe_error(const struct rest_request *req, bool streaming)
{
    if (req->too_large) {
        return xasprintf("%s of more than %"PRIuSIZE" bytes",
                         streaming ? "a line" : "an answer",
                         req->line && !streaming ? MAX_ERROR_BODY
                         : req->max_body);
    } else if (req->idle) {
        return xasprintf("no data came for %lld s",
                         (req->idle_ms + 999) / 1000);
    } else if (req->slow) {
        return xasprintf("%s did not come whole within %lld s",
                         streaming ? "a line" : "the answer",
                         (req->whole_ms + 999) / 1000);
    } else if (req->renewed) {
        return xstrdup("certificates were replaced meanwhile");
    } else if (req->code != CURLE_OK) {
        return xstrdup(req->error[0] ? req->error
                       : curl_easy_strerror(req->code));
    } else if (streaming && req->n) {
        return xstrdup("the last line was cut off");
    }
    return NULL;
}

/* Reports how a finished request ended, and frees it. */
static void
deliver_done(struct rest_request *req, bool streaming)
{
    char *error = describe_error(req, streaming);
    struct rest_result result = {
        .status = req->status,
        .body = "",
        .error = error,
        .too_large = req->too_large,
        .idle = req->idle,
        .slow = req->slow,
        .renewed = req->renewed,
    };
    struct rest *rest = req->rest;
    curl_off_t retry_after = 0;

    if (!streaming && req->n) {
        req->data[req->n] = '\0';
        result.body = req->data;
        result.n = req->n;
    }
    curl_easy_getinfo(req->easy, CURLINFO_RETRY_AFTER, &retry_after);
    result.retry_after = MIN(retry_after, 3600);

    rest->current = req;
    if (req->done) {
        req->done(&result, req->aux);
    }
    free(error);
    if (rest->current) {
        rest_cancel(req);
        rest->current = NULL;
    }
}

/* Lets libcurl do what it can, and notes what is to be delivered. */
static void
run_loop(struct rest *rest)
{
    rest->has_new = false;
    rest_loop_run(rest->loop);
    collect_finished(rest);
}

bool
rest_run(struct rest *rest)
{
    bool news;

    run_loop(rest);
    if (rest_renewal_run(rest->renewal)) {
        renew_connections(rest);
    }
    while (!ovs_list_is_empty(&rest->ready)) {
        struct rest_request *req = CONTAINER_OF(
            ovs_list_pop_front(&rest->ready), struct rest_request,
            ready_node);
        bool streaming = rest_is_streaming(req);

        rest->news = true;
        ovs_list_init(&req->ready_node);
        if (streaming && !deliver_lines(req)) {
            continue;
        }
        rest->current = NULL;
        if (req->finished) {
            deliver_done(req, streaming);
        }
    }
    if (rest->has_new) {
        /* What the callbacks want next goes out now, so that the server works
         * on it while the caller works on what it has got. */
        run_loop(rest);
    }
    news = rest->news;
    rest->news = false;
    return news;
}

void
rest_wait(struct rest *rest)
{
    if (!ovs_list_is_empty(&rest->ready)) {
        poll_immediate_wake();
    }
    rest_loop_wait(rest->loop);
    rest_renewal_wait(rest->renewal);
    if (rest->check_at != LLONG_MAX) {
        poll_timer_wait_until(rest->check_at);
    }
}
