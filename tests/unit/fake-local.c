/* See fake-local.h. */

#include <config.h>

#include "tests/unit/fake-local.h"

#include "agent/node/local.h"
#include "agent/node/tunnel-key.h"
#include "flow.h"
#include "lib/encapsulation.h"
#include "openvswitch/json.h"
#include "openvswitch/ofp-parse.h"
#include "packets.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

struct local {
    struct settings settings;
    struct shash ifaces;            /* Contains "struct plug"s. */
    struct shash attachments;       /* Contains "struct attachment"s. */
    struct sset tunnels;            /* Names of those that there are. */
    struct plan_bridge_ports plans[PLAN_BRIDGES_MAX + 1];
    struct in6_addr plan_ips[PLAN_BRIDGES_MAX + 1];
    struct local_changes changes;   /* For the next local_run(). */
};

void
local_changes_init(struct local_changes *changes)
{
    *changes = (struct local_changes) {
        .ifaces = SSET_INITIALIZER(&changes->ifaces),
        .tunnels = SSET_INITIALIZER(&changes->tunnels),
        .made = SSET_INITIALIZER(&changes->made),
    };
}

void
local_changes_destroy(struct local_changes *changes)
{
    sset_destroy(&changes->ifaces);
    sset_destroy(&changes->tunnels);
    sset_destroy(&changes->made);
}

struct local *
local_create(const char *ovsdb_remote OVS_UNUSED,
             const struct write_gate *gate OVS_UNUSED)
{
    struct local *local = xzalloc(sizeof *local);

    settings_parse(&local->settings, NULL, NULL, 0);
    shash_init(&local->ifaces);
    shash_init(&local->attachments);
    sset_init(&local->tunnels);
    local_changes_init(&local->changes);
    return local;
}

static void
clear_attachments(struct local *local)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &local->attachments) {
        struct attachment *a = node->data;

        free(a->physnet);
        free(a->bridge);
        free(a->note);
    }
    shash_clear_free_data(&local->attachments);
}

/* Every provider bridge that is mapped exists at once, with an uplink. */
static void
set_attachments(struct local *local)
{
    const struct smap *mappings = &local->settings.bridge_mappings;
    const struct smap_node **nodes = smap_sort(mappings);

    clear_attachments(local);
    for (size_t i = 0; i < smap_count(mappings); i++) {
        struct attachment *a = xzalloc(sizeof *a);

        a->physnet = xstrdup(nodes[i]->key);
        a->bridge = xstrdup(nodes[i]->value);
        a->ofport = u16_to_ofp(FAKE_FIRST_EXT + 1 + i);
        a->uplink = UPLINK_UP;
        shash_add(&local->attachments, a->physnet, a);
    }
    free(nodes);
    local->changes.attachments = true;
}

void
local_destroy(struct local *local)
{
    if (local) {
        settings_destroy(&local->settings);
        shash_destroy_free_data(&local->ifaces);
        clear_attachments(local);
        shash_destroy(&local->attachments);
        sset_destroy(&local->tunnels);
        local_changes_destroy(&local->changes);
        free(local);
    }
}

static void
set_settings(struct local *local, const struct json *json)
{
    struct smap smap = SMAP_INITIALIZER(&smap);
    struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(json)) {
        smap_add(&smap, node->name, json_string(node->data));
    }
    settings_destroy(&local->settings);
    settings_parse(&local->settings, &smap, NULL, 0);
    smap_destroy(&smap);
    set_attachments(local);
    local->changes.settings = true;
}

static void
set_interfaces(struct local *local, const struct json *json)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &local->ifaces) {
        sset_add(&local->changes.ifaces, node->name);
    }
    shash_clear_free_data(&local->ifaces);
    SHASH_FOR_EACH (node, json_object(json)) {
        struct plug *iface = xzalloc(sizeof *iface);

        shash_add(&local->ifaces, node->name, iface);
        iface->iface_id = iface->name = node->name;
        iface->ofport = u16_to_ofp(json_integer(node->data));
        sset_add(&local->changes.ifaces, node->name);
    }
}

void
fake_local_set(struct local *local, const struct json *settings,
               const struct json *interfaces)
{
    if (settings) {
        set_settings(local, settings);
    }
    if (interfaces) {
        set_interfaces(local, interfaces);
    }
}

void
fake_local_set_neighbors(struct local *local, const struct json *notes)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(notes)) {
        local_attachment_set_note(local, node->name, json_string(node->data));
    }
}

void
local_run(struct local *local, struct local_changes *changes)
{
    const char *name;

    changes->settings |= local->changes.settings;
    changes->plans |= local->changes.plans;
    changes->attachments |= local->changes.attachments;
    SSET_FOR_EACH (name, &local->changes.ifaces) {
        sset_add(&changes->ifaces, name);
    }
    SSET_FOR_EACH (name, &local->changes.tunnels) {
        sset_add(&changes->tunnels, name);
    }
    local_changes_destroy(&local->changes);
    local_changes_init(&local->changes);
}

