/* Tunnel ports, made what they should be.
 *
 * A struct tunnel is a port that is wanted.  It is linked to at most one
 * iface of ours on the integration bridge, and that to it; the link lasts
 * until one of them goes, so that a port whose options somebody changed is
 * put right again and not made a second time.  Links are made by the
 * configuration (remote and local address, UDP port), and when a port is
 * about to be made whose name one of ours already has, by name.
 *
 * Invariants:
 *   - ifaces that could be in each other's or our way are in 'by_key'.
 *   - an iface of ours is in 'stale' exactly if it is not linked.
 *   - a tunnel is in 'dirty' if its rows might not be what they should.
 *
 * Open vSwitch allows a configuration once in a datapath: where somebody else
 * has a port with ours, we make none, since the next restart of
 * ovs-vswitchd might give it to us and break theirs. */

#include <config.h>

#include "agent/tunnels.h"

#include <stdlib.h>
#include <string.h>

#include "agent/ifaces.h"
#include "hash.h"
#include "hmapx.h"
#include "lib/option.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tunnels);

struct tunnels {
    struct hmap wanted;             /* Contains "struct tunnel"s. */
    struct hmap by_key;             /* "struct iface"s with a 'key'. */
    struct ovs_list dirty;          /* Of "struct tunnel"s. */
    struct ovs_list failed;         /* Of "struct tunnel"s: no ofport. */
    struct ovs_list stale;          /* Of "struct iface"s. */
    struct sset changed;            /* For tunnels_take_changes(). */
    bool problems_changed;
};

struct tunnel {
    struct hmap_node node;          /* In 'wanted'. */
    struct ovs_list dirty_node;     /* In 'dirty', or not in a list. */
    struct ovs_list failed_node;    /* In 'failed', or not in a list. */
    struct tunnel_key key;
    char *nve;
    bool noted;                     /* 'options' and 'status' were set. */
    char *options, *status;         /* Or NULL. */
    struct iface *iface;            /* Its link, or NULL. */
    ofp_port_t ofport;              /* 0 if none. */
    char *problem;                  /* Or NULL. */
};

/* Configurations. */

static uint16_t
key_udp_port(const struct tunnel_key *key)
{
    return key->udp_port ? key->udp_port : GENEVE_UDP_PORT;
}

static uint32_t
key_hash(const struct tunnel_key *key)
{
    uint32_t hash = hash_bytes(&key->remote, sizeof key->remote,
                               key_udp_port(key));

    return hash_bytes(&key->local, sizeof key->local, hash);
}

static bool
key_equals(const struct tunnel_key *a, const struct tunnel_key *b)
{
    return (ipv6_addr_equals(&a->remote, &b->remote)
            && ipv6_addr_equals(&a->local, &b->local)
            && key_udp_port(a) == key_udp_port(b));
}

static bool
ip_from_option(const struct smap *options, const char *name,
               struct in6_addr *ip)
{
    const char *s = smap_get(options, name);
    ovs_be32 ip4;

    if (s && ip_parse(s, &ip4)) {
        in6_addr_set_mapped_ipv4(ip, ip4);
        return true;
    }
    return s && ipv6_parse(s, ip);
}

static bool
is_flow(const struct smap *options, const char *name)
{
    return !strcmp(smap_get_def(options, name, ""), "flow");
}

/* Gets the configuration of a Geneve port whose key is taken from flows: only
 * those can be what we want, or be in its way. */
static bool
key_from_row(const struct ovsrec_interface *row, struct tunnel_key *key)
{
    const struct smap *options = &row->options;

    memset(key, 0, sizeof *key);
    if (strcmp(row->type, "geneve")
        || !is_flow(options,
                    smap_get(options, "in_key") ? "in_key" : "key")) {
        return false;
    }
    key->udp_port = smap_get_int(options, "dst_port", GENEVE_UDP_PORT);
    return ((is_flow(options, "remote_ip")
             || ip_from_option(options, "remote_ip", &key->remote))
            && (!smap_get(options, "local_ip")
                || ip_from_option(options, "local_ip", &key->local)));
}

static void
key_to_options(const struct tunnel_key *key, struct smap *options)
{
    char ip[INET6_ADDRSTRLEN];

    smap_init(options);
    smap_add(options, "remote_ip",
             ipv6_addr_is_set(&key->remote)
             ? ipv6_string_mapped(ip, &key->remote) : "flow");
    if (ipv6_addr_is_set(&key->local)) {
        smap_add(options, "local_ip", ipv6_string_mapped(ip, &key->local));
    }
    smap_add(options, "key", "flow");
    smap_add(options, "csum", "true");
    if (key_udp_port(key) != GENEVE_UDP_PORT) {
        smap_add_format(options, "dst_port", "%u", key_udp_port(key));
    }
}

