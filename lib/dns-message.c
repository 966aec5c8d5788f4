/* DNS messages.
 *
 * Queries come from tenants.  A query has one question, whose name is not
 * compressed, as there is nothing before it that it could refer to; whatever
 * else it may be gets an error or nothing.  An answer refers to the name in
 * the question, which it repeats. */

#include <config.h>

#include "lib/dns-message.h"

#include <string.h>

#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define HEADER_LEN 12
#define MAX_LABEL 63
#define MIN_SIZE 512                /* RFC 1035, section 2.3.4. */
#define MAX_SIZE 1232               /* Fits every IPv6 link. */
#define CLASS_IN 1
#define OPT_RECORD_LEN 11           /* Without data. */

/* A reference to the name in the question. */
#define NAME_OF_QUESTION 0xc00c

enum {
    FLAG_QR = 0x8000,
    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
};

/* Parsing. */

static uint16_t
get_u16(const uint8_t *data)
{
    return data[0] << 8 | data[1];
}

/* Reads the question's name, which begins at data[0], into 'q'.  Returns how
 * long it is on the wire, or 0 if it is malformed. */
static size_t
parse_name(const uint8_t *data, size_t n, struct dns_query *q)
{
    size_t ofs = 0, len = 0;

    while (ofs < n && data[ofs]) {
        size_t label = data[ofs];

        if (label > MAX_LABEL || n - ofs - 1 < label
            || len + (len > 0) + label > DNS_NAME_MAX) {
            return 0;
        }
        if (len) {
            q->name[len++] = '.';
        }
        memcpy(&q->name[len], &data[ofs + 1], label);
        len += label;
        ofs += 1 + label;
    }
    if (ofs >= n) {
        return 0;
    }
    q->name[len] = '\0';
    q->name_is_plain = (!len || (strlen(q->name) == len
                                 && dns_name_is_valid(q->name)));
    return ofs + 1;
}

/* Looks for an OPT record where it is if the query has no other records. */
static void
parse_edns(const uint8_t *data, size_t n, struct dns_query *q)
{
    if (n >= OPT_RECORD_LEN && !data[0] && get_u16(&data[1]) == DNS_OPT) {
        q->has_edns = true;
        q->edns_version = data[6];
        q->max_size = MIN(MAX(get_u16(&data[3]), MIN_SIZE), MAX_SIZE);
    }
}

const char *
dns_message_parse(const uint8_t *data, size_t n, struct dns_query *q)
{
    uint16_t flags;
    size_t len;

    memset(q, 0, sizeof *q);
    q->max_size = MIN_SIZE;
    if (n < HEADER_LEN) {
        return "too short";
    }
    flags = get_u16(&data[2]);
    if (flags & FLAG_QR) {
        return "not a query";
    }
    q->id = get_u16(&data[0]);
    q->opcode = flags >> 11 & 0xf;
    q->rd = flags & FLAG_RD;
    if (get_u16(&data[4]) != 1) {
        return NULL;
    }
    len = parse_name(data + HEADER_LEN, n - HEADER_LEN, q);
    if (!len || n - HEADER_LEN - len < 4) {
        return NULL;
    }
    q->has_question = true;
    q->question = data + HEADER_LEN;
    q->question_len = len + 4;
    q->type = get_u16(q->question + len);
    q->class = get_u16(q->question + len + 2);
    if (!get_u16(&data[6]) && !get_u16(&data[8]) && get_u16(&data[10])) {
        parse_edns(q->question + q->question_len,
                   n - HEADER_LEN - q->question_len, q);
    }
    return NULL;
}

/* Composing. */

static void
put_u16(struct ofpbuf *b, uint16_t value)
{
    ovs_be16 be16 = htons(value);

    ofpbuf_put(b, &be16, sizeof be16);
}

static void
put_u32(struct ofpbuf *b, uint32_t value)
{
    ovs_be32 be32 = htonl(value);

    ofpbuf_put(b, &be32, sizeof be32);
}

static void
set_u16(struct ofpbuf *b, size_t ofs, uint16_t value)
{
    ovs_be16 be16 = htons(value);

    memcpy((uint8_t *) b->data + ofs, &be16, sizeof be16);
}

