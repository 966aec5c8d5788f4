/* load - traffic as fast as it goes, and what of it came.
 *
 * For the bench of the datapath (bench_datapath.py).
 *
 *     load serve PORT
 *         receives UDP, and takes TCP connections, each of which gets a byte
 *         at once.  For each line on standard input it says
 *         "PACKETS CONNECTIONS BYTES", what came by UDP, what was accepted and
 *         what came by TCP so far.
 *     load udp ADDRESS PORT RATE
 *         sends packets of 60 bytes, without the checksum of Ethernet, of one
 *         flow, at no more than RATE a second.
 *     load flows ADDRESS PORT N
 *         sends a few packets of each of N flows, and ends.
 *     load tcp ADDRESS PORT
 *         sends bytes by one connection.
 *     load connections ADDRESS PORT N
 *         makes connections, N at a time: each ends when its byte has come.
 *
 * All but "flows" end with standard input, or when they are killed.  A
 * connection ends by a reset, so that its port is free at once. */

#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define BATCH 32
#define PAYLOAD 18                  /* 14 + 20 + 8 + 18 = 60 bytes. */
#define NSEC 1000000000LL
#define MAX_EVENTS 64
#define PER_FLOW 3

static char buffer[65536];

static void OVS_PRINTF_FORMAT(1, 2) OVS_NO_RETURN
die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fprintf(stderr, ": %s\n", ovs_strerror(errno));
    va_end(args);
    exit(EXIT_FAILURE);
}

static int
make_socket(int type)
{
    int fd = socket(AF_INET, type, 0);

    if (fd < 0) {
        die("socket");
    }
    return fd;
}

static struct sockaddr_in
make_address(const char *address, const char *port)
{
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_port = htons(atoi(port)) };

    if (inet_pton(AF_INET, address, &sin.sin_addr) != 1) {
        die("%s", address);
    }
    return sin;
}

/* Makes close() of 'fd' a reset. */
static void
set_reset(int fd)
{
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static bool
stdin_has_ended(void)
{
    struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
    char c;

    return poll(&pfd, 1, 0) > 0 && read(STDIN_FILENO, &c, 1) <= 0;
}

static long long int
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NSEC + ts.tv_nsec;
}

static void
add_to_epoll(int epoll, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = fd };

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
        die("epoll_ctl");
    }
}

/* The packets of up to BATCH that are sent, or received, at once.  All have
 * the same bytes. */
struct batch {
    struct mmsghdr headers[BATCH];
    struct iovec iov;
};

static void
batch_init(struct batch *batch, size_t size)
{
    memset(batch, 0, sizeof *batch);
    batch->iov.iov_base = buffer;
    batch->iov.iov_len = size;
    for (int i = 0; i < BATCH; i++) {
        batch->headers[i].msg_hdr.msg_iov = &batch->iov;
        batch->headers[i].msg_hdr.msg_iovlen = 1;
    }
}

/* What "serve" has counted. */
struct counts {
    unsigned long long int packets;
    unsigned long long int connections;
    unsigned long long int bytes;
};

static void
serve_udp(int fd, struct counts *counts)
{
    struct batch batch;
    int n;

    batch_init(&batch, sizeof buffer);
    n = recvmmsg(fd, batch.headers, BATCH, MSG_DONTWAIT, NULL);
    counts->packets += MAX(n, 0);
}

static void
serve_listener(int listener, int epoll, struct counts *counts)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd >= 0) {
        counts->connections++;
        ignore(send(fd, "", 1, MSG_NOSIGNAL));
        add_to_epoll(epoll, fd, EPOLLIN);
    }
}

static void
serve_connection(int fd, struct counts *counts)
{
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);

    if (n > 0) {
        counts->bytes += n;
    } else if (!n || errno != EAGAIN) {
        close(fd);
    }
}

/* Answers a line.  Returns false at the end of the file. */
static bool
serve_question(const struct counts *counts)
{
    if (read(STDIN_FILENO, buffer, sizeof buffer) <= 0) {
        return false;
    }
    printf("%llu %llu %llu\n", counts->packets, counts->connections,
           counts->bytes);
    fflush(stdout);
    return true;
}