/* Names: at most 15 characters, as those of network devices, although a
 * userspace tunnel port has none. */
#define NAME_SIZE 16

/* FNV-1a, which does not depend on the machine as OVS's hashes do. */
static uint64_t
stable_hash(uint64_t hash, const void *data_, size_t n)
{
    const uint8_t *data = data_;

    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* The name of 'key''s port: readable if 'attempt' is 0 and it has an IPv4
 * address and the usual UDP port, "gnv-c0000202" for 192.0.2.2. */
static void
key_to_name(const struct tunnel_key *key, unsigned int attempt,
            char name[NAME_SIZE])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint16_t udp_port = key_udp_port(key);
    bool usual = udp_port == GENEVE_UDP_PORT && !attempt;

    if (usual && !ipv6_addr_is_set(&key->remote)) {
        ovs_strlcpy(name, "gnv-flow", NAME_SIZE);
    } else if (usual && IN6_IS_ADDR_V4MAPPED(&key->remote)) {
        snprintf(name, NAME_SIZE, "gnv-%08"PRIx32,
                 ntohl(in6_addr_get_mapped_ipv4(&key->remote)));
    } else {
        uint8_t tail[] = { udp_port >> 8, udp_port & 0xff, attempt };

        hash = stable_hash(hash, &key->remote, sizeof key->remote);
        hash = stable_hash(hash, tail, sizeof tail);
        if (attempt) {
            hash = stable_hash(hash, &key->local, sizeof key->local);
        }
        snprintf(name, NAME_SIZE, "gnv-%011"PRIx64, hash >> 20);
    }
}

/* Tunnels. */

struct tunnels *
tunnels_create(void)
{
    struct tunnels *tunnels = xzalloc(sizeof *tunnels);

    hmap_init(&tunnels->wanted);
    hmap_init(&tunnels->by_key);
    ovs_list_init(&tunnels->dirty);
    ovs_list_init(&tunnels->failed);
    ovs_list_init(&tunnels->stale);
    sset_init(&tunnels->changed);
    return tunnels;
}

static struct tunnel *
tunnel_find(const struct tunnels *tunnels, const struct tunnel_key *key)
{
    struct tunnel *tunnel;

    HMAP_FOR_EACH_WITH_HASH (tunnel, node, key_hash(key), &tunnels->wanted) {
        if (key_equals(&tunnel->key, key)) {
            return tunnel;
        }
    }
    return NULL;
}

static void
tunnel_mark_dirty(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (ovs_list_is_empty(&tunnel->dirty_node)) {
        ovs_list_push_back(&tunnels->dirty, &tunnel->dirty_node);
    }
}

static void
tunnel_mark_clean(struct tunnel *tunnel)
{
    ovs_list_remove(&tunnel->dirty_node);
    ovs_list_init(&tunnel->dirty_node);
}

/* Somebody else's port with the configuration 'key' that is on the datapath
 * of 'bridge' (NULL: on any), or NULL. */
static const struct iface *
find_foreign(const struct tunnels *tunnels, const struct tunnel_key *key,
             const struct ovsrec_bridge *bridge)
{
    const struct iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, key_node, key_hash(key),
                             &tunnels->by_key) {
        if (!iface->is_ours && iface->bridge && key_equals(&iface->key, key)
            && (!bridge || !strcmp(iface->bridge->datapath_type,
                                   bridge->datapath_type))) {
            return iface;
        }
    }
    return NULL;
}

/* Brings 'tunnel''s ofport and problem up to date. */
static void
tunnel_refresh(struct tunnels *tunnels, struct tunnel *tunnel)
{
    const struct iface *iface = tunnel->iface;
    const struct iface *foreign = find_foreign(tunnels, &tunnel->key,
                                               iface ? iface->bridge : NULL);
    ofp_port_t ofport = iface ? iface->ofport : 0;
    char *problem = NULL;

    ovs_list_remove(&tunnel->failed_node);
    ovs_list_init(&tunnel->failed_node);
    if (tunnel->ofport != ofport) {
        tunnel->ofport = ofport;
        sset_add(&tunnels->changed, tunnel->nve);
    }
    if (foreign) {
        problem = xasprintf("port %s on bridge %s, which is not ours, has the "
                            "same tunnel configuration: remove one of them",
                            foreign->name, foreign->bridge->name);
    } else if (iface && iface->error) {
        problem = xasprintf("interface %s: %s", iface->name, iface->error);
        ovs_list_push_back(&tunnels->failed, &tunnel->failed_node);
    }
    if (!nullable_string_is_equal(problem, tunnel->problem)) {
        tunnels->problems_changed = true;
    }
    free(tunnel->problem);
    tunnel->problem = problem;
}