void
dns_answer_begin(struct dns_answer *a, const struct dns_query *q,
                 struct ofpbuf *b)
{
    *a = (struct dns_answer) { .b = b, .query = q };
    ofpbuf_clear(b);
    ofpbuf_put_zeros(b, HEADER_LEN);
    if (q->has_question) {
        ofpbuf_put(b, q->question, q->question_len);
    }
}

/* Takes back the record that begins at 'ofs' if there is no room for it and
 * the OPT record.  Returns whether there is. */
static bool
keep_record(struct dns_answer *a, size_t ofs)
{
    size_t end = a->b->size + (a->query->has_edns ? OPT_RECORD_LEN : 0);

    if (end > a->query->max_size) {
        a->b->size = ofs;
        return false;
    }
    return true;
}

bool
dns_answer_put_address(struct dns_answer *a, const struct in6_addr *ip,
                       uint32_t ttl)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(ip);
    size_t skip = is_ipv4 ? 12 : 0;
    size_t ofs = a->b->size;

    put_u16(a->b, NAME_OF_QUESTION);
    put_u16(a->b, is_ipv4 ? DNS_A : DNS_AAAA);
    put_u16(a->b, CLASS_IN);
    put_u32(a->b, ttl);
    put_u16(a->b, 16 - skip);
    ofpbuf_put(a->b, ip->s6_addr + skip, 16 - skip);
    if (!keep_record(a, ofs)) {
        return false;
    }
    a->n_answers++;
    return true;
}

bool
dns_answer_put_name(struct dns_answer *a, const char *name, uint32_t ttl)
{
    size_t ofs = a->b->size;

    put_u16(a->b, NAME_OF_QUESTION);
    put_u16(a->b, DNS_PTR);
    put_u16(a->b, CLASS_IN);
    put_u32(a->b, ttl);
    put_u16(a->b, strlen(name) + 2);
    dns_name_put(a->b, name);
    if (!keep_record(a, ofs)) {
        return false;
    }
    a->n_answers++;
    return true;
}

bool
dns_answer_put_soa(struct dns_answer *a, const char *zone, uint32_t ttl,
                   bool as_answer)
{
    size_t ofs = a->b->size;
    size_t data_ofs;

    dns_name_put(a->b, zone);
    put_u16(a->b, DNS_SOA);
    put_u16(a->b, CLASS_IN);
    put_u32(a->b, ttl);
    put_u16(a->b, 0);
    data_ofs = a->b->size;
    dns_name_put(a->b, zone);       /* Primary server. */
    dns_name_put(a->b, zone);       /* Whom to write to. */
    put_u32(a->b, 1);               /* Serial number: nobody copies it. */
    put_u32(a->b, 3600);            /* Refresh, retry, expire: the same. */
    put_u32(a->b, 600);
    put_u32(a->b, 86400);
    put_u32(a->b, ttl);             /* How long an absence may be kept. */
    set_u16(a->b, data_ofs - 2, a->b->size - data_ofs);
    if (!keep_record(a, ofs)) {
        return false;
    }
    if (as_answer) {
        a->n_answers++;
    } else {
        a->n_authorities++;
    }
    return true;
}

/* The OPT record has the high bits of the code (RFC 6891, section 6.1.3). */
static void
put_edns(struct dns_answer *a, enum dns_rcode rcode)
{
    ofpbuf_put_zeros(a->b, 1);
    put_u16(a->b, DNS_OPT);
    put_u16(a->b, MAX_SIZE);
    put_u32(a->b, (uint32_t) rcode >> 4 << 24);
    put_u16(a->b, 0);
}

void
dns_answer_end(struct dns_answer *a, enum dns_rcode rcode,
               bool authoritative, bool truncated)
{
    const struct dns_query *q = a->query;

    if (q->has_edns) {
        put_edns(a, rcode);
    }
    set_u16(a->b, 0, q->id);
    set_u16(a->b, 2, (FLAG_QR | q->opcode << 11
                      | (authoritative ? FLAG_AA : 0)
                      | (truncated ? FLAG_TC : 0)
                      | (q->rd ? FLAG_RD : 0) | (rcode & 0xf)));
    set_u16(a->b, 4, q->has_question);
    set_u16(a->b, 6, a->n_answers);
    set_u16(a->b, 8, a->n_authorities);
    set_u16(a->b, 10, q->has_edns);
}
