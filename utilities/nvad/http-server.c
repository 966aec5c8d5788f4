/* The HTTP server: libmicrohttpd in the poll loop.
 *
 * libmicrohttpd runs in our thread with its own epoll set, whose descriptor
 * the poll loop waits for.  A request that waits (for the database, for an
 * event to send) is suspended: out of that set, and without a timeout.  Two
 * consequences:
 *
 *   - What resumes it must be followed by MHD_run(): 'run_again'.
 *
 *   - It does not notice that its peer closed.  Streams, which wait for long,
 *     therefore have their descriptors in an epoll set of our own, for
 *     EPOLLRDHUP; and keepalives and TCP_USER_TIMEOUT tell about peers that
 *     vanished.  (Who shuts down only his sending side gets no more events;
 *     no HTTP client does that to a watch.)
 *
 * A response may only be queued from the access handler, so an answer that
 * comes later is kept until libmicrohttpd calls that again. */

#include <config.h>

#include "utilities/nvad/http-server.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "util.h"
#include "utilities/nvad/http-listen.h"
#include "utilities/nvad/http-tls.h"

VLOG_DEFINE_THIS_MODULE(http_server);

#define IDLE_TIMEOUT_S 75
#define DISCARD_FACTOR 4            /* Times max_body that is read in vain. */
#define CONNECTION_MEMORY (32 * 1024)
#define STREAM_BLOCK 4096           /* A watch: many, small events. */
#define LIST_BLOCK (64 * 1024)

struct http_server {
    struct MHD_Daemon *daemon;
    int epoll_fd;                   /* libmicrohttpd's. */
    int hangup_fd;                  /* Our epoll set of streams. */
    char *address;                  /* "127.0.0.1:8080". */
    struct http_options options;    /* Without its strings. */
    bool verify_peers;
    struct http_tls tls;
    http_handler *handler;
    void *aux;
    size_t body_bytes;              /* Of all requests that exist. */
    bool run_again;                 /* Something was resumed. */
    bool stopping;
    struct ovs_list requests;
};

struct http_request {
    struct ovs_list node;           /* In the server's "requests". */
    struct http_server *server;
    struct MHD_Connection *connection;
    char *method, *path;
    struct ds body;
    size_t discarded;               /* Bytes of the body not kept. */
    enum http_problem problem;

    bool dispatched;                /* The handler has seen it. */
    bool suspended;
    struct svec headers;            /* Of the answer: name, value, ... */
    struct MHD_Response *response;  /* Until it is queued. */
    int code;

    const struct http_stream_class *stream;
    void *stream_aux;
    bool watched;                   /* In 'hangup_fd'. */
    bool peer_gone;
};

static struct http_request *
request_create(struct http_server *server, struct MHD_Connection *connection,
               const char *method, const char *path)
{
    struct http_request *rq = xzalloc(sizeof *rq);

    rq->server = server;
    rq->connection = connection;
    rq->method = xstrdup(method);
    rq->path = xstrdup(path);
    ds_init(&rq->body);
    svec_init(&rq->headers);
    ovs_list_push_back(&server->requests, &rq->node);
    return rq;
}

