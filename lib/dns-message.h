/* DNS messages with one question (RFC 1035, section 4). */
#ifndef GA_DNS_MESSAGE_H
#define GA_DNS_MESSAGE_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns-name.h"

struct ofpbuf;

enum dns_type {
    DNS_A = 1, DNS_NS = 2, DNS_SOA = 6, DNS_PTR = 12, DNS_AAAA = 28,
    DNS_OPT = 41, DNS_ANY = 255
};

enum dns_rcode {
    DNS_NO_ERROR = 0, DNS_FORMAT_ERROR = 1, DNS_NAME_ERROR = 3,
    DNS_NOT_IMPLEMENTED = 4, DNS_REFUSED = 5, DNS_BAD_VERSION = 16
};

struct dns_query {
    uint16_t id;
    uint8_t opcode;
    bool rd;                        /* Recursion is desired. */
    bool has_edns;                  /* It has an OPT record (RFC 6891). */
    uint8_t edns_version;
    size_t max_size;                /* Of the answer: at least 512. */

    /* If 'has_question', the one question. */
    bool has_question;
    char name[DNS_NAME_MAX + 1];    /* As it came; "" for the root. */
    bool name_is_plain;             /* It is dns_name_is_valid(), or "". */
    uint16_t type, class;
    const uint8_t *question;        /* Into the message. */
    size_t question_len;
};

/* Parses a query.  Returns NULL, or why it can have no answer at all: static
 * text.  A query that can only be answered with an error has no
 * 'has_question'. */
const char *dns_message_parse(const uint8_t *, size_t n, struct dns_query *);

/* An answer that is being made. */
struct dns_answer {
    struct ofpbuf *b;
    const struct dns_query *query;
    uint16_t n_answers, n_authorities;
};

/* Starts an answer in 'b', which the caller has initialized. */
void dns_answer_begin(struct dns_answer *, const struct dns_query *,
                      struct ofpbuf *b);

/* Appends an address of the name in the question, as A or AAAA record.
 * Returns false, and appends nothing, if it does not fit. */
bool dns_answer_put_address(struct dns_answer *, const struct in6_addr *,
                            uint32_t ttl);

/* The same for a valid name that the one in the question stands for: a PTR
 * record. */
bool dns_answer_put_name(struct dns_answer *, const char *name, uint32_t ttl);

/* Appends a SOA record of 'zone', to the answers or to the authorities, where
 * it says how long a name's absence may be remembered (RFC 2308). */
bool dns_answer_put_soa(struct dns_answer *, const char *zone, uint32_t ttl,
                        bool as_answer);

/* Completes the answer.  'authoritative': the name is in a zone of ours.
 * 'truncated': something did not fit. */
void dns_answer_end(struct dns_answer *, enum dns_rcode, bool authoritative,
                    bool truncated);

#endif /* lib/dns-message.h */
