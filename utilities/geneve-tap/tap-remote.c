/* Remotes.
 *
 * What is sent to a remote is constant but for the protocol type, so the whole
 * Geneve header is made once for each remote and tunnel, and anew when
 * negotiation chooses other options. */

#include <config.h>

#include "utilities/geneve-tap/tap-remote.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-packet.h"

#define UDP_HLEN 8
#define DEFAULT_MTU 1500

static char error[200];

const struct tap_options *
tap_remote_options(const struct tap *tap, const struct tap_remote *r)
{
    return r->config->has_options ? &r->config->options
           : &tap->config.options;
}

/* Makes them of the options that were chosen. */
static void
make_headers(const struct tap *tap, struct tap_remote *r)
{
    const struct tap_options *options = tap_remote_options(tap, r);
    struct geneve_header hdr = { .n_options = r->choice.n };
    uint8_t bytes[GENEVE_BASE_HLEN + GENEVE_MAX_OPT_BYTES];

    for (size_t i = 0; i < r->choice.n; i++) {
        const struct tap_option *option
            = &options->options[r->choice.options[i]];

        hdr.options[i] = (struct geneve_opt) {
            .key = option->key,
            .length = option->length,
            .data = option->data,
        };
    }
    for (size_t i = 0; i < tap->n_tunnels; i++) {
        hdr.proto = TAP_ETHERTYPE_ETHERNET;
        hdr.vni = tap->tunnels[i].config->vni;
        r->header_len = geneve_compose(&hdr, bytes, sizeof bytes);
        memcpy(tap_remote_header(r, i), bytes, r->header_len);
    }
}

/* All options, or, if they are going to be negotiated, none; then nothing goes
 * out either, if one of them is required. */
static void
choose_first(const struct tap *tap, struct tap_remote *r)
{
    const struct tap_options *options = tap_remote_options(tap, r);

    r->max_header_len = GENEVE_BASE_HLEN;
    for (size_t i = 0; i < options->n; i++) {
        r->max_header_len += opt_wire_bytes(options->options[i].length);
        if (!tap->config.controller.url) {
            r->choice.options[r->choice.n++] = i;
        } else if (options->options[i].required) {
            r->choice.blocked = true;
        }
    }
    r->headers = tap_alloc(tap->n_tunnels, r->max_header_len);
    make_headers(tap, r);
}

void
tap_remote_choose(const struct tap *tap, struct tap_remote *r,
                  const struct tap_choice *choice, const char *text)
{
    r->choice = *choice;
    free(r->choice_text);
    r->choice_text = tap_alloc_string(text);
    make_headers(tap, r);
}

static const char *
resolve(const struct tap *tap, struct tap_remote *r)
{
    struct addrinfo hints = {
        .ai_family = tap->config.family,
        .ai_socktype = SOCK_DGRAM,
    };
    struct addrinfo *info;

    int rc = getaddrinfo(r->config->address,
                         r->config->port ? r->config->port
                         : tap->config.remote_port, &hints, &info);
    if (rc) {
        snprintf(error, sizeof error, "remote %.100s: %s",
                 r->config->address, gai_strerror(rc));
        return error;
    }
    memcpy(&r->address, info->ai_addr, info->ai_addrlen);
    r->address_len = info->ai_addrlen;
    freeaddrinfo(info);
    return NULL;
}

const char *
tap_remote_open_all(struct tap *tap)
{
    tap->n_remotes = tap->config.n_remotes;
    tap->remotes = tap_alloc(tap->n_remotes, sizeof *tap->remotes);
    for (size_t i = 0; i < tap->n_remotes; i++) {
        struct tap_remote *r = &tap->remotes[i];

        r->config = &tap->config.remotes[i];
        const char *problem = resolve(tap, r);
        if (problem) {
            return problem;
        }
        choose_first(tap, r);
        tap_remote_update_mtu(r);
    }
    return NULL;
}

bool
tap_remote_has_address(const struct tap_remote *r,
                       const struct sockaddr_storage *address)
{
    const struct sockaddr_storage *own = &r->address;

    if (own->ss_family != address->ss_family) {
        return false;
    } else if (own->ss_family == AF_INET) {
        return (((const struct sockaddr_in *) own)->sin_addr.s_addr
                == ((const struct sockaddr_in *) address)->sin_addr.s_addr);
    }
    return IN6_ARE_ADDR_EQUAL(
        &((const struct sockaddr_in6 *) own)->sin6_addr,
        &((const struct sockaddr_in6 *) address)->sin6_addr);
}

struct tap_remote *
tap_remote_find(struct tap *tap, const struct sockaddr_storage *address)
{
    for (size_t i = 0; i < tap->n_remotes; i++) {
        if (tap_remote_has_address(&tap->remotes[i], address)) {
            return &tap->remotes[i];
        }
    }
    return NULL;
}

bool
tap_remote_update_mtu(struct tap_remote *r)
{
    unsigned int old = r->mtu;
    unsigned int mtu = tap_socket_get_mtu(&r->address, r->address_len);

    if (!mtu) {
        mtu = DEFAULT_MTU;
    }
    if (r->config->mtu && r->config->mtu < mtu) {
        mtu = r->config->mtu;
    }
    r->mtu = mtu;
    return mtu != old;
}

static size_t
max_payload(const struct tap_remote *r, size_t header_len)
{
    size_t overhead = (r->address.ss_family == AF_INET ? 20 : 40) + UDP_HLEN
                      + header_len;

    return r->mtu > overhead ? r->mtu - overhead : 0;
}

size_t
tap_remote_max_payload(const struct tap_remote *r)
{
    return max_payload(r, r->header_len);
}

unsigned int
tap_remote_common_mtu(const struct tap *tap, enum tap_mode mode)
{
    size_t min = UINT16_MAX;

    for (size_t i = 0; i < tap->n_remotes; i++) {
        const struct tap_remote *r = &tap->remotes[i];
        size_t max = max_payload(r, r->max_header_len);

        min = max < min ? max : min;
    }
    if (mode == TAP_MODE_ETHERNET) {
        min = min > TAP_ETH_HLEN ? min - TAP_ETH_HLEN : 0;
    }
    return min;
}

static bool
prefix_has(const struct tap_prefix *prefix, const uint8_t *address,
           int family)
{
    unsigned int bytes = prefix->bits / 8, bits = prefix->bits % 8;

    return (prefix->family == family
            && !memcmp(prefix->address, address, bytes)
            && (!bits || !((prefix->address[bytes] ^ address[bytes])
                           >> (8 - bits))));
}

/* The longest prefix wins; a remote without prefixes has all addresses. */
struct tap_remote *
tap_remote_route(struct tap *tap, const uint8_t *ip, int family)
{
    const uint8_t *address = ip + (family == AF_INET ? 16 : 24);
    struct tap_remote *best = NULL;
    int best_bits = -1;

    for (size_t i = 0; i < tap->n_remotes; i++) {
        const struct tap_remote_config *c = tap->remotes[i].config;

        if (!c->n_prefixes && best_bits < 0) {
            best = &tap->remotes[i];
            best_bits = 0;
        }
        for (size_t j = 0; j < c->n_prefixes; j++) {
            if ((int) c->prefixes[j].bits >= best_bits
                && prefix_has(&c->prefixes[j], address, family)) {
                best = &tap->remotes[i];
                best_bits = c->prefixes[j].bits;
            }
        }
    }
    return best;
}
