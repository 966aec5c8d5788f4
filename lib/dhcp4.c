/* Messages of DHCPv4.
 *
 * A message is a BOOTP header of fixed size and options.  Options may go on in
 * the fields for names of files and servers (option 52). */

#include <config.h>

#include "lib/dhcp4.h"

#include <string.h>

#include "byte-order.h"
#include "dhcp.h"
#include "openvswitch/ofpbuf.h"
#include "unaligned.h"
#include "util.h"

#define MIN_SIZE 576
#define IP_UDP_LEN (IP_HEADER_LEN + UDP_HEADER_LEN)
/* Relays and clients may drop shorter ones: RFC 1542, section 2.1. */
#define MIN_MESSAGE 300

enum overload { OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2 };

/* Parsing. */

static ovs_be32
get_ip(const uint8_t *data, size_t n)
{
    ovs_be32 ip = 0;

    if (n == sizeof ip) {
        memcpy(&ip, data, sizeof ip);
    }
    return ip;
}

/* Takes one option of 'n' bytes.  Of several with one code the first counts,
 * if that has a meaning here. */
static void
take_option(struct dhcp4_request *r, uint8_t code, const uint8_t *data,
            size_t n, uint8_t *overload)
{
    switch (code) {
    case DHCP4_OPT_REQUESTED_IP:
        r->requested_ip = get_ip(data, n);
        break;
    case DHCP4_OPT_SERVER_ID:
        r->server_id = get_ip(data, n);
        break;
    case DHCP4_OPT_TYPE:
        if (n == 1 && !r->type) {
            r->type = data[0];
        }
        break;
    case DHCP4_OPT_WANTED:
        if (!r->wanted) {
            r->wanted = data;
            r->n_wanted = n;
        }
        break;
    case DHCP4_OPT_MAX_SIZE:
        if (n == 2) {
            r->max_size = data[0] << 8 | data[1];
        }
        break;
    case DHCP4_OPT_CLIENT_ID:
        if (n && !r->client_id) {
            r->client_id = data;
            r->client_id_len = n;
        }
        break;
    case DHCP4_OPT_RAPID_COMMIT:
        r->rapid_commit = true;
        break;
    case DHCP4_OPT_OVERLOAD:
        if (n == 1) {
            *overload = data[0];
        }
        break;
    }
}

/* Returns false if an option is cut off. */
static bool
take_options(struct dhcp4_request *r, const uint8_t *data, size_t n,
             uint8_t *overload)
{
    size_t i = 0;

    while (i < n && data[i] != DHCP4_OPT_END) {
        if (data[i] == DHCP4_OPT_PAD) {
            i++;
            continue;
        }
        if (n - i < 2 || n - i - 2 < data[i + 1]) {
            return false;
        }
        take_option(r, data[i], &data[i + 2], data[i + 1], overload);
        i += 2 + data[i + 1];
    }
    return true;
}

const char *
dhcp4_parse(const uint8_t *data, size_t n, struct dhcp4_request *r)
{
    struct dhcp_header h;
    uint8_t overload = 0, ignored = 0;
    ovs_be32 cookie;

    memset(r, 0, sizeof *r);
    if (n < sizeof h + sizeof cookie) {
        return "too short";
    }
    memcpy(&h, data, sizeof h);
    memcpy(&cookie, data + sizeof h, sizeof cookie);
    if (h.op != DHCP_OP_REQUEST || h.htype != 1 || h.hlen != ETH_ADDR_LEN) {
        return "no request of an Ethernet client";
    } else if (cookie != htonl(DHCP_MAGIC_COOKIE)) {
        return "BOOTP, not DHCP";
    } else if (h.giaddr) {
        return "from a relay";
    }
    r->xid = h.xid;
    r->flags = h.flags;
    r->ciaddr = h.ciaddr;
    memcpy(&r->chaddr, h.chaddr, sizeof r->chaddr);
    if (!take_options(r, data + sizeof h + sizeof cookie,
                      n - sizeof h - sizeof cookie, &overload)
        || (overload & OVERLOAD_FILE
            && !take_options(r, data + offsetof(struct dhcp_header, file),
                             sizeof h.file, &ignored))
        || (overload & OVERLOAD_SNAME
            && !take_options(r, data + offsetof(struct dhcp_header, sname),
                             sizeof h.sname, &ignored))) {
        return "an option is cut off";
    }
    return (r->type >= DHCP4_DISCOVER && r->type <= DHCP4_INFORM ? NULL
            : "no message type");
}

size_t
dhcp4_get_max_size(const struct dhcp4_request *r)
{
    return MAX(r->max_size, MIN_SIZE);
}

/* Composing. */

void
dhcp4_begin(struct ofpbuf *b, const struct dhcp4_request *r,
            enum dhcp4_type type, ovs_be32 yiaddr)
{
    struct dhcp_header h = {
        .op = DHCP_OP_REPLY,
        .htype = 1,
        .hlen = ETH_ADDR_LEN,
        .xid = r->xid,
        .flags = r->flags,
        .ciaddr = type == DHCP4_ACK ? r->ciaddr : 0,
        .yiaddr = yiaddr,
    };
    ovs_be32 cookie = htonl(DHCP_MAGIC_COOKIE);
    uint8_t type8 = type;

    ofpbuf_clear(b);
    memcpy(h.chaddr, &r->chaddr, sizeof r->chaddr);
    ofpbuf_put(b, &h, sizeof h);
    ofpbuf_put(b, &cookie, sizeof cookie);
    dhcp4_put(b, SIZE_MAX, DHCP4_OPT_TYPE, &type8, 1);
    /* RFC 6842. */
    if (r->client_id) {
        dhcp4_put(b, SIZE_MAX, DHCP4_OPT_CLIENT_ID, r->client_id,
                  r->client_id_len);
    }
}

bool
dhcp4_put(struct ofpbuf *b, size_t max_size, uint8_t code, const void *data,
          size_t n)
{
    uint8_t header[] = { code, n };

    if (n > UINT8_MAX
        || IP_UDP_LEN + b->size + sizeof header + n + 1 > max_size) {
        return false;
    }
    ofpbuf_put(b, header, sizeof header);
    if (n) {
        ofpbuf_put(b, data, n);
    }
    return true;
}

bool
dhcp4_put_u32(struct ofpbuf *b, size_t max_size, uint8_t code, uint32_t value)
{
    ovs_be32 be32 = htonl(value);

    return dhcp4_put(b, max_size, code, &be32, sizeof be32);
}

void
dhcp4_end(struct ofpbuf *b)
{
    uint8_t end = DHCP4_OPT_END;

    ofpbuf_put(b, &end, 1);
    if (b->size < MIN_MESSAGE) {
        ofpbuf_put_zeros(b, MIN_MESSAGE - b->size);
    }
}
