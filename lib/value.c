/* Where the data of an option comes from.
 *
 * All sources are numbers in the end, of up to 124 bytes; a tenant id is one
 * of 16 bytes.  A constant is different: it must have exactly the option's
 * length, because whoever writes one out in hex means the whole option, and a
 * shorter one is a slip. */

#include <config.h>

#include "lib/value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/field.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "unaligned.h"
#include "util.h"

#define EP_VALUES_PREFIX "endpoint.values."

static const struct {
    enum value_from from;
    const char *name;
} sources[] = {
    { VALUE_EP_POLICY_LABEL, "endpoint.policyLabel" },
    { VALUE_EP_TYPE, "endpoint.type" },
    { VALUE_EP_QOS_CLASS, "endpoint.qosClass" },
    { VALUE_VPC_TENANT_ID, "vpc.tenantId" },
    { VALUE_NVE_ID, "nve.id" },
    { VALUE_PACKET_DSCP, "packet.dscp" },
    { VALUE_PACKET_FLOW_HASH, "packet.flowHash" },
    { VALUE_SERVICE_VIP, "service.vip" },
    { VALUE_SERVICE_DSR, "service.dsr" },
};

/* What people ask for although no action of Open vSwitch can write it: words
 * by which such a source is recognized, and why it cannot be had. */
static const struct {
    const char *word;
    const char *reason;
} impossible[] = {
    { "seq", "Open vSwitch cannot number packets: its actions keep no "
             "counter" },
    { "count", "Open vSwitch cannot number packets: its actions keep no "
               "counter" },
    { "time", "Open vSwitch cannot write a time of its own into each "
              "packet: its actions read no clock" },
    { "hmac", "Open vSwitch cannot compute a message authentication code "
              "over a packet: use IPsec" },
    { "mac", "Open vSwitch cannot compute a message authentication code "
             "over a packet: use IPsec" },
    { "icv", "Open vSwitch cannot compute a message authentication code "
             "over a packet: use IPsec" },
    { "sign", "Open vSwitch cannot sign packets: use IPsec" },
    { "auth", "Open vSwitch cannot compute a message authentication code "
              "over a packet: use IPsec" },
    { "checksum", "Open vSwitch cannot compute a checksum into an option" },
    { "crc", "Open vSwitch cannot compute a checksum into an option" },
    { "queue", "Open vSwitch cannot write the depth of a queue into a "
               "packet" },
    { "random", "Open vSwitch cannot write a value of its own into each "
                "packet" },
    { "uuid", "Open vSwitch cannot write a value of its own into each "
              "packet" },
};

/* Whether "packet.X", or a bare "X", is something known to be impossible. */
static const char *
impossible_reason(const char *from)
{
    if (!strncasecmp(from, "packet.", 7)) {
        from += 7;
    } else if (strchr(from, '.')) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(impossible); i++) {
        if (strcasestr(from, impossible[i].word)) {
            return impossible[i].reason;
        }
    }
    return NULL;
}

/* Adds the error for a source that does not exist. */
static void
refuse_source(const struct field_parent *parent, const char *from)
{
    const char *reason = impossible_reason(from);
    struct ds valid = DS_EMPTY_INITIALIZER;

    if (reason) {
        field_error(parent, FE_NOT_SUPPORTED, "from", "\"%.80s\": %s", from,
                    reason);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        ds_put_format(&valid, "%s, ", sources[i].name);
    }
    field_error(parent, FE_NOT_SUPPORTED, "from", "\"%.80s\" is not a source "
                "of values; valid are %s%sNAME", from, ds_cstr(&valid),
                EP_VALUES_PREFIX);
    ds_destroy(&valid);
}

/* How many bits the values of a source have, or 0 if that depends on the
 * value. */
static unsigned int
get_n_bits(enum value_from from)
{
    return (from == VALUE_PACKET_DSCP ? VALUE_DSCP_BITS
            : from == VALUE_PACKET_FLOW_HASH ? VALUE_FLOW_HASH_BITS
            : from == VALUE_SERVICE_VIP ? VALUE_SERVICE_VIP_BITS
            : from == VALUE_SERVICE_DSR ? VALUE_SERVICE_DSR_BITS : 0);
}

static bool
parse_from(const struct field_parent *parent, const char *from,
           unsigned int length, struct value_source *source)
{
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        if (!strcmp(from, sources[i].name)) {
            unsigned int n_bits = get_n_bits(sources[i].from);

            if (n_bits > length * 8) {
                field_error(parent, FE_INVALID, "from", "%s has %u bits, "
                            "which do not fit the option's %u bytes", from,
                            n_bits, length);
                return false;
            }
            source->from = sources[i].from;
            return true;
        }
    }
    if (!strncmp(from, EP_VALUES_PREFIX, strlen(EP_VALUES_PREFIX))
        && from[strlen(EP_VALUES_PREFIX)]) {
        source->from = VALUE_EP_VALUES;
        source->name = xstrdup(from + strlen(EP_VALUES_PREFIX));
        return true;
    }
    refuse_source(parent, from);
    return false;
}

