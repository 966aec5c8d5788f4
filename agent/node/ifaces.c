/* A mirror, because pointers to rows do not last: after a reconnection to the
 * database all rows are new ones, at new addresses.  The UUID tells that they
 * are the same, so a reconnection changes nothing for those who know an
 * interface.
 *
 * Names are looked up here, too.  An index of the IDL would be sorted anew for
 * each column of a row that is read or written.  The name of a row never
 * changes, but one that goes and one that comes may have the same. */

#include <config.h>

#include "agent/node/ifaces.h"

#include <stdlib.h>
#include <string.h>

#include "agent/node/tunnel-bfd.h"
#include "flow.h"
#include "hash.h"
#include "lib/nullable-string.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

struct ifaces {
    struct hmap by_uuid;            /* Contains "struct iface"s. */
    struct hmap by_name;            /* The same. */
    unsigned long long int n_readings;
};

struct ifaces *
ifaces_create(void)
{
    struct ifaces *ifaces = xzalloc(sizeof *ifaces);

    hmap_init(&ifaces->by_uuid);
    hmap_init(&ifaces->by_name);
    return ifaces;
}

void
ifaces_remove(struct ifaces *ifaces, struct iface *iface)
{
    hmap_remove(&ifaces->by_uuid, &iface->uuid_node);
    hmap_remove(&ifaces->by_name, &iface->name_node);
    free(iface->error);
    free(iface->name);
    free(iface);
}

void
ifaces_destroy(struct ifaces *ifaces)
{
    struct iface *iface;

    HMAP_FOR_EACH_SAFE (iface, uuid_node, &ifaces->by_uuid) {
        ifaces_remove(ifaces, iface);
    }
    hmap_destroy(&ifaces->by_uuid);
    hmap_destroy(&ifaces->by_name);
    free(ifaces);
}

struct iface *
ifaces_find(const struct ifaces *ifaces, const struct uuid *uuid)
{
    struct iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, uuid_node, uuid_hash(uuid),
                             &ifaces->by_uuid) {
        if (uuid_equals(&iface->uuid, uuid)) {
            return iface;
        }
    }
    return NULL;
}

struct iface *
ifaces_find_by_name(const struct ifaces *ifaces, const char *name)
{
    struct iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, name_node, hash_string(name, 0),
                             &ifaces->by_name) {
        if (!iface->is_gone && !strcmp(iface->name, name)) {
            return iface;
        }
    }
    return NULL;
}

struct iface *
ifaces_obtain(struct ifaces *ifaces, const struct vswrec_interface *row)
{
    const struct uuid *uuid = &row->header_.uuid;
    struct iface *iface = ifaces_find(ifaces, uuid);

    if (!iface) {
        iface = xzalloc(sizeof *iface);
        iface->uuid = *uuid;
        iface->name = xstrdup(row->name);
        iface->since = ifaces->n_readings;
        ovs_list_init(&iface->read_node);
        ovs_list_init(&iface->stale_node);
        hmap_insert(&ifaces->by_uuid, &iface->uuid_node, uuid_hash(uuid));
        hmap_insert(&ifaces->by_name, &iface->name_node,
                    hash_string(iface->name, 0));
    }
    iface->row = row;
    return iface;
}

bool
iface_is_on(const struct iface *iface, const struct vswrec_bridge *bridge)
{
    return bridge && iface->bridge == bridge && !iface->is_shared;
}

const char *
iface_get_mark(const struct iface *iface, const char *key)
{
    const char *mark = smap_get(&iface->row->external_ids, key);

    return (mark || !iface->port ? mark
            : smap_get(&iface->port->external_ids, key));
}

void
ifaces_begin_reading(struct ifaces *ifaces)
{
    ifaces->n_readings++;
}

const struct hmap *
ifaces_get_all(const struct ifaces *ifaces)
{
    return &ifaces->by_uuid;
}

/* The port number in an optional column; 0 if there is none. */
static ofp_port_t
read_number(const int64_t *column, size_t n)
{
    return (n && column[0] > 0 && column[0] <= UINT16_MAX
            ? u16_to_ofp(column[0]) : 0);
}

void
ifaces_refresh(struct iface *iface)
{
    const struct vswrec_interface *row = iface->row;
    const char *error = row->error && *row->error ? row->error : NULL;

    iface->pending = !row->n_ofport && !error;
    iface->ofport = read_number(row->ofport, row->n_ofport);
    iface->ofport_request = read_number(row->ofport_request,
                                        row->n_ofport_request);
    iface->settled = nullable_string_is_equal(
        smap_get(&row->external_ids, IFACES_SETTLED_KEY),
        smap_get(&row->external_ids, "iface-id"));
    iface->hold = nullable_string_is_equal(
        smap_get(&row->external_ids, "nve-claim"), "hold");
    iface->bfd_down = tunnel_bfd_is_broken(row);
    if (row->n_ofport && row->ofport[0] < 0 && !error) {
        error = "Open vSwitch could not add it";
    }
    nullable_string_replace(&iface->error, nullable_xstrdup(error));
}
