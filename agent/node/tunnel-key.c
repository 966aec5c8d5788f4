/* Names come from a hash that is the same on all machines, so that a port has
 * the same name after any restart. */

#include <config.h>

#include "agent/node/tunnel-key.h"

#include <stdio.h>
#include <string.h>

#include "hash.h"
#include "lib/encapsulation.h"
#include "lib/ip-address.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* The in_key of ports that only send: plus the DSCP.  VNIs have 24 bits, and
 * bridges of further plans have the keys below (plan-ports.c). */
#define SEND_ONLY_KEY 0x1000100
#define N_DSCPS 64

const struct encapsulation *
tunnel_key_get_encapsulation(const struct tunnel_key *key)
{
    return key->encapsulation ? key->encapsulation : encapsulation_default();
}

uint16_t
tunnel_key_get_udp_port(const struct tunnel_key *key)
{
    return (key->udp_port ? key->udp_port
            : tunnel_key_get_encapsulation(key)->udp_port);
}

uint32_t
tunnel_key_hash(const struct tunnel_key *key)
{
    uint32_t hash = hash_bytes(&key->remote, sizeof key->remote,
                               tunnel_key_get_udp_port(key));

    hash = hash_int(key->send_only ? 1 + key->dscp : 0, hash);
    hash = hash_int(encapsulation_get_index(tunnel_key_get_encapsulation(key)),
                    hash);
    return hash_bytes(&key->local, sizeof key->local, hash);
}

bool
tunnel_key_equals(const struct tunnel_key *a, const struct tunnel_key *b)
{
    return (ipv6_addr_equals(&a->remote, &b->remote)
            && ipv6_addr_equals(&a->local, &b->local)
            && (tunnel_key_get_encapsulation(a)
                == tunnel_key_get_encapsulation(b))
            && tunnel_key_get_udp_port(a) == tunnel_key_get_udp_port(b)
            && a->send_only == b->send_only && a->dscp == b->dscp);
}

static bool
ip_from_option(const struct smap *options, const char *name,
               struct in6_addr *ip)
{
    const char *s = smap_get(options, name);

    return s && ip_address_from_string(s, ip);
}

static bool
is_flow(const struct smap *options, const char *name)
{
    return !strcmp(smap_get_def(options, name, ""), "flow");
}

/* Whether 'options' are those of a port that only sends.  If so, sets
 * '*dscp'. */
static bool
is_send_only(const struct smap *options, uint8_t *dscp)
{
    unsigned long long int in_key;

    *dscp = 0;
    if (!str_to_ullong(smap_get_def(options, "in_key", ""), 0, &in_key)
        || in_key < SEND_ONLY_KEY || in_key >= SEND_ONLY_KEY + N_DSCPS
        || !is_flow(options, "out_key") || !is_flow(options, "remote_ip")) {
        return false;
    }
    *dscp = in_key - SEND_ONLY_KEY;
    return true;
}

bool
tunnel_key_from_options(const char *type, const struct smap *options,
                        struct tunnel_key *key)
{
    memset(key, 0, sizeof *key);
    key->encapsulation = encapsulation_find(type);
    if (!key->encapsulation) {
        return false;
    }
    key->send_only = is_send_only(options, &key->dscp);
    if (!key->send_only
        && !is_flow(options,
                    smap_get(options, "in_key") ? "in_key" : "key")) {
        return false;
    }
    key->udp_port = smap_get_int(options, "dst_port",
                                 key->encapsulation->udp_port);
    return ((is_flow(options, "remote_ip")
             || ip_from_option(options, "remote_ip", &key->remote))
            && (!smap_get(options, "local_ip")
                || ip_from_option(options, "local_ip", &key->local)));
}

/* Whether a port sends an outer UDP checksum: over IPv6 always.  A port
 * without addresses may send over both. */
static bool
has_checksum(const struct tunnel_key *key)
{
    return (tunnel_key_get_encapsulation(key)->ipv4_checksum
            || !(IN6_IS_ADDR_V4MAPPED(&key->local)
                 || IN6_IS_ADDR_V4MAPPED(&key->remote)));
}

