/* Tunnel ports, into the database.
 *
 * Looks at the tunnels that are dirty and writes what their rows differ in,
 * all in the transaction given.  A tunnel is clean once nothing was left to
 * write: so each that was written is looked at again after the transaction,
 * and what came to nothing is repeated.
 *
 * A port cannot be added to a datapath in the same turn of ovs-vswitchd in
 * which another one with its configuration goes.  Hence a port of ours on
 * another bridge is removed first, and made on the right one by the next
 * transaction. */

#include <config.h>

#include "agent/node/tunnels.h"

#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "agent/node/tunnels-private.h"
#include "hmapx.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tunnels);

/* Puts right what is not as it should be in the rows of a linked tunnel. */
static bool
tunnel_write_update(const struct tunnel *tunnel,
                    const struct tunnels_target *target)
{
    const struct ovsrec_interface *row = tunnel->iface->row;
    const struct ovsrec_port *port = tunnel->iface->port;
    struct smap options;
    bool written = false;

    tunnel_key_to_options(&tunnel->key, &options);
    written |= rows_put_options(row, &options);
    smap_destroy(&options);

    written |= rows_put_external_id(row, ROWS_OURS_KEY, target->system_id);
    written |= rows_put_external_id(row, "nve-remote",
                                    *tunnel->nve ? tunnel->nve : NULL);
    if (tunnel->noted) {
        written |= rows_put_external_id(row, "nve-options", tunnel->options);
        written |= rows_put_external_id(row, "nve-status", tunnel->status);
    }
    written |= rows_put_port_external_id(port, ROWS_OURS_KEY,
                                         target->system_id);
    return written;
}

/* A port of ours that serves nothing and has the name that 'tunnel''s should
 * have: it was made for the same remote, with other options. */
static struct iface *
find_namesake(const struct tunnel *tunnel,
              const struct tunnels_target *target)
{
    const struct ovsrec_interface *row;
    char name[TUNNEL_NAME_SIZE];
    struct iface *iface;

    tunnel_key_to_name(&tunnel->key, 0, name);
    row = rows_find_interface(target->interface_by_name, name);
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
    char name[TUNNEL_NAME_SIZE];
    struct smap options;
    unsigned int attempt = 0;

    do {
        tunnel_key_to_name(&tunnel->key, attempt++, name);
    } while (rows_find_interface(target->interface_by_name, name)
             || rows_find_port(target->port_by_name, name)
             || sset_contains(new_names, name));
    sset_add(new_names, name);

    smap_add(&external_ids, ROWS_OURS_KEY, target->system_id);
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
    tunnel_key_to_options(&tunnel->key, &options);
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
            && tunnel_key_equals(&iface->key, &tunnel->key)) {
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
                tunnels_link(tunnels, tunnel, iface);
            }
        }
        if (tunnel->iface) {
            if (!tunnel_write_update(tunnel, target)) {
                tunnel_mark_clean(tunnel);
            } else {
                n_changed++;
            }
        } else if (tunnels_find_foreign(tunnels, &tunnel->key,
                                        target->bridge)) {
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
