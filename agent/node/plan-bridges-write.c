/* Writes bridges of further plans into the database.
 *
 * One transaction makes a bridge with all of its ports, including the patch
 * port of the integration bridge, and one removes all of that: a patch port
 * without its peer would be in the way of the next bridge of that name.
 *
 * A port of ours may be on another bridge than it should be, such as after a
 * change of the integration bridge.  It is removed first, and the next
 * transaction makes it again: ovs-vswitchd cannot add a tunnel port in the
 * same turn in which one with the same configuration goes. */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/plan-bridges-private.h"
#include "agent/node/plan-bridges.h"
#include "agent/node/rows.h"
#include "agent/node/switch-config.h"
#include "openvswitch/vlog.h"
#include "schemas/vswitch-idl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plan_bridges);

/* The keys that all rows of a plan have in their external_ids. */
static void
make_keys(const struct plan_bridge *bridge, const struct rows_target *target,
          struct smap *keys)
{
    smap_init(keys);
    smap_add(keys, ROWS_OURS_KEY, target->system_id);
    smap_add_format(keys, ROWS_PLAN_KEY, "%u", bridge->k);
}

/* Inserts the rows of 'port', which is on no bridge yet. */
static struct vswrec_port *
insert_port(const struct plan_bridge *bridge, const struct rows_target *target,
            const struct plan_port *port)
{
    struct vswrec_interface *iface = vswrec_interface_insert(target->txn);
    struct vswrec_port *row = vswrec_port_insert(target->txn);
    struct smap keys;

    make_keys(bridge, target, &keys);
    vswrec_interface_set_name(iface, port->name);
    vswrec_interface_set_type(iface, port->type);
    vswrec_interface_set_options(iface, &port->options);
    vswrec_interface_set_external_ids(iface, &keys);

    vswrec_port_set_name(row, port->name);
    vswrec_port_set_external_ids(row, &keys);
    vswrec_port_set_interfaces(row, &iface, 1);
    smap_destroy(&keys);
    return row;
}

/* Corrects the rows of 'port', which 'iface' is.  Returns true if there was
 * anything to write. */
static bool
update_port(const struct plan_bridge *bridge, const struct rows_target *target,
            const struct plan_port *port, const struct iface *iface)
{
    bool written = rows_put_options(iface->row, &port->options);
    const struct smap_node *node;
    struct smap keys;

    if (strcmp(iface->row->type, port->type)) {
        vswrec_interface_set_type(iface->row, port->type);
        written = true;
    }
    make_keys(bridge, target, &keys);
    SMAP_FOR_EACH (node, &keys) {
        written |= rows_put_external_id(iface->row, node->key, node->value);
        written |= rows_put_port_external_id(iface->port, node->key,
                                             node->value);
    }
    smap_destroy(&keys);
    return written;
}

/* Writes the ports that 'bridge' should have.  Stores those that are for the
 * plan's bridge in 'new_ports' if that bridge does not exist yet, and how many
 * they are in '*n_new'.  Returns true if there was anything to write. */
static bool
write_ports(const struct plan_bridge *bridge, const struct rows_target *target,
            const struct plan_port *ports, size_t n,
            struct uuid *new_ports, size_t *n_new)
{
    bool written = false;

    *n_new = 0;
    for (size_t i = 0; i < n; i++) {
        const struct vswrec_bridge *place = plan_bridge_get_place(
            bridge, target->rows, i);
        struct iface *iface = rows_find_iface(target->rows, ports[i].name);

        if (iface && iface_is_on(iface, place)) {
            written |= update_port(bridge, target, &ports[i], iface);
        } else if (iface) {
            rows_remove_port(target->rows, iface);
            written = true;
        } else {
            struct vswrec_port *row = insert_port(bridge, target, &ports[i]);

            if (place) {
                vswrec_bridge_update_ports_addvalue(place,
                                                    row->header_.uuid);
            } else {
                new_ports[(*n_new)++] = row->header_.uuid;
            }
            written = true;
        }
    }
    return written;
}

static void
insert_bridge(const struct plan_bridge *bridge,
              const struct rows_target *target,
              const struct uuid *ports, size_t n_ports)
{
    struct vswrec_bridge *row = vswrec_bridge_insert(target->txn);
    struct smap external_ids;

    make_keys(bridge, target, &external_ids);
    if (bridge->order) {
        smap_add(&external_ids, "nve-plan-order", bridge->order);
    }
    if (bridge->remotes) {
        smap_add(&external_ids, "nve-plan-remotes", bridge->remotes);
    }
    if (bridge->why) {
        smap_add(&external_ids, "nve-plan-why", bridge->why);
    }
    vswrec_bridge_set_name(row, bridge->info.bridge);
    vswrec_bridge_set_fail_mode(row, "secure");
    vswrec_bridge_set_datapath_type(row, target->rows->bridge->datapath_type);
    vswrec_bridge_set_external_ids(row, &external_ids);
    vswrec_bridge_set_ports(row, ports, n_ports);
    vswrec_open_vswitch_update_bridges_addvalue(target->rows->ovs, row);
    smap_destroy(&external_ids);
}

