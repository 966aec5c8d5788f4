/* Messages of DHCPv4 (RFC 2131, RFC 2132). */
#ifndef GA_DHCP4_H
#define GA_DHCP4_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "packets.h"

struct ofpbuf;

/* RFC 2132, section 9.6. */
enum dhcp4_type {
    DHCP4_DISCOVER = 1, DHCP4_OFFER, DHCP4_REQUEST, DHCP4_DECLINE, DHCP4_ACK,
    DHCP4_NAK, DHCP4_RELEASE, DHCP4_INFORM
};

enum dhcp4_code {
    DHCP4_OPT_PAD = 0,
    DHCP4_OPT_MASK = 1,
    DHCP4_OPT_ROUTER = 3,
    DHCP4_OPT_DNS = 6,
    DHCP4_OPT_DOMAIN = 15,
    DHCP4_OPT_MTU = 26,
    DHCP4_OPT_NTP = 42,
    DHCP4_OPT_REQUESTED_IP = 50,
    DHCP4_OPT_LEASE = 51,
    DHCP4_OPT_OVERLOAD = 52,
    DHCP4_OPT_TYPE = 53,
    DHCP4_OPT_SERVER_ID = 54,
    DHCP4_OPT_WANTED = 55,
    DHCP4_OPT_MESSAGE = 56,
    DHCP4_OPT_MAX_SIZE = 57,
    DHCP4_OPT_T1 = 58,
    DHCP4_OPT_T2 = 59,
    DHCP4_OPT_CLIENT_ID = 61,
    DHCP4_OPT_RAPID_COMMIT = 80,        /* RFC 4039. */
    DHCP4_OPT_ROUTES = 121,             /* RFC 3442. */
    DHCP4_OPT_ROUTES_MS = 249,          /* The same by its older number. */
    DHCP4_OPT_END = 255
};

/* A message of a client.  What points somewhere points into the message. */
struct dhcp4_request {
    enum dhcp4_type type;
    ovs_be32 xid;
    ovs_be16 flags;
    ovs_be32 ciaddr;
    struct eth_addr chaddr;
    ovs_be32 requested_ip;          /* 0: none. */
    ovs_be32 server_id;             /* 0: none. */
    size_t max_size;                /* Of an IP datagram; 0: not said. */
    const uint8_t *wanted;          /* Codes of options, in its order. */
    size_t n_wanted;
    const uint8_t *client_id;       /* NULL: none. */
    size_t client_id_len;
    bool rapid_commit;
};

/* Parses the payload of a datagram to a server.  Returns NULL, or why it
 * cannot be: static text. */
const char *dhcp4_parse(const uint8_t *, size_t n, struct dhcp4_request *);

/* The largest IP datagram that the client takes: 576 if it says nothing or
 * less (RFC 2131, section 2). */
size_t dhcp4_get_max_size(const struct dhcp4_request *);

/* Composing an answer to 'r': dhcp4_begin(), options, dhcp4_end(). */
void dhcp4_begin(struct ofpbuf *, const struct dhcp4_request *r,
                 enum dhcp4_type, ovs_be32 yiaddr);

/* Appends an option, if the answer with it is an IP datagram of at most
 * 'max_size' bytes.  Returns whether it is. */
bool dhcp4_put(struct ofpbuf *, size_t max_size, uint8_t code,
               const void *data, size_t n);
bool dhcp4_put_u32(struct ofpbuf *, size_t max_size, uint8_t code, uint32_t);

void dhcp4_end(struct ofpbuf *);

#endif /* lib/dhcp4.h */
