/* Bridges of plans, into the database.
 *
 * A bridge is made with all of its ports in one transaction, the patch port of
 * the integration bridge included, and goes with that in one: a patch port
 * whose peer is gone would be in the way of the next bridge of that name.
 *
 * A port of ours that is on another bridge than it should be, as after a
 * change of the integration bridge, is removed first and made again by the
 * next transaction: ovs-vswitchd cannot add a tunnel port in the same turn in
 * which one with its configuration goes. */

#include <config.h>

#include "agent/node/plan-bridges.h"

#include <stdio.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/plan-bridges-private.h"
#include "agent/node/rows.h"
#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plan_bridges);

/* What all rows of a plan have in their external_ids. */
static void
make_marks(const struct plan_bridge *bridge, const struct plan_bridges_db *db,
           struct smap *marks)
{
    smap_init(marks);
    smap_add(marks, ROWS_OURS_KEY, db->system_id);
    smap_add_format(marks, ROWS_PLAN_KEY, "%u", bridge->k);
}

/* Inserts 'port', on no bridge yet. */
static struct ovsrec_port *
insert_port(const struct plan_bridge *bridge, const struct plan_bridges_db *db,
            const struct plan_port *port)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(db->txn);
    struct ovsrec_port *row = ovsrec_port_insert(db->txn);
    struct smap marks;

    make_marks(bridge, db, &marks);
    ovsrec_interface_set_name(iface, port->name);
    ovsrec_interface_set_type(iface, port->type);
    ovsrec_interface_set_options(iface, &port->options);
    ovsrec_interface_set_external_ids(iface, &marks);

    ovsrec_port_set_name(row, port->name);
    ovsrec_port_set_external_ids(row, &marks);
    ovsrec_port_set_interfaces(row, &iface, 1);
    smap_destroy(&marks);
    return row;
}

/* Puts right what is not as it should be in the rows of 'port', which are
 * 'iface''s. */
static bool
update_port(const struct plan_bridge *bridge, const struct plan_bridges_db *db,
            const struct plan_port *port, const struct iface *iface)
{
    bool written = rows_put_options(iface->row, &port->options);
    const struct smap_node *node;
    struct smap marks;

    if (strcmp(iface->row->type, port->type)) {
        ovsrec_interface_set_type(iface->row, port->type);
        written = true;
    }
    make_marks(bridge, db, &marks);
    SMAP_FOR_EACH (node, &marks) {
        written |= rows_put_external_id(iface->row, node->key, node->value);
        written |= rows_put_port_external_id(iface->port, node->key,
                                             node->value);
    }
    smap_destroy(&marks);
    return written;
}

static bool
remove_port(const struct iface *iface)
{
    ovsrec_bridge_update_ports_delvalue(iface->bridge, iface->port);
    return true;
}

/* Writes the ports that 'bridge' should have.  Those that are new on a bridge
 * that does not exist yet are stored in 'new_ports', and '*n_new' is how many
 * there are. */
static bool
write_ports(const struct plan_bridge *bridge, const struct plan_bridges_db *db,
            const struct plan_port *ports, size_t n,
            struct ovsrec_port **new_ports, size_t *n_new)
{
    bool written = false;

    *n_new = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ovsrec_bridge *place = (i == PLAN_PORT_PATCH ? db->bridge
                                             : bridge->row);
        struct iface *iface = plan_bridges_find_iface(db, ports[i].name);

        if (iface && iface->bridge == place) {
            written |= update_port(bridge, db, &ports[i], iface);
        } else if (iface) {
            written |= remove_port(iface);
        } else {
            struct ovsrec_port *row = insert_port(bridge, db, &ports[i]);

            if (place) {
                ovsrec_bridge_update_ports_addvalue(place, row);
            } else {
                new_ports[(*n_new)++] = row;
            }
            written = true;
        }
    }
    return written;
}

static void
insert_bridge(const struct plan_bridge *bridge,
              const struct plan_bridges_db *db,
              struct ovsrec_port **ports, size_t n_ports)
{
    struct ovsrec_bridge *row = ovsrec_bridge_insert(db->txn);
    struct smap external_ids;

