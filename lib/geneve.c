/* The Geneve header: parsed, judged as a receiving NVE does, and composed.
 *
 * The bytes come from the network or from a command line, so every length is
 * checked against the bytes that are there before anything is read.  Options
 * point into the caller's buffer; nothing is copied. */

#include <config.h>

#include "lib/geneve.h"

#include <string.h>

#include "util.h"

#define GENEVE_VER 0                 /* RFC 8926, section 3.4. */

const char *
geneve_fault_to_string(enum geneve_fault fault)
{
    switch (fault) {
    case GENEVE_FINE: return "fine";
    case GENEVE_TRUNCATED: return "truncated";
    case GENEVE_VERSION: return "version";
    case GENEVE_EXCEEDS_CAPABILITY: return "exceeds-capability";
    case GENEVE_CRITICAL_UNPARSED: return "critical-unparsed";
    case GENEVE_OPT_LEN_MISMATCH: return "opt-len-mismatch";
    case GENEVE_OPTION_LENGTH: return "option-length";
    case GENEVE_DUPLICATE: return "duplicate";
    case GENEVE_UNKNOWN_CRITICAL: return "unknown-critical";
    default: OVS_NOT_REACHED();
    }
}

const char *
geneve_action_to_string(enum geneve_action action)
{
    switch (action) {
    case GENEVE_ACCEPT: return "accept";
    case GENEVE_DROP: return "drop";
    case GENEVE_PUNT: return "punt";
    default: OVS_NOT_REACHED();
    }
}

static void
parse_base(const uint8_t *p, struct geneve_header *hdr)
{
    hdr->version = p[0] >> 6;
    hdr->opt_bytes = (p[0] & 0x3f) * 4;
    hdr->oam = (p[1] & 0x80) != 0;
    hdr->critical = (p[1] & 0x40) != 0;
    hdr->reserved1 = p[1] & 0x3f;
    hdr->proto = (p[2] << 8) | p[3];
    hdr->vni = ((uint32_t) p[4] << 16) | (p[5] << 8) | p[6];
    hdr->reserved2 = p[7];
}

/* Reads the options in the 'n' bytes at 'p'.  Returns false if one of them
 * goes beyond the end. */
static bool
parse_options(const uint8_t *p, size_t n, struct geneve_header *hdr)
{
    for (size_t ofs = 0; ofs < n; ) {
        struct geneve_opt *opt = &hdr->options[hdr->n_options];

        if (n - ofs < GENEVE_OPT_HLEN) {
            return false;
        }
        opt->key.class = (p[ofs] << 8) | p[ofs + 1];
        opt->key.type = p[ofs + 2];
        opt->reserved = p[ofs + 3] >> 5;
        opt->length = (p[ofs + 3] & 0x1f) * 4;
        opt->data = &p[ofs + GENEVE_OPT_HLEN];
        if (n - ofs < opt_wire_bytes(opt->length)) {
            return false;
        }
        ofs += opt_wire_bytes(opt->length);
        hdr->n_options++;
    }
    return true;
}

static enum geneve_fault
parse_header(const uint8_t *p, size_t n, struct geneve_header *hdr)
{
    if (n < GENEVE_BASE_HLEN) {
        return GENEVE_TRUNCATED;
    }
    parse_base(p, hdr);
    if (hdr->version != GENEVE_VER) {
        return GENEVE_VERSION;
    }

    size_t left = n - GENEVE_BASE_HLEN;
    bool fits = parse_options(p + GENEVE_BASE_HLEN,
                              MIN(left, hdr->opt_bytes), hdr);
    return (left < hdr->opt_bytes ? GENEVE_TRUNCATED
            : fits ? GENEVE_FINE
            : GENEVE_OPT_LEN_MISMATCH);
}

enum geneve_fault
geneve_parse(const uint8_t *p, size_t n, struct geneve_header *hdr)
{
    memset(hdr, 0, sizeof *hdr);
    hdr->n_bytes = n;
    hdr->fault = parse_header(p, n, hdr);
    return hdr->fault;
}

static bool
was_accepted(const struct geneve_verdict *verdict, struct opt_key key)
{
    for (size_t i = 0; i < verdict->n_accepted; i++) {
        if (opt_key_equals(verdict->accepted[i]->key, key)) {
            return true;
        }
    }
    return false;
}

static enum geneve_fault
receive_option(const struct geneve_opt *opt, const struct recv_table *table,
               struct geneve_verdict *verdict)
{
    const struct recv_entry *entry = recv_table_find(table, opt->key);