static int
request_fd(const struct http_request *rq)
{
    return MHD_get_connection_info(rq->connection,
                                   MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

static void
free_body(struct http_request *rq)
{
    rq->server->body_bytes -= rq->body.length;
    ds_destroy(&rq->body);
    ds_init(&rq->body);
}

static void
request_destroy(struct http_request *rq)
{
    if (rq->watched) {
        epoll_ctl(rq->server->hangup_fd, EPOLL_CTL_DEL, request_fd(rq), NULL);
    }
    if (rq->stream) {
        rq->stream->close(rq->stream_aux);
    }
    if (rq->response) {
        MHD_destroy_response(rq->response);
    }
    free_body(rq);
    svec_destroy(&rq->headers);
    free(rq->method);
    free(rq->path);
    ovs_list_remove(&rq->node);
    free(rq);
}

static void
request_suspend(struct http_request *rq)
{
    MHD_suspend_connection(rq->connection);
    rq->suspended = true;
}

static void
request_resume(struct http_request *rq)
{
    if (rq->suspended) {
        rq->suspended = false;
        rq->server->run_again = true;
        MHD_resume_connection(rq->connection);
    }
}

/* Bodies. */

/* How long the body says it will be; 0 if it does not. */
static size_t
announced_length(struct http_request *rq)
{
    const char *s = http_request_header(rq, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned long long int n;

    return s && str_to_ullong(s, 10, &n) ? MIN(n, SIZE_MAX) : 0;
}

static void
check_room(struct http_request *rq, size_t n)
{
    const struct http_options *o = &rq->server->options;

    if (rq->body.length + n > o->max_body) {
        rq->problem = HTTP_TOO_BIG;
    } else if (rq->server->body_bytes + n > o->max_bodies) {
        rq->problem = HTTP_OVERLOAD;
    }
}

/* Whether to refuse a body before it is read.  That closes the connection, and
 * a client that is in the middle of sending may not see the answer: so, if it
 * is not too long, it is read and forgotten. */
static bool
should_refuse_early(struct http_request *rq)
{
    return (rq->problem
            && (http_request_header(rq, MHD_HTTP_HEADER_EXPECT)
                || (announced_length(rq)
                    > DISCARD_FACTOR * rq->server->options.max_body)));
}

/* Returns false if the connection should be closed: its client goes on with
 * what it could have known is too much. */
static bool
add_to_body(struct http_request *rq, const char *data, size_t n)
{
    if (!rq->problem) {
        check_room(rq, n);
    }
    if (rq->problem) {
        free_body(rq);
        rq->discarded += n;
        return (rq->discarded
                <= DISCARD_FACTOR * rq->server->options.max_body);
    }
    ds_put_buffer(&rq->body, data, n);
    rq->server->body_bytes += n;
    return true;
}

/* libmicrohttpd's callbacks. */

static void
dispatch(struct http_request *rq)
{
    rq->dispatched = true;
    if (rq->server->verify_peers
        && !http_tls_peer_is_trusted(rq->connection)) {
        rq->problem = HTTP_UNTRUSTED;
    }
    rq->server->handler(rq->server->aux, rq);
}

static enum MHD_Result
queue_response_or_suspend(struct http_request *rq)
{
    enum MHD_Result ok;

    if (!rq->response) {
        request_suspend(rq);
        return MHD_YES;
    }
    ok = MHD_queue_response(rq->connection, rq->code, rq->response);
    MHD_destroy_response(rq->response);
    rq->response = NULL;
    return ok;
}

static enum MHD_Result
access_cb(void *server_, struct MHD_Connection *connection, const char *url,
          const char *method, const char *version OVS_UNUSED,
          const char *upload, size_t *upload_size, void **rq_)
{
    struct http_server *server = server_;
    struct http_request *rq = *rq_;

    if (server->stopping) {
        return MHD_NO;
    }
    if (!rq) {
        /* The headers are there. */
        *rq_ = rq = request_create(server, connection, method, url);
        check_room(rq, announced_length(rq));
        if (should_refuse_early(rq)) {
            dispatch(rq);
            return queue_response_or_suspend(rq);
        }
        return MHD_YES;
    }
    if (*upload_size) {
        bool ok = add_to_body(rq, upload, *upload_size);

        *upload_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (!rq->dispatched) {
        dispatch(rq);
    }
    return queue_response_or_suspend(rq);
}

static void
completed_cb(void *server OVS_UNUSED,
             struct MHD_Connection *connection OVS_UNUSED, void **rq,
             enum MHD_RequestTerminationCode code OVS_UNUSED)
{
    if (*rq) {
        request_destroy(*rq);
        *rq = NULL;
    }
}

static void
connection_cb(void *server OVS_UNUSED, struct MHD_Connection *connection,
              void **context OVS_UNUSED,
              enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        http_listen_set_options(
            MHD_get_connection_info(connection,
                                    MHD_CONNECTION_INFO_CONNECTION_FD)
                ->connect_fd);
    }
}

static void OVS_PRINTF_FORMAT(2, 0)
log_cb(void *aux OVS_UNUSED, const char *format, va_list args)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    char *s = xvasprintf(format, args);

    s[strcspn(s, "\n")] = '\0';
    VLOG_DBG_RL(&rl, "%s", s);
    free(s);
}

static void
watch_for_hangup(struct http_request *rq)
{
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET };

    if (!rq->watched) {
        event.data.ptr = rq;
        rq->watched = !epoll_ctl(rq->server->hangup_fd, EPOLL_CTL_ADD,
                                 request_fd(rq), &event);
    }
}

static ssize_t
stream_cb(void *rq_, uint64_t pos OVS_UNUSED, char *buf, size_t max)
{
    struct http_request *rq = rq_;
    ssize_t n;

    if (rq->peer_gone || rq->server->stopping) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    n = rq->stream->read(rq->stream_aux, buf, max);
    if (n < 0) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (!n) {
        watch_for_hangup(rq);
        request_suspend(rq);
    }
    return n;
}

/* The server. */

static char *
start_daemon(struct http_server *server, int fd)
{
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME
                         | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[4];
    size_t n = 0;

    if (server->tls.certificate) {
        flags |= MHD_USE_TLS;
        tls[n++] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_MEM_KEY, 0,
                                             server->tls.private_key };
        tls[n++] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_MEM_CERT, 0,
                                             server->tls.certificate };
        if (server->tls.ca_cert) {
            tls[n++] = (struct MHD_OptionItem) { MHD_OPTION_HTTPS_MEM_TRUST,
                                                 0, server->tls.ca_cert };
        }
    }
    tls[n] = (struct MHD_OptionItem) { MHD_OPTION_END, 0, NULL };

    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, access_cb, server,
        MHD_OPTION_EXTERNAL_LOGGER, log_cb, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, server->options.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, completed_cb, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_cb, server,
        MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    if (!server->daemon) {
        return xstrdup("the HTTP server cannot start: are the certificate "
                       "and key usable, and are there enough descriptors?");
    }
    server->epoll_fd = MHD_get_daemon_info(server->daemon,
                                           MHD_DAEMON_INFO_EPOLL_FD)
        ->epoll_fd;
    return NULL;
}

