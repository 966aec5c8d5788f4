/* local.h is the door of this room, and this file has little behind it: other
 * rooms reach the modules that know what is wanted and what the database has
 * through functions here, which notice that there is something to write. */

#include <config.h>

#include "agent/node/local.h"

#include "agent/node/bridge-config.h"
#include "agent/node/local-private.h"
#include "agent/node/switch-config.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "schemas/vswitch-idl.h"
#include "timeval.h"
#include "util.h"

void
local_changes_init(struct local_changes *changes)
{
    changes->settings = false;
    changes->problems = false;
    changes->plans = false;
    changes->attachments = false;
    changes->bfd = false;
    sset_init(&changes->ifaces);
    sset_init(&changes->tunnels);
    sset_init(&changes->made);
}

void
local_changes_destroy(struct local_changes *changes)
{
    sset_destroy(&changes->ifaces);
    sset_destroy(&changes->tunnels);
    sset_destroy(&changes->made);
}

static bool
changes_are_none(const struct local_changes *changes)
{
    return (!changes->settings && !changes->problems && !changes->plans
            && !changes->attachments && !changes->bfd
            && sset_is_empty(&changes->ifaces)
            && sset_is_empty(&changes->tunnels)
            && sset_is_empty(&changes->made));
}

struct local *
local_create(const char *ovsdb_remote, const struct write_gate *gate)
{
    struct local *local = xzalloc(sizeof *local);

    local->remote = xstrdup(ovsdb_remote);
    rows_init(&local->rows, ovsdb_remote);
    local->gate = ovsdb_gate_create(local->rows.idl, gate);
    settings_parse(&local->settings, NULL, NULL, 0);
    local->instance = xstrdup("");
    local->places = places_create();
    local->plugs = plugs_create();
    local->mtus = iface_mtus_create();
    local->settled = iface_settled_create();
    local->tunnels = tunnels_create();
    local->plans = plan_bridges_create();
    local->attachments = attachments_create();
    bridge_note_init(&local->nat_zones);
    return local;
}

void
local_destroy(struct local *local)
{
    if (!local) {
        return;
    }
    bridge_note_destroy(&local->nat_zones);
    attachments_destroy(local->attachments);
    plan_bridges_destroy(local->plans);
    tunnels_destroy(local->tunnels);
    iface_settled_destroy(local->settled);
    iface_mtus_destroy(local->mtus);
    plugs_destroy(local->plugs);
    places_destroy(local->places);
    free(local->instance);
    settings_destroy(&local->settings);
    ovsdb_gate_destroy(local->gate);
    rows_destroy(&local->rows);
    free(local->bridge_problem);
    free(local->datapath_type);
    free(local->remote);
    free(local);
}

/* Takes what modules noticed. */
static void
take_changes(struct local *local)
{
    struct local_changes *changes = local->changes;

    ovsdb_gate_take_changes(local->gate, &changes->problems);
    tunnels_take_changes(local->tunnels, &changes->tunnels, &changes->made,
                         &changes->bfd, &changes->problems);
    plan_bridges_take_changes(local->plans, &changes->plans,
                              &changes->problems);
    attachments_take_changes(local->attachments, &changes->attachments,
                             &changes->problems);
}

void
local_run(struct local *local, struct local_changes *changes)
{
    struct ovsdb_idl *idl = local->rows.idl;

    local->changes = changes;
    local->kicked = false;

    ovsdb_idl_run(idl);
    db_silence_update(&local->silence, ovsdb_idl_is_connected(idl),
                      ovsdb_idl_get_seqno(idl), time_msec());
    ovsdb_gate_run(local->gate);
    if (ovsdb_idl_has_ever_connected(idl)
        && (!local->ready || local->seqno != ovsdb_idl_get_seqno(idl)
            || time_msec() >= settings_get_deadline(&local->settings))) {
        local->seqno = ovsdb_idl_get_seqno(idl);
        local_read(local);
        ovsdb_idl_track_clear(idl);
    }
    if (local->ready) {
        local_write(local);
    }
    take_changes(local);
    local->changes = NULL;
}