    make_marks(bridge, db, &external_ids);
    if (bridge->order) {
        smap_add(&external_ids, "nve-plan-order", bridge->order);
    }
    if (bridge->remotes) {
        smap_add(&external_ids, "nve-plan-remotes", bridge->remotes);
    }
    if (bridge->why) {
        smap_add(&external_ids, "nve-plan-why", bridge->why);
    }
    ovsrec_bridge_set_name(row, bridge->info.bridge);
    ovsrec_bridge_set_fail_mode(row, "secure");
    ovsrec_bridge_set_datapath_type(row, db->bridge->datapath_type);
    ovsrec_bridge_set_external_ids(row, &external_ids);
    ovsrec_bridge_set_ports(row, ports, n_ports);
    ovsrec_open_vswitch_update_bridges_addvalue(db->ovs, row);
    smap_destroy(&external_ids);
}

/* Patch ports do not connect bridges of different datapath types. */
static bool
update_bridge(const struct plan_bridge *bridge,
              const struct plan_bridges_db *db)
{
    const struct ovsrec_bridge *row = bridge->row;
    const struct smap_node *node;
    bool written = false;
    struct smap marks;

    if (!row->fail_mode || strcmp(row->fail_mode, "secure")) {
        ovsrec_bridge_set_fail_mode(row, "secure");
        written = true;
    }
    if (strcmp(row->datapath_type, db->bridge->datapath_type)) {
        ovsrec_bridge_set_datapath_type(row, db->bridge->datapath_type);
        written = true;
    }
    make_marks(bridge, db, &marks);
    SMAP_FOR_EACH (node, &marks) {
        written |= rows_put_bridge_external_id(row, node->key, node->value);
    }
    smap_destroy(&marks);
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

/* Removes tunnel ports of ours from our bridge that are not in 'ports'. */
static bool
remove_other_tunnels(const struct plan_bridge *bridge,
                     const struct plan_port *ports, size_t n)
{
    bool written = false;

    for (size_t i = 0; i < bridge->row->n_ports; i++) {
        const struct ovsrec_port *port = bridge->row->ports[i];
        bool wanted = false;

        for (size_t j = 0; j < n; j++) {
            wanted |= !strcmp(port->name, ports[j].name);
        }
        if (!wanted && port->n_interfaces == 1
            && !strcmp(port->interfaces[0]->type, "geneve")
            && smap_get(&port->interfaces[0]->external_ids, ROWS_PLAN_KEY)) {
            ovsrec_bridge_update_ports_delvalue(bridge->row, port);
            written = true;
        }
    }
    return written;
}

/* Makes the database's rows what 'bridge' should have. */
static bool
write_wanted(const struct plan_bridge *bridge,
             const struct plan_bridges_db *db)
{
    struct ovsrec_port *new_ports[PLAN_MAX_PORTS];
    struct plan_port ports[PLAN_MAX_PORTS];
    size_t n = plan_ports_init(ports, bridge);
    size_t n_new;
    bool written;

    written = write_ports(bridge, db, ports, n, new_ports, &n_new);
    if (bridge->row) {
        written |= remove_other_tunnels(bridge, ports, n);
        written |= update_bridge(bridge, db);
    } else {
        insert_bridge(bridge, db, new_ports, n_new);
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
              const struct plan_bridges_db *db)
{
    const struct iface *patch = plan_bridge_find_patch(bridge, db);

    if (patch && patch->bridge != bridge->row) {
        VLOG_INFO("%s: removing it from bridge %s", patch->name,
                  patch->bridge->name);
        remove_port(patch);
    }
    if (bridge->row) {
        VLOG_INFO("bridge %s: removing it", bridge->row->name);
        ovsrec_open_vswitch_update_bridges_delvalue(db->ovs, bridge->row);
    }
}

bool
plan_bridges_write(struct plan_bridges *plans,
                   const struct plan_bridges_db *db)
{
    bool written = false;

    for (size_t i = 0; i < PLAN_BRIDGES_MAX; i++) {
        struct plan_bridge *bridge = &plans->bridges[i];

        if (bridge->wanted && !bridge->in_the_way) {
            written |= write_wanted(bridge, db);
        } else if (db->complete && plan_bridge_is_stale(bridge)) {
            write_removal(bridge, db);
            written = true;
        }
    }
    plans->dirty = written;
    return written;
}