static void
set_stale(struct tunnels *tunnels, struct iface *iface)
{
    bool stale = iface->is_ours && !iface->tunnel;

    if (stale && ovs_list_is_empty(&iface->stale_node)) {
        ovs_list_push_back(&tunnels->stale, &iface->stale_node);
    } else if (!stale) {
        ovs_list_remove(&iface->stale_node);
        ovs_list_init(&iface->stale_node);
    }
}

static void
link_iface(struct tunnels *tunnels, struct tunnel *tunnel,
           struct iface *iface)
{
    ovs_assert(!tunnel->iface && !iface->tunnel);
    tunnel->iface = iface;
    iface->tunnel = tunnel;
    set_stale(tunnels, iface);
    tunnel_mark_dirty(tunnels, tunnel);
    tunnel_refresh(tunnels, tunnel);
}

static void
unlink_iface(struct tunnels *tunnels, struct iface *iface)
{
    struct tunnel *tunnel = iface->tunnel;

    if (tunnel) {
        tunnel->iface = NULL;
        iface->tunnel = NULL;
        set_stale(tunnels, iface);
        tunnel_mark_dirty(tunnels, tunnel);
        tunnel_refresh(tunnels, tunnel);
    }
}

/* Links 'tunnel' to a port of ours with its configuration, if there is one.
 * One that has an ofport is better than one that has none. */
static void
tunnel_adopt(struct tunnels *tunnels, struct tunnel *tunnel)
{
    struct iface *best = NULL;
    struct iface *iface;

    if (tunnel->iface) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (iface, key_node, tunnel->node.hash,
                             &tunnels->by_key) {
        if (iface->is_ours && iface->on_bridge && !iface->tunnel
            && key_equals(&iface->key, &tunnel->key)
            && (!best || (!best->ofport && iface->ofport))) {
            best = iface;
        }
    }
    if (best) {
        link_iface(tunnels, tunnel, best);
    }
}

bool
tunnels_set(struct tunnels *tunnels, const struct tunnel_key *key,
            const char *nve)
{
    struct tunnel *tunnel = tunnel_find(tunnels, key);

    if (tunnel && !strcmp(tunnel->nve, nve)) {
        return false;
    }
    if (!tunnel) {
        tunnel = xzalloc(sizeof *tunnel);
        ovs_list_init(&tunnel->dirty_node);
        ovs_list_init(&tunnel->failed_node);
        tunnel->key = *key;
        tunnel->key.udp_port = key_udp_port(key);
        hmap_insert(&tunnels->wanted, &tunnel->node, key_hash(key));
    }
    free(tunnel->nve);
    tunnel->nve = xstrdup(nve);
    tunnel_mark_dirty(tunnels, tunnel);
    tunnel_adopt(tunnels, tunnel);
    tunnel_refresh(tunnels, tunnel);
    return true;
}

static void
tunnel_destroy(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (tunnel->iface) {
        unlink_iface(tunnels, tunnel->iface);
    }
    if (tunnel->problem) {
        tunnels->problems_changed = true;
    }
    ovs_list_remove(&tunnel->dirty_node);
    ovs_list_remove(&tunnel->failed_node);
    hmap_remove(&tunnels->wanted, &tunnel->node);
    free(tunnel->nve);
    free(tunnel->options);
    free(tunnel->status);
    free(tunnel->problem);
    free(tunnel);
}

bool
tunnels_unset(struct tunnels *tunnels, const struct tunnel_key *key)
{
    struct tunnel *tunnel = tunnel_find(tunnels, key);

    if (!tunnel) {
        return false;
    }
    tunnel_destroy(tunnels, tunnel);
    return true;
}

/* Frees everything and leaves the database as it is.  The ifaces that it was
 * told of must still be there. */
