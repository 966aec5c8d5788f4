/* Sockets.
 *
 * A source port for each flow (RFC 8926, section 3.3) needs a socket for each
 * port, because the kernel takes the port from the socket; a few are enough
 * for routers that balance by ports.  Nobody sends to them.
 *
 * Packets are sent with DF: those that are too big get an ICMP error instead
 * of being fragmented (section 4.4.1: path MTU discovery is RECOMMENDED). */

#include <config.h>

#include "utilities/geneve-tap/tap-socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

#define BUFFER_SIZE (4 << 20)

/* RFC 8926, section 3.3: of the dynamic ports. */
#define FIRST_SOURCE_PORT 49152
#define N_SOURCE_PORTS (65536 - FIRST_SOURCE_PORT)

static void
set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

static int
open_socket(int family, const struct tap_config *c)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    if (family == AF_INET6) {
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
        set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
        set(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, !c->checksums);
        /* RFC 8926, section 3.3: other endpoints may leave it out. */
        set(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, !c->checksums);
    } else {
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
        set(fd, IPPROTO_IP, IP_RECVTOS, 1);
        set(fd, SOL_SOCKET, SO_NO_CHECK, !c->checksums);
    }
    return fd;
}

static const char *
get_address(int family, const struct tap_config *c,
            struct sockaddr_storage *address, socklen_t *len)
{
    struct addrinfo hints = {
        .ai_family = family,
        .ai_socktype = SOCK_DGRAM,
        .ai_flags = AI_PASSIVE,
    };
    struct addrinfo *info;

    int error = getaddrinfo(c->listen, c->port, &hints, &info);
    if (error) {
        errno = 0;
        return gai_strerror(error);
    }
    memcpy(address, info->ai_addr, info->ai_addrlen);
    *len = info->ai_addrlen;
    freeaddrinfo(info);
    return NULL;
}

static void
set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET) {
        ((struct sockaddr_in *) address)->sin_port = htons(port);
    } else {
        ((struct sockaddr_in6 *) address)->sin6_port = htons(port);
    }
}

static bool
bind_source(int fd, struct sockaddr_storage *address, socklen_t len)
{
    for (int i = 0; i < 200; i++) {
        set_port(address, FIRST_SOURCE_PORT + random() % N_SOURCE_PORTS);
        if (!bind(fd, (struct sockaddr *) address, len)) {
            return true;
        } else if (errno != EADDRINUSE) {
            return false;
        }
    }
    return false;
}

const char *
tap_socket_open(struct tap_sockets *s, int family,
                const struct tap_config *c)
{
    struct tap_socket_set *set_ = tap_socket_get_set(s, family);
    struct sockaddr_storage address;
    socklen_t len = 0;

    const char *error = get_address(family, c, &address, &len);
    if (error) {
        return error;
    }
    int fd = set_->receive = open_socket(family, c);
    if (fd < 0) {
        return "socket";
    }
    set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_SIZE);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_SIZE);
    if (bind(fd, (struct sockaddr *) &address, len)) {
        return "bind";
    }
    if (c->offload) {
        set(fd, IPPROTO_UDP, UDP_GRO, 1);
    }

    if (!c->source_ports) {
        set_->sources[0] = fd;
        set_->n_sources = 1;
        return NULL;
    }
    srandom(getpid() ^ time(NULL));
    for (int i = 0; i < c->source_ports; i++) {
        int source = set_->sources[i] = open_socket(family, c);
        if (source < 0 || !bind_source(source, &address, len)) {
            return "source port";
        }
        set(source, SOL_SOCKET, SO_RCVBUF, 1);
        set_->n_sources++;
    }
    return NULL;
}

unsigned int
tap_socket_get_mtu(const struct sockaddr_storage *address, socklen_t len)
{
    int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(int);
    int mtu = 0;

    if (fd >= 0) {
        if (!connect(fd, (const struct sockaddr *) address, len)) {
            if (address->ss_family == AF_INET) {
                getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &size);
            } else {
                getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &size);
            }
        }
        close(fd);
    }
    return mtu > 0 ? mtu : 0;
}