    if (!entry) {
        return (opt_key_is_critical(opt->key)
                ? GENEVE_UNKNOWN_CRITICAL : GENEVE_FINE);
    } else if (opt->length < entry->min_len || opt->length > entry->max_len) {
        return GENEVE_OPTION_LENGTH;
    } else if (was_accepted(verdict, opt->key)) {
        return GENEVE_DUPLICATE;
    }
    verdict->accepted[verdict->n_accepted++] = opt;
    return GENEVE_FINE;
}

static enum geneve_fault
receive_options(const struct geneve_header *hdr,
                const struct geneve_policy *policy,
                struct geneve_verdict *verdict)
{
    if (hdr->fault == GENEVE_TRUNCATED || hdr->fault == GENEVE_VERSION) {
        return hdr->fault;
    } else if (policy->max_option_bytes != NEG_NO_LIMIT
               && hdr->opt_bytes > (unsigned int) policy->max_option_bytes) {
        return GENEVE_EXCEEDS_CAPABILITY;
    } else if (!policy->parses_options) {
        return hdr->critical ? GENEVE_CRITICAL_UNPARSED : GENEVE_FINE;
    }

    for (size_t i = 0; i < hdr->n_options; i++) {
        enum geneve_fault fault = receive_option(&hdr->options[i],
                                                 policy->supported, verdict);
        if (fault != GENEVE_FINE) {
            return fault;
        }
    }
    /* An overrun comes after all options that could be read. */
    return hdr->fault;
}

void
geneve_receive(const uint8_t *p, size_t n, const struct geneve_policy *policy,
               struct geneve_header *hdr, struct geneve_verdict *verdict)
{
    verdict->n_accepted = 0;
    geneve_parse(p, n, hdr);
    verdict->fault = receive_options(hdr, policy, verdict);
    if (verdict->fault != GENEVE_FINE) {
        verdict->action = GENEVE_DROP;
        verdict->n_accepted = 0;
    } else {
        verdict->action = hdr->oam ? GENEVE_PUNT : GENEVE_ACCEPT;
    }
}

/* Returns the option bytes of 'hdr', or -1 if a limit of RFC 8926, sections
 * 3.4 and 3.5, is broken. */
static int
composed_option_bytes(const struct geneve_header *hdr)
{
    unsigned int total = 0;

    if (hdr->version > 3 || hdr->reserved1 > 0x3f || hdr->vni > 0xffffff
        || hdr->n_options > GENEVE_MAX_OPTIONS) {
        return -1;
    }
    for (size_t i = 0; i < hdr->n_options; i++) {
        const struct geneve_opt *opt = &hdr->options[i];

        if (opt->length > GENEVE_OPT_MAX_DATA || opt->length % 4
            || opt->reserved > 7) {
            return -1;
        }
        total += opt_wire_bytes(opt->length);
    }
    return total <= GENEVE_MAX_OPT_BYTES ? (int) total : -1;
}

static uint8_t *
compose_option(const struct geneve_opt *opt, uint8_t *p)
{
    p[0] = opt->key.class >> 8;
    p[1] = opt->key.class & 0xff;
    p[2] = opt->key.type;
    p[3] = (opt->reserved << 5) | (opt->length / 4);
    if (opt->length) {
        memcpy(p + GENEVE_OPT_HLEN, opt->data, opt->length);
    }
    return p + opt_wire_bytes(opt->length);
}

size_t
geneve_compose(const struct geneve_header *hdr, uint8_t *buf, size_t size)
{
    int opt_bytes = composed_option_bytes(hdr);
    bool critical = hdr->critical;
    uint8_t *p = buf + GENEVE_BASE_HLEN;

    if (opt_bytes < 0 || size < GENEVE_BASE_HLEN + (size_t) opt_bytes) {
        return 0;
    }
    for (size_t i = 0; i < hdr->n_options; i++) {
        critical |= opt_key_is_critical(hdr->options[i].key);
        p = compose_option(&hdr->options[i], p);
    }
    buf[0] = (hdr->version << 6) | (opt_bytes / 4);
    buf[1] = (hdr->oam << 7) | (critical << 6) | hdr->reserved1;
    buf[2] = hdr->proto >> 8;
    buf[3] = hdr->proto & 0xff;
    buf[4] = hdr->vni >> 16;
    buf[5] = (hdr->vni >> 8) & 0xff;
    buf[6] = hdr->vni & 0xff;
    buf[7] = hdr->reserved2;
    return p - buf;
}
