/* The local Open vSwitch database, through the IDL.
 *
 * A turn of local_run() reads what changed, then writes what has to change:
 *
 *   - Tracked rows say what changed.  Interfaces are mirrored (agent/ifaces.h)
 *     by UUID, because after a reconnection all rows are new ones, at new
 *     addresses, and the old ones are gone without a word.  That shows in the
 *     row of table Open_vSwitch being new; then everything is read again, and
 *     what is the same as before causes no change.
 *   - Which bridge an interface is on is found by a walk through all bridges,
 *     whenever a port comes or goes.  The IDL itself parses the whole set of
 *     a bridge's ports then, so this is no worse.
 *   - One transaction at most is under way.  When it has ended, what it wrote
 *     is compared with the database once more, so an attempt that came to
 *     nothing is repeated: at once if the database had changed in between,
 *     after a growing pause if the database refused it.
 *
 * Without a valid system-id nothing is written. */

#include <config.h>

#include "agent/local.h"

#include <string.h>

#include "agent/ifaces.h"
#include "agent/tunnels.h"
#include "hmapx.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(local);

#define RETRY_MIN_MS 1000           /* After a transaction that failed. */
#define RETRY_MAX_MS 30000
#define NUDGE_MIN_MS 50             /* For a port that could not be added. */
#define NUDGE_MAX_MS 60000

struct local {
    char *remote;
    struct ovsdb_idl *idl;
    struct ovsdb_idl_index *port_by_name, *interface_by_name;

    /* What was read. */
    bool ready;                     /* The database has been read. */
    unsigned int seqno;             /* IDL's, when it was read last. */
    const struct ovsrec_open_vswitch *ovs; /* NULL if there is none. */
    const struct ovsrec_bridge *bridge;    /* NULL if there is none. */
    struct settings settings;
    struct ifaces *ifaces;
    struct tunnels *tunnels;
    char *bridge_problem;           /* Or NULL. */
    char *datapath_type;            /* Of the bridge, when there was one. */

    /* Writing. */
    struct ovsdb_idl_txn *txn;      /* Under way, or NULL. */
    bool kicked;                    /* There is news since local_run(). */
    long long int retry_at;         /* No transaction before that. */
    int retry_ms;                   /* The last pause; 0 if all is well. */
    bool pausing;                   /* Something waits for 'retry_at'. */
    char *txn_problem;              /* Or NULL. */
    long long int nudge_at;         /* When to make OVS try ports again. */
    int nudge_ms;                   /* The next pause; 0: all ports are fine. */
    unsigned long long int n_txns;  /* That were sent. */

    /* What 'local_run' found, for its caller. */
    struct local_changes *changes;
};

void
local_changes_init(struct local_changes *changes)
{
    changes->settings = false;
    changes->problems = false;
    sset_init(&changes->ifaces);
    sset_init(&changes->tunnels);
}

void
local_changes_destroy(struct local_changes *changes)
{
    sset_destroy(&changes->ifaces);
    sset_destroy(&changes->tunnels);
}

/* 'ovsdb_remote' as in "unix:/run/openvswitch/db.sock". */
struct local *
local_create(const char *ovsdb_remote)
{
    static const struct ovsdb_idl_column *columns[] = {
        &ovsrec_open_vswitch_col_bridges,
        &ovsrec_open_vswitch_col_datapath_types,
        &ovsrec_open_vswitch_col_external_ids,
        &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_datapath_type,
        &ovsrec_bridge_col_fail_mode,
        &ovsrec_bridge_col_ports,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_port_col_external_ids,
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_options,
        &ovsrec_interface_col_external_ids,
        &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_error,
    };
    struct local *local = xzalloc(sizeof *local);

    local->remote = xstrdup(ovsdb_remote);
    local->idl = ovsdb_idl_create(ovsdb_remote, &ovsrec_idl_class, false,
                                  true);
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(local->idl, columns[i]);
    }
    local->port_by_name = ovsdb_idl_index_create1(local->idl,
                                                  &ovsrec_port_col_name);
    local->interface_by_name = ovsdb_idl_index_create1(
        local->idl, &ovsrec_interface_col_name);
    settings_parse(&local->settings, NULL);
    local->ifaces = ifaces_create();
    local->tunnels = tunnels_create();
    return local;
}

/* Leaves the database as it is. */
void
local_destroy(struct local *local)
{
    if (!local) {
        return;
    }
    if (local->txn) {
        ovsdb_idl_txn_destroy(local->txn);
    }
    tunnels_destroy(local->tunnels);
    ifaces_destroy(local->ifaces);
    settings_destroy(&local->settings);
    ovsdb_idl_destroy(local->idl);
    free(local->bridge_problem);
    free(local->datapath_type);
    free(local->txn_problem);
    free(local->remote);
    free(local);
}

