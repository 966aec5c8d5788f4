/* Writes tunnel ports into the database.
 *
 * Each dirty tunnel gets what its rows differ in.  A tunnel is clean once
 * nothing was left to write for it: so each one that was written is looked at
 * again after the transaction, and written again if the transaction came to
 * nothing.
 *
 * Ports are made some at a time.  With the userspace datapath no packet is
 * forwarded while ovs-vswitchd adds those of a transaction, and what one port
 * takes grows with their number: 500 at once were 25 to 40 ms.
 *
 * ovs-vswitchd cannot add a port in the same turn in which another one with
 * the same tunnel configuration goes.  Hence a port of ours on another bridge
 * is removed first, and the next transaction makes it on the right one. */

#include <config.h>

#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "agent/node/tunnels-private.h"
#include "agent/node/tunnels.h"
#include "flow.h"
#include "hmapx.h"
#include "lib/encapsulation.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tunnels);

/* Ports that Open vSwitch is to make at once, at most. */
#define MAX_COMING 100

/* So many ports that come or go at once are worth a line in the log. */
#define MANY 10

/* What one tunnels_write() has done so far. */
struct progress {
    struct sset new_names;          /* Of ports that it added. */
    struct hmapx removed;           /* "struct iface"s. */
    size_t n_added, n_changed;
};

/* The remote that alone is at the other end, or NULL. */
static const char *
get_remote(const struct tunnel *tunnel)
{
    return (*tunnel->nve && !tunnel->key.send_only ? tunnel->nve : NULL);
}

/* Corrects the rows of 'tunnel', which is linked.  Returns true if there was
 * anything to write. */
static bool
write_update(const struct tunnel *tunnel, const struct rows_target *target)
{
    const struct vswrec_interface *row = tunnel->iface->row;
    const struct vswrec_port *port = tunnel->iface->port;
    const char *type = tunnel_key_get_encapsulation(&tunnel->key)->name;
    struct smap options;
    bool written = false;

    if (strcmp(row->type, type)) {
        vswrec_interface_set_type(row, type);
        written = true;
    }

    if (!tunnel_key_has_options(&tunnel->key, &row->options)) {
        tunnel_key_to_options(&tunnel->key, &options);
        written |= rows_put_options(row, &options);
        smap_destroy(&options);
    }
    written |= rows_put_external_id(row, ROWS_OURS_KEY, target->system_id);
    written |= rows_put_external_id(row, "nve-remote", get_remote(tunnel));
    written |= tunnel_bfd_write(row, tunnel->has_bfd ? &tunnel->bfd : NULL);
    if (!tunnel->key.send_only) {
        written |= tunnel_bfd_write_dscp(row, tunnel->dscp);
    }
    if (tunnel->noted) {
        written |= rows_put_external_id(row, "nve-options", tunnel->options);
        written |= rows_put_external_id(row, "nve-status", tunnel->status);
    }
    written |= rows_put_port_external_id(port, ROWS_OURS_KEY,
                                         target->system_id);
    return written;
}

/* A port of ours that serves nothing and has the name that the port of
 * 'tunnel' should have: it was made for the same remote, with other
 * options. */
static struct iface *
find_namesake(const struct tunnel *tunnel, const struct rows_target *target)
{
    char name[TUNNEL_NAME_SIZE];
    struct iface *iface;

    tunnel_key_to_name(&tunnel->key, 0, name);
    iface = rows_find_iface(target->rows, name);
    return (iface && iface->is_ours && iface->on_bridge && !iface->tunnel
            ? iface : NULL);
}

/* Stores a name for the port of 'tunnel' that neither a row nor a port that is
 * being added has. */
static void
choose_name(const struct tunnel *tunnel, const struct rows_target *target,
            struct progress *p, char name[TUNNEL_NAME_SIZE])
{
    unsigned int attempt = 0;

    do {
        tunnel_key_to_name(&tunnel->key, attempt++, name);
    } while (rows_find_iface(target->rows, name)
             || rows_find_port(target->rows, name)
             || sset_contains(&p->new_names, name));
    sset_add(&p->new_names, name);
}

