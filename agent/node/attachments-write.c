/* Writes patch pairs to provider bridges into the database.
 *
 * One transaction makes both ends, and one removes both: a patch port without
 * its peer is an error for Open vSwitch.  A port of ours that is not where it
 * should be, such as after a change of the integration bridge, is removed
 * first, and the next transaction makes it again. */

#include <config.h>

#include <string.h>

#include "agent/node/attachments-private.h"
#include "agent/node/attachments.h"
#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "lib/nullable-string.h"
#include "openvswitch/vlog.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(attachments);

/* Our keys in the external_ids of a port and its interface. */
static void
make_keys(const struct patch_pair *pair, const struct rows_target *target,
          struct smap *keys)
{
    smap_init(keys);
    smap_add(keys, ROWS_OURS_KEY, target->system_id);
    smap_add(keys, ROWS_PHYSNET_KEY, pair->up.physnet);
}

static void
make_options(const struct patch_pair *pair, enum patch_end end,
             struct smap *options)
{
    smap_init(options);
    smap_add_nocopy(options, xstrdup("peer"),
                    patch_pair_get_name(pair, end == PATCH_EXT ? PATCH_INT
                                                               : PATCH_EXT));
}

static void
insert_end(const struct patch_pair *pair, enum patch_end end,
           const char *name, const struct rows_target *target)
{
    const struct vswrec_bridge *place = patch_pair_get_place(
        pair, target->rows, end);
    struct vswrec_interface *iface = vswrec_interface_insert(target->txn);
    struct vswrec_port *port = vswrec_port_insert(target->txn);
    struct smap keys, options;

    VLOG_INFO("%s: adding it to bridge %s", name, place->name);
    make_keys(pair, target, &keys);
    make_options(pair, end, &options);
    vswrec_interface_set_name(iface, name);
    vswrec_interface_set_type(iface, "patch");
    vswrec_interface_set_options(iface, &options);
    vswrec_port_set_name(port, name);
    vswrec_port_set_external_ids(port, &keys);
    vswrec_port_set_interfaces(port, &iface, 1);
    if (end == PATCH_EXT && pair->up.note) {
        smap_add(&keys, ROWS_NEIGHBORS_KEY, pair->up.note);
    }
    vswrec_interface_set_external_ids(iface, &keys);
    vswrec_bridge_update_ports_addvalue(place, port->header_.uuid);
    smap_destroy(&options);
    smap_destroy(&keys);
}

/* Corrects the rows of an end, which 'iface' is. */
static bool
update_end(const struct patch_pair *pair, enum patch_end end,
           const struct iface *iface, const struct rows_target *target)
{
    const struct smap_node *node;
    struct smap keys, options;
    bool written;

    make_keys(pair, target, &keys);
    make_options(pair, end, &options);
    written = rows_put_options(iface->row, &options);
    if (strcmp(iface->row->type, "patch")) {
        vswrec_interface_set_type(iface->row, "patch");
        written = true;
    }
    SMAP_FOR_EACH (node, &keys) {
        written |= rows_put_external_id(iface->row, node->key, node->value);
        written |= rows_put_port_external_id(iface->port, node->key,
                                             node->value);
    }
    if (end == PATCH_EXT && pair->noted) {
        written |= rows_put_external_id(iface->row, ROWS_NEIGHBORS_KEY,
                                        pair->up.note);
    }
    smap_destroy(&options);
    smap_destroy(&keys);
    return written;
}

/* Writes an end of a pair that is wanted.  One on the wrong bridge counts as
 * stale. */
static bool
write_end(const struct patch_pair *pair, enum patch_end end,
          const struct rows_target *target)
{
    char *name = patch_pair_get_name(pair, end);
    const struct iface *iface = rows_find_iface(target->rows, name);
    bool written = false;

    if (!iface) {
        insert_end(pair, end, name, target);
        written = true;
    } else if (iface_is_on(iface, patch_pair_get_place(pair, target->rows,
                                                       end))) {
        written = update_end(pair, end, iface, target);
    }
    free(name);
    return written;
}

/* Whether 'iface', a port of ours for 'physnet', is an end that is wanted, and
 * in its place. */
static bool
is_in_use(const struct attachments *a, const struct rows *rows,
          const struct iface *iface, const char *physnet)
{
    const struct patch_pair *pair = shash_find_data(&a->pairs, physnet);

    for (int end = 0; pair && patch_pair_is_wanted(pair, rows)
             && end < PATCH_N_ENDS; end++) {
        char *name = patch_pair_get_name(pair, end);
        bool same = !strcmp(iface->name, name);

        free(name);
        if (same && iface_is_on(iface,
                                patch_pair_get_place(pair, rows, end))) {
            return true;
        }
    }
    return false;
}

static bool
remove_stale(const struct attachments *a, const struct rows_target *target)
{
    const struct iface *iface;
    bool written = false;

    HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(target->rows->ifaces)) {
        const char *physnet = attachments_get_physnet(iface);

        if (physnet && !is_in_use(a, target->rows, iface, physnet)) {
            rows_remove_port(target->rows, iface);
            written = true;
        }
    }
    return written;
}

bool
attachments_write(struct attachments *a, const struct rows_target *target)
{
    struct shash_node *node;
    bool written;

    if (!a->dirty) {
        return false;
    }
    written = remove_stale(a, target);
    SHASH_FOR_EACH (node, &a->pairs) {
        const struct patch_pair *pair = node->data;

        for (int end = 0; patch_pair_is_wanted(pair, target->rows)
                 && end < PATCH_N_ENDS; end++) {
            written |= write_end(pair, end, target);
        }
    }
    a->dirty = written;
    return written;
}
