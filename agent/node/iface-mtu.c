/* An interface is looked at when its row changed or another MTU is wanted, and
 * not otherwise.  Everything that has to be remembered of what was written is
 * in the database, so a restart of the agent changes nothing.
 *
 * An interface is left alone if nobody has said yet which MTU its endpoint is
 * to have, and if it does not win among several with the same iface-id.  An
 * interface that belongs to no endpoint any more gets back what it had. */

#include <config.h>

#include "agent/node/iface-mtu.h"

#include <stdlib.h>

#include "agent/node/ifaces.h"
#include "agent/node/plugs.h"
#include "hmapx.h"
#include "lib/mtu-request.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(iface_mtu);

struct iface_mtus {
    bool disabled;                  /* No interface is to have an MTU. */
    struct shash wanted;            /* iface-id -> "int *", 0: no MTU. */
    struct hmapx dirty;             /* "struct iface"s to look at. */
    struct hmapx foreign;           /* "struct iface"s whose mtu_request is
                                     * somebody else's and too large. */
};

struct iface_mtus *
iface_mtus_create(void)
{
    struct iface_mtus *im = xzalloc(sizeof *im);

    shash_init(&im->wanted);
    hmapx_init(&im->dirty);
    hmapx_init(&im->foreign);
    return im;
}

void
iface_mtus_destroy(struct iface_mtus *im)
{
    shash_destroy_free_data(&im->wanted);
    hmapx_destroy(&im->dirty);
    hmapx_destroy(&im->foreign);
    free(im);
}

bool
iface_mtus_set(struct iface_mtus *im, const struct plugs *plugs,
               const char *iface_id, int mtu)
{
    struct iface *iface = plugs_find_iface(plugs, iface_id);
    int *wanted = shash_find_data(&im->wanted, iface_id);

    if (!wanted) {
        wanted = xmalloc(sizeof *wanted);
        shash_add(&im->wanted, iface_id, wanted);
    }
    *wanted = mtu;
    return iface && iface->wanted_mtu != mtu && hmapx_add(&im->dirty, iface);
}

void
iface_mtus_forget(struct iface_mtus *im, const char *iface_id)
{
    free(shash_find_and_delete(&im->wanted, iface_id));
}

void
iface_mtus_refresh_iface(struct iface_mtus *im, struct iface *iface)
{
    hmapx_add(&im->dirty, iface);
}

void
iface_mtus_remove_iface(struct iface_mtus *im, struct iface *iface)
{
    hmapx_find_and_delete(&im->dirty, iface);
    hmapx_find_and_delete(&im->foreign, iface);
}

void
iface_mtus_enable(struct iface_mtus *im, const struct ifaces *ifaces,
                  bool enable)
{
    if (im->disabled == enable) {
        struct iface *iface;

        im->disabled = !enable;
        HMAP_FOR_EACH (iface, uuid_node, ifaces_get_all(ifaces)) {
            hmapx_add(&im->dirty, iface);
        }
    }
}

bool
iface_mtus_are_dirty(const struct iface_mtus *im)
{
    return !hmapx_is_empty(&im->dirty);
}

/* The MTU that 'iface' is to have, or 0 for none, or -1 if it is not known and
 * the interface is to be left alone. */
static int
get_wanted(const struct iface_mtus *im, const struct iface *iface)
{
    const int *wanted;

    if (im->disabled || !plugs_get_iface_id(iface)) {
        return 0;
    } else if (!plugs_iface_wins(iface)) {
        return -1;
    }
    wanted = shash_find_data(&im->wanted, plugs_get_iface_id(iface));
    return wanted ? *wanted : -1;
}

static void
read_row(const struct vswrec_interface *row, struct mtu_request *r)
{
    const struct smap *ids = &row->external_ids;

    r->request = row->n_mtu_request ? row->mtu_request[0] : 0;
    r->actual = row->n_mtu ? row->mtu[0] : 0;
    r->ours = smap_get_int(ids, "nve-mtu", 0);
    r->before = smap_get_int(ids, "nve-mtu-before", 0);
    r->device = smap_get_int(ids, "nve-mtu-device", 0);
}

static void
write_id(const struct vswrec_interface *row, const char *key, int old,
         int new)
{
    if (new && new != old) {
        char *value = xasprintf("%d", new);

        vswrec_interface_update_external_ids_setkey(row, key, value);
        free(value);
    } else if (!new && smap_get(&row->external_ids, key)) {
        vswrec_interface_update_external_ids_delkey(row, key);
    }
}

static void
write_row(const struct vswrec_interface *row, const struct mtu_request *old,
          const struct mtu_request *new)
{
    int64_t request = new->request;

    VLOG_DBG("interface %s: mtu_request %d instead of %d", row->name,
             new->request, old->request);
    if (new->request != old->request) {
        /* Do not overwrite what somebody writes at this moment. */
        vswrec_interface_verify_mtu_request(row);
        vswrec_interface_set_mtu_request(row, &request, request ? 1 : 0);
    }
    write_id(row, "nve-mtu", old->ours, new->ours);
    write_id(row, "nve-mtu-before", old->before, new->before);
    write_id(row, "nve-mtu-device", old->device, new->device);
}

/* Returns true if something was written. */
static bool
write_iface(struct iface_mtus *im, struct iface *iface, bool *problems)
{
    int wanted = get_wanted(im, iface);
    struct mtu_request old, new;
    bool changed;
    int foreign;

    read_row(iface->row, &old);
    iface->wanted_mtu = wanted;
    if (wanted < 0 || (wanted && wanted < MTU_REQUEST_MIN)
        || (wanted && !old.actual)) {
        /* It is looked at again when that is known. */
        return false;
    }
    changed = mtu_request_decide(&old, wanted, &new);
    if (changed) {
        write_row(iface->row, &old, &new);
    }
    foreign = (wanted && mtu_request_is_foreign(&new) && new.request > wanted
               ? new.request : 0);
    *problems |= foreign != iface->foreign_mtu;
    iface->foreign_mtu = foreign;
    if (foreign) {
        hmapx_add(&im->foreign, iface);
    } else {
        hmapx_find_and_delete(&im->foreign, iface);
    }
    return changed;
}

bool
iface_mtus_write(struct iface_mtus *im, bool *problems)
{
    struct hmapx_node *node;
    bool any = false;

    HMAPX_FOR_EACH_SAFE (node, &im->dirty) {
        if (write_iface(im, node->data, problems)) {
            any = true;
        } else {
            hmapx_delete(&im->dirty, node);
        }
    }
    return any;
}

void
iface_mtus_for_each_problem(const struct iface_mtus *im,
                            rows_problem_cb *cb, void *aux)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &im->foreign) {
        const struct iface *iface = node->data;
        char *object = xasprintf("interface %s", iface->name);
        char *message = xasprintf(
            "mtu_request is %d, set by somebody else, and packets of more "
            "than %d bytes do not fit: `ovs-vsctl clear interface %s "
            "mtu_request' leaves it to the agent",
            iface->foreign_mtu, iface->wanted_mtu, iface->name);

        cb(object, message, aux);
        free(message);
        free(object);
    }
}
