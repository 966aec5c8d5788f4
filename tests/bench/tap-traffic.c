/* Traffic through a tunnel, for bench_tap.py.
 *
 *   tap-traffic sink PORT
 *   tap-traffic tcp|udp ADDRESS PORT SECONDS [BYTES]
 *
 * The sink takes TCP and UDP.  A TCP stream is answered, at its end, with the
 * bytes that came.  UDP datagrams are counted; a TCP connection that ends at
 * once asks for their number since the last one.  The senders print what came
 * at the other end in a second: bits of TCP, packets of UDP. */

#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64

static char buffer[1 << 18];

static int
fail(const char *what)
{
    perror(what);
    exit(1);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static struct sockaddr_in
make_address(const char *ip, const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };

    address.sin_port = htons(atoi(port));
    if (inet_pton(AF_INET, ip, &address.sin_addr) != 1) {
        fail(ip);
    }
    return address;
}

/* A batch of messages, all of 'bytes' of the same buffer. */
static void
make_batch(struct mmsghdr mmsgs[BATCH], struct iovec *iov, size_t bytes)
{
    *iov = (struct iovec) { buffer, bytes };
    for (int i = 0; i < BATCH; i++) {
        mmsgs[i] = (struct mmsghdr) {
            .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 },
        };
    }
}

/* The sink. */

static void
serve(int listener, uint64_t *packets)
{
    int fd = accept(listener, NULL, NULL);
    uint64_t counts[2] = { 0, *packets };
    ssize_t n;

    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        counts[0] += n;
    }
    *packets = 0;
    if (write(fd, counts, sizeof counts) < 0) {
        perror("write");
    }
    close(fd);
}

static void
sink(const char *port)
{
    struct sockaddr_in address = make_address("0.0.0.0", port);
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    struct mmsghdr mmsgs[BATCH];
    int on = 1, size = 8 << 20;
    uint64_t packets = 0;
    struct iovec iov;

    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(tcp, (struct sockaddr *) &address, sizeof address)
        || bind(udp, (struct sockaddr *) &address, sizeof address)
        || listen(tcp, 8)) {
        fail("bind");
    }
    for (;;) {
        struct pollfd fds[] = { { udp, POLLIN, 0 }, { tcp, POLLIN, 0 } };

        poll(fds, 2, -1);
        if (fds[0].revents) {
            make_batch(mmsgs, &iov, 2048);
            int n = recvmmsg(udp, mmsgs, BATCH, MSG_DONTWAIT, NULL);
            packets += n > 0 ? n : 0;
        } else if (fds[1].revents) {
            serve(tcp, &packets);
        }
    }
}

/* The senders. */

/* The sink may not be there yet. */
static int
connect_to(const struct sockaddr_in *address)
{
    double start = now();

    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (!connect(fd, (const struct sockaddr *) address,
                     sizeof *address)) {
            return fd;
        } else if (errno != ECONNREFUSED || now() - start > 10) {
            return fail("connect");
        }
        close(fd);
        poll(NULL, 0, 20);
    }
}

static void
ask(int fd, uint64_t counts[2])
{
    shutdown(fd, SHUT_WR);
    if (recv(fd, counts, 2 * sizeof *counts, MSG_WAITALL)
        != 2 * sizeof *counts) {
        fail("recv");
    }
    close(fd);
}

static void
send_tcp(const struct sockaddr_in *address, double seconds, size_t bytes)
{
    int fd = connect_to(address);
    double start = now();
    uint64_t counts[2];

    while (now() - start < seconds) {
        if (write(fd, buffer, bytes) < 0) {
            fail("write");
        }
    }
    ask(fd, counts);
    printf("%.0f\n", counts[0] * 8 / (now() - start));
}

static void
send_udp(const struct sockaddr_in *address, double seconds, size_t bytes)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct mmsghdr mmsgs[BATCH];
    uint64_t counts[2];
    struct iovec iov;

    if (connect(fd, (const struct sockaddr *) address, sizeof *address)) {
        fail("connect");
    }
    ask(connect_to(address), counts);
    make_batch(mmsgs, &iov, bytes);
    double start = now();
    while (now() - start < seconds) {
        if (sendmmsg(fd, mmsgs, BATCH, 0) < 0 && errno != ENOBUFS) {
            fail("sendmmsg");
        }
    }
    double end = now();
    ask(connect_to(address), counts);
    printf("%.0f\n", counts[1] / (end - start));
}

int
main(int argc, char *argv[])
{
    if (argc == 3 && !strcmp(argv[1], "sink")) {
        sink(argv[2]);
    } else if (argc == 5 || argc == 6) {
        struct sockaddr_in address = make_address(argv[2], argv[3]);
        bool tcp = !strcmp(argv[1], "tcp");
        size_t bytes = argc == 6 ? atoi(argv[5]) : tcp ? 1 << 17 : 64;

        (tcp ? send_tcp : send_udp)(&address, atof(argv[4]), bytes);
        return 0;
    }
    fprintf(stderr, "usage: tap-traffic sink PORT | tcp|udp ADDRESS PORT "
            "SECONDS [BYTES]\n");
    return 2;
}