/* The datapath type must be that of the integration bridge, since patch ports
 * do not connect bridges of different types. */
static bool
update_bridge(const struct plan_bridge *bridge,
              const struct rows_target *target)
{
    const char *datapath_type = target->rows->bridge->datapath_type;
    const struct vswrec_bridge *row = bridge->row;
    const struct smap_node *node;
    bool written = false;
    struct smap keys;

    if (!row->fail_mode || strcmp(row->fail_mode, "secure")) {
        vswrec_bridge_set_fail_mode(row, "secure");
        written = true;
    }
    if (strcmp(row->datapath_type, datapath_type)) {
        vswrec_bridge_set_datapath_type(row, datapath_type);
        written = true;
    }
    if (!switch_config_has_protocol(row)) {
        vswrec_bridge_set_protocols(row, NULL, 0);
        written = true;
    }
    make_keys(bridge, target, &keys);
    SMAP_FOR_EACH (node, &keys) {
        written |= rows_put_bridge_external_id(row, node->key, node->value);
    }
    smap_destroy(&keys);
    if (bridge->noted) {
        written |= rows_put_bridge_external_id(row, "nve-plan-order",
                                               bridge->order);
        written |= rows_put_bridge_external_id(row, "nve-plan-remotes",
                                               bridge->remotes);
        written |= rows_put_bridge_external_id(row, "nve-plan-why",
                                               bridge->why);
    }
    return written;
}

/* Removes tunnel ports from 'bridge' that are ours and not in 'ports'. */
static bool
remove_other_tunnels(const struct plan_bridge *bridge, const struct rows *rows,
                     const struct plan_port *ports, size_t n)
{
    bool written = false;

    for (size_t i = 0; i < bridge->row->n_ports; i++) {
        const struct vswrec_port *port = rows_get_port(rows, bridge->row, i);
        bool wanted = !port;

        for (size_t j = 0; j < n && !wanted; j++) {
            wanted = !strcmp(port->name, ports[j].name);
        }
        if (!wanted && port->n_interfaces == 1
            && !strcmp(port->interfaces[0]->type, "geneve")
            && smap_get(&port->interfaces[0]->external_ids, ROWS_PLAN_KEY)) {
            vswrec_bridge_update_ports_delvalue(bridge->row,
                                                port->header_.uuid);
            written = true;
        }
    }
    return written;
}

/* Makes the database's rows what 'bridge' should have. */
static bool
write_wanted(const struct plan_bridge *bridge,
             const struct rows_target *target)
{
    struct uuid new_ports[PLAN_PORTS_MAX];
    struct plan_port ports[PLAN_PORTS_MAX];
    size_t n = plan_bridge_get_ports(bridge, ports);
    size_t n_new;
    bool written;

    written = write_ports(bridge, target, ports, n, new_ports, &n_new);
    if (bridge->row) {
        written |= remove_other_tunnels(bridge, target->rows, ports, n);
        written |= update_bridge(bridge, target);
    } else {
        insert_bridge(bridge, target, new_ports, n_new);
        written = true;
    }
    if (written) {
        VLOG_INFO("bridge %s: %s", bridge->info.bridge,
                  bridge->row ? "changing it" : "creating it");
    }
    plan_ports_destroy(ports, n);
    return written;
}

static void
write_removal(const struct plan_bridge *bridge,
              const struct rows_target *target)
{
    const struct iface *patch = plan_bridge_find_patch(bridge, target->rows);

    if (patch && patch->bridge != bridge->row) {
        rows_remove_port(target->rows, patch);
    }
    if (bridge->row) {
        VLOG_INFO("bridge %s: removing it", bridge->row->name);
        vswrec_open_vswitch_update_bridges_delvalue(target->rows->ovs,
                                                    bridge->row);
    }
}

bool
plan_bridges_write(struct plan_bridges *plans,
                   const struct rows_target *target)
{
    bool written = false;

    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        struct plan_bridge *bridge = &plans->bridges[i];

        if (bridge->wanted && !bridge->obstructed) {
            written |= write_wanted(bridge, target);
        } else if (plan_bridge_is_stale(bridge)) {
            write_removal(bridge, target);
            written = true;
        }
    }
    plans->dirty = written;
    return written;
}
