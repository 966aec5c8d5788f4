/* HTTP requests, on top of libmicrohttpd's connections.
 *
 * A request that waits (for the database, for an event to send) is suspended:
 * libmicrohttpd takes it out of its epoll set, and it has no timeout.  Two
 * consequences:
 *
 *   - When it is resumed, MHD_run() must follow: '*run_again'.
 *
 *   - libmicrohttpd does not notice that its peer closed.  Streams, which wait
 *     for long, therefore have their descriptors in an epoll set of our own,
 *     for EPOLLRDHUP; keepalives and TCP_USER_TIMEOUT tell about peers that
 *     vanished.  (A client that shuts down only its sending side gets no more
 *     events; no HTTP client does that to a watch.)
 *
 * A response may only be queued from the access handler, so an answer that
 * comes later is kept until libmicrohttpd calls that again. */

#include <config.h>

#include "utilities/nvad/http-request.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "svec.h"
#include "util.h"
#include "utilities/nvad/http-limits.h"

#define DISCARD_FACTOR 4            /* Times max_body that is discarded. */
#define STREAM_BLOCK 4096           /* A watch: many, small events. */
#define LIST_BLOCK (64 * 1024)

struct http_request {
    struct ovs_list node;           /* In 'all->requests'. */
    struct http_requests *all;
    struct MHD_Connection *connection;
    struct http_peer *peer;
    bool *run_again;                /* The daemon must run. */
    char *method, *path;
    struct ds body;
    size_t discarded;               /* Bytes of the body not kept. */
    enum http_problem problem;

    bool dispatched;                /* The handler has seen it. */
    bool is_waiting_write;          /* Part of its address's share. */
    bool suspended;
    struct svec headers;            /* Of the answer: name, value, ... */
    struct MHD_Response *response;  /* Until it is queued. */
    int code;

    const struct http_stream_class *stream;
    void *stream_aux;
    bool watched;                   /* In 'hangup_fd'. */
    bool peer_gone;
};

