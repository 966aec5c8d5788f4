/* A Geneve header for people: as text, as JSON, and from hex digits.
 *
 * For somebody who looks at a capture: every field is shown as it is, with a
 * sentence about each violation of RFC 8926.  The header may be any garbage;
 * only what geneve_parse() could read is shown. */

#include <config.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/geneve.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"

static const char *
protocol_name(uint16_t proto)
{
    switch (proto) {
    case 0x6558: return "Ethernet";
    case 0x0800: return "IPv4";
    case 0x86dd: return "IPv6";
    default: return NULL;
    }
}

static bool
has_base_header(const struct geneve_header *hdr)
{
    return hdr->n_bytes >= GENEVE_BASE_HLEN;
}

static void
add_parse_fault(const struct geneve_header *hdr, struct svec *faults)
{
    switch (hdr->fault) {
    case GENEVE_TRUNCATED:
        if (!has_base_header(hdr)) {
            svec_add_nocopy(faults, xasprintf(
                "truncated: %"PRIuSIZE" bytes, but the base header has %d",
                hdr->n_bytes, GENEVE_BASE_HLEN));
        } else {
            svec_add_nocopy(faults, xasprintf(
                "truncated: Opt Len says %u bytes of options, but only "
                "%"PRIuSIZE" are there", hdr->opt_bytes,
                hdr->n_bytes - GENEVE_BASE_HLEN));
        }
        break;
    case GENEVE_VERSION:
        svec_add_nocopy(faults, xasprintf(
            "version: %u is unknown, receivers must drop this (RFC 8926, "
            "3.4)", hdr->version));
        break;
    case GENEVE_OPT_LEN_MISMATCH:
        svec_add(faults, "opt-len-mismatch: the last option goes beyond Opt "
                 "Len, receivers must drop this (RFC 8926, 3.5)");
        break;
    case GENEVE_FINE:
    case GENEVE_EXCEEDS_CAPABILITY:
    case GENEVE_CRITICAL_UNPARSED:
    case GENEVE_OPTION_LENGTH:
    case GENEVE_DUPLICATE:
    case GENEVE_UNKNOWN_CRITICAL:
    default:
        break;
    }
}

static void
add_repeated_options(const struct geneve_header *hdr, struct svec *faults)
{
    for (size_t i = 1; i < hdr->n_options; i++) {
        struct opt_key key = hdr->options[i].key;
        size_t n_before = 0;

        for (size_t j = 0; j < i; j++) {
            n_before += opt_key_equals(hdr->options[j].key, key);
        }
        if (n_before == 1) {
            svec_add_nocopy(faults, xasprintf(
                "duplicate: "OPT_KEY_FMT" appears more than once, which our "
                "NVEs drop", OPT_KEY_ARGS(key)));
        }
    }
}

/* Adds to 'faults' a sentence about each thing that is wrong. */
static void
find_faults(const struct geneve_header *hdr, struct svec *faults)
{
    bool critical = false;

    add_parse_fault(hdr, faults);
    if (!has_base_header(hdr) || hdr->fault == GENEVE_VERSION) {
        return;
    }
    for (size_t i = 0; i < hdr->n_options; i++) {
        critical |= opt_key_is_critical(hdr->options[i].key);
    }
    if (critical && !hdr->critical) {
        svec_add(faults, "critical-bit: an option is critical, so the C bit "
                 "must be set (RFC 8926, 3.4)");
    } else if (!critical && hdr->critical && hdr->fault == GENEVE_FINE) {
        svec_add(faults, "critical-bit: the C bit is set, but no option is "
                 "critical");
    }
    add_repeated_options(hdr, faults);
    if (!protocol_name(hdr->proto)) {
        svec_add_nocopy(faults, xasprintf("protocol: 0x%04x is unknown",
                                          hdr->proto));
    }
}

static void
put_hex(struct ds *ds, const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ds_put_format(ds, "%02x", data[i]);
    }
}

static const char *
class_holder(uint16_t class)
{
    const char *assignee = opt_class_assignee(class);

    return (assignee ? assignee
            : class >= 0xff00 ? "Experimental use"
            : "unassigned");
}

static void
option_to_ds(const struct geneve_opt *opt, struct ds *ds)
{
    ds_put_format(ds, "option "OPT_KEY_FMT"  %s, %s, %u bytes",
                  OPT_KEY_ARGS(opt->key), class_holder(opt->key.class),
                  opt_key_is_critical(opt->key) ? "critical" : "not critical",
                  opt->length);
    if (opt->reserved) {
        ds_put_format(ds, ", reserved bits 0x%x", opt->reserved);
    }
    if (opt->length) {
        ds_put_cstr(ds, ": ");
        put_hex(ds, opt->data, opt->length);
    }
    ds_put_char(ds, '\n');
}

