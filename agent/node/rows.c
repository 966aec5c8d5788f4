/* Rows of the local Open vSwitch database.  See rows.h. */

#include <config.h>

#include "agent/node/rows.h"

#include "lib/vswitch-idl.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(rows);

const struct ovsrec_interface *
rows_find_interface(struct ovsdb_idl_index *by_name, const char *name)
{
    struct ovsrec_interface *key, *row;

    key = ovsrec_interface_index_init_row(by_name);
    ovsrec_interface_index_set_name(key, name);
    row = ovsrec_interface_index_find(by_name, key);
    ovsrec_interface_index_destroy_row(key);
    return row;
}

const struct ovsrec_port *
rows_find_port(struct ovsdb_idl_index *by_name, const char *name)
{
    struct ovsrec_port *key, *row;

    key = ovsrec_port_index_init_row(by_name);
    ovsrec_port_index_set_name(key, name);
    row = ovsrec_port_index_find(by_name, key);
    ovsrec_port_index_destroy_row(key);
    return row;
}

bool
rows_put_external_id(const struct ovsrec_interface *row,
                     const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        return false;
    }
    if (value) {
        ovsrec_interface_update_external_ids_setkey(row, key, value);
    } else {
        ovsrec_interface_update_external_ids_delkey(row, key);
    }
    return true;
}

bool
rows_put_port_external_id(const struct ovsrec_port *row,
                          const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        return false;
    }
    if (value) {
        ovsrec_port_update_external_ids_setkey(row, key, value);
    } else {
        ovsrec_port_update_external_ids_delkey(row, key);
    }
    return true;
}

bool
rows_put_bridge_external_id(const struct ovsrec_bridge *row,
                            const char *key, const char *value)
{
    if (nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        return false;
    }
    if (value) {
        ovsrec_bridge_update_external_ids_setkey(row, key, value);
    } else {
        ovsrec_bridge_update_external_ids_delkey(row, key);
    }
    return true;
}

bool
rows_put_options(const struct ovsrec_interface *row,
                 const struct smap *options)
{
    static const char *const ours[] = {
        "remote_ip", "local_ip", "key", "in_key", "out_key", "csum",
        "dst_port", "peer",
    };
    bool written = false;

    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        const char *value = smap_get(options, ours[i]);

        if (nullable_string_is_equal(smap_get(&row->options, ours[i]),
                                     value)) {
            continue;
        }
        if (value) {
            ovsrec_interface_update_options_setkey(row, ours[i], value);
        } else {
            ovsrec_interface_update_options_delkey(row, ours[i]);
        }
        written = true;
    }
    if (written) {
        VLOG_INFO("%s: putting its options right", row->name);
    }
    return written;
}