static int
get_fd(const struct http_request *rq)
{
    return MHD_get_connection_info(rq->connection,
                                   MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

static void
free_body(struct http_request *rq)
{
    rq->all->body_bytes -= rq->body.length;
    http_peer_give_body(rq->peer, rq->body.length);
    ds_destroy(&rq->body);
    ds_init(&rq->body);
}

static void
suspend(struct http_request *rq)
{
    MHD_suspend_connection(rq->connection);
    rq->suspended = true;
}

static void
resume(struct http_request *rq)
{
    if (rq->suspended) {
        rq->suspended = false;
        *rq->run_again = true;
        MHD_resume_connection(rq->connection);
    }
}

/* Bodies. */

/* The announced length of the body, or 0 if there is none. */
static size_t
announced_length(struct http_request *rq)
{
    const char *s = http_request_header(rq, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned long long int n;

    return s && str_to_ullong(s, 10, &n) ? MIN(n, SIZE_MAX) : 0;
}

/* Takes room for 'n' more bytes, or notes a problem and returns false. */
static bool
take_room(struct http_request *rq, size_t n)
{
    if (rq->body.length + n > rq->all->max_body) {
        rq->problem = HTTP_TOO_BIG;
    } else if (rq->all->body_bytes + n > rq->all->max_bodies) {
        http_peer_note_overload(rq->peer);
        rq->problem = HTTP_OVERLOAD;
    } else if (!http_peer_take_body(rq->peer, n)) {
        rq->problem = HTTP_OVERLOAD;
    } else {
        rq->all->body_bytes += n;
        return true;
    }
    return false;
}

void
http_request_check_room(struct http_request *rq)
{
    size_t n = announced_length(rq);

    if (take_room(rq, n)) {
        rq->all->body_bytes -= n;
        http_peer_give_body(rq->peer, n);
    }
}

bool
http_request_should_refuse_early(struct http_request *rq)
{
    return (rq->problem
            && (http_request_header(rq, MHD_HTTP_HEADER_EXPECT)
                || (announced_length(rq)
                    > DISCARD_FACTOR * rq->all->max_body)));
}

bool
http_request_add_to_body(struct http_request *rq, const char *data, size_t n)
{
    if (rq->problem || !take_room(rq, n)) {
        free_body(rq);
        rq->discarded += n;
        return (rq->discarded
                <= DISCARD_FACTOR * rq->all->max_body);
    }
    ds_put_buffer(&rq->body, data, n);
    return true;
}

/* Streams. */

static void
watch_for_hangup(struct http_request *rq)
{
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET };

    if (!rq->watched) {
        event.data.ptr = rq;
        rq->watched = !epoll_ctl(rq->all->hangup_fd, EPOLL_CTL_ADD,
                                 get_fd(rq), &event);
    }
}

static ssize_t
stream_cb(void *rq_, uint64_t pos OVS_UNUSED, char *buf, size_t max)
{
    struct http_request *rq = rq_;
    ssize_t n;

    rq->all->progress = true;
    if (rq->peer_gone || rq->all->stopping) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    n = rq->stream->read(rq->stream_aux, buf, max);
    if (n < 0) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (!n) {
        watch_for_hangup(rq);
        suspend(rq);
    }
    return n;
}

/* All requests. */

void
http_requests_init(struct http_requests *all, http_handler *handler,
                   void *aux, size_t max_body, size_t max_bodies)
{
    *all = (struct http_requests) {
        .handler = handler,
        .aux = aux,
        .max_body = max_body,
        .max_bodies = max_bodies,
        .hangup_fd = epoll_create1(EPOLL_CLOEXEC),
    };
    ovs_list_init(&all->requests);
}

void
http_requests_stop(struct http_requests *all)
{
    struct http_request *rq;

    all->stopping = true;
    LIST_FOR_EACH (rq, node, &all->requests) {
        resume(rq);
    }
}

void
http_requests_destroy(struct http_requests *all)
{
    struct http_request *rq;

    LIST_FOR_EACH_SAFE (rq, node, &all->requests) {
        rq->watched = false;        /* Its socket is closed. */
        http_request_destroy(rq);
    }
    close(all->hangup_fd);
}

void
http_requests_run(struct http_requests *all)
{
    struct epoll_event events[64];
    int n;

    do {
        n = epoll_wait(all->hangup_fd, events, ARRAY_SIZE(events), 0);
        for (int i = 0; i < n; i++) {
            struct http_request *rq = events[i].data.ptr;

            rq->peer_gone = true;
            resume(rq);
        }
    } while (n == ARRAY_SIZE(events));
    all->progress = false;
}

void
http_requests_wait(struct http_requests *all)
{
    poll_fd_wait(all->hangup_fd, POLLIN);
}

/* One request. */

static bool
is_write(const struct http_request *rq)
{
    return strcmp(rq->method, "GET") && strcmp(rq->method, "HEAD");
}

static void
give_write(struct http_request *rq)
{
    if (rq->is_waiting_write) {
        rq->is_waiting_write = false;
        http_peer_give_write(rq->peer);
    }
}

struct http_request *
http_request_create(struct http_requests *all,
                    struct MHD_Connection *connection,
                    struct http_peer *peer, const char *method,
                    const char *path, bool *run_again)
{
    struct http_request *rq = xzalloc(sizeof *rq);

    rq->all = all;
    rq->connection = connection;
    rq->peer = peer;
    rq->run_again = run_again;
    rq->method = xstrdup(method);
    rq->path = xstrdup(path);
    ds_init(&rq->body);
    svec_init(&rq->headers);
    ovs_list_push_back(&all->requests, &rq->node);
    return rq;
}

void
http_request_destroy(struct http_request *rq)
{
    if (rq->watched) {
        epoll_ctl(rq->all->hangup_fd, EPOLL_CTL_DEL, get_fd(rq), NULL);
    }
    if (rq->stream) {
        rq->stream->close(rq->stream_aux);
    }
    if (rq->response) {
        MHD_destroy_response(rq->response);
    }
    give_write(rq);
    free_body(rq);
    svec_destroy(&rq->headers);
    free(rq->method);
    free(rq->path);
    ovs_list_remove(&rq->node);
    free(rq);
}

void
http_request_set_problem(struct http_request *rq, enum http_problem problem)
{
    rq->problem = problem;
}

bool
http_request_is_dispatched(const struct http_request *rq)
{
    return rq->dispatched;
}

void
http_request_dispatch(struct http_request *rq)
{
    rq->dispatched = true;
    if (!rq->problem && is_write(rq)) {
        rq->is_waiting_write = http_peer_take_write(rq->peer);
        if (!rq->is_waiting_write) {
            rq->problem = HTTP_TOO_MANY;
        }
    }
    rq->all->handler(rq->all->aux, rq);
}

bool
http_request_send_or_suspend(struct http_request *rq)
{
    enum MHD_Result ok;

    if (!rq->response) {
        suspend(rq);
        return true;
    }
    ok = MHD_queue_response(rq->connection, rq->code, rq->response);
    MHD_destroy_response(rq->response);
    rq->response = NULL;
    return ok == MHD_YES;
}

enum http_problem
http_request_problem(const struct http_request *rq)
{
    return rq->problem;
}

const char *
http_request_method(const struct http_request *rq)
{
    return rq->method;
}

const char *
http_request_path(const struct http_request *rq)
{
    return rq->path;
}

const char *
http_request_header(const struct http_request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

const char *
http_request_arg(const struct http_request *rq, const char *name)
{
    const char *value = NULL;

    if (MHD_lookup_connection_value_n(rq->connection, MHD_GET_ARGUMENT_KIND,
                                      name, strlen(name), &value, NULL)
        != MHD_YES) {
        return NULL;
    }
    return value ? value : "";
}

const char *
http_request_body(const struct http_request *rq, size_t *n)
{
    *n = rq->body.length;
    return rq->body.string;
}

void
http_request_add_header(struct http_request *rq, const char *name,
                        const char *value)
{
    svec_add(&rq->headers, name);
    svec_add(&rq->headers, value);
}

static void
set_response(struct http_request *rq, int code, const char *content_type,
             struct MHD_Response *response)
{
    ovs_assert(!rq->response);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            content_type);
    for (size_t i = 0; i + 1 < rq->headers.n; i += 2) {
        MHD_add_response_header(response, rq->headers.names[i],
                                rq->headers.names[i + 1]);
    }
    give_write(rq);
    rq->code = code;
    rq->response = response;
    free_body(rq);
    resume(rq);
}

void
http_request_reply(struct http_request *rq, int code,
                   const char *content_type, char *body, size_t n)
{
    set_response(rq, code, content_type,
                 MHD_create_response_from_buffer(n, body,
                                                 MHD_RESPMEM_MUST_FREE));
}

void
http_request_reply_stream(struct http_request *rq, int code,
                          const char *content_type, ssize_t total,
                          const struct http_stream_class *stream, void *aux)
{
    rq->stream = stream;
    rq->stream_aux = aux;
    set_response(rq, code, content_type,
                 MHD_create_response_from_callback(
                     total < 0 ? MHD_SIZE_UNKNOWN : (uint64_t) total,
                     total < 0 ? STREAM_BLOCK : LIST_BLOCK, stream_cb, rq,
                     NULL));
}

void
http_request_wake(struct http_request *rq)
{
    if (rq->stream) {
        resume(rq);
    }
}
