/* Reads the local database: settings, the integration bridge, interfaces.
 *
 * The IDL tracks which rows changed.  It says nothing, though, about rows that
 * went when it connected to the database anew: all rows are new ones then, at
 * new addresses.  The row of table Open_vSwitch being new shows that, and
 * everything is read again.  Interfaces are mirrored by UUID (ifaces.h), so
 * what is the same as before causes no change.
 *
 * A walk through all bridges finds which bridge each interface is on, whenever
 * a port comes or goes.  The IDL itself parses the whole set of a bridge's
 * ports then, so the walk does not cost more. */

#include <config.h>

#include "agent/node/local-private.h"

#include <string.h>

#include "agent/node/instance.h"
#include "hmapx.h"
#include "lib/nullable-string.h"
#include "lib/vswitch-idl.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

static void
read_settings(struct local *local)
{
    const struct ovsrec_open_vswitch *ovs = local->rows.ovs;
    struct settings new;

    if (ovs && !uuid_equals(&ovs->header_.uuid, &local->instance_row)) {
        local->instance_row = ovs->header_.uuid;
        nullable_string_replace(&local->instance,
                                instance_create(&local->instance_row));
    }
    settings_parse(&new, ovs ? &ovs->external_ids : NULL, &local->settings,
                   time_msec());
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
    attachments_set_mappings(local->attachments,
                             &local->settings.bridge_mappings);
    local->changes->settings = true;
    local->changes->problems = true;
}

/* Finds the integration bridge. */
static void
read_bridge(struct local *local)
{
    const struct ovsrec_bridge *bridge;
    char *problem = NULL;

    local->rows.bridge = NULL;
    OVSREC_BRIDGE_FOR_EACH (bridge, local->rows.idl) {
        if (!strcmp(bridge->name, local->settings.bridge)) {
            local->rows.bridge = bridge;
            free(local->datapath_type);
            local->datapath_type = xstrdup(bridge->datapath_type);
            if (bridge->fail_mode && strcmp(bridge->fail_mode, "secure")) {
                problem = xasprintf("fail_mode is %s, so the bridge forwards "
                                    "packets without the agent's flows when "
                                    "ovs-vswitchd starts: set it to secure",
                                    bridge->fail_mode);
            }
            break;
        }
    }
    if (nullable_string_replace(&local->bridge_problem, problem)) {
        local->changes->problems = true;
    }
}

/* Finds out whether ovs-vswitchd has done what the database says of the
 * integration bridge: it sets cur_cfg to the next_cfg that it has seen.  Once
 * it has, this holds for as long as the bridge exists. */
static void
read_bridge_ready(struct local *local)
{
    const struct ovsrec_bridge *bridge = local->rows.bridge;
    const struct ovsrec_open_vswitch *ovs = local->rows.ovs;

    if (!ovs || !bridge
        || (!uuid_equals(&bridge->header_.uuid, &local->bridge_uuid)
            && !bridge->fail_mode)) {
        uuid_zero(&local->bridge_uuid);
        local->bridge_ready = false;
        return;
    }
    if (!uuid_equals(&bridge->header_.uuid, &local->bridge_uuid)) {
        local->bridge_uuid = bridge->header_.uuid;
        local->bridge_cfg = ovs->next_cfg;
        local->bridge_ready = false;
    }
    local->bridge_ready |= ovs->cur_cfg >= local->bridge_cfg;
}

/* Gives each interface that is on a bridge its place there. */
static void
set_places(struct local *local)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, local->rows.idl) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const struct ovsrec_port *port = bridge->ports[i];

            for (size_t j = 0; j < port->n_interfaces; j++) {
                struct iface *iface = ifaces_find(
                    local->rows.ifaces, &port->interfaces[j]->header_.uuid);

                if (iface) {
                    iface->port = port;
                    iface->bridge = bridge;
                }
            }
        }
    }
}

/* Finds which bridge each interface is on, and adds those whose place changed
 * to 'dirty'. */
