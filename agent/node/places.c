/* The IDL says that the ports of a bridge changed, not which.  So the last set
 * of each bridge's ports is kept, and compared.  That is quick, since both are
 * sorted UUIDs in one piece of memory.
 *
 * Almost always, ports come with their interfaces, as new rows, and go with
 * them.  Then nothing but those is looked at.  Whatever else happens, such as
 * that a port moves to another bridge, or a bond gets another interface, is
 * left to a walk through all bridges.
 *
 * The schema lets a port be on several bridges.  Open vSwitch then makes it on
 * each, by a number of its own there, hands its packets to one of them, and
 * writes one of the numbers into the database; hash order decides.  A tunnel
 * port is made on one only, which another start of ovs-vswitchd may change.
 * So such a port is nowhere, as far as anybody needs its number.  If it is
 * ours, the modules that made it take it away from where it should not be.
 *
 * An interface may be on several ports, too.  While there is one of either
 * kind, all changes of ports are left to the walk. */

#include <config.h>

#include "agent/node/places.h"

#include <stdlib.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/uuid.h"
#include "ovsdb-data.h"
#include "schemas/vswitch-idl.h"
#include "util.h"
#include "uuid.h"

/* The ports that a bridge had when it was last looked at. */
struct port_set {
    struct hmap_node node;          /* In 'struct places'. */
    struct uuid bridge;
    struct uuid *ports;             /* Ascending. */
    size_t n;
};

struct places {
    struct hmap port_sets;          /* Contains "struct port_set"s. */
    bool any_shared;                /* An interface had several places at the
                                     * last walk. */
};

struct places *
places_create(void)
{
    struct places *places = xzalloc(sizeof *places);

    hmap_init(&places->port_sets);
    return places;
}

static void
clear_port_sets(struct places *places)
{
    struct port_set *set;

    HMAP_FOR_EACH_POP (set, node, &places->port_sets) {
        free(set->ports);
        free(set);
    }
}

void
places_destroy(struct places *places)
{
    clear_port_sets(places);
    hmap_destroy(&places->port_sets);
    free(places);
}

static struct port_set *
find_port_set(const struct places *places, const struct uuid *bridge)
{
    struct port_set *set;

    HMAP_FOR_EACH_WITH_HASH (set, node, uuid_hash(bridge),
                             &places->port_sets) {
        if (uuid_equals(&set->bridge, bridge)) {
            return set;
        }
    }
    return NULL;
}

static void
set_ports(struct port_set *set, const struct vswrec_bridge *bridge)
{
    if (set->n != bridge->n_ports) {
        set->n = bridge->n_ports;
        set->ports = xrealloc(set->ports, set->n * sizeof *set->ports);
    }
    if (set->n) {
        memcpy(set->ports, bridge->ports, set->n * sizeof *set->ports);
    }
}

static void
add_dirty(struct iface *iface, struct ovs_list *dirty)
{
    iface->changed = true;
    if (ovs_list_is_empty(&iface->read_node)) {
        ovs_list_push_back(dirty, &iface->read_node);
    }
}

/* Sets what follows from the 'port' and the 'bridge' of 'iface'.  Returns
 * whether it is another place than before, for those who keep more of it than
 * these rows. */
static bool
set_place(struct iface *iface, const struct rows *rows)
{
    const struct uuid bridge = (iface->bridge ? iface->bridge->header_.uuid
                                : UUID_ZERO);
    bool on_bridge = (iface->bridge && iface->bridge == rows->bridge
                      && !iface->has_bridges);
    bool is_alone = (iface->port && iface->port->n_interfaces == 1
                     && !iface->has_ports);
    bool changed = (on_bridge != iface->on_bridge
                    || is_alone != iface->is_alone
                    || iface->has_bridges != iface->is_shared
                    || !uuid_equals(&bridge, &iface->bridge_uuid));

    iface->is_shared = iface->has_bridges;
    iface->on_bridge = on_bridge;
    iface->is_alone = is_alone;
    iface->bridge_uuid = bridge;
    return changed;
}

/* What comes and goes as a whole. */

/* Gives the interfaces of 'port', which came to 'bridge', their places.
 * Returns false if that is not all that happened to them. */
static bool
place_new_port(const struct rows *rows, const struct vswrec_bridge *bridge,
               const struct vswrec_port *port, struct ovs_list *dirty)
{
    for (size_t i = 0; i < port->n_interfaces; i++) {
        struct iface *iface = ifaces_find(rows->ifaces,
                                          &port->interfaces[i]->header_.uuid);

        if (!iface || iface->port) {
            return false;
        }
        iface->port = port;
        iface->bridge = bridge;
        set_place(iface, rows);
        add_dirty(iface, dirty);
    }
    return true;
}

/* 'set' had port 'uuid', and its bridge has it no more.  Returns false if
 * there still is such a port. */
static bool
follow_removal(const struct rows *rows, const struct uuid *uuid)
{
    return !vswrec_port_get_for_uuid(rows->idl, uuid);
}