void
tunnels_destroy(struct tunnels *tunnels)
{
    struct tunnel *tunnel;
    struct iface *iface;

    HMAP_FOR_EACH_SAFE (tunnel, node, &tunnels->wanted) {
        tunnel_destroy(tunnels, tunnel);
    }
    hmap_destroy(&tunnels->wanted);
    HMAP_FOR_EACH_SAFE (iface, key_node, &tunnels->by_key) {
        hmap_remove(&tunnels->by_key, &iface->key_node);
    }
    hmap_destroy(&tunnels->by_key);
    sset_destroy(&tunnels->changed);
    free(tunnels);
}

ofp_port_t
tunnels_get_ofport(const struct tunnels *tunnels,
                   const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnel_find(tunnels, key);

    return tunnel ? tunnel->ofport : 0;
}

/* Replaces '*s'.  Returns true if that is a change. */
static bool
replace_string(char **s, const char *new)
{
    if (nullable_string_is_equal(*s, new)) {
        return false;
    }
    free(*s);
    *s = nullable_xstrdup(new);
    return true;
}

bool
tunnels_set_note(struct tunnels *tunnels, const struct tunnel_key *key,
                 const char *options, const char *status)
{
    struct tunnel *tunnel = tunnel_find(tunnels, key);
    bool changed;

    if (!tunnel) {
        return false;
    }
    changed = !tunnel->noted;
    changed |= replace_string(&tunnel->options, options);
    changed |= replace_string(&tunnel->status, status);
    tunnel->noted = true;
    if (changed) {
        tunnel_mark_dirty(tunnels, tunnel);
    }
    return changed;
}

/* Interfaces. */

/* Looks again at the tunnel, if any, whose configuration 'iface' has, after
 * 'iface' came, went or changed. */
static void
recheck_key(struct tunnels *tunnels, const struct iface *iface)
{
    struct tunnel *tunnel = (iface->has_key
                             ? tunnel_find(tunnels, &iface->key) : NULL);

    if (tunnel) {
        tunnel_adopt(tunnels, tunnel);
        tunnel_mark_dirty(tunnels, tunnel);
        tunnel_refresh(tunnels, tunnel);
    }
}

static void
forget_key(struct tunnels *tunnels, struct iface *iface)
{
    if (iface->has_key) {
        hmap_remove(&tunnels->by_key, &iface->key_node);
        recheck_key(tunnels, iface);
        iface->has_key = false;
    }
}

static bool
is_ours(const struct iface *iface)
{
    return (!strcmp(iface->row->type, "geneve")
            && smap_get(&iface->row->external_ids, TUNNEL_MARK)
            && iface->bridge
            && iface->port->n_interfaces == 1);
}

void
tunnels_iface_refresh(struct tunnels *tunnels, struct iface *iface)
{
    struct tunnel_key key;
    bool has_key = key_from_row(iface->row, &key);

    iface->is_ours = is_ours(iface);
    if (iface->has_key && (!has_key || !key_equals(&iface->key, &key))) {
        forget_key(tunnels, iface);
    }
    if (has_key && !iface->has_key) {
        iface->has_key = true;
        iface->key = key;
        hmap_insert(&tunnels->by_key, &iface->key_node, key_hash(&key));
    }

    if (iface->tunnel && !(iface->is_ours && iface->on_bridge)) {
        unlink_iface(tunnels, iface);
    }
    set_stale(tunnels, iface);
    recheck_key(tunnels, iface);
    if (iface->tunnel) {
        tunnel_mark_dirty(tunnels, iface->tunnel);
        tunnel_refresh(tunnels, iface->tunnel);
    }
}

void
tunnels_iface_gone(struct tunnels *tunnels, struct iface *iface)
{
    iface->is_ours = false;
    unlink_iface(tunnels, iface);
    set_stale(tunnels, iface);
    forget_key(tunnels, iface);
}

void
tunnels_recheck(struct tunnels *tunnels)
{
    struct tunnel *tunnel;

    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        tunnel_mark_dirty(tunnels, tunnel);
    }
}

/* Writing. */

bool
tunnels_are_dirty(const struct tunnels *tunnels, bool complete)
{
    return (!ovs_list_is_empty(&tunnels->dirty)
            || (complete && !ovs_list_is_empty(&tunnels->stale)));
}

