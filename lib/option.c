/* Option keys: their written form, and to whom each class is assigned.
 *
 * Users, REST objects and scenarios use the written form.  Hex digits of
 * either case and without padding are read; lower case and padding are
 * written. */

#include <config.h>

#include "lib/option.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

char *
opt_key_to_string(struct opt_key key)
{
    return xasprintf(OPT_KEY_FMT, OPT_KEY_ARGS(key));
}

void
opt_key_format(struct opt_key key, struct ds *s)
{
    static const char digits[] = "0123456789abcdef";
    char *p = ds_put_uninit(s, OPT_KEY_STRLEN);

    memcpy(p, "0x", 2);
    for (int i = 0; i < 4; i++) {
        p[2 + i] = digits[key.class >> (12 - 4 * i) & 0xf];
    }
    memcpy(p + 6, "/0x", 3);
    p[9] = digits[key.type >> 4];
    p[10] = digits[key.type & 0xf];
}

/* Reads "0x" and one or more hex digits, nothing else.  A value that does not
 * fit an unsigned long reads as ULONG_MAX. */
static bool
hex_from_string(const char *s, unsigned long *value)
{
    if (strncmp(s, "0x", 2) || !s[2]
        || s[2 + strspn(s + 2, "0123456789abcdefABCDEF")]) {
        return false;
    }
    *value = strtoul(s, NULL, 16);
    return true;
}

bool
opt_class_from_string(const char *s, unsigned long *value)
{
    return hex_from_string(s, value);
}

bool
opt_type_from_string(const char *s, unsigned long *value)
{
    return hex_from_string(s, value);
}

bool
opt_key_from_string(const char *s, struct opt_key *key)
{
    const char *slash = strchr(s, '/');
    unsigned long class, type;
    bool ok;

    if (!slash) {
        return false;
    }

    char *first = xmemdup0(s, slash - s);
    ok = (hex_from_string(first, &class) && class <= UINT16_MAX
          && hex_from_string(slash + 1, &type) && type <= UINT8_MAX);
    free(first);
    if (ok) {
        key->class = class;
        key->type = type;
    }
    return ok;
}

/* IANA's registry of option classes (RFC 8926, section 7), as of 2026-02. */
static const struct class_range {
    uint16_t first, last;
    const char *assignee;
} class_ranges[] = {
    { 0x0000, 0x00ff, "IETF Review (unassigned)" },
    { 0x0100, 0x0100, "Linux" },
    { 0x0101, 0x0101, "Open vSwitch" },
    { 0x0102, 0x0102, "OVN" },
    { 0x0103, 0x0103, "INT (P4.org)" },
    { 0x0104, 0x0104, "VMware" },
    { 0x0105, 0x0105, "Amazon" },
    { 0x0106, 0x0106, "Cisco" },
    { 0x0107, 0x0107, "Oracle" },
    { 0x0108, 0x0110, "Amazon" },
    { 0x0111, 0x0118, "IBM" },
    { 0x0119, 0x0128, "Ericsson" },
    { 0x0129, 0x0129, "Oxide" },
    { 0x0130, 0x0131, "Cisco" },
    { 0x0132, 0x0135, "Google" },
    { 0x0136, 0x0136, "InfoQuick" },
    { 0x0137, 0x0140, "Alibaba" },
    { 0x0141, 0x0144, "Palo Alto Networks" },
    { 0x0145, 0x0149, "Huawei" },
    { 0x014a, 0x014a, "EMnify" },
    { 0x014b, 0x014b, "Cilium" },
    { 0x014c, 0x014c, "Corelight" },
    { 0x014d, 0x014d, "1NCE" },
    { 0x014e, 0x0157, "China Telecom (CTYUN)" },
    { 0x0158, 0x0161, "Volcengine" },
    { 0x0162, 0x0162, "nat64.net" },
    { 0x0163, 0x0163, "Multi Segment SD-WAN" },
    { 0x0164, 0x0164, "cPacket" },
    { 0x0165, 0x0167, "Tencent" },
    { 0x0168, 0x0168, "ExtraHop" },
    { 0x0169, 0x0169, "Soosan INT" },
    { 0x016a, 0x016c, "Spacelink" },
    { 0x016d, 0x016d, "617A" },
    { 0x016e, 0x016e, "Zscaler" },
    { 0x016f, 0x0170, "7Generation" },
};

const char *
opt_class_assignee(uint16_t class)
{
    for (size_t i = 0; i < ARRAY_SIZE(class_ranges); i++) {
        if (class >= class_ranges[i].first && class <= class_ranges[i].last) {
            return class_ranges[i].assignee;
        }
    }
    return NULL;
}
