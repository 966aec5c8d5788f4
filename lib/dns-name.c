/* DNS names: see dns-name.h. */

#include <config.h>

#include "lib/dns-name.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "openvswitch/ofpbuf.h"

#define MAX_LABEL 63

bool
dns_name_is_valid(const char *name)
{
    size_t len = strlen(name);
    size_t label = 0;

    if (!len || len > DNS_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '.') {
            if (!label) {
                return false;
            }
            label = 0;
        } else if (++label > MAX_LABEL
                   || !(isalnum((unsigned char) name[i])
                        || name[i] == '-' || name[i] == '_')) {
            return false;
        }
    }
    return label > 0;
}

void
dns_name_put(struct ofpbuf *b, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");
        uint8_t len8 = len;

        ofpbuf_put(b, &len8, 1);
        ofpbuf_put(b, name, len);
        name += len + (name[len] == '.');
    }
    ofpbuf_put_zeros(b, 1);
}

bool
dns_name_is_in(const char *name, const char *zone, size_t *prefix_len)
{
    size_t len = strlen(name);
    size_t zone_len = strlen(zone);

    if (len < zone_len || strcasecmp(name + len - zone_len, zone)) {
        return false;
    }
    if (len == zone_len) {
        *prefix_len = 0;
        return true;
    }
    *prefix_len = len - zone_len - 1;
    return *prefix_len > 0 && name[*prefix_len] == '.';
}
