/* Each physical network has one bridge, and each bridge one physical network:
 * what comes from a bridge would otherwise be two networks' at once. */

#include <config.h>

#include "agent/node/bridge-mappings.h"

#include <ctype.h>
#include <net/if.h>
#include <string.h>

#include "smap.h"
#include "util.h"

#define MAX_PHYSICAL_NETWORK 63     /* Characters. */

bool
bridge_mappings_is_bridge_name(const char *s)
{
    for (const char *p = s; *p; p++) {
        if (isspace((unsigned char) *p) || iscntrl((unsigned char) *p)) {
            return false;
        }
    }
    return (*s && strlen(s) < IFNAMSIZ && !strchr(s, '/')
            && strcmp(s, ".") && strcmp(s, ".."));
}

/* As spec.physicalNetwork of an ExternalNetwork may be. */
static bool
is_physical_network(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    return n && !s[n] && n <= MAX_PHYSICAL_NETWORK;
}

static bool
is_mapped(const struct smap *mappings, const char *bridge)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, mappings) {
        if (!strcmp(node->value, bridge)) {
            return true;
        }
    }
    return false;
}

const char *
bridge_mappings_add(struct smap *mappings, const char *mapping)
{
    const char *colon = strchr(mapping, ':');
    const char *error = NULL;
    char *physnet;

    if (!colon) {
        return "is not PHYSICAL-NETWORK:BRIDGE";
    }
    physnet = xmemdup0(mapping, colon - mapping);
    if (!is_physical_network(physnet)) {
        error = "does not begin with the name of a physical network (1 to 63 "
                "letters, digits, '-', '_' and '.')";
    } else if (!bridge_mappings_is_bridge_name(colon + 1)) {
        error = "does not end with the name of a bridge";
    } else if (smap_get(mappings, physnet)) {
        error = "has a physical network that is listed twice";
    } else if (is_mapped(mappings, colon + 1)) {
        error = "has a bridge that is listed twice";
    } else {
        smap_add(mappings, physnet, colon + 1);
    }
    free(physnet);
    return error;
}