static bool
follow_addition(const struct rows *rows, const struct vswrec_bridge *bridge,
                const struct uuid *uuid, struct ovs_list *dirty)
{
    const struct vswrec_port *port = vswrec_port_get_for_uuid(rows->idl, uuid);

    return (port && vswrec_port_is_new(port)
            && place_new_port(rows, bridge, port, dirty));
}

/* Follows the change of the ports of 'bridge'.  Returns false if that needs a
 * look at more than the ports that came and went. */
static bool
follow_bridge(struct places *places, const struct rows *rows,
              const struct vswrec_bridge *bridge, struct ovs_list *dirty)
{
    struct port_set *set = find_port_set(places, &bridge->header_.uuid);
    const struct uuid *new = bridge->ports;
    size_t n_new = bridge->n_ports;
    size_t i = 0, j = 0;

    while (set && (i < set->n || j < n_new)) {
        int cmp = (i >= set->n ? 1 : j >= n_new ? -1
                   : uuid_compare_3way(&set->ports[i], &new[j]));

        if ((cmp < 0 && !follow_removal(rows, &set->ports[i]))
            || (cmp > 0 && !follow_addition(rows, bridge, &new[j], dirty))) {
            return false;
        }
        i += cmp <= 0;
        j += cmp >= 0;
    }
    if (set) {
        set_ports(set, bridge);
    }
    return set != NULL;
}

/* Returns false if a walk through all bridges is needed. */
static bool
follow(struct places *places, const struct rows *rows,
       struct ovs_list *dirty)
{
    const struct vswrec_bridge *bridge;
    const struct vswrec_port *port;

    VSWREC_PORT_FOR_EACH_TRACKED (port, rows->idl) {
        if (!vswrec_port_is_new(port) && !vswrec_port_is_deleted(port)
            && vswrec_port_is_updated(port, VSWREC_PORT_COL_INTERFACES)) {
            return false;
        }
    }
    VSWREC_BRIDGE_FOR_EACH_TRACKED (bridge, rows->idl) {
        if (vswrec_bridge_is_new(bridge) || vswrec_bridge_is_deleted(bridge)
            || (vswrec_bridge_is_updated(bridge, VSWREC_BRIDGE_COL_PORTS)
                && (places->any_shared
                    || !follow_bridge(places, rows, bridge, dirty)))) {
            return false;
        }
    }
    return true;
}

/* Everything. */

/* Whether 'bridge' and 'port' rather than the place that 'iface' has are to
 * count: always the same ones, whatever the order of the rows.  Another bridge
 * than the integration bridge does, so that ours is taken away from there. */
static bool
place_precedes(const struct rows *rows, const struct vswrec_bridge *bridge,
               const struct vswrec_port *port, const struct iface *iface)
{
    if (bridge == iface->bridge) {
        return strcmp(port->name, iface->port->name) < 0;
    } else if (bridge == rows->bridge || iface->bridge == rows->bridge) {
        return iface->bridge == rows->bridge;
    }
    return strcmp(bridge->name, iface->bridge->name) < 0;
}

/* 'iface' is on 'port' of 'bridge', and maybe elsewhere, too. */
static void
add_place(const struct rows *rows, const struct vswrec_bridge *bridge,
          const struct vswrec_port *port, struct iface *iface)
{
    iface->has_bridges |= iface->bridge && iface->bridge != bridge;
    iface->has_ports |= iface->port && iface->port != port;
    if (!iface->bridge || place_precedes(rows, bridge, port, iface)) {
        iface->port = port;
        iface->bridge = bridge;
    }
}

static void
walk_bridge(struct places *places, const struct rows *rows,
            const struct vswrec_bridge *bridge)
{
    struct port_set *set = xzalloc(sizeof *set);

    set->bridge = bridge->header_.uuid;
    set_ports(set, bridge);
    hmap_insert(&places->port_sets, &set->node, uuid_hash(&set->bridge));

    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct vswrec_port *port = rows_get_port(rows, bridge, i);

        for (size_t j = 0; port && j < port->n_interfaces; j++) {
            struct iface *iface = ifaces_find(
                rows->ifaces, &port->interfaces[j]->header_.uuid);

            if (iface) {
                add_place(rows, bridge, port, iface);
            }
        }
    }
}

static void
walk(struct places *places, const struct rows *rows, struct ovs_list *dirty)
{
    const struct hmap *all = ifaces_get_all(rows->ifaces);
    const struct vswrec_bridge *bridge;
    struct iface *iface;

    HMAP_FOR_EACH (iface, uuid_node, all) {
        iface->port = NULL;
        iface->bridge = NULL;
        iface->has_bridges = iface->has_ports = false;
    }
    clear_port_sets(places);
    VSWREC_BRIDGE_FOR_EACH (bridge, rows->idl) {
        walk_bridge(places, rows, bridge);
    }
    places->any_shared = false;
    HMAP_FOR_EACH (iface, uuid_node, all) {
        places->any_shared |= iface->has_bridges || iface->has_ports;
        if (set_place(iface, rows) && !iface->is_gone) {
            add_dirty(iface, dirty);
        }
    }
}

bool
places_read(struct places *places, const struct rows *rows, bool all,
            struct ovs_list *dirty)
{
    if (all || !follow(places, rows, dirty)) {
        walk(places, rows, dirty);
        return true;
    }
    return false;
}
