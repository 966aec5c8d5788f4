/* Reading the local database: settings, the integration bridge, interfaces.
 *
 * Tracked rows say what changed.  Interfaces are mirrored
 * (agent/node/ifaces.h) by UUID, because after a reconnection all rows are new
 * ones, at new addresses, and the old ones are gone without a word.  That
 * shows in the row of table Open_vSwitch being new; then everything is read
 * again, and what is the same as before causes no change.
 *
 * Which bridge an interface is on is found by a walk through all bridges,
 * whenever a port comes or goes.  The IDL itself parses the whole set of a
 * bridge's ports then, so this is no worse. */

#include <config.h>

#include "agent/node/local-private.h"

#include <string.h>

#include "hmapx.h"
#include "lib/vswitch-idl.h"
#include "ovsdb-idl.h"
#include "util.h"

static void
read_settings(struct local *local)
{
    struct settings new;

    settings_parse(&new, local->ovs ? &local->ovs->external_ids : NULL,
                   &local->settings);
    if (local->ready && settings_equal(&new, &local->settings)) {
        settings_destroy(&new);
        return;
    }
    if (!nullable_string_is_equal(new.system_id, local->settings.system_id)) {
        tunnels_recheck(local->tunnels);
        plan_bridges_recheck(local->plans);
    }
    if (strcmp(new.bridge, local->settings.bridge)) {
        free(local->datapath_type);
        local->datapath_type = NULL;
    }
    settings_destroy(&local->settings);
    settings_move(&local->settings, &new);
    local->changes->settings = true;
    local->changes->problems = true;
}

/* Finds the integration bridge. */
static void
read_bridge(struct local *local)
{
    const struct ovsrec_bridge *bridge;
    char *problem = NULL;

    local->bridge = NULL;
    OVSREC_BRIDGE_FOR_EACH (bridge, local->idl) {
        if (!strcmp(bridge->name, local->settings.bridge)) {
            local->bridge = bridge;
            free(local->datapath_type);
            local->datapath_type = xstrdup(bridge->datapath_type);
            if (bridge->fail_mode && strcmp(bridge->fail_mode, "secure")) {
                problem = xasprintf("fail_mode is %s, so it forwards packets "
                                    "past our flows when ovs-vswitchd starts:"
                                    " set it to secure", bridge->fail_mode);
            }
            break;
        }
    }
    local_set_problem(local, &local->bridge_problem, problem);
}

/* Finds out which interfaces are on which bridge, and adds those whose place
 * changed to 'dirty'. */
static void
read_places(struct local *local, struct hmapx *dirty)
{
    const struct hmap *all = ifaces_get_all(local->ifaces);
    const struct ovsrec_bridge *bridge;
    struct hmapx was_on = HMAPX_INITIALIZER(&was_on);
    struct iface *iface;

    HMAP_FOR_EACH (iface, uuid_node, all) {
        if (iface->bridge) {
            hmapx_add(&was_on, iface);
        }
        iface->port = NULL;
        iface->bridge = NULL;
    }
    OVSREC_BRIDGE_FOR_EACH (bridge, local->idl) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const struct ovsrec_port *port = bridge->ports[i];

            for (size_t j = 0; j < port->n_interfaces; j++) {
                iface = ifaces_find(local->ifaces,
                                    &port->interfaces[j]->header_.uuid);
                if (iface) {
                    iface->port = port;
                    iface->bridge = bridge;
                }
            }
        }
    }
    HMAP_FOR_EACH (iface, uuid_node, all) {
        bool on_bridge = iface->bridge && iface->bridge == local->bridge;

        if (on_bridge != iface->on_bridge
            || (iface->is_ours && iface->port
                && iface->port->n_interfaces != 1)
            || (iface->bridge != NULL) != hmapx_contains(&was_on, iface)) {
            iface->on_bridge = on_bridge;
            hmapx_add(dirty, iface);
        }
    }
    hmapx_destroy(&was_on);
}

static bool
bridges_changed(struct local *local)
{
    return ovsrec_bridge_track_get_first(local->idl) != NULL;
}