const char *const tunnel_key_options[] = {
    "remote_ip", "local_ip", "key", "in_key", "out_key", "tos", "csum",
    "dst_port", NULL,
};

/* The value of option 'name', or NULL if the port is to have none.  It may be
 * made in 'buf'. */
static const char *
get_option(const struct tunnel_key *key, const char *name,
           char buf[INET6_ADDRSTRLEN])
{
    if (!strcmp(name, "remote_ip")) {
        return (ipv6_addr_is_set(&key->remote)
                ? ipv6_string_mapped(buf, &key->remote) : "flow");
    } else if (!strcmp(name, "local_ip")) {
        return (ipv6_addr_is_set(&key->local)
                ? ipv6_string_mapped(buf, &key->local) : NULL);
    } else if (!strcmp(name, "csum")) {
        return has_checksum(key) ? "true" : "false";
    } else if (!strcmp(name, "dst_port")) {
        uint16_t udp_port = tunnel_key_get_udp_port(key);

        snprintf(buf, INET6_ADDRSTRLEN, "%"PRIu16, udp_port);
        return (udp_port != tunnel_key_get_encapsulation(key)->udp_port
                ? buf : NULL);
    } else if (!strcmp(name, "key")) {
        return key->send_only ? NULL : "flow";
    } else if (!key->send_only) {
        return NULL;
    } else if (!strcmp(name, "in_key")) {
        snprintf(buf, INET6_ADDRSTRLEN, "0x%x", SEND_ONLY_KEY + key->dscp);
        return buf;
    } else if (!strcmp(name, "tos")) {
        snprintf(buf, INET6_ADDRSTRLEN, "0x%02x", key->dscp << 2);
        return buf;
    } else {
        return "flow";              /* out_key */
    }
}

void
tunnel_key_to_options(const struct tunnel_key *key, struct smap *options)
{
    char buf[INET6_ADDRSTRLEN];

    smap_init(options);
    for (const char *const *name = tunnel_key_options; *name; name++) {
        const char *value = get_option(key, *name, buf);

        if (value) {
            smap_add(options, *name, value);
        }
    }
}

bool
tunnel_key_has_options(const struct tunnel_key *key,
                       const struct smap *options)
{
    char buf[INET6_ADDRSTRLEN];

    for (const char *const *name = tunnel_key_options; *name; name++) {
        if (!nullable_string_is_equal(smap_get(options, *name),
                                      get_option(key, *name, buf))) {
            return false;
        }
    }
    return true;
}

/* FNV-1a.  Open vSwitch's hashes depend on the machine. */
static uint64_t
stable_hash(uint64_t hash, const void *data_, size_t n)
{
    const uint8_t *data = data_;

    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

void
tunnel_key_to_name(const struct tunnel_key *key, unsigned int attempt,
                   char name[TUNNEL_NAME_SIZE])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    const struct encapsulation *e = tunnel_key_get_encapsulation(key);
    uint16_t udp_port = tunnel_key_get_udp_port(key);
    bool usual = udp_port == e->udp_port && !attempt;

    if (usual && key->send_only) {
        snprintf(name, TUNNEL_NAME_SIZE, "%s-q%u", e->port_prefix, key->dscp);
    } else if (usual && !ipv6_addr_is_set(&key->remote)) {
        snprintf(name, TUNNEL_NAME_SIZE, "%s-flow", e->port_prefix);
    } else if (usual && IN6_IS_ADDR_V4MAPPED(&key->remote)) {
        snprintf(name, TUNNEL_NAME_SIZE, "%s-%08"PRIx32, e->port_prefix,
                 ntohl(in6_addr_get_mapped_ipv4(&key->remote)));
    } else {
        uint8_t tail[] = { udp_port >> 8, udp_port & 0xff, attempt };

        hash = stable_hash(hash, &key->remote, sizeof key->remote);
        hash = stable_hash(hash, tail, sizeof tail);
        if (key->send_only) {
            hash = stable_hash(hash, &key->dscp, sizeof key->dscp);
        }
        if (attempt) {
            hash = stable_hash(hash, &key->local, sizeof key->local);
        }
        snprintf(name, TUNNEL_NAME_SIZE, "%s-%011"PRIx64, e->port_prefix,
                 hash >> 20);
    }
}
