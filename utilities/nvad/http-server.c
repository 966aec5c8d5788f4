/* The HTTP server: libmicrohttpd in the poll loop.
 *
 * libmicrohttpd runs in our thread with its own epoll set.  When a connection
 * is resumed, it looks for it among all that are suspended, and these are all
 * watches: thousands, of which a change concerns a few.  So there are several
 * of its daemons, each with a part of the connections, which we accept and
 * hand out in turn.  A daemon runs when it has something to do.  The poll loop
 * waits for an epoll set of ours, in which are those of the daemons.
 *
 * As long as a TLS handshake is not complete, libmicrohttpd wants to be run
 * again at once, though nothing can happen before the peer sends more.  It
 * does not say that this is the reason.  So if it wants to run again and
 * again, to no effect, while a connection may be in its handshake, we pause a
 * little between.  Such a connection ends soon anyway (http-limits.h). */

#include <config.h>

#include "utilities/nvad/http-server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"
#include "utilities/nvad/http-limits.h"
#include "utilities/nvad/http-listen.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/http-tls.h"

VLOG_DEFINE_THIS_MODULE(http_server);

#define IDLE_TIMEOUT_S 75
#define CONNECTION_MEMORY (32 * 1024)
#define IDLE_RUNS 20                /* To no effect, before we pause. */
#define PAUSE_MS 5
#define N_DAEMONS 32

/* Each daemon reads the certificates of the CAs by itself.  A file that has
 * those of half the world would keep us busy for seconds at the start. */
#define N_DAEMONS_MANY_CAS 2
#define MANY_CAS (64 * 1024)        /* Bytes. */
#define ACCEPT_PAUSE_MS 100         /* If descriptors are used up. */
#define MAX_ACCEPT 64               /* In one turn. */

struct daemon {
    struct http_server *server;
    struct MHD_Daemon *mhd;
    bool run;                       /* It has something to do. */
};

struct http_server {
    struct daemon daemons[N_DAEMONS];
    int n_daemons;
    unsigned int next_daemon;       /* For the next connection. */
    int epoll_fd;                   /* Has those of the daemons. */
    int listen_fd;
    long long int accept_after;     /* time_msec(): not before. */
    unsigned int n_connections;
    char *address;                  /* "127.0.0.1:8080". */
    unsigned int max_connections;
    bool verify_peers;
    struct http_tls tls;
    struct http_service service;
    struct http_limits *limits;
    struct http_requests requests;
    int idle_runs;                  /* Without progress, up to now. */
};

/* A connection, as its "socket context". */
struct connection {
    struct http_peer *peer;

    /* Of the request that comes next. */
    bool bad_url;
    const char *uri_end;            /* Where its first null byte is. */
};

/* libmicrohttpd's callbacks. */

