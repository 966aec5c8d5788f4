/* The table of encapsulations.  A new one is a new entry here, if Open vSwitch
 * has a tunnel port of that type whose VNI comes from flows: then tunnels, the
 * MTU, negotiation, agentctl and nvad know it.  (A receive table of its own
 * for an encapsulation with options of another form than Geneve's would be
 * more than that.)
 *
 * VXLAN: RFC 7348.  Its section 5 wants a UDP checksum of zero over IPv4, and
 * there are devices that do not take another.  Over IPv6 Open vSwitch always
 * makes one. */

#include <config.h>

#include "lib/encapsulation.h"

#include <string.h>

#include "lib/option.h"
#include "util.h"

/* Best first. */
static const struct encapsulation encapsulations[] = {
    {
        .name = "geneve",
        .title = "Geneve",
        .port_prefix = "gnv",
        .udp_port = GENEVE_UDP_PORT,
        .header_bytes = GENEVE_BASE_HLEN,
        .has_options = true,
        .ipv4_checksum = true,
    }, {
        .name = "vxlan",
        .title = "VXLAN",
        .port_prefix = "vxl",
        .udp_port = 4789,
        .header_bytes = 8,
    },
};

const struct encapsulation *
encapsulation_get(size_t i)
{
    return i < ARRAY_SIZE(encapsulations) ? &encapsulations[i] : NULL;
}

const struct encapsulation *
encapsulation_default(void)
{
    return &encapsulations[0];
}

const struct encapsulation *
encapsulation_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(encapsulations); i++) {
        if (!strcasecmp(encapsulations[i].name, name)) {
            return &encapsulations[i];
        }
    }
    return NULL;
}

size_t
encapsulation_get_index(const struct encapsulation *e)
{
    return e - encapsulations;
}

encapsulation_set
encapsulation_set_one(const struct encapsulation *e)
{
    return UINT32_C(1) << encapsulation_get_index(e);
}

encapsulation_set
encapsulation_set_all(void)
{
    return (UINT32_C(1) << ARRAY_SIZE(encapsulations)) - 1;
}

const struct encapsulation *
encapsulation_best(encapsulation_set set)
{
    for (size_t i = 0; i < ARRAY_SIZE(encapsulations); i++) {
        if (set & encapsulation_set_one(&encapsulations[i])) {
            return &encapsulations[i];
        }
    }
    return NULL;
}