static bool
parse_constant(const struct field_parent *parent, const char *s,
               unsigned int length, struct value_source *source)
{
    size_t digits = strlen(s);

    if (strncmp(s, "0x", 2) || s[2 + strspn(s + 2, "0123456789abcdefABCDEF")]
        || digits % 2) {
        field_error(parent, FE_INVALID, "constant", "\"%.80s\" is not \"0x\" "
                    "and an even number of hex digits", s);
        return false;
    }
    digits -= 2;
    if (digits != length * 2) {
        field_error(parent, FE_INVALID, "constant", "has %"PRIuSIZE" bytes, "
                    "but the option has %u", digits / 2, length);
        return false;
    }
    source->from = VALUE_CONSTANT;
    source->length = length;
    return value_bytes_from_string(s, source->constant, length);
}

bool
value_source_from_json(const struct json *json, unsigned int length,
                       const char *field, struct value_source *source,
                       struct field_errors *errors)
{
    struct field_parent parent = { json, field, errors };
    const char *from, *constant;
    size_t n = errors->n;

    memset(source, 0, sizeof *source);
    if (!json || json->type == JSON_NULL) {
        return true;
    }
    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, field, "must be an object");
        return false;
    }

    ovs_assert(length <= GENEVE_OPT_MAX_DATA);
    from = field_string(&parent, "from", false);
    constant = field_string(&parent, "constant", false);
    if (errors->n > n) {
        return false;
    }
    if (!from == !constant) {
        field_errors_add(errors, from ? FE_INVALID : FE_REQUIRED, field,
                         "must have either \"from\" or \"constant\"");
        return false;
    }
    return (from
            ? parse_from(&parent, from, length, source)
            : parse_constant(&parent, constant, length, source));
}

void
value_source_destroy(struct value_source *source)
{
    free(source->name);
    source->name = NULL;
}

const char *
value_from_to_string(enum value_from from)
{
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        if (sources[i].from == from) {
            return sources[i].name;
        }
    }
    OVS_NOT_REACHED();
}

char *
value_source_to_string(const struct value_source *source)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    switch (source->from) {
    case VALUE_NONE:
        return xstrdup("none");
    case VALUE_CONSTANT:
        ds_put_cstr(&s, "constant 0x");
        for (size_t i = 0; i < source->length; i++) {
            ds_put_format(&s, "%02x", source->constant[i]);
        }
        return ds_steal_cstr(&s);
    case VALUE_EP_VALUES:
        return xasprintf("%s%s", EP_VALUES_PREFIX, source->name);
    case VALUE_EP_POLICY_LABEL:
    case VALUE_EP_TYPE:
    case VALUE_EP_QOS_CLASS:
    case VALUE_VPC_TENANT_ID:
    case VALUE_NVE_ID:
    case VALUE_PACKET_DSCP:
    case VALUE_PACKET_FLOW_HASH:
    case VALUE_SERVICE_VIP:
    case VALUE_SERVICE_DSR:
        break;
    }
    return xstrdup(value_from_to_string(source->from));
}

bool
value_put_number(const uint8_t *number, size_t n, uint8_t *data,
                 size_t length)
{
    while (n > length) {
        if (*number) {
            return false;
        }
        number++;
        n--;
    }
    memset(data, 0, length - n);
    memcpy(data + (length - n), number, n);
    return true;
}

/* Reads hex digits.  An odd number of them has an implied leading zero. */
static bool
bytes_from_hex(const char *s, uint8_t *data, size_t length)
{
    size_t n = strlen(s);

    memset(data, 0, length);
    for (size_t i = 0; i < n; i++) {
        int digit = hexit_value(s[n - 1 - i]);

        if (digit < 0) {
            return false;
        }
        if (i / 2 < length) {
            data[length - 1 - i / 2] |= digit << (i % 2 ? 4 : 0);
        } else if (digit) {
            return false;
        }
    }
    return true;
}

bool
value_bytes_from_string(const char *s, uint8_t *data, size_t length)
{
    unsigned long long int value;
    ovs_be64 number;

    if (!strncmp(s, "0x", 2)) {
        return bytes_from_hex(s + 2, data, length);
    }
    if (!isdigit((unsigned char) s[0]) || !str_to_ullong(s, 10, &value)) {
        return false;
    }
    number = htonll(value);
    return value_put_number((const uint8_t *) &number, sizeof number, data,
                            length);
}
