/* The Geneve header, RFC 8926, sections 3.4 and 3.5. */
#ifndef GA_GENEVE_H
#define GA_GENEVE_H 1

#include "lib/option.h"
#include "lib/recv-table.h"

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

/* Parses the header at the start of 'n' bytes without any policy (RFC 8926,
 * sections 3.4 and 3.5).  Returns GENEVE_FINE, GENEVE_TRUNCATED,
 * GENEVE_VERSION or GENEVE_OPT_LEN_MISMATCH.  What could be read is in '*hdr'
 * in any case, and the rest of it is zero; with another version, options are
 * not read, because nobody knows what they look like.  The options' data stay
 * within the buffer. */
enum geneve_fault geneve_parse(const uint8_t *, size_t n,
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

/* Decides what an NVE of that policy does with a packet (RFC 8926, sections
 * 3.4, 3.5 and 3.5.1), in one pass; the first fault met decides.  Fills '*hdr'
 * as geneve_parse() does; the options in the verdict point into it. */
void geneve_receive(const uint8_t *, size_t n, const struct geneve_policy *,
                    struct geneve_header *hdr, struct geneve_verdict *);

/* Writes the header with its options, whose total gives Opt Len; the C bit is
 * set if the header says so or an option is critical (section 3.4).  Returns
 * the number of bytes, or 0 if they do not fit 'size' or a limit of RFC
 * 8926. */
size_t geneve_compose(const struct geneve_header *, uint8_t *, size_t size);

/* Appends, for people, what geneve_parse() read and what violates RFC 8926:
 * one line a field, an option or a fault. */
void geneve_header_to_ds(const struct geneve_header *, struct ds *);

/* The same as JSON: {"version", "optionBytes", "oBit", "cBit", "protocol",
 * "vni", "options": [{"option", "assignee", "critical", "length", "data"}],
 * "payloadBytes", "faults": [...]}; only "faults" if not even the base header
 * is there.  For the caller to destroy. */
struct json *geneve_header_to_json(const struct geneve_header *);

/* Reads hex digits, two a byte; white space and colons may be anywhere.
 * Stores the bytes in '*bytes', for the caller to free, and their number in
 * '*n'.  Returns false, with '*bytes' NULL, for any other character and for an
 * odd number of digits. */
bool geneve_bytes_from_hex(const char *, uint8_t **bytes, size_t *n);

#endif /* lib/geneve.h */
