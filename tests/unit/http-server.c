/* A small HTTP server for tests: see the header.  It trusts its client to
 * send well-formed requests. */

#include <config.h>

#include "tests/unit/http-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "socket-util.h"
#include "util.h"

enum piece_type { PIECE_BYTES, PIECE_CLOSE, PIECE_RESET };

struct piece {
    struct ovs_list node;           /* In struct http_conn's 'pieces'. */
    enum piece_type type;
    char *bytes;
    size_t n, sent;
};

struct http_conn {
    struct ovs_list node;           /* In struct http_server's 'conns'. */
    int fd;
    struct ds in;                   /* Not handled yet. */
    struct ovs_list pieces;         /* Contains "struct piece"s. */
};

struct http_server {
    int fd;                         /* Listens, or -1. */
    int port;
    char *url;
    struct ovs_list conns;          /* Contains "struct http_conn"s. */
    http_handler *handler;
    void *aux;
    unsigned int n_requests;
};

static void
server_listen(struct http_server *server)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(server->port),
    };
    socklen_t len = sizeof sin;
    int one = 1;

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (server->fd < 0
        || bind(server->fd, (struct sockaddr *) &sin, sizeof sin)
        || listen(server->fd, 64)
        || getsockname(server->fd, (struct sockaddr *) &sin, &len)) {
        ovs_fatal(errno, "test server");
    }
    set_nonblocking(server->fd);
    server->port = ntohs(sin.sin_port);
}

struct http_server *
http_server_create(http_handler *handler, void *aux)
{
    struct http_server *server = xzalloc(sizeof *server);

    ovs_list_init(&server->conns);
    server->handler = handler;
    server->aux = aux;
    server_listen(server);
    server->url = xasprintf("http://127.0.0.1:%d", server->port);
    return server;
}

static void
conn_destroy(struct http_conn *conn)
{
    struct piece *piece;

    LIST_FOR_EACH_POP (piece, node, &conn->pieces) {
        free(piece->bytes);
        free(piece);
    }
    ds_destroy(&conn->in);
    close(conn->fd);
    ovs_list_remove(&conn->node);
    free(conn);
}

void
http_server_set_up(struct http_server *server, bool up)
{
    struct http_conn *conn;

    if (up && server->fd < 0) {
        server_listen(server);
    } else if (!up && server->fd >= 0) {
        close(server->fd);
        server->fd = -1;
        LIST_FOR_EACH_SAFE (conn, node, &server->conns) {
            conn_destroy(conn);
        }
    }
}

void
http_server_destroy(struct http_server *server)
{
    http_server_set_up(server, false);
    free(server->url);
    free(server);
}

const char *
http_server_url(const struct http_server *server)
{
    return server->url;
}

unsigned int
http_server_n_requests(const struct http_server *server)
{
    return server->n_requests;
}

/* Handles a request if 'conn' has a whole one. */
static bool
handle_request(struct http_server *server, struct http_conn *conn)
{
    char *head = ds_cstr(&conn->in);
    char *end = strstr(head, "\r\n\r\n");
    struct http_request req;
    size_t head_len, body_len = 0;
    char *length, *save_ptr = NULL;

    if (!end) {
        return false;
    }
    head_len = end + 4 - head;
    length = strcasestr(head, "\r\nContent-Length:");
    if (length && length < end) {
        body_len = atoi(strchr(length, ':') + 1);
    }
    if (conn->in.length < head_len + body_len) {
        return false;
    }

    req.headers = xmemdup0(head, head_len);
    req.body = xmemdup0(head + head_len, body_len);
    char *line = xmemdup0(head, strcspn(head, "\r"));
    req.method = strtok_r(line, " ", &save_ptr);
    req.target = strtok_r(NULL, " ", &save_ptr);
    server->n_requests++;
    server->handler(conn, &req, server->aux);
    free(line);
    free(req.body);
    free(req.headers);

    memmove(head, head + head_len + body_len,
            conn->in.length - head_len - body_len);
    ds_truncate(&conn->in, conn->in.length - head_len - body_len);
    return true;
}

