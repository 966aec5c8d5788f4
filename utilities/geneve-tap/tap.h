/* A running geneve-tap: what its parts share. */
#ifndef GA_TAP_H
#define GA_TAP_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/geneve-tap/tap-choice.h"
#include "utilities/geneve-tap/tap-config.h"
#include "utilities/geneve-tap/tap-device.h"
#include "utilities/geneve-tap/tap-socket.h"

struct tap_count {
    uint64_t packets, bytes;        /* As in the tunnel, without Geneve. */
};

struct tap_tunnel {
    const struct tap_tunnel_config *config;
    struct tap_device device;
    struct tap_count sent, received;
};

struct tap_remote {
    const struct tap_remote_config *config;
    struct sockaddr_storage address;
    socklen_t address_len;
    unsigned int mtu;               /* Largest outer IP packet. */
    uint8_t *headers;               /* Geneve's, one for each tunnel... */
    size_t header_len;              /* ...each so long... */
    size_t max_header_len;          /* ...or, with all options, so long. */
    struct tap_choice choice;       /* Of the options. */
    char *choice_text;              /* Why, as JSON; NULL: there was no
                                     * negotiation. */
    struct tap_count sent, received;
};

struct tap {
    struct tap_config config;
    struct tap_tunnel *tunnels;
    size_t n_tunnels;
    struct tap_remote *remotes;
    size_t n_remotes;
    struct tap_sockets sockets;
    struct tap_admit admit;
    struct tap_learn *learn;        /* NULL with one remote. */
    uint64_t drops[N_TAP_DROPS];
    uint64_t icmp_errors;           /* Sent to those whose packets do not
                                     * fit. */
    uint64_t reads, sends, receives, writes; /* System calls, for those who
                                              * measure. */
    int64_t now;                    /* Seconds, monotonic. */
    int64_t last_received;          /* The same. */
};

#endif /* utilities/geneve-tap/tap.h */