void
local_flush(struct local *local OVS_UNUSED,
            struct local_changes *changes OVS_UNUSED)
{
}

void
local_wait(struct local *local OVS_UNUSED)
{
}

bool
local_is_ready(const struct local *local OVS_UNUSED)
{
    return true;
}

bool
local_bridge_is_ready(const struct local *local OVS_UNUSED)
{
    return true;
}

const char *
local_get_instance(const struct local *local OVS_UNUSED)
{
    return "00000000-0000-0000-0000-000000000001";
}

/* Everything may have changed at any time. */
unsigned int
local_get_seqno(const struct local *local OVS_UNUSED)
{
    static unsigned int seqno;

    return ++seqno;
}

bool
local_is_connected(const struct local *local OVS_UNUSED)
{
    return true;
}

const struct settings *
local_get_settings(const struct local *local)
{
    return &local->settings;
}

/* Interfaces. */

const struct plug *
local_get_plug(const struct local *local, const char *iface_id)
{
    return shash_find_data(&local->ifaces, iface_id);
}

const struct shash *
local_get_plugs(const struct local *local)
{
    return &local->ifaces;
}

void
local_plug_set_mtu(struct local *local OVS_UNUSED,
                    const char *iface_id OVS_UNUSED, int mtu OVS_UNUSED)
{
}

void
local_plug_forget_mtu(struct local *local OVS_UNUSED,
                       const char *iface_id OVS_UNUSED)
{
}

bool
local_uses_kernel(const struct local *local OVS_UNUSED)
{
    return false;
}

void
local_plug_set_settled(struct local *local OVS_UNUSED,
                        const char *iface_id OVS_UNUSED,
                        bool settled OVS_UNUSED)
{
}

/* Tunnels. */

bool
local_has_interface(const struct local *local OVS_UNUSED,
                    const char *name OVS_UNUSED)
{
    return true;
}

bool
local_has_tunnels(const struct local *local OVS_UNUSED)
{
    return true;
}

/* Returns what tells the tunnel of 'nve' from others, for the caller to
 * free. */
static char *
make_tunnel_name(const struct tunnel_key *key, const char *nve)
{
    char port[TUNNEL_NAME_SIZE];
    char from[INET6_ADDRSTRLEN];

    tunnel_key_to_name(key, 0, port);
    ipv6_string_mapped(from, &key->local);
    return xasprintf("%s from %s for %s", port, from, nve);
}

/* One that is there already is no change: if it were, whoever is asked for it
 * would be looked at in each turn, and what is not looked at when it should be
 * would not show. */
void
local_tunnel_set(struct local *local, const struct tunnel_key *key,
                 const char *nve)
{
    char *name = make_tunnel_name(key, nve);

    if (sset_add(&local->tunnels, name)) {
        sset_add(&local->changes.tunnels, nve);
    }
    free(name);
}

void
local_tunnel_unset(struct local *local, const struct tunnel_key *key,
                   const char *nve)
{
    char *name = make_tunnel_name(key, nve);

    sset_find_and_delete(&local->tunnels, name);
    free(name);
}

bool
local_tunnel_is_down(const struct local *local OVS_UNUSED,
                     const struct tunnel_key *key OVS_UNUSED)
{
    return false;
}

ofp_port_t
local_tunnel_get_number(const struct local *local,
                        const struct tunnel_key *key)
{
    return local_tunnel_get_ofport(local, key);
}

ofp_port_t
local_tunnel_get_ofport(const struct local *local OVS_UNUSED,
                        const struct tunnel_key *key)
{
    const struct encapsulation *e = tunnel_key_get_encapsulation(key);
    bool usual = !key->udp_port || key->udp_port == e->udp_port;
    bool vxlan = e != encapsulation_default();

    if (key->send_only) {
        return u16_to_ofp((vxlan ? FAKE_VXLAN_FIRST_SENDER
                           : usual ? FAKE_FIRST_SENDER
                           : FAKE_OTHER_FIRST_SENDER) + key->dscp);
    }
    if (ipv6_addr_is_set(&key->remote)) {
        return u16_to_ofp((vxlan ? FAKE_VXLAN_FIRST_TUNNEL : FAKE_FIRST_TUNNEL)
                          + key->remote.s6_addr[15]);
    }
    return u16_to_ofp(vxlan ? FAKE_VXLAN_SHARED_TUNNEL
                      : usual ? FAKE_SHARED_TUNNEL : FAKE_OTHER_SHARED_TUNNEL);
}

void
local_tunnel_set_bfd(struct local *local OVS_UNUSED,
                     const struct tunnel_key *key OVS_UNUSED,
                     const struct tunnel_bfd *bfd OVS_UNUSED)
{
}

