/* The server's side of DHCPv6.
 *
 * As for DHCPv4, nothing is remembered.  All addresses of the endpoint are
 * given to the first association that a message asks for (IA_NA); there are no
 * temporary addresses and no prefixes to give. */

#include <config.h>

#include "lib/dhcp6-answer.h"

#include <string.h>

#include "lib/dns-name.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define NTP_SERVER_ADDRESS 1        /* RFC 5908, section 4.1. */

static bool
is_given(const struct dhcp6_config *cfg, const struct in6_addr *ip)
{
    for (size_t i = 0; i < cfg->n_addresses; i++) {
        if (ipv6_addr_equals(&cfg->addresses[i].ip, ip)) {
            return true;
        }
    }
    return false;
}

/* Associations. */

static void
put_address(struct ofpbuf *b, const struct in6_addr *ip, uint32_t lease)
{
    ovs_be32 lifetimes[] = { htonl(lease), htonl(lease) };
    size_t ofs = dhcp6_open(b, DHCP6_OPT_IA_ADDRESS);

    ofpbuf_put(b, ip, sizeof *ip);
    ofpbuf_put(b, lifetimes, sizeof lifetimes);
    dhcp6_close(b, ofs);
}

static uint32_t
get_shortest_lease(const struct dhcp6_config *cfg)
{
    uint32_t lease = UINT32_MAX;

    for (size_t i = 0; i < cfg->n_addresses; i++) {
        lease = MIN(lease, cfg->addresses[i].lease);
    }
    return lease;
}

/* The client's association with the addresses that it is to have.  Those that
 * it believes to have, but may not, get lifetimes of 0 (RFC 8415, section
 * 18.3.4).  T1 and T2 are the recommended ones (section 21.4). */
static void
put_given(struct ofpbuf *b, const struct dhcp6_ia *ia,
          const struct dhcp6_config *cfg)
{
    uint32_t lease = get_shortest_lease(cfg);
    bool forever = lease == UINT32_MAX;
    ovs_be32 times[] = {
        ia->iaid,
        htonl(forever ? lease : lease / 2),
        htonl(forever ? lease : lease - lease / 5)
    };
    size_t ofs = dhcp6_open(b, DHCP6_OPT_IA_NA);

    ofpbuf_put(b, times, sizeof times);
    for (size_t i = 0; i < cfg->n_addresses; i++) {
        put_address(b, &cfg->addresses[i].ip, cfg->addresses[i].lease);
    }
    for (size_t i = 0; i < ia->n_ips; i++) {
        if (!is_given(cfg, &ia->ips[i])) {
            put_address(b, &ia->ips[i], 0);
        }
    }
    dhcp6_close(b, ofs);
}

static void
put_nothing(struct ofpbuf *b, const struct dhcp6_ia *ia)
{
    size_t ofs = dhcp6_open(b, ia->code);

    ofpbuf_put(b, &ia->iaid, sizeof ia->iaid);
    if (ia->code != DHCP6_OPT_IA_TA) {
        ofpbuf_put_zeros(b, 8);
    }
    dhcp6_put_status(b, (ia->code == DHCP6_OPT_IA_PD ? DHCP6_NO_PREFIXES
                         : DHCP6_NO_ADDRESSES));
    dhcp6_close(b, ofs);
}

/* Returns whether any address was given. */
static bool
put_associations(struct ofpbuf *b, const struct dhcp6_request *r,
                 const struct dhcp6_config *cfg)
{
    bool given = false;

    for (size_t i = 0; i < r->n_ias; i++) {
        const struct dhcp6_ia *ia = &r->ias[i];

        if (ia->code == DHCP6_OPT_IA_NA && cfg->n_addresses && !given) {
            put_given(b, ia, cfg);
            given = true;
        } else {
            put_nothing(b, ia);
        }
    }
    return given;
}

/* The configuration. */

/* All that there is, whether or not the client asks for it: it skips what it
 * does not know. */
static void
put_config(struct ofpbuf *b, const struct dhcp6_config *cfg)
{
    const struct subnet_dhcp *d = cfg->dhcp;

    if (cfg->n_dns) {
        dhcp6_put(b, DHCP6_OPT_DNS, cfg->dns, cfg->n_dns * sizeof *cfg->dns);
    }
    if (cfg->domain) {
        size_t ofs = dhcp6_open(b, DHCP6_OPT_DOMAINS);

        dns_name_put(b, cfg->domain);
        dhcp6_close(b, ofs);
    }
    if (d->n_ntp) {
        size_t ofs = dhcp6_open(b, DHCP6_OPT_NTP);

        for (size_t i = 0; i < d->n_ntp; i++) {
            dhcp6_put(b, NTP_SERVER_ADDRESS, &d->ntp[i], sizeof d->ntp[i]);
        }
        dhcp6_close(b, ofs);
    }
    for (size_t i = 0; i < d->n_options; i++) {
        const struct dhcp_option *o = &d->options[i];

        dhcp6_put(b, o->number, o->data, o->len);
    }
}

/* The messages. */

