/* What it costs to hear of a change and to tell the switch anything at all.
 *
 *     listener PORT SOCKET
 *
 * Watches the endpoints of the controller at 127.0.0.1:PORT, and connects to
 * the bridge whose management socket is SOCKET.  For each piece that comes
 * from the watch it sends the bridge an echo request, and it reads the reply.
 * It understands nothing of either.  So it sleeps and wakes up as often as an
 * agent has to: the processor time of an agent, next to its, says more than a
 * figure of some machine. */

#include <config.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OFP14_VERSION 5

static void
give_up(const char *what)
{
    perror(what);
    exit(1);
}

static int
connect_to(const char *what, int family, const void *address, socklen_t size)
{
    int fd = socket(family, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, address, size)) {
        give_up(what);
    }
    return fd;
}

static void
send_all(int fd, const void *data, size_t size)
{
    if (write(fd, data, size) != (ssize_t) size) {
        give_up("write");
    }
}

static int
watch(const char *port)
{
    static const char request[] =
        "GET /apis/nvo3.io/v1alpha1/endpoints?watch=1 HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n";
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(atoi(port)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = connect_to(port, AF_INET, &address, sizeof address);

    send_all(fd, request, sizeof request - 1);
    return fd;
}

/* Sends an OpenFlow message that is nothing but a header. */
static void
send_header(int fd, uint8_t type)
{
    const uint8_t message[] = { OFP14_VERSION, type, 0, 8, 0, 0, 0, 1 };

    send_all(fd, message, sizeof message);
}

static int
open_bridge(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "%s: too long\n", path);
        exit(1);
    }
    strcpy(address.sun_path, path);
    fd = connect_to(path, AF_UNIX, &address, sizeof address);
    send_header(fd, 0);                         /* OFPT_HELLO */
    return fd;
}

int
main(int argc, char *argv[])
{
    enum { WATCH, BRIDGE, N };
    struct pollfd fds[N];

    if (argc != 3) {
        fprintf(stderr, "usage: %s PORT SOCKET\n", argv[0]);
        return 2;
    }
    fds[WATCH] = (struct pollfd) { .fd = watch(argv[1]), .events = POLLIN };
    fds[BRIDGE] = (struct pollfd) {
        .fd = open_bridge(argv[2]), .events = POLLIN
    };
    while (poll(fds, N, -1) >= 0) {
        for (int i = 0; i < N; i++) {
            char data[65536];

            if (!fds[i].revents) {
                continue;
            } else if (read(fds[i].fd, data, sizeof data) <= 0) {
                give_up("read");
            } else if (i == WATCH) {
                send_header(fds[BRIDGE].fd, 2); /* OFPT_ECHO_REQUEST */
            }
        }
    }
    give_up("poll");
    return 1;
}