void
local_say_path_down(struct local *local OVS_UNUSED)
{
}

void
local_tunnel_set_dscp(struct local *local OVS_UNUSED,
                      const struct tunnel_key *key OVS_UNUSED,
                      uint8_t dscp OVS_UNUSED)
{
}

bool
local_tunnel_may_mark(const struct local *local OVS_UNUSED,
                      const struct tunnel_key *key OVS_UNUSED)
{
    return true;
}

enum tunnel_bfd_state
local_tunnel_get_bfd(const struct local *local OVS_UNUSED,
                     const struct tunnel_key *key OVS_UNUSED)
{
    return TUNNEL_BFD_UP;
}

bool
local_tunnel_is_missing(const struct local *local OVS_UNUSED,
                        const struct tunnel_key *key OVS_UNUSED)
{
    return false;
}

bool
local_tunnel_has_note(const struct local *local OVS_UNUSED,
                      const struct tunnel_key *key OVS_UNUSED,
                      const char *options OVS_UNUSED,
                      const char *status OVS_UNUSED)
{
    return false;
}

void
local_tunnel_set_note(struct local *local OVS_UNUSED,
                      const struct tunnel_key *key OVS_UNUSED,
                      const char *options OVS_UNUSED,
                      const char *status OVS_UNUSED)
{
}

/* Plans. */

void
local_plan_set(struct local *local, unsigned int k,
               const struct in6_addr *local_ip,
               const uint16_t *udp_ports, size_t n, uint64_t dscps)
{
    struct plan_bridge_ports *plan = &local->plans[k];

    local->plan_ips[k] = *local_ip;
    memset(plan, 0, sizeof *plan);
    snprintf(plan->bridge, sizeof plan->bridge, "br-tx%u", k);
    plan->patch = u16_to_ofp(FAKE_FIRST_PATCH + k);
    plan->peer = u16_to_ofp(FAKE_PLAN_PEER);
    for (size_t i = 0; i < n; i++) {
        plan->udp_ports[i] = udp_ports[i];
        plan->tunnel[i] = u16_to_ofp(FAKE_PLAN_FIRST_TUNNEL + i);
        for (unsigned int dscp = 1; dscp < PLAN_PORTS_N_DSCPS; dscp++) {
            if (dscps & UINT64_C(1) << dscp) {
                plan->class_tunnel[i][dscp] = u16_to_ofp(
                    FAKE_PLAN_FIRST_SENDER + 100 * i + dscp);
            }
        }
    }
    plan->n_udp_ports = n;
    local->changes.plans = true;
}

void
local_plan_keep(struct local *local OVS_UNUSED, unsigned int k OVS_UNUSED)
{
}

const struct plan_bridge_ports *
fake_local_get_plan(const struct local *local, unsigned int k,
                    struct in6_addr *ip)
{
    *ip = local->plan_ips[k];
    return local_plan_get(local, k);
}

void
local_plan_set_note(struct local *local OVS_UNUSED, unsigned int k OVS_UNUSED,
                    const char *order OVS_UNUSED,
                    const char *remotes OVS_UNUSED, const char *why OVS_UNUSED)
{
}

void
local_plan_unset(struct local *local, unsigned int k)
{
    local->plans[k].bridge[0] = '\0';
}

const struct plan_bridge_ports *
local_plan_get(const struct local *local, unsigned int k)
{
    return local->plans[k].bridge[0] ? &local->plans[k] : NULL;
}

size_t
local_plan_get_existing(const struct local *local OVS_UNUSED,
                        unsigned int ks[PLAN_BRIDGES_MAX] OVS_UNUSED)
{
    return 0;
}

/* Attachments. */

const struct attachment *
local_attachment_find(const struct local *local, const char *physnet)
{
    return shash_find_data(&local->attachments, physnet);
}

const struct shash *
local_get_attachments(const struct local *local)
{
    return &local->attachments;
}

void
local_attachment_set_note(struct local *local, const char *physnet,
                          const char *note)
{
    struct attachment *a = shash_find_data(&local->attachments, physnet);

    if (a) {
        free(a->note);
        a->note = nullable_xstrdup(note);
    }
}

/* Notes. */

const char *
local_get_nat_zones(const struct local *local OVS_UNUSED)
{
    return NULL;
}

void
local_set_nat_zones(struct local *local OVS_UNUSED,
                    const char *note OVS_UNUSED)
{
}

/* Problems. */

void
local_for_each_problem(const struct local *local OVS_UNUSED,
                       void (*cb)(const char *object, const char *message,
                                  void *aux) OVS_UNUSED,
                       void *aux OVS_UNUSED)
{
}

void
local_for_each_outage(const struct local *local OVS_UNUSED,
                      rows_problem_cb *cb OVS_UNUSED, void *aux OVS_UNUSED)
{
}

struct json *
local_status_json(const struct local *local OVS_UNUSED)
{
    return json_object_create();
}
