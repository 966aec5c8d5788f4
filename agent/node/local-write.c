/* Writes to the local database: the integration bridge, tunnel ports, bridges
 * of further plans, patch ports to provider bridges, and what interfaces of
 * endpoints get.
 *
 * One transaction is under way at most.  When it has ended, each module
 * compares what it wrote with the database once more, so an attempt that came
 * to nothing is repeated.  Nothing is written without a valid system-id. */

#include <config.h>

#include "agent/node/local-private.h"

#include <string.h>

#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "schemas/vswitch-idl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(local);

/* How long the database's answer, and what ovs-vswitchd writes about ports
 * whose numbers are known, may go unread: they had better be read in one
 * turn. */
#define LULL_MS 10

#define NUDGE_MIN_MS 50
#define NUDGE_MAX_MS 60000

/* The datapath type for an integration bridge that has to be made: what the
 * bridge had before it went, or else the kernel's, unless ovs-vswitchd only
 * has the userspace datapath. */
static const char *
choose_datapath_type(const struct local *local)
{
    const struct vswrec_open_vswitch *ovs = local->rows.ovs;
    bool system = false, netdev = false;

    if (local->datapath_type) {
        return local->datapath_type;
    }
    for (size_t i = 0; i < ovs->n_datapath_types; i++) {
        system |= !strcmp(ovs->datapath_types[i], "system");
        netdev |= !strcmp(ovs->datapath_types[i], "netdev");
    }
    return netdev && !system ? "netdev" : "";
}

/* Makes the integration bridge, with its internal port. */
static void
insert_bridge(struct local *local, struct ovsdb_idl_txn *txn)
{
    const char *datapath_type = choose_datapath_type(local);
    const char *name = local->settings.bridge;
    struct vswrec_interface *iface;
    struct vswrec_bridge *bridge;
    struct vswrec_port *port;

    VLOG_INFO("bridge %s: creating it", name);
    iface = vswrec_interface_insert(txn);
    vswrec_interface_set_name(iface, name);
    vswrec_interface_set_type(iface, "internal");

    port = vswrec_port_insert(txn);
    vswrec_port_set_name(port, name);
    vswrec_port_set_interfaces(port, &iface, 1);

    bridge = vswrec_bridge_insert(txn);
    vswrec_bridge_set_name(bridge, name);
    vswrec_bridge_set_fail_mode(bridge, "secure");
    if (*datapath_type) {
        vswrec_bridge_set_datapath_type(bridge, datapath_type);
    }
    vswrec_bridge_set_ports(bridge, &port->header_.uuid, 1);
    vswrec_open_vswitch_update_bridges_addvalue(local->rows.ovs, bridge);
}

/* Writes what the integration bridge, which exists, lacks. */
static void
update_bridge(struct local *local)
{
    const struct vswrec_bridge *bridge = local->rows.bridge;

    VLOG_INFO("bridge %s: setting fail_mode to secure", bridge->name);
    vswrec_bridge_set_fail_mode(bridge, "secure");
}

/* Whether the integration bridge itself is not as it should be: that comes
 * first, in a transaction of its own. */
static bool
bridge_is_wrong(const struct local *local)
{
    return !local->rows.bridge || !local->rows.bridge->fail_mode;
}

/* next_cfg lets local-read.c see when ovs-vswitchd has done it. */
static void
write_bridge(struct local *local, struct ovsdb_idl_txn *txn)
{
    ovsdb_idl_txn_increment(txn, &local->rows.ovs->header_,
                            &vswrec_open_vswitch_col_next_cfg, true);
    if (local->rows.bridge) {
        update_bridge(local);
    } else {
        insert_bridge(local, txn);
    }
}

/* Whether fill_txn() would look at anything. */
static bool
is_dirty(const struct local *local)
{
    return (tunnels_are_dirty(local->tunnels)
            || plan_bridges_are_dirty(local->plans)
            || attachments_are_dirty(local->attachments)
            || local->nat_zones.dirty
            || iface_mtus_are_dirty(local->mtus)
            || iface_settled_is_dirty(local->settled));
}

/* Adds everything that has to change to the transaction 'txn', but for the
 * integration bridge itself.  Returns whether there is anything, and stores
 * whether anybody waits for it. */
static bool
fill_txn(struct local *local, struct ovsdb_idl_txn *txn, bool *awaited)
{
    struct rows_target target = {
        .rows = &local->rows,
        .txn = txn,
        .system_id = local->settings.system_id,
    };
    bool any, others = false;

    any = tunnels_write(local->tunnels, &target) > 0;
    others |= plan_bridges_write(local->plans, &target);
    others |= attachments_write(local->attachments, &target);
    others |= bridge_note_write(&local->nat_zones, &local->rows);
    others |= iface_mtus_write(local->mtus, &local->changes->problems);
    others |= iface_settled_write(local->settled);
    *awaited = others || tunnels_are_awaited(local->tunnels);
    return any || others;
}

/* Returns whether there was anything to write.  As long as there is, what was
 * written may have come to nothing. */
static bool
write_path_down(struct local *local)
{
    if (!local->path_down || !ovsdb_gate_open(local->gate, WRITE_PATH_DOWN)) {
        return false;
    }
    local->path_down = tunnels_write_path_down(local->tunnels);
    ovsdb_gate_close(local->gate, !local->path_down);
    return local->path_down;
}

/* Whether it is time to make ovs-vswitchd try again to add the ports of ours
 * that it could not add.  It does so whenever the database changes. */
static bool
nudge_is_due(struct local *local)
{
    if (!tunnels_have_failed(local->tunnels)
        && !plan_bridges_have_failed(local->plans)
        && !attachments_have_failed(local->attachments)) {
        local->nudge_ms = 0;
        return false;
    } else if (!local->nudge_ms) {
        local->nudge_ms = NUDGE_MIN_MS;
        local->nudge_at = time_msec() + local->nudge_ms;
    }
    return time_msec() >= local->nudge_at;
}

static void
write_nudge(struct local *local, struct ovsdb_idl_txn *txn)
{
    ovsdb_idl_txn_increment(txn, &local->rows.ovs->header_,
                            &vswrec_open_vswitch_col_next_cfg, true);
    local->nudge_ms = MIN(2 * local->nudge_ms, NUDGE_MAX_MS);
    local->nudge_at = time_msec() + local->nudge_ms;
}

void
local_write(struct local *local)
{
    bool bridge = bridge_is_wrong(local);
    bool nudge = nudge_is_due(local);
    struct ovsdb_idl_txn *txn;
    bool any = true, awaited = true;

    if (ovsdb_gate_is_busy(local->gate) || !local->rows.ovs
        || !local->settings.system_id
        || !ovsdb_idl_is_connected(local->rows.idl)) {
        return;
    }
    if (!bridge && write_path_down(local)) {
        return;
    }
    if (!bridge && !nudge && !is_dirty(local)) {
        ovsdb_gate_forget_failure(local->gate);
        return;
    }
    txn = ovsdb_gate_open(local->gate, bridge ? WRITE_BRIDGE : WRITE_DATABASE);
    if (!txn) {
        return;
    }
    if (bridge) {
        write_bridge(local, txn);
    } else {
        if (nudge) {
            write_nudge(local, txn);
        }
        any = fill_txn(local, txn, &awaited) || nudge;
    }
    local->lull_end = (any && !awaited && !nudge ? time_msec() + LULL_MS : 0);
    ovsdb_gate_close(local->gate, !any);
}
