/* The table may have thousands of lines, and is not kept:
 *
 *     Route Table:
 *     Cached: 192.0.2.0/24 dev br-phy SRC 192.0.2.1
 *     User: 198.51.100.0/24 dev br-phy GW 192.0.2.254 SRC 192.0.2.1
 *
 * Its order does not matter, but costs no more than a look too much: it
 * changes when routes do. */

#include <config.h>

#include "agent/remotes/routes-seen.h"

#include <net/if.h>
#include <string.h>

#include "agent/node/local.h"
#include "hash.h"
#include "util.h"

#define DEVICE " dev "

/* Returns a number for which of the devices in 'text' are Open vSwitch's. */
static uint32_t
hash_devices(const struct local *local, const char *text)
{
    char name[IFNAMSIZ] = "";
    bool present = false;
    uint32_t hash = 0;

    while ((text = strstr(text, DEVICE)) != NULL) {
        size_t n;

        text += strlen(DEVICE);
        n = strcspn(text, " \n");
        if (strlen(name) != n || strncmp(name, text, n)) {
            ovs_strzcpy(name, "", sizeof name);
            memcpy(name, text, MIN(n, sizeof name - 1));
            present = local_has_interface(local, name);
        }
        hash = hash_add(hash, present);
    }
    return hash;
}

bool
routes_seen_update(struct routes_seen *seen, const struct local *local,
                   const char *text)
{
    bool changed;
    ovs_u128 hash;

    hash_bytes128(text, strlen(text), hash_devices(local, text), &hash);
    changed = !seen->any || !ovs_u128_equals(hash, seen->hash);
    seen->any = true;
    seen->hash = hash;
    return changed;
}