/* Wants 'value' (NULL: nothing) for external_ids:'key' of 'row'. */
static bool
write_external_id(const struct ovsrec_interface *row, const char *key,
                  const char *value)
{
    const char *old = smap_get(&row->external_ids, key);

    if (nullable_string_is_equal(old, value)) {
        return false;
    }
    if (value) {
        ovsrec_interface_update_external_ids_setkey(row, key, value);
    } else {
        ovsrec_interface_update_external_ids_delkey(row, key);
    }
    return true;
}

/* Puts right what is not as it should be in the rows of a linked tunnel. */
static bool
tunnel_write_update(const struct tunnel *tunnel,
                    const struct tunnels_target *target)
{
    const struct ovsrec_interface *row = tunnel->iface->row;
    const struct ovsrec_port *port = tunnel->iface->port;
    struct smap options;
    bool written = false;

    key_to_options(&tunnel->key, &options);
    if (!smap_equal(&options, &row->options)) {
        VLOG_INFO("%s: putting its options right", row->name);
        ovsrec_interface_set_options(row, &options);
        written = true;
    }
    smap_destroy(&options);

    written |= write_external_id(row, TUNNEL_MARK, target->system_id);
    written |= write_external_id(row, "nve-remote",
                                 *tunnel->nve ? tunnel->nve : NULL);
    if (tunnel->noted) {
        written |= write_external_id(row, "nve-options", tunnel->options);
        written |= write_external_id(row, "nve-status", tunnel->status);
    }
    if (strcmp(smap_get_def(&port->external_ids, TUNNEL_MARK, ""),
               target->system_id)) {
        ovsrec_port_update_external_ids_setkey(port, TUNNEL_MARK,
                                               target->system_id);
        written = true;
    }
    return written;
}

static const struct ovsrec_interface *
find_interface(const struct tunnels_target *target, const char *name)
{
    struct ovsrec_interface *key, *row;

    key = ovsrec_interface_index_init_row(target->interface_by_name);
    ovsrec_interface_index_set_name(key, name);
    row = ovsrec_interface_index_find(target->interface_by_name, key);
    ovsrec_interface_index_destroy_row(key);
    return row;
}

static const struct ovsrec_port *
find_port(const struct tunnels_target *target, const char *name)
{
    struct ovsrec_port *key, *row;

    key = ovsrec_port_index_init_row(target->port_by_name);
    ovsrec_port_index_set_name(key, name);
    row = ovsrec_port_index_find(target->port_by_name, key);
    ovsrec_port_index_destroy_row(key);
    return row;
}

/* A port of ours that serves nothing and has the name that 'tunnel''s should
 * have: it was made for the same remote, with other options. */
static struct iface *
find_namesake(const struct tunnel *tunnel,
              const struct tunnels_target *target)
{
    const struct ovsrec_interface *row;
    char name[NAME_SIZE];
    struct iface *iface;

    key_to_name(&tunnel->key, 0, name);
    row = find_interface(target, name);
    iface = row ? ifaces_find(target->ifaces, &row->header_.uuid) : NULL;
    return (iface && iface->is_ours && iface->on_bridge && !iface->tunnel
            ? iface : NULL);
}

static void
tunnel_write_insert(const struct tunnel *tunnel,
                    const struct tunnels_target *target,
                    struct sset *new_names)
{
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct ovsrec_interface *iface;
    struct ovsrec_port *port;
    char name[NAME_SIZE];
    struct smap options;
    unsigned int attempt = 0;

    do {
        key_to_name(&tunnel->key, attempt++, name);
    } while (find_interface(target, name) || find_port(target, name)
             || sset_contains(new_names, name));
    sset_add(new_names, name);

    smap_add(&external_ids, TUNNEL_MARK, target->system_id);
    port = ovsrec_port_insert(target->txn);
    ovsrec_port_set_name(port, name);
    ovsrec_port_set_external_ids(port, &external_ids);

    if (*tunnel->nve) {
        smap_add(&external_ids, "nve-remote", tunnel->nve);
    }
    if (tunnel->options) {
        smap_add(&external_ids, "nve-options", tunnel->options);
    }
    if (tunnel->status) {
        smap_add(&external_ids, "nve-status", tunnel->status);
    }
    key_to_options(&tunnel->key, &options);
    iface = ovsrec_interface_insert(target->txn);
    ovsrec_interface_set_name(iface, name);
    ovsrec_interface_set_type(iface, "geneve");
    ovsrec_interface_set_options(iface, &options);
    ovsrec_interface_set_external_ids(iface, &external_ids);
    smap_destroy(&options);
    smap_destroy(&external_ids);

