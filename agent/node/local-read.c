/* Reads the local database: settings, the integration bridge, interfaces.
 *
 * The IDL tracks which rows changed.  It says nothing, though, about rows that
 * went when it connected to the database anew: all rows are new ones then, at
 * new addresses.  The row of table Open_vSwitch being new shows that, and
 * everything is read again.  Interfaces are mirrored by UUID (ifaces.h), so
 * what is the same as before causes no change.
 *
 * A port that comes or goes is to cost as little with many ports as with few,
 * but for the IDL, which parses the whole set of its bridge's ports.  So each
 * part is read only if the IDL says that something of it changed.  The bridge
 * that an interface is on is places.c's. */

#include <config.h>

#include "agent/node/local-private.h"

#include <string.h>

#include "agent/node/instance.h"
#include "lib/nullable-string.h"
#include "ovsdb-idl.h"
#include "schemas/vswitch-idl.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

/* What a reading of the database finds. */
struct reading {
    bool all;                       /* What the IDL tracked is not all. */
    bool other_bridge;              /* The settings name another integration
                                     * bridge. */
    bool plans;                     /* A plan's bridge may have changed. */
    bool attachments;               /* An attachment may have changed. */
    struct ovs_list dirty;          /* "struct iface"s to be looked at. */
    struct ovs_list gone;           /* "struct iface"s to be removed. */
};

/* Whether read_settings() may find anything new. */
static bool
settings_may_differ(const struct local *local)
{
    return (vswrec_open_vswitch_is_updated(
                local->rows.ovs, VSWREC_OPEN_VSWITCH_COL_EXTERNAL_IDS)
            || time_msec() >= settings_get_deadline(&local->settings));
}

/* Returns true if the integration bridge is one of another name than
 * before. */
static bool
read_settings(struct local *local)
{
    const struct vswrec_open_vswitch *ovs = local->rows.ovs;
    bool other_bridge;
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
        return false;
    }
    if (!nullable_string_is_equal(new.system_id, local->settings.system_id)) {
        tunnels_recheck(local->tunnels);
        plan_bridges_recheck(local->plans);
    }
    other_bridge = strcmp(new.bridge, local->settings.bridge) != 0;
    if (other_bridge) {
        free(local->datapath_type);
        local->datapath_type = NULL;
    }
    settings_destroy(&local->settings);
    settings_move(&local->settings, &new);
    attachments_set_mappings(local->attachments,
                             &local->settings.bridge_mappings);
    local->changes->settings = true;
    local->changes->problems = true;
    return other_bridge;
}

/* Finds the integration bridge. */
static void
read_bridge(struct local *local)
{
    const struct vswrec_bridge *bridge;
    char *problem = NULL;

    local->rows.bridge = NULL;
    VSWREC_BRIDGE_FOR_EACH (bridge, local->rows.idl) {
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
    const struct vswrec_bridge *bridge = local->rows.bridge;
    const struct vswrec_open_vswitch *ovs = local->rows.ovs;

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

/* Whether bridges came or went, or anything of them changed but their ports.
 * (The IDL also tracks a bridge when only an interface of it changed.) */
static bool
bridges_changed(struct local *local)
{
    const struct vswrec_bridge *bridge;

    VSWREC_BRIDGE_FOR_EACH_TRACKED (bridge, local->rows.idl) {
        if (vswrec_bridge_is_new(bridge) || vswrec_bridge_is_deleted(bridge)) {
            return true;
        }
        for (int i = 0; i < VSWREC_BRIDGE_N_COLUMNS; i++) {
            if (i != VSWREC_BRIDGE_COL_PORTS
                && vswrec_bridge_is_updated(bridge, i)) {
                return true;
            }
        }
    }
    return false;
}

/* Looks at the names of the ports that came or went: each may have been, or
 * be, in the way. */
static void
note_ports(const struct local *local, struct reading *r)
{
    const struct vswrec_port *port;

    VSWREC_PORT_FOR_EACH_TRACKED (port, local->rows.idl) {
        if (vswrec_port_is_new(port) || vswrec_port_is_deleted(port)) {
            r->plans |= plan_bridges_concern(port->name);
            r->attachments |= attachments_concern_port(port->name);
        }
    }
}

/* Looks at 'iface', or one that is about to go, before any module is told. */
static void
note_concern(const struct local *local, const struct iface *iface,
             struct reading *r)
{
    r->plans |= plan_bridges_concern(iface->name);
    r->attachments |= attachments_concern(local->attachments, iface);
}

static void
add_dirty(struct iface *iface, bool changed, struct reading *r)
{
    iface->changed |= changed;
    if (ovs_list_is_empty(&iface->read_node)) {
        ovs_list_push_back(&r->dirty, &iface->read_node);
    }
}

static void
add_gone(const struct local *local, struct iface *iface, struct reading *r)
{
    note_concern(local, iface, r);
    iface->is_gone = true;
    iface->port = NULL;
    iface->bridge = NULL;
    iface->on_bridge = false;
    ovs_list_push_back(&r->gone, &iface->read_node);
}

/* Takes over all Interface rows, for when those that the mirror points to may
 * not exist any more. */
static void
read_all_interfaces(struct local *local, struct reading *r)
{
    const struct vswrec_interface *row;
    struct iface *iface;

    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(local->rows.ifaces)) {
        iface->row = NULL;
    }
    VSWREC_INTERFACE_FOR_EACH (row, local->rows.idl) {
        add_dirty(ifaces_obtain(local->rows.ifaces, row), true, r);
    }
    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(local->rows.ifaces)) {
        if (!iface->row) {
            add_gone(local, iface, r);
        }
    }
}