/* Whether 'r' has the identities that its type needs (RFC 8415, section 16):
 * of the client, and of the server that it chose, which is us. */
static bool
is_for_us(const struct dhcp6_request *r, const struct dhcp6_config *cfg)
{
    bool ours = (r->server_id && r->server_id_len == cfg->server_id_len
                 && !memcmp(r->server_id, cfg->server_id,
                            cfg->server_id_len));

    switch (r->type) {
    case DHCP6_SOLICIT:
    case DHCP6_CONFIRM:
    case DHCP6_REBIND:
        return r->client_id && !r->server_id;
    case DHCP6_REQUEST:
    case DHCP6_RENEW:
    case DHCP6_RELEASE:
    case DHCP6_DECLINE:
        return r->client_id && ours;
    case DHCP6_INFORMATION_REQUEST:
        return (!r->server_id || ours) && !r->n_ias;
    case DHCP6_ADVERTISE:
    case DHCP6_REPLY:
    case DHCP6_RECONFIGURE:
    default:
        return false;
    }
}

static enum dhcp6_outcome
give(const struct dhcp6_request *r, const struct dhcp6_config *cfg,
     enum dhcp6_type type, struct ofpbuf *reply)
{
    bool given;

    dhcp6_begin(reply, r, type, cfg->server_id, cfg->server_id_len);
    if (r->type == DHCP6_SOLICIT && type == DHCP6_REPLY) {
        dhcp6_put(reply, DHCP6_OPT_RAPID_COMMIT, NULL, 0);
    }
    given = put_associations(reply, r, cfg);
    put_config(reply, cfg);
    return (!given ? DHCP6_REFUSED
            : type == DHCP6_ADVERTISE ? DHCP6_OFFERED : DHCP6_GIVEN);
}

/* Whether the addresses that the client has are still right.  A message
 * without any gets no answer (RFC 8415, section 18.3.3). */
static enum dhcp6_outcome
confirm(const struct dhcp6_request *r, const struct dhcp6_config *cfg,
        struct ofpbuf *reply)
{
    bool any = false, good = true;

    for (size_t i = 0; i < r->n_ias; i++) {
        for (size_t j = 0; j < r->ias[i].n_ips; j++) {
            any = true;
            good &= is_given(cfg, &r->ias[i].ips[j]);
        }
    }
    if (!any) {
        return DHCP6_IGNORED;
    }
    dhcp6_begin(reply, r, DHCP6_REPLY, cfg->server_id, cfg->server_id_len);
    dhcp6_put_status(reply, good ? DHCP6_SUCCESS : DHCP6_NOT_ON_LINK);
    return good ? DHCP6_CONFIRMED : DHCP6_REFUSED;
}

static enum dhcp6_outcome
acknowledge(const struct dhcp6_request *r, const struct dhcp6_config *cfg,
            struct ofpbuf *reply)
{
    dhcp6_begin(reply, r, DHCP6_REPLY, cfg->server_id, cfg->server_id_len);
    dhcp6_put_status(reply, DHCP6_SUCCESS);
    if (r->type == DHCP6_RELEASE) {
        return DHCP6_RELEASED;
    }
    for (size_t i = 0; i < r->n_ias; i++) {
        for (size_t j = 0; j < r->ias[i].n_ips; j++) {
            if (is_given(cfg, &r->ias[i].ips[j])) {
                return DHCP6_DECLINED;
            }
        }
    }
    return DHCP6_CONFIRMED;
}

static enum dhcp6_outcome
inform(const struct dhcp6_request *r, const struct dhcp6_config *cfg,
       struct ofpbuf *reply)
{
    ovs_be32 refresh = htonl(cfg->dhcp->lease);

    dhcp6_begin(reply, r, DHCP6_REPLY, cfg->server_id, cfg->server_id_len);
    dhcp6_put(reply, DHCP6_OPT_REFRESH_TIME, &refresh, sizeof refresh);
    put_config(reply, cfg);
    return DHCP6_INFORMED;
}

enum dhcp6_outcome
dhcp6_answer(const struct dhcp6_request *r, const struct dhcp6_config *cfg,
             struct ofpbuf *reply)
{
    if (!is_for_us(r, cfg)) {
        return DHCP6_IGNORED;
    }
    switch (r->type) {
    case DHCP6_SOLICIT:
        return give(r, cfg, r->rapid_commit ? DHCP6_REPLY : DHCP6_ADVERTISE,
                    reply);
    case DHCP6_REQUEST:
    case DHCP6_RENEW:
    case DHCP6_REBIND:
        return give(r, cfg, DHCP6_REPLY, reply);
    case DHCP6_CONFIRM:
        return confirm(r, cfg, reply);
    case DHCP6_RELEASE:
    case DHCP6_DECLINE:
        return acknowledge(r, cfg, reply);
    case DHCP6_INFORMATION_REQUEST:
        return inform(r, cfg, reply);
    case DHCP6_ADVERTISE:
    case DHCP6_REPLY:
    case DHCP6_RECONFIGURE:
    default:
        return DHCP6_IGNORED;
    }
}
