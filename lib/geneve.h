/* The Geneve header, RFC 8926, sections 3.4 and 3.5. */
#ifndef GA_GENEVE_H
#define GA_GENEVE_H 1

#include "lib/negotiation.h"
#include "lib/option.h"

struct ds;
struct json;

struct geneve_opt {
    struct opt_key key;
    uint8_t reserved;               /* The R bits. */
    uint8_t length;                 /* Data bytes. */
    const uint8_t *data;            /* Within the parsed buffer. */
};

/* What is wrong with a header; the first fault met. */
enum geneve_fault {
    GENEVE_FINE,
    GENEVE_TRUNCATED,
    GENEVE_VERSION,
    GENEVE_EXCEEDS_CAPABILITY,
    GENEVE_CRITICAL_UNPARSED,
    GENEVE_OPT_LEN_MISMATCH,
    GENEVE_OPTION_LENGTH,
    GENEVE_DUPLICATE,
    GENEVE_UNKNOWN_CRITICAL,
};
const char *geneve_fault_to_string(enum geneve_fault);

struct geneve_header {
    uint8_t version;
    unsigned int opt_bytes;         /* Opt Len, in bytes. */
    bool oam, critical;             /* O and C bits. */
    uint8_t reserved1, reserved2;
    uint16_t proto;
    uint32_t vni;
    struct geneve_opt options[GENEVE_MAX_OPTIONS];
    size_t n_options;

    /* Set by geneve_parse(), for geneve_header_to_ds() and _to_json(). */
    enum geneve_fault fault;
    size_t n_bytes;                 /* Of the packet that was parsed. */
};

/* Takes a header apart without any policy: FINE, TRUNCATED, VERSION or
 * OPT_LEN_MISMATCH; what could be read is in '*hdr' in any case. */
enum geneve_fault geneve_parse(const uint8_t *, size_t,
                               struct geneve_header *hdr);

/* What an NVE does with a received header: see docs/negotiation.md,
 * "Received header". */
enum geneve_action { GENEVE_ACCEPT, GENEVE_DROP, GENEVE_PUNT };
const char *geneve_action_to_string(enum geneve_action);

struct geneve_policy {
    const struct recv_table *supported;
    int max_option_bytes;           /* Or NEG_NO_LIMIT. */
    bool parses_options;
};

struct geneve_verdict {
    enum geneve_action action;
    enum geneve_fault fault;        /* With GENEVE_DROP. */
    const struct geneve_opt *accepted[GENEVE_MAX_OPTIONS]; /* Within hdr. */
    size_t n_accepted;
};
void geneve_receive(const uint8_t *, size_t, const struct geneve_policy *,
                    struct geneve_header *hdr, struct geneve_verdict *);

/* Writes a header; returns its bytes, or 0 if it does not fit 'size' or a
 * limit of the RFC. */
size_t geneve_compose(const struct geneve_header *, uint8_t *, size_t size);

/* For people: one line a field or option; as JSON: the same. */
void geneve_header_to_ds(const struct geneve_header *, struct ds *);
struct json *geneve_header_to_json(const struct geneve_header *);

/* Hex digits, with white space and colons between them allowed. */
bool geneve_bytes_from_hex(const char *, uint8_t **, size_t *);

#endif /* lib/geneve.h */
