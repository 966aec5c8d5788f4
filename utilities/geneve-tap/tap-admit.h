/* What geneve-tap does with a received datagram: into which tunnel its payload
 * goes, or why it is dropped.  Pure. */
#ifndef GA_TAP_ADMIT_H
#define GA_TAP_ADMIT_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/geneve.h"

/* What goes through a tunnel. */
enum tap_mode {
    TAP_MODE_ETHERNET,
    TAP_MODE_IP,                    /* IPv4 and IPv6 without Ethernet. */
    TAP_MODE_IP4,
    TAP_MODE_IP6,
};

/* Why a packet is dropped.  The first ones are those of a Geneve header,
 * see docs/negotiation.md, "Received header". */
enum tap_drop {
    TAP_DROP_NONE = GENEVE_FINE,
    TAP_DROP_CONTROL = GENEVE_UNKNOWN_CRITICAL + 1, /* O bit. */
    TAP_DROP_REQUIRED,              /* A required option is missing. */
    TAP_DROP_VNI,                   /* No such tunnel. */
    TAP_DROP_PROTOCOL,              /* Nothing that the tunnel carries. */
    TAP_DROP_REMOTE,                /* From nobody we know. */
    TAP_DROP_CONGESTION,            /* It was met, and the packet's ends do
                                     * not understand that. */
    TAP_DROP_DEVICE,                /* The TUN device does not take it. */
    TAP_DROP_TOO_BIG,               /* To be sent: does not fit. */
    TAP_DROP_NO_REMOTE,             /* To be sent: nobody has the address. */
    TAP_DROP_MALFORMED,             /* To be sent: cannot be parsed. */
    TAP_DROP_BLOCKED,               /* To be sent: an option is missing that
                                     * one of both ends requires. */
    TAP_DROP_SEND,                  /* The kernel refused to send it. */
    N_TAP_DROPS
};

/* "unknown-vni". */
const char *tap_drop_to_string(enum tap_drop);

/* What is received, the same for all remotes. */
struct tap_admit {
    struct recv_table table;
    struct geneve_policy policy;    /* With 'table'. */
    const uint32_t *vnis;           /* Those of the tunnels... */
    const enum tap_mode *modes;     /* ...and what they carry. */
    size_t n_tunnels;

    /* The last header that was accepted: a packet with the same one needs no
     * second look. */
    uint8_t last[GENEVE_BASE_HLEN + GENEVE_MAX_OPT_BYTES];
    size_t last_len;                /* 0 if there is none. */
    size_t last_tunnel;
};

/* Judges a datagram.  Returns TAP_DROP_NONE, the number of the tunnel and
 * where in the datagram the payload begins; else why it must be dropped. */
enum tap_drop tap_admit(struct tap_admit *, const uint8_t *, size_t len,
                        size_t *tunnel, size_t *payload);

#endif /* utilities/geneve-tap/tap-admit.h */
