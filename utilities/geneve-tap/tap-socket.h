/* UDP sockets: one of each family to receive, and some to send from. */
#ifndef GA_TAP_SOCKET_H
#define GA_TAP_SOCKET_H 1

#include <stdbool.h>
#include <sys/socket.h>

#include "utilities/geneve-tap/tap-config.h"

#define TAP_SOCKET_MAX_SOURCES 256

/* Those of one family. */
struct tap_socket_set {
    int receive;                    /* -1: none of this family. */
    int sources[TAP_SOCKET_MAX_SOURCES];
    int n_sources;                  /* At least 1, which may be 'receive'. */
};

struct tap_sockets {
    struct tap_socket_set ip4, ip6;
    bool gso;                       /* Several packets in one message. */
};

/* Opens those of 'family' that are needed.  Returns NULL, or what failed, with
 * errno set. */
const char *tap_socket_open(struct tap_sockets *, int family,
                            const struct tap_config *);

static inline struct tap_socket_set *
tap_socket_get_set(struct tap_sockets *s, int family)
{
    return family == AF_INET ? &s->ip4 : &s->ip6;
}

/* The largest IP packet on the way to an address, as the kernel knows it, or
 * 0. */
unsigned int tap_socket_get_mtu(const struct sockaddr_storage *, socklen_t);

#endif /* utilities/geneve-tap/tap-socket.h */
