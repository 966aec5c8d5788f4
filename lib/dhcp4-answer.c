/* The server's side of DHCPv4.
 *
 * There is nothing to allocate and nothing to remember: the address is the
 * endpoint's, now and later, whoever asks how often.  So no state is kept, and
 * a server on another node goes on where this one ended.  What a request
 * wants follows from which of its fields are filled (RFC 2131, table 4). */

#include <config.h>

#include "lib/dhcp4-answer.h"

#include <string.h>

#include "bitmap.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* A message of at most 'max_size' bytes, and which codes it has. */
struct answer {
    struct ofpbuf *b;
    size_t max_size;
    const struct dhcp4_config *cfg;
    unsigned long codes[BITMAP_N_LONGS(256)];
};

static bool
put_addresses(struct answer *a, uint8_t code, const struct in6_addr *ips,
              size_t n)
{
    ovs_be32 list[UINT8_MAX / sizeof(ovs_be32)];

    n = MIN(n, ARRAY_SIZE(list));
    for (size_t i = 0; i < n; i++) {
        list[i] = in6_addr_get_mapped_ipv4(&ips[i]);
    }
    return n && dhcp4_put(a->b, a->max_size, code, list, n * sizeof *list);
}

/* RFC 3442: the length of the prefix, as many of its bytes as are needed, and
 * the router. */
static void
put_route(struct ofpbuf *b, ovs_be32 prefix, uint8_t plen, ovs_be32 router)
{
    ofpbuf_put(b, &plen, sizeof plen);
    ofpbuf_put(b, &prefix, DIV_ROUND_UP(plen, 8));
    ofpbuf_put(b, &router, sizeof router);
}

/* A client that takes this option ignores the router option, so the default
 * route is here, too. */
static bool
put_routes(struct answer *a, uint8_t code)
{
    const struct dhcp4_config *cfg = a->cfg;
    struct ofpbuf data;
    bool done;

    if (!cfg->n_routes) {
        return false;
    }
    ofpbuf_init(&data, 64);
    for (size_t i = 0; i < cfg->n_routes; i++) {
        const struct dhcp_route *r = &cfg->routes[i];

        put_route(&data, in6_addr_get_mapped_ipv4(&r->destination.addr),
                  r->destination.plen,
                  in6_addr_get_mapped_ipv4(&r->next_hop));
    }
    if (cfg->router) {
        put_route(&data, 0, 0, cfg->router);
    }
    done = dhcp4_put(a->b, a->max_size, code, data.data, data.size);
    ofpbuf_uninit(&data);
    return done;
}

static bool
put_static(struct answer *a, uint8_t code)
{
    const struct subnet_dhcp *d = a->cfg->dhcp;

    for (size_t i = 0; i < d->n_options; i++) {
        const struct dhcp_option *o = &d->options[i];

        if (o->number == code) {
            return dhcp4_put(a->b, a->max_size, code, o->data, o->len);
        }
    }
    return false;
}

/* Appends the option with that code, if the client is to have one.  Returns
 * whether it did. */
static bool
put_value(struct answer *a, uint8_t code)
{
    const struct dhcp4_config *cfg = a->cfg;
    ovs_be32 mask = be32_prefix_mask(cfg->plen);
    ovs_be16 mtu = htons(cfg->mtu);

    switch (code) {
    case DHCP4_OPT_MASK:
        return dhcp4_put(a->b, a->max_size, code, &mask, sizeof mask);
    case DHCP4_OPT_ROUTER:
        return cfg->router && dhcp4_put(a->b, a->max_size, code, &cfg->router,
                                        sizeof cfg->router);
    case DHCP4_OPT_MTU:
        return cfg->mtu && dhcp4_put(a->b, a->max_size, code, &mtu,
                                     sizeof mtu);
    case DHCP4_OPT_DNS:
        return put_addresses(a, code, cfg->dns, cfg->n_dns);
    case DHCP4_OPT_NTP:
        return put_addresses(a, code, cfg->dhcp->ntp, cfg->dhcp->n_ntp);
    case DHCP4_OPT_DOMAIN:
        return cfg->domain && dhcp4_put(a->b, a->max_size, code, cfg->domain,
                                        strlen(cfg->domain));
    case DHCP4_OPT_ROUTES:
    case DHCP4_OPT_ROUTES_MS:
        return put_routes(a, code);
    default:
        return put_static(a, code);
    }
}