/* Whether ports came, went or moved, or bridges did. */
static bool
places_changed(struct local *local)
{
    const struct ovsrec_bridge *bridge;
    const struct ovsrec_port *port;

    OVSREC_BRIDGE_FOR_EACH_TRACKED (bridge, local->idl) {
        if (ovsrec_bridge_is_new(bridge) || ovsrec_bridge_is_deleted(bridge)
            || ovsrec_bridge_is_updated(bridge, OVSREC_BRIDGE_COL_PORTS)) {
            return true;
        }
    }
    OVSREC_PORT_FOR_EACH_TRACKED (port, local->idl) {
        if (ovsrec_port_is_new(port) || ovsrec_port_is_deleted(port)
            || ovsrec_port_is_updated(port, OVSREC_PORT_COL_INTERFACES)) {
            return true;
        }
    }
    return false;
}

/* Takes over all Interface rows: after a reconnection, when what the mirror
 * points to does not exist any more. */
static void
read_all_interfaces(struct local *local, struct hmapx *dirty,
                    struct hmapx *gone)
{
    const struct ovsrec_interface *row;
    struct iface *iface;

    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(local->ifaces)) {
        iface->row = NULL;
    }
    OVSREC_INTERFACE_FOR_EACH (row, local->idl) {
        hmapx_add(dirty, ifaces_obtain(local->ifaces, row));
    }
    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(local->ifaces)) {
        if (!iface->row) {
            hmapx_add(gone, iface);
        }
    }
}

static void
read_tracked_interfaces(struct local *local, struct hmapx *dirty,
                        struct hmapx *gone)
{
    const struct ovsrec_interface *row;

    OVSREC_INTERFACE_FOR_EACH_TRACKED (row, local->idl) {
        if (!ovsrec_interface_is_deleted(row)) {
            hmapx_add(dirty, ifaces_obtain(local->ifaces, row));
        } else {
            struct iface *iface = ifaces_find(local->ifaces,
                                              &row->header_.uuid);

            if (iface && iface->row == row) {
                hmapx_add(gone, iface);
            }
        }
    }
}

/* Reads the interfaces, all if 'all', else those that changed.  Returns
 * whether one of them may be a plan's. */
static bool
read_interfaces(struct local *local, bool all, bool new_places)
{
    struct hmapx dirty = HMAPX_INITIALIZER(&dirty);
    struct hmapx gone = HMAPX_INITIALIZER(&gone);
    struct hmapx_node *node;
    bool plans = false;

    if (all) {
        read_all_interfaces(local, &dirty, &gone);
    } else {
        read_tracked_interfaces(local, &dirty, &gone);
    }
    /* Before anything looks at other interfaces, all must have rows and places
     * that exist. */
    if (new_places) {
        read_places(local, &dirty);
    }
    HMAPX_FOR_EACH (node, &gone) {
        struct iface *iface = node->data;

        hmapx_find_and_delete(&dirty, iface);
        plans |= plan_bridges_concern(iface);
        tunnels_remove_iface(local->tunnels, iface);
        iface_mtus_remove_iface(local->mtus, iface);
        iface_settled_remove_iface(local->marks, iface);
        local->changes->problems |= ifaces_remove(local->ifaces, iface,
                                                  &local->changes->ifaces);
    }
    HMAPX_FOR_EACH (node, &dirty) {
        struct iface *iface = node->data;

        local->changes->problems |= ifaces_refresh(local->ifaces, iface,
                                                   &local->changes->ifaces);
        tunnels_refresh_iface(local->tunnels, iface);
        iface_mtus_refresh_iface(local->mtus, iface);
        iface_settled_refresh_iface(local->marks, iface);
        plans |= plan_bridges_concern(iface);
    }
    hmapx_destroy(&gone);
    hmapx_destroy(&dirty);
    return plans;
}

void
local_read(struct local *local)
{
    const struct ovsrec_open_vswitch *ovs = ovsrec_open_vswitch_first(
        local->idl);
    bool all = (!local->ready || !ovs || ovs != local->ovs
                || ovsrec_open_vswitch_is_new(ovs));
    bool new_places = all || places_changed(local);
    bool new_plans = all || bridges_changed(local);
    char *old_bridge = xstrdup(local->settings.bridge);

    local->ovs = ovs;
    read_settings(local);
    if (strcmp(old_bridge, local->settings.bridge)) {
        new_places = new_plans = true;
    }
    free(old_bridge);

    iface_mtus_enable(local->mtus, local->ifaces,
                      local->settings.mtu_request);
    read_bridge(local);
    new_plans |= read_interfaces(local, all, new_places);
    if (new_plans) {
        struct plan_bridges_db db = local_plan_bridges_db(local);

        plan_bridges_read(local->plans, &db);
    }
    local->ready = true;
}
