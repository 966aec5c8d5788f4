/* What anybody sends to nvad's port: request lines, headers, bodies, several
 * requests on a connection.
 *
 * The input goes to nvad's HTTP server over TCP, in pieces: each '\x1e' in it
 * stands for a moment in which the server runs.  What comes back is thrown
 * away.  nvad-api.c goes deeper into the API. */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "socket-util.h"
#include "tests/fuzz/fuzz-nvad.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "utilities/nvad/http-server.h"
#include "utilities/nvad/watch.h"
#include "utilities/nvad/write-queue.h"

#define PIECE_END '\x1e'
#define MAX_RUNS 20

/* Lets the server do what it can, and takes what it says. */
static void
run(struct http_server *server, struct fuzz_nvad *nvad, int fd)
{
    char buf[4096];

    for (int i = 0; i < MAX_RUNS; i++) {
        http_server_run(server);
        write_queue_run(nvad->api.writes);
        watchers_run(nvad->api.watchers);
        while (fd >= 0 && recv(fd, buf, sizeof buf, MSG_DONTWAIT) > 0) {
            i = 0;
        }
    }
}

/* Returns a socket that is connected to the server. */
static int
connect_to(const struct http_server *server)
{
    struct linger reset = { .l_onoff = 1 };
    struct sockaddr_storage ss;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ovs_assert(fd >= 0);
    ovs_assert(inet_parse_active(http_server_get_address(server), 0, &ss,
                                 false, NULL));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    while (connect(fd, (struct sockaddr *) &ss, sizeof(struct sockaddr_in))
           && errno != EISCONN) {
        if (errno != EINTR && errno != EALREADY) {
            ovs_fatal(errno, "connect");
        }
    }
    return fd;
}

static void
send_pieces(struct http_server *server, struct fuzz_nvad *nvad, int fd,
            const uint8_t *data, size_t n)
{
    while (n) {
        const uint8_t *end = memchr(data, PIECE_END, n);
        size_t piece = end ? (size_t) (end - data) : n;

        ignore(send(fd, data, piece, MSG_DONTWAIT | MSG_NOSIGNAL));
        run(server, nvad, fd);
        piece += end != NULL;
        data += piece;
        n -= piece;
    }
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    const struct http_options options = {
        .listen = "127.0.0.1:0",
        .max_body = 4096,
        .max_bodies = 8192,
        .max_connections = 4,
        .shares = {
            .all_connections = 4, .connections = 4, .strangers = 4,
            .writes = 4, .body_bytes = 8192, .stranger_ms = 60000,
            .chances = 1000, .chances_per_s = 1000,
        },
    };
    struct http_server *server;
    struct fuzz_nvad nvad;
    char *error;
    int fd;

    fuzz_nvad_init(&nvad);
    struct http_service service = { api_check, api_handle, &nvad.api };
    error = http_server_create(&options, &service, &server);
    if (error) {
        ovs_fatal(0, "%s", error);
    }
    fd = connect_to(server);
    send_pieces(server, &nvad, fd, data, n);
    close(fd);
    run(server, &nvad, -1);
    http_server_destroy(server);
    fuzz_nvad_destroy(&nvad);
}