static void
read_places(struct local *local, struct hmapx *dirty)
{
    const struct hmap *all = ifaces_get_all(local->rows.ifaces);
    struct hmapx had_place = HMAPX_INITIALIZER(&had_place);
    struct iface *iface;

    HMAP_FOR_EACH (iface, uuid_node, all) {
        if (iface->bridge) {
            hmapx_add(&had_place, iface);
        }
        iface->port = NULL;
        iface->bridge = NULL;
    }
    set_places(local);
    HMAP_FOR_EACH (iface, uuid_node, all) {
        bool on_bridge = iface->bridge && iface->bridge == local->rows.bridge;

        if (on_bridge != iface->on_bridge
            || (iface->is_ours && iface->port
                && iface->port->n_interfaces != 1)
            || (iface->bridge != NULL) != hmapx_contains(&had_place, iface)) {
            iface->on_bridge = on_bridge;
            hmapx_add(dirty, iface);
        }
    }
    hmapx_destroy(&had_place);
}

/* Whether bridges came or went, or anything of them changed but their ports.
 * (The IDL also tracks a bridge when only an interface of it changed.) */
static bool
bridges_changed(struct local *local)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH_TRACKED (bridge, local->rows.idl) {
        if (ovsrec_bridge_is_new(bridge) || ovsrec_bridge_is_deleted(bridge)) {
            return true;
        }
        for (int i = 0; i < OVSREC_BRIDGE_N_COLUMNS; i++) {
            if (i != OVSREC_BRIDGE_COL_PORTS
                && ovsrec_bridge_is_updated(bridge, i)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether ports came, went or moved, or bridges did. */
static bool
places_changed(struct local *local)
{
    const struct ovsrec_bridge *bridge;
    const struct ovsrec_port *port;

    OVSREC_BRIDGE_FOR_EACH_TRACKED (bridge, local->rows.idl) {
        if (ovsrec_bridge_is_new(bridge) || ovsrec_bridge_is_deleted(bridge)
            || ovsrec_bridge_is_updated(bridge, OVSREC_BRIDGE_COL_PORTS)) {
            return true;
        }
    }
    OVSREC_PORT_FOR_EACH_TRACKED (port, local->rows.idl) {
        if (ovsrec_port_is_new(port) || ovsrec_port_is_deleted(port)
            || ovsrec_port_is_updated(port, OVSREC_PORT_COL_INTERFACES)) {
            return true;
        }
    }
    return false;
}

/* Takes over all Interface rows, for when those that the mirror points to may
 * not exist any more.  Adds the ifaces that exist to 'dirty' and the others to
 * 'gone'. */
static void
read_all_interfaces(struct local *local, struct hmapx *dirty,
                    struct hmapx *gone)
{
    const struct ovsrec_interface *row;
    struct iface *iface;

    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(local->rows.ifaces)) {
        iface->row = NULL;
    }
    OVSREC_INTERFACE_FOR_EACH (row, local->rows.idl) {
        hmapx_add(dirty, ifaces_obtain(local->rows.ifaces, row));
    }
    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(local->rows.ifaces)) {
        if (!iface->row) {
            hmapx_add(gone, iface);
        }
    }
}

/* Does the same for the Interface rows that the IDL says changed. */
static void
read_tracked_interfaces(struct local *local, struct hmapx *dirty,
                        struct hmapx *gone)
{
    const struct ovsrec_interface *row;

    OVSREC_INTERFACE_FOR_EACH_TRACKED (row, local->rows.idl) {
        if (!ovsrec_interface_is_deleted(row)) {
            hmapx_add(dirty, ifaces_obtain(local->rows.ifaces, row));
        } else {
            struct iface *iface = ifaces_find(local->rows.ifaces,
                                              &row->header_.uuid);

            if (iface && iface->row == row) {
                hmapx_add(gone, iface);
            }
        }
    }
}

/* Tells all modules that 'iface' is about to go, and frees it. */
static void
remove_iface(struct local *local, struct iface *iface)
{
    struct local_changes *changes = local->changes;

    tunnels_remove_iface(local->tunnels, iface);
    iface_mtus_remove_iface(local->mtus, iface);
    iface_settled_remove_iface(local->settled, iface);
    changes->problems |= plugs_remove_iface(local->plugs, iface,
                                            &changes->ifaces);
    ifaces_remove(local->rows.ifaces, iface);
}

/* Tells all modules that 'iface' is new or changed. */
static void
refresh_iface(struct local *local, struct iface *iface)
{
    struct local_changes *changes = local->changes;

    ifaces_refresh(iface);
    changes->problems |= plugs_refresh_iface(local->plugs, iface,
                                             &changes->ifaces);
    tunnels_refresh_iface(local->tunnels, iface);
    iface_mtus_refresh_iface(local->mtus, iface);
    iface_settled_refresh_iface(local->settled, iface);
}

/* An interface whose rival went, or does not work any more, has an endpoint
 * now though it did not change itself. */
static void
refresh_plugs(struct local *local)
{
    const char *iface_id;

    SSET_FOR_EACH (iface_id, &local->changes->ifaces) {
        struct iface *iface = plugs_find_iface(local->plugs, iface_id);

        if (iface) {
            iface_mtus_refresh_iface(local->mtus, iface);
            iface_settled_refresh_iface(local->settled, iface);
        }
    }
}

/* Reads all interfaces if 'all', and otherwise those that changed.  Sets
 * '*plans' to true if one of them may be a plan's, and '*attachments' if one
 * may be an attachment's. */
static void
read_interfaces(struct local *local, bool all, bool new_places,
                bool *plans, bool *attachments)
{
    struct hmapx dirty = HMAPX_INITIALIZER(&dirty);
    struct hmapx gone = HMAPX_INITIALIZER(&gone);
    struct hmapx_node *node;

    ifaces_begin_reading(local->rows.ifaces);
    if (all) {
        read_all_interfaces(local, &dirty, &gone);
    } else {
        read_tracked_interfaces(local, &dirty, &gone);
    }
    /* Modules look at other interfaces, too, so all of them must have rows and
     * places that exist before any module is told. */
    if (new_places) {
        read_places(local, &dirty);
    }
    HMAPX_FOR_EACH (node, &gone) {
        hmapx_find_and_delete(&dirty, node->data);
    }
    /* What is new comes first, so that an endpoint whose port was made anew is
     * never without one. */
    HMAPX_FOR_EACH (node, &dirty) {
        refresh_iface(local, node->data);
        *plans |= plan_bridges_concern(node->data);
        *attachments |= attachments_concern(local->attachments, node->data);
    }
    HMAPX_FOR_EACH (node, &gone) {
        *plans |= plan_bridges_concern(node->data);
        *attachments |= attachments_concern(local->attachments, node->data);
        remove_iface(local, node->data);
    }
    refresh_plugs(local);
    hmapx_destroy(&gone);
    hmapx_destroy(&dirty);
}

void
local_read(struct local *local)
{
    const struct ovsrec_open_vswitch *ovs = ovsrec_open_vswitch_first(
        local->rows.idl);
    bool all = (!local->ready || !ovs || ovs != local->rows.ovs
                || ovsrec_open_vswitch_is_new(ovs));
    bool new_places = all || places_changed(local);
    bool new_plans = all || bridges_changed(local);
    bool new_attachments = (new_plans
                            || (new_places && !shash_is_empty(
                                    attachments_get_all(local->attachments))));
    char *old_bridge = xstrdup(local->settings.bridge);

    local->rows.ovs = ovs;
    read_settings(local);
    new_attachments |= local->changes->settings;
    if (strcmp(old_bridge, local->settings.bridge)) {
        new_places = new_plans = new_attachments = true;
    }
    free(old_bridge);

    iface_mtus_enable(local->mtus, local->rows.ifaces,
                      local->settings.mtu_request);
    read_bridge(local);
    read_bridge_ready(local);
    read_interfaces(local, all, new_places, &new_plans, &new_attachments);
    if (new_plans) {
        plan_bridges_read(local->plans, &local->rows);
    }
    if (new_plans) {
        bridge_note_read(&local->nat_zones, &local->rows);
    }
    if (new_attachments) {
        attachments_read(local->attachments, &local->rows);
    }
    local->ready = true;
}