/* Sends the next piece.  Returns false if 'conn' is gone. */
static bool
send_piece(struct http_conn *conn)
{
    struct piece *piece;
    ssize_t n;

    if (ovs_list_is_empty(&conn->pieces)) {
        return true;
    }
    piece = CONTAINER_OF(ovs_list_front(&conn->pieces), struct piece, node);
    if (piece->type == PIECE_RESET) {
        struct linger linger = { .l_onoff = 1, .l_linger = 0 };

        setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    }
    if (piece->type != PIECE_BYTES) {
        conn_destroy(conn);
        return false;
    }
    n = send(conn->fd, piece->bytes + piece->sent, piece->n - piece->sent,
             MSG_NOSIGNAL);
    if (n < 0) {
        return errno == EAGAIN;
    }
    piece->sent += n;
    if (piece->sent == piece->n) {
        ovs_list_remove(&piece->node);
        free(piece->bytes);
        free(piece);
    }
    return true;
}

static void
conn_run(struct http_server *server, struct http_conn *conn)
{
    char buffer[4096];
    ssize_t n;

    while ((n = recv(conn->fd, buffer, sizeof buffer, 0)) > 0) {
        ds_put_buffer(&conn->in, buffer, n);
    }
    if (!n || (n < 0 && errno != EAGAIN)) {
        conn_destroy(conn);
        return;
    }
    while (handle_request(server, conn)) {
        continue;
    }
    send_piece(conn);
}

void
http_server_run(struct http_server *server)
{
    struct http_conn *conn;
    int fd;

    while (server->fd >= 0 && (fd = accept(server->fd, NULL, NULL)) >= 0) {
        int one = 1;

        set_nonblocking(fd);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        conn = xzalloc(sizeof *conn);
        conn->fd = fd;
        ds_init(&conn->in);
        ovs_list_init(&conn->pieces);
        ovs_list_push_back(&server->conns, &conn->node);
    }
    LIST_FOR_EACH_SAFE (conn, node, &server->conns) {
        conn_run(server, conn);
    }
}

void
http_server_wait(struct http_server *server)
{
    struct http_conn *conn;

    if (server->fd >= 0) {
        poll_fd_wait(server->fd, POLLIN);
    }
    LIST_FOR_EACH (conn, node, &server->conns) {
        poll_fd_wait(conn->fd, (ovs_list_is_empty(&conn->pieces) ? POLLIN
                                : POLLIN | POLLOUT));
    }
}

static struct piece *
add_piece(struct http_conn *conn, enum piece_type type)
{
    struct piece *piece = xzalloc(sizeof *piece);

    piece->type = type;
    ovs_list_push_back(&conn->pieces, &piece->node);
    return piece;
}

void
http_send(struct http_conn *conn, const void *bytes, size_t n)
{
    struct piece *piece;

    if (n) {
        piece = add_piece(conn, PIECE_BYTES);
        piece->bytes = xmemdup(bytes, n);
        piece->n = n;
    }
}

void
http_printf(struct http_conn *conn, const char *format, ...)
{
    va_list args;
    char *s;

    va_start(args, format);
    s = xvasprintf(format, args);
    va_end(args);
    http_send(conn, s, strlen(s));
    free(s);
}

void
http_close(struct http_conn *conn)
{
    add_piece(conn, PIECE_CLOSE);
}

void
http_reset(struct http_conn *conn)
{
    add_piece(conn, PIECE_RESET);
}

void
http_reply(struct http_conn *conn, int status, const char *body)
{
    http_printf(conn, "HTTP/1.1 %d Reason\r\n"
                "Content-Type: application/json\r\n"
                "Content-Length: %"PRIuSIZE"\r\n\r\n%s",
                status, strlen(body), body);
}

void
http_stream(struct http_conn *conn)
{
    http_printf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                "Content-Type: application/json\r\n\r\n");
}