static struct connection *
get_context(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection,
                                   MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

/* Why the request, whose headers have arrived, can only be refused. */
static enum http_problem
find_problem(const struct http_server *server,
             struct MHD_Connection *connection, const struct http_request *rq)
{
    if (get_context(connection)->bad_url) {
        return HTTP_BAD_URL;
    }
    if (server->verify_peers && !http_tls_peer_is_trusted(connection)) {
        return HTTP_UNTRUSTED;
    }
    return server->service.gate(server->service.aux, rq);
}

/* Whether there is a null byte in the URI, which ends it for us, but not for
 * others.  libmicrohttpd looks for the version from the end of the line, and
 * leaves both in its buffer, so something would be left between the two. */
static bool
has_null(const struct connection *c, const char *version)
{
    uintptr_t expected = (uintptr_t) c->uri_end + 1;

    return ((uintptr_t) version > expected
            && (uintptr_t) version - expected < CONNECTION_MEMORY);
}

static struct http_request *
create_request(struct daemon *daemon, struct MHD_Connection *connection,
               const char *method, const char *url, const char *version)
{
    struct http_server *server = daemon->server;
    struct connection *c = get_context(connection);

    c->bad_url = c->bad_url || has_null(c, version);

    struct http_request *rq = http_request_create(
        &server->requests, connection, c->peer, method, url, &daemon->run);
    enum http_problem problem = find_problem(server, connection, rq);

    if (!problem) {
        http_peer_set_known(c->peer);
        http_request_check_room(rq);
    } else {
        http_request_set_problem(rq, problem);
        if (problem == HTTP_UNTRUSTED || problem == HTTP_UNAUTHORIZED) {
            http_peer_note_unauthorized(c->peer);
        }
    }
    c->bad_url = false;
    return rq;
}

static enum MHD_Result
access_cb(void *daemon_, struct MHD_Connection *connection, const char *url,
          const char *method, const char *version,
          const char *upload, size_t *upload_size, void **rq_)
{
    struct daemon *daemon = daemon_;
    struct http_server *server = daemon->server;
    struct http_request *rq = *rq_;

    if (server->requests.stopping) {
        return MHD_NO;
    }
    server->requests.progress = true;
    if (!rq) {
        *rq_ = rq = create_request(daemon, connection, method, url, version);
        if (!http_request_should_refuse_early(rq)) {
            return MHD_YES;
        }
    } else if (*upload_size) {
        bool ok = http_request_add_to_body(rq, upload, *upload_size);

        *upload_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (!http_request_is_dispatched(rq)) {
        http_request_dispatch(rq);
    }
    return http_request_send_or_suspend(rq) ? MHD_YES : MHD_NO;
}

static void
completed_cb(void *server OVS_UNUSED,
             struct MHD_Connection *connection OVS_UNUSED, void **rq,
             enum MHD_RequestTerminationCode code OVS_UNUSED)
{
    if (*rq) {
        http_request_destroy(*rq);
        *rq = NULL;
    }
}

static void
connection_cb(void *server_, struct MHD_Connection *connection,
              void **context, enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = server_;
    struct connection *c = *context;

    server->requests.progress = true;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->n_connections++;
        int fd = MHD_get_connection_info(connection,
                                         MHD_CONNECTION_INFO_CONNECTION_FD)
                 ->connect_fd;

        http_listen_set_options(fd);
        *context = c = xzalloc(sizeof *c);
        c->peer = http_limits_add_peer(
            server->limits,
            MHD_get_connection_info(connection,
                                    MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                ->client_addr, fd);
    } else if (c) {
        server->n_connections--;
        http_limits_remove_peer(c->peer);
        free(c);
        *context = NULL;
    }
}

/* A request's first line has arrived. */
static void *
uri_cb(void *server OVS_UNUSED, const char *uri,
       struct MHD_Connection *connection)
{
    get_context(connection)->uri_end = uri ? strchr(uri, '\0') : NULL;
    return NULL;                    /* There is no request yet. */
}

/* Decodes "%XX" in a path, or in the name or value of an argument.  "%00"
 * would end the string, so that what is served is not what was asked for. */
static size_t
unescape_cb(void *server OVS_UNUSED, struct MHD_Connection *connection,
            char *s)
{
    if (strstr(s, "%00")) {
        get_context(connection)->bad_url = true;
    }
    return MHD_http_unescape(s);
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

/* The server. */

/* Returns false if it cannot start. */
static bool
start_daemon(struct http_server *server, struct daemon *daemon)
{
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME
                         | MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET;
    struct MHD_OptionItem tls[4];
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = daemon };
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

    daemon->server = server;
    daemon->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, access_cb, daemon,
        MHD_OPTION_EXTERNAL_LOGGER, log_cb, NULL,
        MHD_OPTION_CONNECTION_LIMIT, server->max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, completed_cb, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_cb, server,
        MHD_OPTION_URI_LOG_CALLBACK, uri_cb, server,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape_cb, server,
        MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    return (daemon->mhd
            && !epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD,
                          MHD_get_daemon_info(daemon->mhd,
                                              MHD_DAEMON_INFO_EPOLL_FD)
                          ->epoll_fd, &event));
}

static char *
start_daemons(struct http_server *server)
{
    server->n_daemons = (server->tls.ca_cert
                         && strlen(server->tls.ca_cert) >= MANY_CAS
                         ? N_DAEMONS_MANY_CAS : N_DAEMONS);
    for (int i = 0; i < server->n_daemons; i++) {
        if (!start_daemon(server, &server->daemons[i])) {
            return xstrdup("the HTTP server cannot start: are the "
                           "certificate and key usable, and are there enough "
                           "descriptors?");
        }
    }
    return NULL;
}

char *
http_server_create(const struct http_options *o,
                   const struct http_service *service,
                   struct http_server **serverp)
{
    struct http_server *server = xzalloc(sizeof *server);
    char *error;

    *serverp = NULL;
    server->listen_fd = -1;
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->max_connections = o->max_connections;
    server->service = *service;
    server->limits = http_limits_create(&o->shares);
    http_requests_init(&server->requests, service->handler, service->aux,
                       o->max_body, o->max_bodies);
    server->verify_peers = o->ca_cert != NULL;
    error = http_tls_init(&server->tls, o->private_key, o->certificate,
                          o->ca_cert);
    if (!error) {
        error = http_listen(o->listen, o->certificate || o->insecure,
                            &server->listen_fd, &server->address);
    }
    if (!error) {
        error = start_daemons(server);
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
    if (!server) {
        return;
    }
    http_requests_stop(&server->requests);
    for (int i = 0; i < server->n_daemons; i++) {
        if (server->daemons[i].mhd) {
            MHD_run(server->daemons[i].mhd);
            MHD_stop_daemon(server->daemons[i].mhd);
        }
    }
    http_requests_destroy(&server->requests);
    http_limits_destroy(server->limits);
    http_tls_destroy(&server->tls);
    close(server->epoll_fd);
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    free(server->address);
    free(server);
}

static bool
may_accept(const struct http_server *server)
{
    return (server->n_connections < server->max_connections
            && time_msec() >= server->accept_after);
}

static void
hand_out(struct http_server *server, int fd, const struct sockaddr *sa,
         socklen_t len)
{
    struct daemon *daemon
        = &server->daemons[server->next_daemon++ % server->n_daemons];

    /* Closes the socket if it fails. */
    if (MHD_add_connection(daemon->mhd, fd, sa, len) == MHD_YES) {
        daemon->run = true;
    }
}

static void
accept_connections(struct http_server *server)
{
    for (int i = 0; i < MAX_ACCEPT && may_accept(server); i++) {
        struct sockaddr_storage ss;
        socklen_t len = sizeof ss;
        int fd = accept4(server->listen_fd, (struct sockaddr *) &ss, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
                static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

                VLOG_WARN_RL(&rl, "cannot accept a connection: %s",
                             ovs_strerror(errno));
                server->accept_after = time_msec() + ACCEPT_PAUSE_MS;
            }
            break;
        }
        if (http_limits_accept(server->limits, (struct sockaddr *) &ss)) {
            hand_out(server, fd, (struct sockaddr *) &ss, len);
        } else {
            close(fd);
        }
    }
}

/* Finds the daemons whose sockets are ready, or that wait no longer. */
static void
find_work(struct http_server *server)
{
    struct epoll_event events[N_DAEMONS];
    int n = epoll_wait(server->epoll_fd, events, N_DAEMONS, 0);

    for (int i = 0; i < n; i++) {
        struct daemon *daemon = events[i].data.ptr;

        daemon->run = true;
    }
    for (int i = 0; i < server->n_daemons; i++) {
        struct daemon *daemon = &server->daemons[i];
        MHD_UNSIGNED_LONG_LONG ms;

        daemon->run = (daemon->run
                       || (MHD_get_timeout(daemon->mhd, &ms) == MHD_YES
                           && !ms));
    }
}

void
http_server_run(struct http_server *server)
{
    http_limits_run(server->limits);
    http_requests_run(&server->requests);
    accept_connections(server);
    find_work(server);
    for (int i = 0; i < server->n_daemons; i++) {
        struct daemon *daemon = &server->daemons[i];

        if (daemon->run) {
            daemon->run = false;
            MHD_run(daemon->mhd);
        }
    }
    server->idle_runs = (server->requests.progress ? 0
                         : MIN(server->idle_runs + 1, IDLE_RUNS));
}

/* Whether libmicrohttpd probably waits for nothing but handshakes. */
static bool
is_in_handshakes(const struct http_server *server)
{
    return (server->tls.certificate && server->idle_runs >= IDLE_RUNS
            && http_limits_count_strangers(server->limits));
}

void
http_server_wait(struct http_server *server)
{
    if (may_accept(server)) {
        poll_fd_wait(server->listen_fd, POLLIN);
    } else if (server->n_connections < server->max_connections) {
        poll_timer_wait_until(server->accept_after);
    }
    poll_fd_wait(server->epoll_fd, POLLIN);
    http_requests_wait(&server->requests);
    http_limits_wait(server->limits);
    for (int i = 0; i < server->n_daemons; i++) {
        const struct daemon *daemon = &server->daemons[i];
        MHD_UNSIGNED_LONG_LONG ms;

        if (daemon->run) {
            poll_immediate_wake();
        } else if (MHD_get_timeout(daemon->mhd, &ms) == MHD_YES) {
            if (!ms && is_in_handshakes(server)) {
                ms = PAUSE_MS;
            }
            poll_timer_wait(MIN(ms, INT_MAX));
        }
    }
}

const char *
http_server_get_address(const struct http_server *server)
{
    return server->address;
}

unsigned int
http_server_count_connections(const struct http_server *server)
{
    return server->n_connections;
}

void
http_server_format_limits(const struct http_server *server, struct ds *s)
{
    http_limits_format(server->limits, s);
}