static void
serve(const char *port)
{
    struct sockaddr_in sin = make_address("0.0.0.0", port);
    int listener = make_socket(SOCK_STREAM);
    int udp = make_socket(SOCK_DGRAM);
    int epoll = epoll_create1(0);
    struct counts counts = { 0, 0, 0 };
    int size = 4 << 20;

    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(udp, (struct sockaddr *) &sin, sizeof sin)
        || bind(listener, (struct sockaddr *) &sin, sizeof sin)
        || listen(listener, 1024)) {
        die("port %s", port);
    }
    add_to_epoll(epoll, udp, EPOLLIN);
    add_to_epoll(epoll, listener, EPOLLIN);
    add_to_epoll(epoll, STDIN_FILENO, EPOLLIN);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int n = epoll_wait(epoll, events, MAX_EVENTS, -1);

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == udp) {
                serve_udp(fd, &counts);
            } else if (fd == listener) {
                serve_listener(fd, epoll, &counts);
            } else if (fd != STDIN_FILENO) {
                serve_connection(fd, &counts);
            } else if (!serve_question(&counts)) {
                return;
            }
        }
    }
}

/* The schedule is absolute, but what could not be sent in time is not made up
 * for. */
static void
send_udp(const struct sockaddr_in *sin, long long int rate)
{
    long long int interval = NSEC * BATCH / MAX(rate, 1);
    int fd = make_socket(SOCK_DGRAM);
    long long int next = now();
    struct batch batch;

    if (connect(fd, (const struct sockaddr *) sin, sizeof *sin)) {
        die("connect");
    }
    batch_init(&batch, PAYLOAD);
    while (!stdin_has_ended()) {
        struct timespec ts;

        sendmmsg(fd, batch.headers, BATCH, 0);
        next = MAX(next + interval, now() - interval);
        ts.tv_sec = next / NSEC;
        ts.tv_nsec = next % NSEC;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
    }
}

static void
send_flows(const struct sockaddr_in *sin, int n)
{
    struct timespec ts = { 0, 2 * 1000 * 1000 };

    for (int i = 0; i < n; i++) {
        int fd = make_socket(SOCK_DGRAM);

        for (int j = 0; j < PER_FLOW; j++) {
            ignore(sendto(fd, buffer, PAYLOAD, 0,
                          (const struct sockaddr *) sin, sizeof *sin));
            nanosleep(&ts, NULL);
        }
        close(fd);
    }
}

static void
send_tcp(const struct sockaddr_in *sin)
{
    int fd = make_socket(SOCK_STREAM);

    set_reset(fd);
    if (connect(fd, (const struct sockaddr *) sin, sizeof *sin)) {
        die("connect");
    }
    while (!stdin_has_ended() && send(fd, buffer, sizeof buffer,
                                      MSG_NOSIGNAL) > 0) {
        continue;
    }
}

static void
begin_connection(int epoll, const struct sockaddr_in *sin)
{
    int fd = make_socket(SOCK_STREAM | SOCK_NONBLOCK);

    set_reset(fd);
    ignore(connect(fd, (const struct sockaddr *) sin, sizeof *sin));
    add_to_epoll(epoll, fd, EPOLLIN);
}

static void
make_connections(const struct sockaddr_in *sin, int n)
{
    int epoll = epoll_create1(0);

    for (int i = 0; i < n; i++) {
        begin_connection(epoll, sin);
    }
    while (!stdin_has_ended()) {
        struct epoll_event events[MAX_EVENTS];
        int n_events = epoll_wait(epoll, events, MAX_EVENTS, 100);

        for (int i = 0; i < n_events; i++) {
            close(events[i].data.fd);
            begin_connection(epoll, sin);
        }
    }
}

int
main(int argc, char *argv[])
{
    const char *what = argc > 1 ? argv[1] : "";
    struct sockaddr_in sin;

    set_program_name(argv[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc == 3 && !strcmp(what, "serve")) {
        serve(argv[2]);
        return EXIT_SUCCESS;
    }
    if (argc < 4) {
        ovs_fatal(0, "see load.c for how it is called");
    }
    sin = make_address(argv[2], argv[3]);
    if (argc == 5 && !strcmp(what, "udp")) {
        send_udp(&sin, atoll(argv[4]));
    } else if (argc == 5 && !strcmp(what, "flows")) {
        send_flows(&sin, atoi(argv[4]));
    } else if (argc == 4 && !strcmp(what, "tcp")) {
        send_tcp(&sin);
    } else if (argc == 5 && !strcmp(what, "connections")) {
        make_connections(&sin, atoi(argv[4]));
    } else {
        ovs_fatal(0, "%s: see load.c for how it is called", what);
    }
    return EXIT_SUCCESS;
}