/* Whether more of 'row' changed than what Open vSwitch reports in it. */
static bool
interface_changed(const struct vswrec_interface *row)
{
    return (vswrec_interface_is_new(row)
            || vswrec_interface_is_updated(row, VSWREC_INTERFACE_COL_TYPE)
            || vswrec_interface_is_updated(row, VSWREC_INTERFACE_COL_OPTIONS)
            || vswrec_interface_is_updated(row, VSWREC_INTERFACE_COL_BFD)
            || vswrec_interface_is_updated(
                row, VSWREC_INTERFACE_COL_EXTERNAL_IDS));
}

/* Does the same for the Interface rows that the IDL says changed. */
static void
read_tracked_interfaces(struct local *local, struct reading *r)
{
    const struct vswrec_interface *row;

    VSWREC_INTERFACE_FOR_EACH_TRACKED (row, local->rows.idl) {
        if (!vswrec_interface_is_deleted(row)) {
            add_dirty(ifaces_obtain(local->rows.ifaces, row),
                      interface_changed(row), r);
        } else {
            struct iface *iface = ifaces_find(local->rows.ifaces,
                                              &row->header_.uuid);

            if (iface && iface->row == row) {
                add_gone(local, iface, r);
            }
        }
    }
}

/* Does it for the interfaces of Port rows that were marked otherwise. */
static void
read_tracked_ports(struct local *local, struct reading *r)
{
    const struct vswrec_port *port;

    VSWREC_PORT_FOR_EACH_TRACKED (port, local->rows.idl) {
        if (vswrec_port_is_new(port) || vswrec_port_is_deleted(port)
            || !vswrec_port_is_updated(port, VSWREC_PORT_COL_EXTERNAL_IDS)) {
            continue;
        }
        for (size_t i = 0; i < port->n_interfaces; i++) {
            struct iface *iface = ifaces_find(
                local->rows.ifaces, &port->interfaces[i]->header_.uuid);

            if (iface) {
                add_dirty(iface, true, r);
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

/* Reads the interfaces that changed, and where they are. */
static void
read_interfaces(struct local *local, struct reading *r)
{
    struct iface *iface;

    ifaces_begin_reading(local->rows.ifaces);
    if (r->all) {
        read_all_interfaces(local, r);
    } else {
        read_tracked_interfaces(local, r);
        read_tracked_ports(local, r);
    }
    /* Modules look at other interfaces, too, so all of them must have rows and
     * places that exist before any module is told. */
    if (places_read(local->places, &local->rows, r->all || r->other_bridge,
                    &r->dirty)
        && !shash_is_empty(attachments_get_all(local->attachments))) {
        r->attachments = true;
    }
    /* What is new comes first, so that an endpoint whose port was made anew is
     * never without one. */
    LIST_FOR_EACH_POP (iface, read_node, &r->dirty) {
        ovs_list_init(&iface->read_node);
        refresh_iface(local, iface);
        note_concern(local, iface, r);
        iface->changed = false;
    }
    LIST_FOR_EACH_POP (iface, read_node, &r->gone) {
        remove_iface(local, iface);
    }
    refresh_plugs(local);
}

void
local_read(struct local *local)
{
    const struct vswrec_open_vswitch *ovs = vswrec_open_vswitch_first(
        local->rows.idl);
    struct reading r = {
        .dirty = OVS_LIST_INITIALIZER(&r.dirty),
        .gone = OVS_LIST_INITIALIZER(&r.gone),
        .all = (!local->ready || !ovs || ovs != local->rows.ovs
                || vswrec_open_vswitch_is_new(ovs)),
    };

    local->rows.ovs = ovs;
    rows_read_ports(&local->rows, r.all);
    if (r.all || settings_may_differ(local)) {
        r.other_bridge = read_settings(local);
    }
    r.plans = r.all || r.other_bridge || bridges_changed(local);
    r.attachments = r.plans || local->changes->settings;

    iface_mtus_enable(local->mtus, local->rows.ifaces,
                      local->settings.mtu_request);
    if (r.plans) {
        read_bridge(local);
    }
    read_bridge_ready(local);
    note_ports(local, &r);
    read_interfaces(local, &r);
    if (r.plans) {
        plan_bridges_read(local->plans, &local->rows);
        bridge_note_read(&local->nat_zones, &local->rows);
    }
    if (r.attachments) {
        attachments_read(local->attachments, &local->rows);
    }
    local->ready = true;
    local->n_readings++;
}
