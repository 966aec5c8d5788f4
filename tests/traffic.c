/* traffic - numbered UDP packets at a steady rate, and which of them came.
 *
 * For tests of what a change costs.  One process in each endpoint sends to all
 * of its peers and hears from them:
 *
 *     traffic ADDRESS PORT RATE PEER...
 *
 * A line "go" on standard input starts the sending, "stop" ends it, and the
 * end of the file ends the program.  On standard output:
 *
 *     ready                         to hear, from now on
 *     sent PEER NUMBER              for each peer, after "stop"
 *     stopped SLIPS                 how often the schedule was given up
 *     received PEER FIRST LAST      for each run of numbers that came
 *     again PEER NUMBER             packets that came more than once
 *
 * The schedule is absolute: what is late by a little is made up for at once.
 * But a sender that did not run for a while must not then send at many times
 * the rate, which would fill queues that the test is not about: beyond
 * SLIP_NS the schedule starts anew.  A packet counts as sent when the kernel
 * took it; one that it did not take keeps its number for the next time.
 *
 * A packet's payload is its number (8 bytes, from 0) and the time of day in
 * ns when it was sent (8 bytes), both big-endian. */

#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bitmap.h"
#include "byte-order.h"
#include "util.h"

#define NSEC 1000000000LL
#define SLIP_NS (20 * 1000 * 1000)
#define MAX_PEERS 16
#define BUFFER (8 * 1024 * 1024)

struct payload {
    ovs_be64 number;
    ovs_be64 time;
};

struct peer {
    const char *name;
    struct sockaddr_in address;
    uint64_t n_sent;
    unsigned long *heard;           /* A bit for each number. */
    size_t n_bits;
    uint64_t n_again;
};

static struct peer peers[MAX_PEERS];
static size_t n_peers;

static long long int
now_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return ts.tv_sec * NSEC + ts.tv_nsec;
}

static struct sockaddr_in
parse_address(const char *address, const char *port)
{
    struct sockaddr_in sin;

    memset(&sin, 0, sizeof sin);
    sin.sin_family = AF_INET;
    sin.sin_port = htons(atoi(port));
    if (inet_pton(AF_INET, address, &sin.sin_addr) != 1) {
        ovs_fatal(0, "%s: not an IPv4 address", address);
    }
    return sin;
}

static int
open_socket(const struct sockaddr_in *sin)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int size = BUFFER;

    if (fd < 0 || bind(fd, (const struct sockaddr *) sin, sizeof *sin)) {
        ovs_fatal(errno, "socket");
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) {
        ovs_fatal(errno, "SO_RCVBUFFORCE");
    }
    return fd;
}

static void
send_to_all(int fd)
{
    for (size_t i = 0; i < n_peers; i++) {
        struct peer *peer = &peers[i];
        struct payload payload = {
            .number = htonll(peer->n_sent),
            .time = htonll(now_ns(CLOCK_REALTIME)),
        };

        if (sendto(fd, &payload, sizeof payload, MSG_DONTWAIT,
                   (struct sockaddr *) &peer->address,
                   sizeof peer->address) == sizeof payload) {
            peer->n_sent++;
        }
    }
}

static void
peer_hear(struct peer *peer, uint64_t number)
{
    if (number >= 1u << 30) {
        return;                     /* Not ours. */
    }
    if (number >= peer->n_bits) {
        size_t n_bits = MAX(2 * peer->n_bits, number + 65536);

        n_bits = ROUND_UP(n_bits, BITMAP_ULONG_BITS);
        peer->heard = xrealloc(peer->heard, bitmap_n_bytes(n_bits));
        memset((char *) peer->heard + bitmap_n_bytes(peer->n_bits), 0,
               (n_bits - peer->n_bits) / 8);
        peer->n_bits = n_bits;
    }
    if (bitmap_is_set(peer->heard, number)) {
        peer->n_again++;
    }
    bitmap_set1(peer->heard, number);
}

static void
hear(int fd)
{
    struct sockaddr_in from;
    struct payload payload;

    for (;;) {
        socklen_t length = sizeof from;

        if (recvfrom(fd, &payload, sizeof payload, MSG_DONTWAIT,
                     (struct sockaddr *) &from, &length) < 0) {
            return;
        }
        for (size_t i = 0; i < n_peers; i++) {
            if (peers[i].address.sin_addr.s_addr == from.sin_addr.s_addr) {
                peer_hear(&peers[i], ntohll(payload.number));
            }
        }
    }
}

static void
report_sent(unsigned int n_slips)
{
    for (size_t i = 0; i < n_peers; i++) {
        printf("sent %s %"PRIu64"\n", peers[i].name, peers[i].n_sent);
    }
    printf("stopped %u\n", n_slips);
}

static void
report_received(void)
{
    for (size_t i = 0; i < n_peers; i++) {
        const struct peer *peer = &peers[i];
        size_t first, end;

        for (end = 0; end < peer->n_bits; ) {
            first = bitmap_scan(peer->heard, true, end, peer->n_bits);
            if (first >= peer->n_bits) {
                break;
            }
            end = bitmap_scan(peer->heard, false, first, peer->n_bits);
            printf("received %s %"PRIuSIZE" %"PRIuSIZE"\n", peer->name, first,
                   end - 1);
        }
        printf("again %s %"PRIu64"\n", peer->name, peer->n_again);
    }
}

/* Sends at 'interval' ns and hears, until standard input ends. */
static void
run(int fd, long long int interval)
{
    long long int next = now_ns(CLOCK_MONOTONIC);
    unsigned int n_slips = 0;
    bool sending = false;

    for (;;) {
        struct pollfd pfds[] = { { fd, POLLIN, 0 },
                                 { STDIN_FILENO, POLLIN, 0 } };
        long long int left = next - now_ns(CLOCK_MONOTONIC);
        struct timespec timeout = { 0, MAX(0, MIN(left, NSEC - 1)) };

        if (ppoll(pfds, 2, sending ? &timeout : NULL, NULL) < 0) {
            ovs_fatal(errno, "ppoll");
        }
        if (pfds[0].revents) {
            hear(fd);
        }
        if (pfds[1].revents) {
            char command[64];

            if (read(STDIN_FILENO, command, sizeof command) <= 0) {
                return;
            }
            sending = command[0] == 'g';
            next = now_ns(CLOCK_MONOTONIC);
            if (!sending) {
                report_sent(n_slips);
            }
        }
        if (sending && now_ns(CLOCK_MONOTONIC) >= next) {
            send_to_all(fd);
            next += interval;
            if (now_ns(CLOCK_MONOTONIC) > next + SLIP_NS) {
                next = now_ns(CLOCK_MONOTONIC);
                n_slips++;
            }
        }
    }
}

int
main(int argc, char *argv[])
{
    struct sockaddr_in sin;
    int rate, fd;

    set_program_name(argv[0]);
    if (argc < 5 || argc > 4 + MAX_PEERS || (rate = atoi(argv[3])) <= 0) {
        ovs_fatal(0, "usage: %s ADDRESS PORT RATE PEER...", argv[0]);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (int i = 4; i < argc; i++) {
        peers[n_peers].name = argv[i];
        peers[n_peers++].address = parse_address(argv[i], argv[2]);
    }
    sin = parse_address(argv[1], argv[2]);
    fd = open_socket(&sin);
    puts("ready");
    run(fd, NSEC / rate);
    hear(fd);
    report_received();
    return 0;
}
