/* BFD on tunnel ports: see tunnel-bfd.h.
 *
 * ovs-vswitchd runs it, so it goes on without the agent, and groups that watch
 * the port follow it at once.  Decay, which would make it slower while nothing
 * is sent, stays off: a standby gateway is just such a port. */

#include <config.h>

#include "agent/node/tunnel-bfd.h"

#include <inttypes.h>
#include <stdio.h>

#include "agent/node/rows.h"
#include "openvswitch/type-props.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

/* In external_ids of the Interface: it was us who started BFD. */
#define OURS_KEY "nve-bfd"

/* ...and who set options:tos. */
#define DSCP_KEY "nve-bfd-dscp"

/* Wants 'value' (NULL: nothing) for bfd:'key'. */
static bool
put(const struct vswrec_interface *row, const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->bfd, key), value)) {
        return false;
    }
    if (value) {
        vswrec_interface_update_bfd_setkey(row, key, value);
    } else {
        vswrec_interface_update_bfd_delkey(row, key);
    }
    return true;
}

bool
tunnel_bfd_write(const struct vswrec_interface *row,
                 const struct tunnel_bfd *bfd)
{
    char interval[INT_STRLEN(unsigned int) + 1];
    char multiplier[INT_STRLEN(unsigned int) + 1];
    bool written = false;

    if (!bfd && !smap_get(&row->external_ids, OURS_KEY)) {
        return false;
    }
    snprintf(interval, sizeof interval, "%u", bfd ? bfd->interval : 0);
    snprintf(multiplier, sizeof multiplier, "%u", bfd ? bfd->multiplier : 0);
    written |= put(row, "enable", bfd ? "true" : NULL);
    written |= put(row, "min_tx", bfd ? interval : NULL);
    written |= put(row, "min_rx", bfd ? interval : NULL);
    written |= put(row, "mult", bfd ? multiplier : NULL);
    written |= put(row, "cpath_down", bfd && bfd->path_down ? "true" : NULL);
    written |= rows_put_external_id(row, OURS_KEY, bfd ? "true" : NULL);
    return written;
}

bool
tunnel_bfd_write_path_down(const struct vswrec_interface *row)
{
    return (smap_get(&row->external_ids, ROWS_OURS_KEY)
            && smap_get(&row->external_ids, OURS_KEY)
            && smap_get_bool(&row->bfd, "enable", false)
            && put(row, "cpath_down", "true"));
}

bool
tunnel_bfd_may_mark(const struct vswrec_interface *row)
{
    static const char *const ours[] = {
        "remote_ip", "local_ip", "key", "csum", "dst_port",
    };
    size_t n = smap_count(&row->options);

    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        n -= smap_get(&row->options, ours[i]) != NULL;
    }
    return n <= (smap_get(&row->external_ids, DSCP_KEY)
                 && smap_get(&row->options, "tos"));
}

bool
tunnel_bfd_write_dscp(const struct vswrec_interface *row, uint8_t dscp)
{
    bool ours = smap_get(&row->external_ids, DSCP_KEY) != NULL;
    char tos[sizeof "0xff"];
    bool written;

    if (!tunnel_bfd_may_mark(row) || (!dscp && !ours)) {
        return false;
    }
    written = rows_put_external_id(row, DSCP_KEY, dscp ? "true" : NULL);
    snprintf(tos, sizeof tos, "0x%02x", (dscp & 0x3f) << 2);
    if (!nullable_string_is_equal(smap_get(&row->options, "tos"),
                                  dscp ? tos : NULL)) {
        if (dscp) {
            vswrec_interface_update_options_setkey(row, "tos", tos);
        } else {
            vswrec_interface_update_options_delkey(row, "tos");
        }
        written = true;
    }
    return written;
}

enum tunnel_bfd_state
tunnel_bfd_read(const struct vswrec_interface *row)
{
    if (!smap_get_bool(&row->bfd, "enable", false)) {
        return TUNNEL_BFD_OFF;
    } else if (!nullable_string_is_equal(smap_get(&row->bfd_status, "state"),
                                         "up")) {
        return TUNNEL_BFD_DOWN;
    }
    return (smap_get_bool(&row->bfd_status, "forwarding", false)
            ? TUNNEL_BFD_UP : TUNNEL_BFD_PATH_DOWN);
}

bool
tunnel_bfd_is_broken(const struct vswrec_interface *row)
{
    return (smap_get_bool(&row->bfd, "enable", false)
            && nullable_string_is_equal(smap_get(&row->bfd_status, "state"),
                                        "down")
            && (!smap_get(&row->external_ids, OURS_KEY)
                || smap_get_int(&row->bfd_status, "flap_count", 1)));
}
