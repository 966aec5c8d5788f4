/* Messages of DHCPv6 (RFC 8415). */
#ifndef GA_DHCP6_H
#define GA_DHCP6_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ofpbuf;

/* RFC 8415, section 7.3. */
enum dhcp6_type {
    DHCP6_SOLICIT = 1, DHCP6_ADVERTISE, DHCP6_REQUEST, DHCP6_CONFIRM,
    DHCP6_RENEW, DHCP6_REBIND, DHCP6_REPLY, DHCP6_RELEASE, DHCP6_DECLINE,
    DHCP6_RECONFIGURE, DHCP6_INFORMATION_REQUEST
};

enum dhcp6_code {
    DHCP6_OPT_CLIENT_ID = 1,
    DHCP6_OPT_SERVER_ID = 2,
    DHCP6_OPT_IA_NA = 3,
    DHCP6_OPT_IA_TA = 4,
    DHCP6_OPT_IA_ADDRESS = 5,
    DHCP6_OPT_STATUS = 13,
    DHCP6_OPT_RAPID_COMMIT = 14,
    DHCP6_OPT_DNS = 23,                 /* RFC 3646. */
    DHCP6_OPT_DOMAINS = 24,
    DHCP6_OPT_IA_PD = 25,
    DHCP6_OPT_REFRESH_TIME = 32,
    DHCP6_OPT_NTP = 56,                 /* RFC 5908. */
};

/* RFC 8415, section 21.13. */
enum dhcp6_status {
    DHCP6_SUCCESS = 0,
    DHCP6_NO_ADDRESSES = 2,
    DHCP6_NO_BINDING = 3,
    DHCP6_NOT_ON_LINK = 4,
    DHCP6_NO_PREFIXES = 6,
};

#define DHCP6_CLIENT_PORT 546
#define DHCP6_SERVER_PORT 547

/* Of one message, at most; further ones are not looked at. */
#define DHCP6_MAX_IAS 8
#define DHCP6_MAX_ADDRESSES 16

/* An identity association that a client asks for. */
struct dhcp6_ia {
    enum dhcp6_code code;           /* IA_NA, IA_TA or IA_PD. */
    ovs_be32 iaid;
    struct in6_addr ips[DHCP6_MAX_ADDRESSES];
    size_t n_ips;
};

/* A message of a client.  What points somewhere points into the message. */
struct dhcp6_request {
    enum dhcp6_type type;
    uint8_t xid[3];
    const uint8_t *client_id;       /* NULL: none. */
    size_t client_id_len;
    const uint8_t *server_id;       /* NULL: none. */
    size_t server_id_len;
    bool rapid_commit;
    struct dhcp6_ia ias[DHCP6_MAX_IAS];
    size_t n_ias;
};

/* Parses the payload of a datagram to a server.  Returns NULL, or why it
 * cannot be: static text. */
const char *dhcp6_parse(const uint8_t *, size_t n, struct dhcp6_request *);

/* Starts an answer to 'r': the header, and the identities of both. */
void dhcp6_begin(struct ofpbuf *, const struct dhcp6_request *r,
                 enum dhcp6_type, const uint8_t *server_id,
                 size_t server_id_len);

void dhcp6_put(struct ofpbuf *, uint16_t code, const void *data, size_t n);
void dhcp6_put_status(struct ofpbuf *, enum dhcp6_status);

/* An option that contains others: what is appended between the two is in it.
 * The first returns its offset, for the second. */
size_t dhcp6_open(struct ofpbuf *, uint16_t code);
void dhcp6_close(struct ofpbuf *, size_t ofs);

#endif /* lib/dhcp6.h */
