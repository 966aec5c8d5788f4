/* Each kind of row has functions of its own, generated from the schema, so
 * what is the same for several kinds stands here once for each. */

#include <config.h>

#include "agent/node/rows.h"

#include <stdlib.h>
#include <string.h>

#include "agent/node/ifaces.h"
#include "agent/node/tunnel-key.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(rows);

void
rows_init(struct rows *rows, const char *ovsdb_remote)
{
    memset(rows, 0, sizeof *rows);
    rows->idl = ovsdb_idl_create(ovsdb_remote, &vswrec_idl_class, true, true);
    /* A server that hangs is noticed after twice that: ms.  By default nobody
     * asks over a Unix socket. */
    ovsdb_idl_set_probe_interval(rows->idl, 5000);
    ovsdb_idl_track_add_all(rows->idl);
    rows->ifaces = ifaces_create();
    shash_init(&rows->ports);
}

void
rows_destroy(struct rows *rows)
{
    shash_destroy(&rows->ports);
    ifaces_destroy(rows->ifaces);
    ovsdb_idl_destroy(rows->idl);
}

void
rows_read_ports(struct rows *rows, bool all)
{
    const struct vswrec_port *port;

    if (all) {
        shash_clear(&rows->ports);
        VSWREC_PORT_FOR_EACH (port, rows->idl) {
            shash_add(&rows->ports, port->name, port);
        }
        return;
    }
    VSWREC_PORT_FOR_EACH_TRACKED (port, rows->idl) {
        if (vswrec_port_is_deleted(port)) {
            struct shash_node *node = shash_find(&rows->ports, port->name);

            /* Another one may have come with the same name. */
            if (node && node->data == port) {
                shash_delete(&rows->ports, node);
            }
        } else if (vswrec_port_is_new(port)) {
            shash_replace(&rows->ports, port->name, port);
        }
    }
}

struct iface *
rows_find_iface(const struct rows *rows, const char *name)
{
    return ifaces_find_by_name(rows->ifaces, name);
}

const struct vswrec_port *
rows_find_port(const struct rows *rows, const char *name)
{
    return shash_find_data(&rows->ports, name);
}

const struct vswrec_port *
rows_get_port(const struct rows *rows, const struct vswrec_bridge *bridge,
              size_t i)
{
    return vswrec_port_get_for_uuid(rows->idl, &bridge->ports[i]);
}

void
rows_remove_port(const struct rows *rows, const struct iface *iface)
{
    const struct vswrec_bridge *bridge;

    VSWREC_BRIDGE_FOR_EACH (bridge, rows->idl) {
        if (bridge == iface->bridge || iface->is_shared) {
            VLOG_INFO("%s: removing it from bridge %s", iface->name,
                      bridge->name);
            vswrec_bridge_update_ports_delvalue(bridge,
                                                iface->port->header_.uuid);
        }
    }
}

bool
rows_put_external_id(const struct vswrec_interface *row,
                     const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        return false;
    }
    if (value) {
        vswrec_interface_update_external_ids_setkey(row, key, value);
    } else {
        vswrec_interface_update_external_ids_delkey(row, key);
    }
    return true;
}

bool
rows_put_port_external_id(const struct vswrec_port *row,
                          const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        return false;
    }
    if (value) {
        vswrec_port_update_external_ids_setkey(row, key, value);
    } else {
        vswrec_port_update_external_ids_delkey(row, key);
    }
    return true;
}

bool
rows_put_bridge_external_id(const struct vswrec_bridge *row,
                            const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        return false;
    }
    if (value) {
        vswrec_bridge_update_external_ids_setkey(row, key, value);
    } else {
        vswrec_bridge_update_external_ids_delkey(row, key);
    }
    return true;
}

/* Wants 'value' (NULL: nothing) for options:'name'. */
static bool
put_option(const struct vswrec_interface *row, const char *name,
           const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->options, name), value)) {
        return false;
    }
    if (value) {
        vswrec_interface_update_options_setkey(row, name, value);
    } else {
        vswrec_interface_update_options_delkey(row, name);
    }
    return true;
}

bool
rows_put_options(const struct vswrec_interface *row,
                 const struct smap *options)
{
    bool written = put_option(row, "peer", smap_get(options, "peer"));

    for (const char *const *name = tunnel_key_options; *name; name++) {
        const char *value = smap_get(options, *name);

        if (value || strcmp(*name, "tos")) {
            written |= put_option(row, *name, value);
        }
    }
    if (written) {
        VLOG_INFO("%s: correcting its options", row->name);
    }
    return written;
}

void
rows_report_bridge(const struct vswrec_bridge *bridge, const char *column,
                   char *problem, rows_problem_cb *cb, void *aux)
{
    if (problem) {
        char *object = xasprintf("%s of bridge %s", column, bridge->name);

        cb(object, problem, aux);
        free(object);
        free(problem);
    }
}