void
local_flush(struct local *local, struct local_changes *changes)
{
    if (local->kicked && local->ready) {
        if (ovsdb_gate_is_busy(local->gate)) {
            local->lull_end = 0;
        }
        local->changes = changes;
        local_write(local);
        take_changes(local);
        local->changes = NULL;
        local->kicked = (!ovsdb_gate_is_busy(local->gate)
                         || !changes_are_none(changes));
    }
}

void
local_wait(struct local *local)
{
    if (local->lull_end > time_msec()) {
        poll_timer_wait_until(local->lull_end);
    } else {
        ovsdb_idl_wait(local->rows.idl);
    }
    poll_timer_wait_until(settings_get_deadline(&local->settings));
    if (time_msec() < db_silence_told_at(&local->silence)) {
        poll_timer_wait_until(db_silence_told_at(&local->silence));
    }
    if (local->kicked) {
        poll_immediate_wake();
    } else if (!ovsdb_gate_wait(local->gate) && local->nudge_ms
               && ovsdb_idl_is_connected(local->rows.idl)
               && local->settings.system_id) {
        poll_timer_wait_until(local->nudge_at);
    }
}

bool
local_is_ready(const struct local *local)
{
    return local->ready;
}

unsigned int
local_get_seqno(const struct local *local)
{
    return local->n_readings;
}

bool
local_is_connected(const struct local *local)
{
    return ovsdb_idl_is_connected(local->rows.idl);
}

const struct settings *
local_get_settings(const struct local *local)
{
    return &local->settings;
}

bool
local_bridge_is_ready(const struct local *local)
{
    return local->bridge_ready;
}

const char *
local_get_instance(const struct local *local)
{
    return local->instance;
}

const struct plug *
local_get_plug(const struct local *local, const char *iface_id)
{
    return shash_find_data(plugs_get_all(local->plugs), iface_id);
}

const struct shash *
local_get_plugs(const struct local *local)
{
    return plugs_get_all(local->plugs);
}

void
local_plug_set_mtu(struct local *local, const char *iface_id, int mtu)
{
    local->kicked |= iface_mtus_set(local->mtus, local->plugs, iface_id,
                                    mtu);
}

