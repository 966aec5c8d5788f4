/* The remote ends: addresses, headers, MTU, and who is behind which. */
#ifndef GA_TAP_REMOTE_H
#define GA_TAP_REMOTE_H 1

#include "utilities/geneve-tap/tap.h"

/* Resolves the addresses and makes the headers.  Returns NULL, or what is
 * wrong, static. */
const char *tap_remote_open_all(struct tap *);

/* The options that may be sent to a remote. */
const struct tap_options *tap_remote_options(const struct tap *,
                                             const struct tap_remote *);

/* From now on sends a remote what was chosen, which has to be valid; 'text'
 * says why, as JSON. */
void tap_remote_choose(const struct tap *, struct tap_remote *,
                       const struct tap_choice *, const char *text);

/* Whether a remote has an address.  Ports may be any. */
bool tap_remote_has_address(const struct tap_remote *,
                            const struct sockaddr_storage *);

/* The remote that has an address, or NULL.  Ports may be any. */
struct tap_remote *tap_remote_find(struct tap *,
                                   const struct sockaddr_storage *);

/* The Geneve header for a tunnel. */
static inline uint8_t *
tap_remote_header(const struct tap_remote *r, size_t tunnel)
{
    return r->headers + tunnel * r->header_len;
}

/* Learns the MTU of the way there anew.  Returns whether it changed. */
bool tap_remote_update_mtu(struct tap_remote *);

/* The largest payload of Geneve that fits, in bytes. */
size_t tap_remote_max_payload(const struct tap_remote *);

/* The largest IP packet in the tunnel that fits all remotes, with all
 * options. */
unsigned int tap_remote_common_mtu(const struct tap *, enum tap_mode);

/* Which remote the prefixes give a packet in an IP tunnel: NULL if none. */
struct tap_remote *tap_remote_route(struct tap *, const uint8_t *ip,
                                    int family);

#endif /* utilities/geneve-tap/tap-remote.h */