static void
write_insert(struct tunnels *tunnels, struct tunnel *tunnel,
             const struct rows_target *target, struct progress *p)
{
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct vswrec_interface *iface;
    struct vswrec_port *port;
    char name[TUNNEL_NAME_SIZE];
    struct smap options;

    choose_name(tunnel, target, p, name);
    smap_add(&external_ids, ROWS_OURS_KEY, target->system_id);
    port = vswrec_port_insert(target->txn);
    vswrec_port_set_name(port, name);
    vswrec_port_set_external_ids(port, &external_ids);

    if (get_remote(tunnel)) {
        smap_add(&external_ids, "nve-remote", get_remote(tunnel));
    }
    if (tunnel->options) {
        smap_add(&external_ids, "nve-options", tunnel->options);
    }
    if (tunnel->status) {
        smap_add(&external_ids, "nve-status", tunnel->status);
    }
    tunnel_key_to_options(&tunnel->key, &options);
    iface = vswrec_interface_insert(target->txn);
    vswrec_interface_set_name(iface, name);
    vswrec_interface_set_type(
        iface, tunnel_key_get_encapsulation(&tunnel->key)->name);
    vswrec_interface_set_options(iface, &options);
    vswrec_interface_set_external_ids(iface, &external_ids);
    if (tunnels_promise_number(tunnels, tunnel)) {
        int64_t number = ofp_to_u16(tunnel->promised);

        vswrec_interface_set_ofport_request(iface, &number, 1);
    } else {
        tunnels->is_awaited = true;
    }
    smap_destroy(&options);
    smap_destroy(&external_ids);

    vswrec_port_set_interfaces(port, &iface, 1);
    vswrec_bridge_update_ports_addvalue(target->rows->bridge,
                                        port->header_.uuid);
    p->n_added++;
    VLOG_DBG("%s: adding it, for %s", name,
             get_remote(tunnel) ? get_remote(tunnel) : "all remotes");
}

/* Removes the port of 'iface', unless that was done before. */
static void
write_removal(struct iface *iface, struct progress *p)
{
    if (hmapx_add(&p->removed, iface)) {
        VLOG_DBG("%s: removing it from bridge %s", iface->name,
                 iface->bridge->name);
        vswrec_bridge_update_ports_delvalue(iface->bridge,
                                            iface->port->header_.uuid);
    }
}

/* Removes ports of ours with the configuration of 'tunnel' from bridges other
 * than the integration bridge, which cannot have such a port before they are
 * gone.  Returns true if there are any. */
static bool
write_move(const struct tunnels *tunnels, const struct tunnel *tunnel,
           struct progress *p)
{
    struct iface *iface;
    bool any = false;

    HMAP_FOR_EACH_WITH_HASH (iface, key_node, tunnel->node.hash,
                             &tunnels->by_key) {
        if (iface->is_ours && !iface->on_bridge
            && tunnel_key_equals(&iface->key, &tunnel->key)) {
            write_removal(iface, p);
            any = true;
        }
    }
    return any;
}

/* Writes what the rows of 'tunnel' differ in, or finds that it is clean. */
static void
write_tunnel(struct tunnels *tunnels, struct tunnel *tunnel,
             const struct rows_target *target, struct progress *p)
{
    struct iface *namesake = (tunnel->iface ? NULL
                              : find_namesake(tunnel, target));

    if (namesake) {
        tunnels_link(tunnels, tunnel, namesake);
    }
    if (tunnel->iface) {
        if (write_update(tunnel, target)) {
            p->n_changed++;
        } else {
            tunnels_set_clean(tunnel);
        }
    } else if (tunnels_find_foreign(tunnels, &tunnel->key,
                                    target->rows->bridge)) {
        /* It is looked at again when that port changes or goes. */
        tunnels_set_clean(tunnel);
    } else if (write_move(tunnels, tunnel, p)) {
        tunnels->is_awaited = true;
    } else {
        write_insert(tunnels, tunnel, target, p);
    }
}

bool
tunnels_write_path_down(const struct tunnels *tunnels)
{
    const struct iface *iface;
    bool written = false;

    HMAP_FOR_EACH (iface, key_node, &tunnels->by_key) {
        if (iface->is_ours && iface->on_bridge) {
            written |= tunnel_bfd_write_path_down(iface->row);
        }
    }
    return written;
}

size_t
tunnels_write(struct tunnels *tunnels, const struct rows_target *target)
{
    struct progress p = {
        .new_names = SSET_INITIALIZER(&p.new_names),
        .removed = HMAPX_INITIALIZER(&p.removed),
    };
    struct tunnel *tunnel;
    struct iface *iface;
    size_t n_removed;

    tunnels->is_awaited = false;
    LIST_FOR_EACH_SAFE (tunnel, dirty_node, &tunnels->dirty) {
        if (tunnel->iface || tunnels->n_coming + p.n_added < MAX_COMING) {
            write_tunnel(tunnels, tunnel, target, &p);
        } else {
            tunnels->is_awaited = true;
        }
    }
    LIST_FOR_EACH (iface, stale_node, &tunnels->stale) {
        write_removal(iface, &p);
    }
    n_removed = hmapx_count(&p.removed);
    hmapx_destroy(&p.removed);
    sset_destroy(&p.new_names);
    /* ovs-vswitchd logs each port that it adds or removes. */
    if (p.n_added + n_removed >= MANY) {
        VLOG_INFO("bridge %s: adding %"PRIuSIZE" tunnel ports, changing "
                  "%"PRIuSIZE", removing %"PRIuSIZE,
                  target->rows->bridge->name, p.n_added, p.n_changed,
                  n_removed);
    }
    return p.n_added + p.n_changed + n_removed;
}

bool
tunnels_are_awaited(const struct tunnels *tunnels)
{
    return tunnels->is_awaited;
}