/* Sets '*problem', taking 'message' (NULL: none). */
static void
set_problem(struct local *local, char **problem, char *message)
{
    if (!nullable_string_is_equal(*problem, message)) {
        local->changes->problems = true;
    }
    free(*problem);
    *problem = message;
}

/* Reading. */

static void
read_settings(struct local *local)
{
    struct settings new;

    settings_parse(&new, local->ovs ? &local->ovs->external_ids : NULL);
    if (local->ready && settings_equal(&new, &local->settings)) {
        settings_destroy(&new);
        return;
    }
    if (!nullable_string_is_equal(new.system_id, local->settings.system_id)) {
        tunnels_recheck(local->tunnels);
    }
    if (strcmp(new.bridge, local->settings.bridge)) {
        free(local->datapath_type);
        local->datapath_type = NULL;
    }
    settings_destroy(&local->settings);
    local->settings = new;
    shash_moved(&local->settings.errors);
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
    set_problem(local, &local->bridge_problem, problem);
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

/* Whether ports came, went or moved, or a bridge changed. */
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

/* Reads the interfaces, all if 'all', else those that changed. */
static void
read_interfaces(struct local *local, bool all, bool new_places)
{
    struct hmapx dirty = HMAPX_INITIALIZER(&dirty);
    struct hmapx gone = HMAPX_INITIALIZER(&gone);
    struct hmapx_node *node;

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
        tunnels_iface_gone(local->tunnels, iface);
        local->changes->problems |= ifaces_remove(local->ifaces, iface,
                                                  &local->changes->ifaces);
    }
    HMAPX_FOR_EACH (node, &dirty) {
        struct iface *iface = node->data;

        local->changes->problems |= ifaces_refresh(local->ifaces, iface,
                                                   &local->changes->ifaces);
        tunnels_iface_refresh(local->tunnels, iface);
    }
    hmapx_destroy(&gone);
    hmapx_destroy(&dirty);
}

/* Reads what changed since the last time. */
static void
local_read(struct local *local)
{
    const struct ovsrec_open_vswitch *ovs = ovsrec_open_vswitch_first(
        local->idl);
    bool all = (!local->ready || !ovs || ovs != local->ovs
                || ovsrec_open_vswitch_is_new(ovs));
    bool new_places = all || places_changed(local);
    char *old_bridge = xstrdup(local->settings.bridge);

    local->ovs = ovs;
    read_settings(local);
    new_places |= strcmp(old_bridge, local->settings.bridge) != 0;
    free(old_bridge);

    read_bridge(local);
    read_interfaces(local, all, new_places);
    local->ready = true;
}

/* Writing. */

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

/* Ends the transaction, whose fate is 'status'. */
static void
local_end_txn(struct local *local, enum ovsdb_idl_txn_status status)
{
    if (status == TXN_SUCCESS || status == TXN_UNCHANGED) {
        local->retry_ms = 0;
        set_problem(local, &local->txn_problem, NULL);
    } else if (status != TXN_TRY_AGAIN) {
        const char *error = ovsdb_idl_txn_get_error(local->txn);

        local->retry_ms = (local->retry_ms
                           ? MIN(2 * local->retry_ms, RETRY_MAX_MS)
                           : RETRY_MIN_MS);
        local->retry_at = time_msec() + local->retry_ms;
        VLOG_WARN("transaction failed, trying again in %d s: %s",
                  local->retry_ms / 1000, error);
        set_problem(local, &local->txn_problem,
                    xasprintf("refused what we wrote: %s", error));
    }
    ovsdb_idl_txn_destroy(local->txn);
    local->txn = NULL;
}

/* Sends the transaction, or looks whether it has ended. */
static void
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
    return tunnels_write(local->tunnels, &target) || any;
}

/* Whether it is time to make ovs-vswitchd try again the ports of ours that it
 * could not add, as it does whenever the database's content changes. */
