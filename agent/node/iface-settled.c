/* Which interfaces are known: see iface-settled.h.
 *
 * The mark is in the row, so it goes with the interface: one that is made
 * anew has none.  It says for which iface-id it is, which may be changed in
 * place. */

#include <config.h>

#include "agent/node/iface-settled.h"

#include <stdlib.h>

#include "agent/node/ifaces.h"
#include "agent/node/rows.h"
#include "hmapx.h"
#include "lib/vswitch-idl.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

#define KEY "nve-settled"

struct iface_settled {
    struct sset settled;            /* iface-ids. */
    struct hmapx dirty;             /* "struct iface"s to be looked at. */
};

struct iface_settled *
iface_settled_create(void)
{
    struct iface_settled *marks = xmalloc(sizeof *marks);

    sset_init(&marks->settled);
    hmapx_init(&marks->dirty);
    return marks;
}

void
iface_settled_destroy(struct iface_settled *marks)
{
    sset_destroy(&marks->settled);
    hmapx_destroy(&marks->dirty);
    free(marks);
}

bool
iface_settled_set(struct iface_settled *marks, const struct ifaces *ifaces,
                const char *iface_id, bool settled)
{
    struct iface *iface = ifaces_find_claimant(ifaces, iface_id);

    if (!settled) {
        sset_find_and_delete(&marks->settled, iface_id);
        return false;
    }
    return (sset_add(&marks->settled, iface_id) && iface
            && hmapx_add(&marks->dirty, iface));
}

void
iface_settled_refresh_iface(struct iface_settled *marks, struct iface *iface)
{
    if (iface->claim && sset_contains(&marks->settled, iface_get_id(iface))) {
        hmapx_add(&marks->dirty, iface);
    }
}

void
iface_settled_remove_iface(struct iface_settled *marks, struct iface *iface)
{
    hmapx_find_and_delete(&marks->dirty, iface);
}

bool
iface_settled_are_dirty(const struct iface_settled *marks)
{
    return !hmapx_is_empty(&marks->dirty);
}

bool
iface_settled_write(struct iface_settled *marks)
{
    struct hmapx_node *node;
    bool any = false;

    HMAPX_FOR_EACH_SAFE (node, &marks->dirty) {
        struct iface *iface = node->data;

        if (iface->claim && iface_counts(iface)
            && sset_contains(&marks->settled, iface_get_id(iface))
            && rows_put_external_id(iface->row, KEY, iface_get_id(iface))) {
            any = true;
        } else {
            hmapx_delete(&marks->dirty, node);
        }
    }
    return any;
}

bool
iface_settled_is_noted(const struct ovsrec_interface *row)
{
    return nullable_string_is_equal(smap_get(&row->external_ids, KEY),
                                    smap_get(&row->external_ids, "iface-id"));
}