void
local_plug_set_settled(struct local *local, const char *iface_id,
                        bool settled)
{
    local->kicked |= iface_settled_set(local->settled, local->plugs, iface_id,
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
local_has_interface(const struct local *local, const char *name)
{
    return rows_find_iface(&local->rows, name) != NULL;
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
local_tunnel_unset(struct local *local, const struct tunnel_key *key,
                   const char *nve)
{
    local->kicked |= tunnels_unset(local->tunnels, key, nve);
}

ofp_port_t
local_tunnel_get_ofport(const struct local *local,
                        const struct tunnel_key *key)
{
    return tunnels_get_ofport(local->tunnels, key);
}

ofp_port_t
local_tunnel_get_number(const struct local *local,
                        const struct tunnel_key *key)
{
    return tunnels_get_number(local->tunnels, key);
}

bool
local_tunnel_is_down(const struct local *local, const struct tunnel_key *key)
{
    return tunnels_are_down(local->tunnels, key);
}

void
local_tunnel_set_bfd(struct local *local, const struct tunnel_key *key,
                     const struct tunnel_bfd *bfd)
{
    local->kicked |= tunnels_set_bfd(local->tunnels, key, bfd);
}

void
local_say_path_down(struct local *local)
{
    local->path_down = local->kicked = true;
}

void
local_tunnel_set_dscp(struct local *local, const struct tunnel_key *key,
                      uint8_t dscp)
{
    local->kicked |= tunnels_set_dscp(local->tunnels, key, dscp);
}

bool
local_tunnel_may_mark(const struct local *local, const struct tunnel_key *key)
{
    return tunnels_may_mark(local->tunnels, key);
}

enum tunnel_bfd_state
local_tunnel_get_bfd(const struct local *local, const struct tunnel_key *key)
{
    return tunnels_get_bfd(local->tunnels, key);
}

bool
local_tunnel_is_missing(const struct local *local,
                        const struct tunnel_key *key)
{
    return local->ready && tunnels_are_missing(local->tunnels, key);
}

bool
local_tunnel_has_note(const struct local *local, const struct tunnel_key *key,
                      const char *options, const char *status)
{
    return tunnels_has_note(local->tunnels, key, options, status);
}

void
local_tunnel_set_note(struct local *local, const struct tunnel_key *key,
                      const char *options, const char *status)
{
    local->kicked |= tunnels_set_note(local->tunnels, key, options, status);
}

void
local_plan_set(struct local *local, unsigned int k,
               const struct in6_addr *local_ip, const uint16_t *udp_ports,
               size_t n, uint64_t dscps)
{
    local->kicked |= plan_bridges_set(local->plans, &local->rows, k, local_ip,
                                      udp_ports, n, dscps);
}

void
local_plan_keep(struct local *local, unsigned int k)
{
    plan_bridges_keep(local->plans, k);
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
    local->kicked |= plan_bridges_unset(local->plans, &local->rows, k);
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

const struct attachment *
local_attachment_find(const struct local *local, const char *physnet)
{
    return attachments_find(local->attachments, physnet);
}

const struct shash *
local_get_attachments(const struct local *local)
{
    return attachments_get_all(local->attachments);
}

void
local_attachment_set_note(struct local *local, const char *physnet,
                          const char *note)
{
    local->kicked |= attachments_set_note(local->attachments, physnet, note);
}

const char *
local_get_nat_zones(const struct local *local)
{
    return local->nat_zones.value;
}

void
local_set_nat_zones(struct local *local, const char *note)
{
    local->kicked |= bridge_note_set(&local->nat_zones, note);
}

void
local_for_each_problem(const struct local *local,
                       rows_problem_cb *cb, void *aux)
{
    const struct shash_node *node;
    char *object;

    if (time_msec() >= db_silence_told_at(&local->silence)) {
        cb("database", "ovsdb-server does not answer, so nothing is noticed "
           "that changes on this node, and nothing can be written: see "
           "whether it runs", aux);
    }
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
    bridge_configs_for_each_problem(&local->rows, cb, aux);
    if (ovsdb_gate_get_problem(local->gate)) {
        cb("database", ovsdb_gate_get_problem(local->gate), aux);
    }
    plugs_for_each_problem(local->plugs, cb, aux);
    iface_mtus_for_each_problem(local->mtus, cb, aux);
    tunnels_for_each_problem(local->tunnels, cb, aux);
    plan_bridges_for_each_problem(local->plans, cb, aux);
    attachments_for_each_problem(local->attachments, cb, aux);
}

void
local_for_each_outage(const struct local *local, rows_problem_cb *cb,
                      void *aux)
{
    if (local->ready && !ovsdb_idl_is_connected(local->rows.idl)
        && !local_uses_kernel(local)) {
        cb("ovsdb-server", "it does not run, and without it ovs-vswitchd "
           "forwards nothing (userspace datapath): start it", aux);
    }
    if (local->ready) {
        switch_config_for_each_problem(&local->rows, cb, aux);
    }
}

static struct json *
counts_to_json(size_t wanted, size_t ready)
{
    struct json *json = json_object_create();

    json_object_put(json, "wanted", json_integer_create(wanted));
    json_object_put(json, "ready", json_integer_create(ready));
    return json;
}

struct json *
local_status_json(const struct local *local)
{
    const struct vswrec_bridge *bridge = local->rows.bridge;
    struct json *json = json_object_create();
    size_t wanted, ready;

    json_object_put_string(json, "remote", local->remote);
    json_object_put_string(json, "state",
                           ovsdb_idl_is_connected(local->rows.idl)
                           ? "connected" : "connecting");
    json_object_put(json, "bridge", bridge ? json_string_create(bridge->name)
                    : json_null_create());
    json_object_put(json, "endpointInterfaces",
                    json_integer_create(shash_count(
                        plugs_get_all(local->plugs))));
    tunnels_count(local->tunnels, &wanted, &ready);
    json_object_put(json, "tunnels", counts_to_json(wanted, ready));
    plan_bridges_count(local->plans, &wanted, &ready);
    json_object_put(json, "planBridges", counts_to_json(wanted, ready));
    json_object_put(json, "transactions", json_integer_create(
                        ovsdb_gate_count(local->gate)));
    return json;
}