static bool
nudge_is_due(struct local *local)
{
    if (!tunnels_have_failed(local->tunnels)) {
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

static void
local_write(struct local *local, bool complete)
{
    bool nudge = nudge_is_due(local);

    local->pausing = false;
    if (local->txn || !local->ovs || !local->settings.system_id
        || !ovsdb_idl_is_connected(local->idl)) {
        return;
    }
    if (!nudge && local->bridge && local->bridge->fail_mode
        && !tunnels_are_dirty(local->tunnels, complete)) {
        local->retry_ms = 0;
        set_problem(local, &local->txn_problem, NULL);
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

void
local_run(struct local *local, bool complete, struct local_changes *changes)
{
    local->changes = changes;
    local->kicked = false;

    ovsdb_idl_run(local->idl);
    if (local->txn) {
        local_commit(local);
    }
    if (ovsdb_idl_has_ever_connected(local->idl)
        && (!local->ready
            || local->seqno != ovsdb_idl_get_seqno(local->idl))) {
        local->seqno = ovsdb_idl_get_seqno(local->idl);
        local_read(local);
        ovsdb_idl_track_clear(local->idl);
    }
    if (local->ready) {
        local_write(local, complete);
    }
    tunnels_take_changes(local->tunnels, &changes->tunnels,
                         &changes->problems);
    local->changes = NULL;
}

void
local_wait(struct local *local)
{
    ovsdb_idl_wait(local->idl);
    if (local->txn) {
        ovsdb_idl_txn_wait(local->txn);
    } else if (local->kicked) {
        poll_immediate_wake();
    } else if (local->pausing) {
        poll_timer_wait_until(local->retry_at);
    } else if (local->nudge_ms && ovsdb_idl_is_connected(local->idl)
               && local->settings.system_id) {
        poll_timer_wait_until(local->nudge_at);
    }
}

/* For readers. */

bool
local_is_ready(const struct local *local)
{
    return local->ready;
}

const struct settings *
local_get_settings(const struct local *local)
{
    return &local->settings;
}

const struct local_iface *
local_get_iface(const struct local *local, const char *iface_id)
{
    return shash_find_data(ifaces_get_claims(local->ifaces), iface_id);
}

const struct shash *
local_get_ifaces(const struct local *local)
{
    return ifaces_get_claims(local->ifaces);
}

void
local_tunnel_set(struct local *local, const struct tunnel_key *key,
                 const char *nve)
{
    local->kicked |= tunnels_set(local->tunnels, key, nve);
}

void
local_tunnel_unset(struct local *local, const struct tunnel_key *key)
{
    local->kicked |= tunnels_unset(local->tunnels, key);
}

ofp_port_t
local_tunnel_get_ofport(const struct local *local,
                        const struct tunnel_key *key)
{
    return tunnels_get_ofport(local->tunnels, key);
}

void
local_tunnel_set_note(struct local *local, const struct tunnel_key *key,
                      const char *options, const char *status)
{
    local->kicked |= tunnels_set_note(local->tunnels, key, options, status);
}

void
local_for_each_problem(const struct local *local,
                       void (*cb)(const char *object, const char *message,
                                  void *aux),
                       void *aux)
{
    const struct shash_node *node;
    char *object;

    if (!local->ready) {
        return;
    }
    SHASH_FOR_EACH (node, &local->settings.errors) {
        object = xasprintf("setting %s", node->name);
        cb(object, node->data, aux);
        free(object);
    }
    if (local->bridge_problem) {
        object = xasprintf("bridge %s", local->settings.bridge);
        cb(object, local->bridge_problem, aux);
        free(object);
    }
    if (local->txn_problem) {
        cb("database", local->txn_problem, aux);
    }
    ifaces_for_each_problem(local->ifaces, cb, aux);
    tunnels_for_each_problem(local->tunnels, cb, aux);
}

/* {"remote", "state": "connected" or "connecting", "bridge": name or null,
 * "endpointInterfaces", "tunnels": {"wanted", "ready"}, "transactions": sent
 * so far} */
struct json *
local_status_json(const struct local *local)
{
    struct json *json = json_object_create();
    struct json *tunnels = json_object_create();
    size_t wanted, ready;

    tunnels_count(local->tunnels, &wanted, &ready);
    json_object_put(tunnels, "wanted", json_integer_create(wanted));
    json_object_put(tunnels, "ready", json_integer_create(ready));

    json_object_put_string(json, "remote", local->remote);
    json_object_put_string(json, "state",
                           ovsdb_idl_is_connected(local->idl) ? "connected"
                           : "connecting");
    json_object_put(json, "bridge",
                    local->bridge ? json_string_create(local->bridge->name)
                    : json_null_create());
    json_object_put(json, "endpointInterfaces",
                    json_integer_create(shash_count(
                        ifaces_get_claims(local->ifaces))));
    json_object_put(json, "tunnels", tunnels);
    json_object_put(json, "transactions", json_integer_create(local->n_txns));
    return json;
}
