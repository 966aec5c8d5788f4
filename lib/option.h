/* A Geneve option's identity: option class and type (RFC 8926, section 3.5).
 *
 * The type is the whole octet of the wire, so bit 0x80 (the critical bit) is
 * part of the identity: 0x05 and 0x85 are two options.  The written form, in
 * JSON, messages and command lines, is "0xff01/0x85": lower case, padded. */
#ifndef GA_OPTION_H
#define GA_OPTION_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash.h"

struct ds;

/* RFC 8926, sections 3.4 and 3.5. */
#define GENEVE_BASE_HLEN 8          /* Bytes before the options. */
#define GENEVE_OPT_HLEN 4           /* Bytes of an option before its data. */
#define GENEVE_OPT_MAX_DATA 124     /* Data bytes of one option. */
#define GENEVE_MAX_OPT_BYTES 252    /* All options, their headers included. */
#define GENEVE_MAX_OPTIONS 64       /* OVS: tun_metadata0..63. */
#define GENEVE_UDP_PORT 6081

struct opt_key {
    uint16_t class;
    uint8_t type;
};

#define OPT_KEY_FMT "0x%04x/0x%02x"
#define OPT_KEY_ARGS(KEY) (KEY).class, (KEY).type
#define OPT_KEY_STRLEN 11           /* Without the terminating null. */

static inline bool
opt_key_is_critical(struct opt_key key)
{
    return (key.type & 0x80) != 0;
}

static inline bool
opt_key_equals(struct opt_key a, struct opt_key b)
{
    return a.class == b.class && a.type == b.type;
}

static inline uint32_t
opt_key_to_int(struct opt_key key)
{
    return ((uint32_t) key.class << 8) | key.type;
}

static inline uint32_t
opt_key_hash(struct opt_key key)
{
    return hash_int(opt_key_to_int(key), 0);
}

/* By class, then type: < 0, 0 or > 0. */
static inline int
opt_key_compare(struct opt_key a, struct opt_key b)
{
    uint32_t x = opt_key_to_int(a);
    uint32_t y = opt_key_to_int(b);

    return x < y ? -1 : x > y;
}

/* Returns "0xff01/0x85", for the caller to free. */
char *opt_key_to_string(struct opt_key);

/* Appends the same, much faster than OPT_KEY_FMT does. */
void opt_key_format(struct opt_key, struct ds *);

/* Reads "CLASS/TYPE".  Returns false if the form or a range is wrong. */
bool opt_key_from_string(const char *, struct opt_key *);

/* Read the "class" or the "type" of a table entry or definition: "0x" and hex
 * digits.  Return false if the form is wrong.  A value beyond 0xffff or 0xff
 * is another fault, for the caller to refuse. */
bool opt_class_from_string(const char *, unsigned long *);
bool opt_type_from_string(const char *, unsigned long *);

/* To whom else IANA has assigned the class, or NULL if to nobody: it is
 * unassigned, or for experiments (0xff00 to 0xffff), which is where own
 * options belong.  Static data. */
const char *opt_class_assignee(uint16_t class);

/* Bytes that an option with 'length' bytes of data takes on the wire. */
static inline unsigned int
opt_wire_bytes(unsigned int length)
{
    return GENEVE_OPT_HLEN + length;
}

#endif /* lib/option.h */