    ovsrec_port_set_interfaces(port, &iface, 1);
    ovsrec_bridge_update_ports_addvalue(target->bridge, port);
    VLOG_DBG("%s: adding it, for %s", name,
             *tunnel->nve ? tunnel->nve : "all remotes");
}

/* Removes 'iface''s port, unless it is in 'removed', where it is put. */
static bool
write_removal(struct iface *iface, struct hmapx *removed)
{
    if (!hmapx_add(removed, iface)) {
        return false;
    }
    VLOG_DBG("%s: removing it from bridge %s", iface->name,
             iface->bridge->name);
    ovsrec_bridge_update_ports_delvalue(iface->bridge, iface->port);
    return true;
}

/* Removes ports of ours with the configuration of 'tunnel' from other bridges
 * than that which is to have it, where it can only be made once they are
 * gone.  Returns how many those are. */
static size_t
write_move(const struct tunnels *tunnels, const struct tunnel *tunnel,
           struct hmapx *removed)
{
    struct iface *iface;
    size_t n = 0;

    HMAP_FOR_EACH_WITH_HASH (iface, key_node, tunnel->node.hash,
                             &tunnels->by_key) {
        if (iface->is_ours && !iface->on_bridge
            && key_equals(&iface->key, &tunnel->key)) {
            n += write_removal(iface, removed);
        }
    }
    return n;
}

size_t
tunnels_write(struct tunnels *tunnels, const struct tunnels_target *target)
{
    struct sset new_names = SSET_INITIALIZER(&new_names);
    struct hmapx removed = HMAPX_INITIALIZER(&removed);
    size_t n_added = 0, n_changed = 0, n_removed = 0;
    struct tunnel *tunnel;
    struct iface *iface;

    LIST_FOR_EACH_SAFE (tunnel, dirty_node, &tunnels->dirty) {
        if (!tunnel->iface) {
            iface = find_namesake(tunnel, target);
            if (iface) {
                link_iface(tunnels, tunnel, iface);
            }
        }
        if (tunnel->iface) {
            if (!tunnel_write_update(tunnel, target)) {
                tunnel_mark_clean(tunnel);
            } else {
                n_changed++;
            }
        } else if (find_foreign(tunnels, &tunnel->key, target->bridge)) {
            /* Looked at again when that port changes or goes. */
            tunnel_mark_clean(tunnel);
        } else {
            size_t n_moved = write_move(tunnels, tunnel, &removed);

            n_removed += n_moved;
            if (!n_moved) {
                tunnel_write_insert(tunnel, target, &new_names);
                n_added++;
            }
        }
    }
    if (target->complete) {
        LIST_FOR_EACH (iface, stale_node, &tunnels->stale) {
            n_removed += write_removal(iface, &removed);
        }
    }
    hmapx_destroy(&removed);
    sset_destroy(&new_names);
    if (n_added || n_removed) {
        VLOG_INFO("bridge %s: adding %"PRIuSIZE" tunnel ports, changing "
                  "%"PRIuSIZE", removing %"PRIuSIZE, target->bridge->name,
                  n_added, n_changed, n_removed);
    }
    return n_added + n_changed + n_removed;
}

/* For readers. */

bool
tunnels_have_failed(const struct tunnels *tunnels)
{
    return !ovs_list_is_empty(&tunnels->failed);
}

void
tunnels_take_changes(struct tunnels *tunnels, struct sset *changed,
                     bool *problems)
{
    const char *nve;

    SSET_FOR_EACH (nve, &tunnels->changed) {
        sset_add(changed, nve);
    }
    sset_clear(&tunnels->changed);
    *problems |= tunnels->problems_changed;
    tunnels->problems_changed = false;
}

void
tunnels_for_each_problem(const struct tunnels *tunnels,
                         void (*cb)(const char *object, const char *message,
                                    void *aux),
                         void *aux)
{
    const struct tunnel *tunnel;

    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        if (tunnel->problem) {
            char *object = (*tunnel->nve
                            ? xasprintf("tunnel %s", tunnel->nve)
                            : xstrdup("tunnel shared"));

            cb(object, tunnel->problem, aux);
            free(object);
        }
    }
}

void
tunnels_count(const struct tunnels *tunnels, size_t *wanted, size_t *ready)
{
    const struct tunnel *tunnel;

    *wanted = hmap_count(&tunnels->wanted);
    *ready = 0;
    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        *ready += tunnel->ofport != 0;
    }
}