static void
base_to_ds(const struct geneve_header *hdr, struct ds *ds)
{
    const char *protocol = protocol_name(hdr->proto);

    ds_put_format(ds, "version            %u\n", hdr->version);
    ds_put_format(ds, "option bytes       %u\n", hdr->opt_bytes);
    ds_put_format(ds, "control packet     %s (O bit)\n",
                  hdr->oam ? "yes" : "no");
    ds_put_format(ds, "critical options   %s (C bit)\n",
                  hdr->critical ? "yes" : "no");
    ds_put_format(ds, "protocol           0x%04x%s%s\n", hdr->proto,
                  protocol ? " " : "", protocol ? protocol : "");
    ds_put_format(ds, "VNI                %"PRIu32" (0x%06"PRIx32")\n",
                  hdr->vni, hdr->vni);
    if (hdr->reserved1 || hdr->reserved2) {
        ds_put_format(ds, "reserved bits      0x%02x, 0x%02x (ignored)\n",
                      hdr->reserved1, hdr->reserved2);
    }
}

static size_t
payload_bytes(const struct geneve_header *hdr)
{
    size_t n = GENEVE_BASE_HLEN + hdr->opt_bytes;

    return hdr->n_bytes > n ? hdr->n_bytes - n : 0;
}

void
geneve_header_to_ds(const struct geneve_header *hdr, struct ds *ds)
{
    struct svec faults = SVEC_EMPTY_INITIALIZER;
    const char *fault;
    size_t i;

    if (has_base_header(hdr)) {
        base_to_ds(hdr, ds);
        for (i = 0; i < hdr->n_options; i++) {
            option_to_ds(&hdr->options[i], ds);
        }
        ds_put_format(ds, "payload            %"PRIuSIZE" bytes\n",
                      payload_bytes(hdr));
    }
    find_faults(hdr, &faults);
    SVEC_FOR_EACH (i, fault, &faults) {
        ds_put_format(ds, "fault: %s\n", fault);
    }
    svec_destroy(&faults);
}

static struct json *
option_to_json(const struct geneve_opt *opt)
{
    struct json *json = json_object_create();
    struct ds hex = DS_EMPTY_INITIALIZER;

    put_hex(&hex, opt->data, opt->length);
    json_object_put_format(json, "option", OPT_KEY_FMT,
                           OPT_KEY_ARGS(opt->key));
    json_object_put_string(json, "assignee", class_holder(opt->key.class));
    json_object_put(json, "critical",
                    json_boolean_create(opt_key_is_critical(opt->key)));
    json_object_put(json, "length", json_integer_create(opt->length));
    json_object_put_string(json, "data", ds_cstr(&hex));
    if (opt->reserved) {
        json_object_put(json, "reserved", json_integer_create(opt->reserved));
    }
    ds_destroy(&hex);
    return json;
}

static void
base_to_json(const struct geneve_header *hdr, struct json *json)
{
    struct json *options = json_array_create_empty();

    json_object_put(json, "version", json_integer_create(hdr->version));
    json_object_put(json, "optionBytes", json_integer_create(hdr->opt_bytes));
    json_object_put(json, "oBit", json_boolean_create(hdr->oam));
    json_object_put(json, "cBit", json_boolean_create(hdr->critical));
    json_object_put_format(json, "protocol", "0x%04x", hdr->proto);
    json_object_put(json, "vni", json_integer_create(hdr->vni));
    for (size_t i = 0; i < hdr->n_options; i++) {
        json_array_add(options, option_to_json(&hdr->options[i]));
    }
    json_object_put(json, "options", options);
    json_object_put(json, "payloadBytes",
                    json_integer_create(payload_bytes(hdr)));
}

struct json *
geneve_header_to_json(const struct geneve_header *hdr)
{
    struct json *json = json_object_create();
    struct json *array = json_array_create_empty();
    struct svec faults = SVEC_EMPTY_INITIALIZER;
    const char *fault;
    size_t i;

    if (has_base_header(hdr)) {
        base_to_json(hdr, json);
    }
    find_faults(hdr, &faults);
    SVEC_FOR_EACH (i, fault, &faults) {
        json_array_add(array, json_string_create(fault));
    }
    json_object_put(json, "faults", array);
    svec_destroy(&faults);
    return json;
}

bool
geneve_bytes_from_hex(const char *s, uint8_t **bytes, size_t *n)
{
    uint8_t *buf = xmalloc(strlen(s) / 2 + 1);
    size_t n_digits = 0;

    for (; *s; s++) {
        int digit = hexit_value(*s);

        if (digit >= 0) {
            buf[n_digits / 2] = (n_digits % 2
                                 ? buf[n_digits / 2] | digit
                                 : digit << 4);
            n_digits++;
        } else if (*s != ':' && !isspace((unsigned char) *s)) {
            break;
        }
    }
    if (*s || n_digits % 2) {
        free(buf);
        *bytes = NULL;
        *n = 0;
        return false;
    }
    *bytes = buf;
    *n = n_digits / 2;
    return true;
}