static void
put_once(struct answer *a, uint8_t code)
{
    if (!bitmap_is_set(a->codes, code) && put_value(a, code)) {
        bitmap_set1(a->codes, code);
    }
}

/* What the client asks for comes first, in its order (RFC 2132, section 9.8),
 * so that it is not what is left out of a message that is full.  It gets the
 * rest, too: there are clients that ask for nothing. */
static void
put_config(struct answer *a, const struct dhcp4_request *r)
{
    static const uint8_t always[] = {
        DHCP4_OPT_MASK, DHCP4_OPT_ROUTES, DHCP4_OPT_ROUTER, DHCP4_OPT_MTU,
        DHCP4_OPT_DNS, DHCP4_OPT_DOMAIN, DHCP4_OPT_NTP
    };
    const struct subnet_dhcp *d = a->cfg->dhcp;

    for (size_t i = 0; i < r->n_wanted; i++) {
        put_once(a, r->wanted[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(always); i++) {
        put_once(a, always[i]);
    }
    for (size_t i = 0; i < d->n_options; i++) {
        put_once(a, d->options[i].number);
    }
}

static void
put_lease(struct answer *a)
{
    uint32_t lease = a->cfg->dhcp->lease;
    bool forever = lease == UINT32_MAX;
    uint32_t t1 = forever ? lease : lease / 2;
    uint32_t t2 = forever ? lease : lease - lease / 8;

    dhcp4_put_u32(a->b, a->max_size, DHCP4_OPT_LEASE, lease);
    dhcp4_put_u32(a->b, a->max_size, DHCP4_OPT_T1, t1);
    dhcp4_put_u32(a->b, a->max_size, DHCP4_OPT_T2, t2);
}

static void
compose(struct ofpbuf *reply, const struct dhcp4_request *r,
        const struct dhcp4_config *cfg, enum dhcp4_type type, bool lease)
{
    struct answer a = {
        .b = reply,
        .max_size = dhcp4_get_max_size(r),
        .cfg = cfg,
    };

    dhcp4_begin(reply, r, type, lease ? cfg->ip : 0);
    dhcp4_put(reply, a.max_size, DHCP4_OPT_SERVER_ID, &cfg->server_id,
              sizeof cfg->server_id);
    if (lease) {
        put_lease(&a);
    }
    if (r->type == DHCP4_DISCOVER && type == DHCP4_ACK) {
        dhcp4_put(reply, a.max_size, DHCP4_OPT_RAPID_COMMIT, NULL, 0);
    }
    if (type != DHCP4_NAK) {
        put_config(&a, r);
    }
    dhcp4_end(reply);
}

/* The address that a DHCPREQUEST is about, or 0 if it says none: what it
 * chose, or had before it started, or has. */
static ovs_be32
get_subject(const struct dhcp4_request *r)
{
    return r->requested_ip ? r->requested_ip : r->ciaddr;
}

static enum dhcp4_outcome
answer_request(const struct dhcp4_request *r, const struct dhcp4_config *cfg,
               struct ofpbuf *reply)
{
    if ((r->server_id && r->server_id != cfg->server_id)
        || !get_subject(r)) {
        return DHCP4_IGNORED;       /* It chose another server. */
    } else if (get_subject(r) != cfg->ip) {
        compose(reply, r, cfg, DHCP4_NAK, false);
        return DHCP4_REFUSED;
    }
    compose(reply, r, cfg, DHCP4_ACK, true);
    return DHCP4_GIVEN;
}

enum dhcp4_outcome
dhcp4_answer(const struct dhcp4_request *r, const struct dhcp4_config *cfg,
             struct ofpbuf *reply)
{
    switch (r->type) {
    case DHCP4_DISCOVER:
        compose(reply, r, cfg, r->rapid_commit ? DHCP4_ACK : DHCP4_OFFER,
                true);
        return r->rapid_commit ? DHCP4_GIVEN : DHCP4_OFFERED;
    case DHCP4_REQUEST:
        return answer_request(r, cfg, reply);
    case DHCP4_INFORM:
        compose(reply, r, cfg, DHCP4_ACK, false);
        return DHCP4_INFORMED;
    case DHCP4_DECLINE:
        return (r->requested_ip == cfg->ip ? DHCP4_DECLINED : DHCP4_IGNORED);
    case DHCP4_RELEASE:
        return DHCP4_RELEASED;
    case DHCP4_OFFER:
    case DHCP4_ACK:
    case DHCP4_NAK:
    default:
        return DHCP4_IGNORED;
    }
}