/* Starts to listen; 'handler' gets the requests.  Returns NULL and sets
 * '*serverp' if successful, otherwise a message for the caller to free. */
char *
http_server_create(const struct http_options *o, http_handler *handler,
                   void *aux, struct http_server **serverp)
{
    struct http_server *server = xzalloc(sizeof *server);
    char *error;
    int fd = -1;

    *serverp = NULL;
    server->options = *o;
    server->handler = handler;
    server->aux = aux;
    ovs_list_init(&server->requests);
    server->hangup_fd = epoll_create1(EPOLL_CLOEXEC);
    server->verify_peers = o->ca_cert != NULL;
    error = http_tls_init(&server->tls, o->private_key, o->certificate,
                          o->ca_cert);
    if (!error) {
        error = http_listen(o->listen, o->certificate || o->insecure, &fd,
                            &server->address);
    }
    if (!error) {
        error = start_daemon(server, fd);
        if (error) {
            close(fd);
        }
    }
    if (error) {
        http_server_destroy(server);
    } else {
        *serverp = server;
    }
    return error;
}

void
http_server_destroy(struct http_server *server)
{
    struct http_request *rq;

    if (!server) {
        return;
    }
    server->stopping = true;
    LIST_FOR_EACH (rq, node, &server->requests) {
        request_resume(rq);
    }
    if (server->daemon) {
        MHD_run(server->daemon);
        MHD_stop_daemon(server->daemon);
    }
    LIST_FOR_EACH_SAFE (rq, node, &server->requests) {
        rq->watched = false;        /* Its socket is closed. */
        request_destroy(rq);
    }
    close(server->hangup_fd);
    http_tls_destroy(&server->tls);
    free(server->address);
    free(server);
}

static void
run_hangups(struct http_server *server)
{
    struct epoll_event events[64];
    int n;

    do {
        n = epoll_wait(server->hangup_fd, events, ARRAY_SIZE(events), 0);
        for (int i = 0; i < n; i++) {
            struct http_request *rq = events[i].data.ptr;

            rq->peer_gone = true;
            request_resume(rq);
        }
    } while (n == ARRAY_SIZE(events));
}

void
http_server_run(struct http_server *server)
{
    run_hangups(server);
    server->run_again = false;
    MHD_run(server->daemon);
}

void
http_server_wait(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG ms;

    poll_fd_wait(server->epoll_fd, POLLIN);
    poll_fd_wait(server->hangup_fd, POLLIN);
    if (server->run_again) {
        poll_immediate_wake();
    } else if (MHD_get_timeout(server->daemon, &ms) == MHD_YES) {
        poll_timer_wait(MIN(ms, INT_MAX));
    }
}

/* "127.0.0.1:8080", with the port that the kernel chose if it was 0. */
const char *
http_server_get_address(const struct http_server *server)
{
    return server->address;
}

unsigned int
http_server_count_connections(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon,
                               MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
        ->num_connections;
}

/* Requests. */

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

/* Decoded, without the query. */
const char *
http_request_path(const struct http_request *rq)
{
    return rq->path;
}

/* NULL if it is absent. */
const char *
http_request_header(const struct http_request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

/* Returns the query's argument 'name', decoded; "" if it is there without a
 * value, NULL if it is absent. */
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

/* Adds a header to the answer that is yet to be given. */
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
    rq->code = code;
    rq->response = response;
    free_body(rq);
    request_resume(rq);
}

/* Answers with the 'n' bytes of 'body', which is taken over. */
void
http_reply(struct http_request *rq, int code, const char *content_type,
           char *body, size_t n)
{
    set_response(rq, code, content_type,
                 MHD_create_response_from_buffer(n, body,
                                                 MHD_RESPMEM_MUST_FREE));
}

/* Answers with a stream of 'total' bytes, or, if that is negative, of as many
 * as it produces. */
void
http_reply_stream(struct http_request *rq, int code, const char *content_type,
                  ssize_t total, const struct http_stream_class *stream,
                  void *aux)
{
    rq->stream = stream;
    rq->stream_aux = aux;
    set_response(rq, code, content_type,
                 MHD_create_response_from_callback(
                     total < 0 ? MHD_SIZE_UNKNOWN : (uint64_t) total,
                     total < 0 ? STREAM_BLOCK : LIST_BLOCK, stream_cb, rq,
                     NULL));
}

/* The stream of 'rq', which said there was nothing, has something now. */
void
http_request_wake(struct http_request *rq)
{
    if (rq->stream) {
        request_resume(rq);
    }
}
