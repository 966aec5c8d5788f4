/* The local Open vSwitch database, through the IDL.
 *
 * A turn of local_run() reads what changed (local-read.c), then writes what
 * has to change (local-write.c).  The content is in struct ifaces, the mirror
 * of Interface rows, in struct tunnels, the tunnel ports that are wanted, and
 * in struct plan_bridges, the bridges that are.  Pointers to rows are good
 * until the IDL runs again, at the start of the next turn. */

#include <config.h>

#include "agent/node/local.h"

#include "agent/node/local-private.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "util.h"

void
local_changes_init(struct local_changes *changes)
{
    changes->settings = false;
    changes->problems = false;
    changes->plans = false;
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
        &ovsrec_bridge_col_external_ids,
        &ovsrec_bridge_col_fail_mode,
        &ovsrec_bridge_col_ports,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_port_col_external_ids,
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_options,
        &ovsrec_interface_col_external_ids,
        &ovsrec_interface_col_mtu,
        &ovsrec_interface_col_mtu_request,
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
    settings_parse(&local->settings, NULL, NULL);
    local->ifaces = ifaces_create();
    local->mtus = iface_mtus_create();
    local->marks = iface_settled_create();
    local->tunnels = tunnels_create();
    local->plans = plan_bridges_create();
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
    plan_bridges_destroy(local->plans);
    tunnels_destroy(local->tunnels);
    iface_settled_destroy(local->marks);
    iface_mtus_destroy(local->mtus);
    ifaces_destroy(local->ifaces);
    settings_destroy(&local->settings);
    ovsdb_idl_destroy(local->idl);
    free(local->bridge_problem);
    free(local->datapath_type);
    free(local->txn_problem);
    free(local->remote);
    free(local);
}

void
local_set_problem(struct local *local, char **problem, char *message)
{
    if (!nullable_string_is_equal(*problem, message)) {
        local->changes->problems = true;
    }
    free(*problem);
    *problem = message;
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
    plan_bridges_take_changes(local->plans, &changes->plans,
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

const struct plug *
local_get_plug(const struct local *local, const char *iface_id)
{
    return shash_find_data(ifaces_get_claims(local->ifaces), iface_id);
}

const struct shash *
local_get_plugs(const struct local *local)
{
    return ifaces_get_claims(local->ifaces);
}

void
local_plug_set_mtu(struct local *local, const char *iface_id, int mtu)
{
    local->kicked |= iface_mtus_set(local->mtus, local->ifaces, iface_id,
                                    mtu);
}

void
local_plug_set_settled(struct local *local, const char *iface_id,
                        bool settled)
{
    local->kicked |= iface_settled_set(local->marks, local->ifaces, iface_id,
                                     settled);
}

void
local_plug_forget_mtu(struct local *local, const char *iface_id)
{
    iface_mtus_forget(local->mtus, iface_id);
}

bool
local_uses_kernel(const struct local *local)
{
    return (local->datapath_type
            && (!*local->datapath_type
                || !strcmp(local->datapath_type, "system")));
}

bool
local_has_tunnels(const struct local *local)
{
    return !tunnels_are_none(local->tunnels);
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

struct plan_bridges_db
local_plan_bridges_db(const struct local *local)
{
    return (struct plan_bridges_db) {
        .idl = local->idl,
        .port_by_name = local->port_by_name,
        .interface_by_name = local->interface_by_name,
        .ovs = local->ovs,
        .bridge = local->bridge,
        .ifaces = local->ifaces,
    };
}

void
local_plan_set(struct local *local, unsigned int k,
               const struct in6_addr *local_ip, const uint16_t *udp_ports,
               size_t n)
{
    struct plan_bridges_db db = local_plan_bridges_db(local);

    local->kicked |= plan_bridges_set(local->plans, &db, k, local_ip,
                                      udp_ports, n);
}

void
local_plan_set_note(struct local *local, unsigned int k, const char *order,
                    const char *remotes, const char *why)
{
    local->kicked |= plan_bridges_set_note(local->plans, k, order, remotes,
                                           why);
}

void
local_plan_unset(struct local *local, unsigned int k)
{
    struct plan_bridges_db db = local_plan_bridges_db(local);

    local->kicked |= plan_bridges_unset(local->plans, &db, k);
}

const struct plan_bridge_ports *
local_plan_get(const struct local *local, unsigned int k)
{
    return plan_bridges_get(local->plans, k);
}

size_t
local_plan_get_existing(const struct local *local,
                        unsigned int ks[PLAN_BRIDGES_MAX])
{
    return plan_bridges_get_existing(local->plans, ks);
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
    iface_mtus_for_each_problem(local->mtus, cb, aux);
    tunnels_for_each_problem(local->tunnels, cb, aux);
    plan_bridges_for_each_problem(local->plans, cb, aux);
}

static struct json *
counts_to_json(size_t wanted, size_t ready)
{
    struct json *json = json_object_create();

    json_object_put(json, "wanted", json_integer_create(wanted));
    json_object_put(json, "ready", json_integer_create(ready));
    return json;
}

/* {"remote", "state": "connected" or "connecting", "bridge": name or null,
 * "endpointInterfaces", "tunnels": {"wanted", "ready"}, "planBridges": the
 * same, "transactions": sent so far} */
struct json *
local_status_json(const struct local *local)
{
    struct json *json = json_object_create();
    size_t wanted, ready;

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
    tunnels_count(local->tunnels, &wanted, &ready);
    json_object_put(json, "tunnels", counts_to_json(wanted, ready));
    plan_bridges_count(local->plans, &wanted, &ready);
    json_object_put(json, "planBridges", counts_to_json(wanted, ready));
    json_object_put(json, "transactions", json_integer_create(local->n_txns));
    return json;
}
