/* Messages of DHCPv6.
 *
 * A message is a type, a number that the client chose, and options, some of
 * which contain options. */

#include <config.h>

#include "lib/dhcp6.h"

#include <string.h>

#include "openvswitch/ofpbuf.h"
#include "util.h"

#define HEADER_LEN 4
#define IA_LEN 12                   /* IAID, T1 and T2. */
#define IA_TA_LEN 4
#define MAX_DUID 130                /* RFC 8415, section 11.1. */

struct option {
    uint16_t code;
    const uint8_t *data;
    size_t len;
};

/* Takes the first option off '*data'.  Returns 1, 0 if there is none, or -1 if
 * it is cut off. */
static int
pull_option(const uint8_t **data, size_t *n, struct option *o)
{
    if (!*n) {
        return 0;
    } else if (*n < 4) {
        return -1;
    }
    o->code = (*data)[0] << 8 | (*data)[1];
    o->len = (*data)[2] << 8 | (*data)[3];
    o->data = *data + 4;
    if (o->len > *n - 4) {
        return -1;
    }
    *data += 4 + o->len;
    *n -= 4 + o->len;
    return 1;
}

static bool
take_ia(struct dhcp6_request *r, const struct option *ia)
{
    size_t fixed = ia->code == DHCP6_OPT_IA_TA ? IA_TA_LEN : IA_LEN;
    struct dhcp6_ia *result;
    const uint8_t *data;
    struct option o;
    int retval;
    size_t n;

    if (ia->len < fixed) {
        return false;
    } else if (r->n_ias >= DHCP6_MAX_IAS) {
        return true;
    }
    data = ia->data + fixed;
    n = ia->len - fixed;
    result = &r->ias[r->n_ias++];
    result->code = ia->code;
    memcpy(&result->iaid, ia->data, sizeof result->iaid);
    while ((retval = pull_option(&data, &n, &o)) > 0) {
        if (o.code == DHCP6_OPT_IA_ADDRESS
            && o.len >= sizeof *result->ips
            && result->n_ips < DHCP6_MAX_ADDRESSES) {
            memcpy(&result->ips[result->n_ips++], o.data,
                   sizeof *result->ips);
        }
    }
    return !retval;
}

static bool
take_option(struct dhcp6_request *r, const struct option *o)
{
    switch (o->code) {
    case DHCP6_OPT_CLIENT_ID:
        r->client_id = o->data;
        r->client_id_len = o->len;
        return o->len > 2 && o->len <= MAX_DUID;
    case DHCP6_OPT_SERVER_ID:
        r->server_id = o->data;
        r->server_id_len = o->len;
        return true;
    case DHCP6_OPT_RAPID_COMMIT:
        r->rapid_commit = true;
        return true;
    case DHCP6_OPT_IA_NA:
    case DHCP6_OPT_IA_TA:
    case DHCP6_OPT_IA_PD:
        return take_ia(r, o);
    default:
        return true;
    }
}

const char *
dhcp6_parse(const uint8_t *data, size_t n, struct dhcp6_request *r)
{
    struct option o;
    int retval;

    memset(r, 0, sizeof *r);
    if (n < HEADER_LEN) {
        return "too short";
    }
    r->type = data[0];
    memcpy(r->xid, &data[1], sizeof r->xid);
    if (r->type < DHCP6_SOLICIT || r->type > DHCP6_INFORMATION_REQUEST) {
        return "no message of a client";
    }
    data += HEADER_LEN;
    n -= HEADER_LEN;
    while ((retval = pull_option(&data, &n, &o)) > 0) {
        if (!take_option(r, &o)) {
            return "an option is malformed";
        }
    }
    return retval ? "an option is cut off" : NULL;
}

void
dhcp6_begin(struct ofpbuf *b, const struct dhcp6_request *r,
            enum dhcp6_type type, const uint8_t *server_id,
            size_t server_id_len)
{
    uint8_t header[HEADER_LEN] = { type, r->xid[0], r->xid[1], r->xid[2] };

    ofpbuf_clear(b);
    ofpbuf_put(b, header, sizeof header);
    if (r->client_id) {
        dhcp6_put(b, DHCP6_OPT_CLIENT_ID, r->client_id, r->client_id_len);
    }
    dhcp6_put(b, DHCP6_OPT_SERVER_ID, server_id, server_id_len);
}

void
dhcp6_put(struct ofpbuf *b, uint16_t code, const void *data, size_t n)
{
    size_t ofs = dhcp6_open(b, code);

    if (n) {
        ofpbuf_put(b, data, n);
    }
    dhcp6_close(b, ofs);
}

void
dhcp6_put_status(struct ofpbuf *b, enum dhcp6_status status)
{
    ovs_be16 code = htons(status);

    dhcp6_put(b, DHCP6_OPT_STATUS, &code, sizeof code);
}

size_t
dhcp6_open(struct ofpbuf *b, uint16_t code)
{
    ovs_be16 header[] = { htons(code), 0 };
    size_t ofs = b->size;

    ofpbuf_put(b, header, sizeof header);
    return ofs;
}

void
dhcp6_close(struct ofpbuf *b, size_t ofs)
{
    ovs_be16 len = htons(b->size - ofs - 4);

    memcpy((uint8_t *) b->data + ofs + 2, &len, sizeof len);
}
