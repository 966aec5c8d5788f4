/* Writing to the local database: the integration bridge, tunnel ports, plan
 * bridges.
 *
 * One transaction at most is under way.  When it has ended, what it wrote is
 * compared with the database once more, so an attempt that came to nothing is
 * repeated: at once if the database had changed in between, after a growing
 * pause if the database refused it.  Without a valid system-id nothing is
 * written. */

#include <config.h>

#include "agent/node/local-private.h"

#include <string.h>

#include "lib/json-util.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(local);

#define RETRY_MIN_MS 1000           /* After a transaction that failed. */
#define RETRY_MAX_MS 30000
#define NUDGE_MIN_MS 50             /* For a port that could not be added. */
#define NUDGE_MAX_MS 60000

/* The datapath type for the integration bridge: what it had before it went;
 * the default, unless ovs-vswitchd has no kernel datapath at all. */
static const char *
choose_datapath_type(const struct local *local)
{
    const struct ovsrec_open_vswitch *ovs = local->ovs;
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

/* Creates the integration bridge with its internal port. */
static void
write_bridge(struct local *local)
{
    const char *datapath_type = choose_datapath_type(local);
    const char *name = local->settings.bridge;
    struct ovsrec_interface *iface;
    struct ovsrec_bridge *bridge;
    struct ovsrec_port *port;

    VLOG_INFO("bridge %s: creating it", name);
    iface = ovsrec_interface_insert(local->txn);
    ovsrec_interface_set_name(iface, name);
    ovsrec_interface_set_type(iface, "internal");

    port = ovsrec_port_insert(local->txn);
    ovsrec_port_set_name(port, name);
    ovsrec_port_set_interfaces(port, &iface, 1);

    bridge = ovsrec_bridge_insert(local->txn);
    ovsrec_bridge_set_name(bridge, name);
    ovsrec_bridge_set_fail_mode(bridge, "secure");
    if (*datapath_type) {
        ovsrec_bridge_set_datapath_type(bridge, datapath_type);
    }
    ovsrec_bridge_set_ports(bridge, &port, 1);
    ovsrec_open_vswitch_update_bridges_addvalue(local->ovs, bridge);
}

/* What the database says of the transaction that failed, as text for people;
 * for the caller to free. */
static char *
txn_error(const struct ovsdb_idl_txn *txn)
{
    const char *error = ovsdb_idl_txn_get_error(txn);
    struct json *json = *error == '{' ? json_from_string(error) : NULL;
    char *s = xstrdup(json_util_string(
                          json, "details",
                          json_util_string(json, "error", error)));

    json_destroy(json);
    return s;
}

/* Ends the transaction, whose fate is 'status'. */
static void
local_end_txn(struct local *local, enum ovsdb_idl_txn_status status)
{
    if (status == TXN_SUCCESS || status == TXN_UNCHANGED) {
        local->retry_ms = 0;
        local_set_problem(local, &local->txn_problem, NULL);
    } else if (status != TXN_TRY_AGAIN) {
        char *error = txn_error(local->txn);

        local->retry_ms = (local->retry_ms
                           ? MIN(2 * local->retry_ms, RETRY_MAX_MS)
                           : RETRY_MIN_MS);
        local->retry_at = time_msec() + local->retry_ms;
        VLOG_WARN("transaction failed, trying again in %d s: %s",
                  local->retry_ms / 1000, error);
        local_set_problem(local, &local->txn_problem,
                          xasprintf("refused what we wrote: %s", error));
        free(error);
    }
    ovsdb_idl_txn_destroy(local->txn);
    local->txn = NULL;
}

void
local_commit(struct local *local)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(local->txn);

    if (status != TXN_INCOMPLETE) {
        local_end_txn(local, status);
    }
}

/* Adds to the transaction all that has to change.  Returns whether that is
 * anything. */
static bool
local_fill_txn(struct local *local, bool complete)
{
    struct tunnels_target target = {
        .txn = local->txn,
        .bridge = local->bridge,
        .system_id = local->settings.system_id,
        .ifaces = local->ifaces,
        .port_by_name = local->port_by_name,
        .interface_by_name = local->interface_by_name,
        .complete = complete,
    };
    struct plan_bridges_db db = local_plan_bridges_db(local);
    bool any = false;

    if (!local->bridge) {
        write_bridge(local);
        return true;
    }
    if (!local->bridge->fail_mode) {
        VLOG_INFO("bridge %s: setting fail_mode to secure",
                  local->bridge->name);
        ovsrec_bridge_set_fail_mode(local->bridge, "secure");
        any = true;
    }
    any |= tunnels_write(local->tunnels, &target) > 0;

    db.txn = local->txn;
    db.system_id = local->settings.system_id;
    db.complete = complete;
    any |= plan_bridges_write(local->plans, &db);
    if (complete) {
        any |= iface_mtus_write(local->mtus, &local->changes->problems);
        any |= iface_settled_write(local->marks);
    }
    return any;
}

/* Whether it is time to make ovs-vswitchd try again the ports of ours that it
 * could not add, as it does whenever the database's content changes. */
static bool
nudge_is_due(struct local *local)
{
    if (!tunnels_have_failed(local->tunnels)
        && !plan_bridges_have_failed(local->plans)) {
        local->nudge_ms = 0;
        return false;
    } else if (!local->nudge_ms) {
        local->nudge_ms = NUDGE_MIN_MS;
        local->nudge_at = time_msec() + local->nudge_ms;
    }
    return time_msec() >= local->nudge_at;
}

static void
write_nudge(struct local *local)
{
    ovsdb_idl_txn_increment(local->txn, &local->ovs->header_,
                            &ovsrec_open_vswitch_col_next_cfg, true);
    local->nudge_ms = MIN(2 * local->nudge_ms, NUDGE_MAX_MS);
    local->nudge_at = time_msec() + local->nudge_ms;
}

void
local_write(struct local *local, bool complete)
{
    bool nudge = nudge_is_due(local);

    local->pausing = false;
    if (local->txn || !local->ovs || !local->settings.system_id
        || !ovsdb_idl_is_connected(local->idl)) {
        return;
    }
    if (!nudge && local->bridge && local->bridge->fail_mode
        && !tunnels_are_dirty(local->tunnels, complete)
        && !plan_bridges_are_dirty(local->plans, complete)
        && !(complete && (iface_mtus_are_dirty(local->mtus)
                          || iface_settled_are_dirty(local->marks)))) {
        local->retry_ms = 0;
        local_set_problem(local, &local->txn_problem, NULL);
        return;
    }
    if (local->retry_ms && time_msec() < local->retry_at) {
        local->pausing = true;
        return;
    }

    local->txn = ovsdb_idl_txn_create(local->idl);
    ovsdb_idl_txn_add_comment(local->txn, "geneve-agentd");
    if (nudge) {
        write_nudge(local);
    }
    if (local_fill_txn(local, complete) || nudge) {
        local->n_txns++;
        local_commit(local);
    } else {
        ovsdb_idl_txn_destroy(local->txn);
        local->txn = NULL;
    }
}
