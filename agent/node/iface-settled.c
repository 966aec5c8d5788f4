/* The note is in the interface's row, so it goes with the interface: one that
 * is made anew has none.  Its value is the iface-id, because that may be
 * changed in place.  ifaces.c reads it. */

#include <config.h>

#include "agent/node/iface-settled.h"

#include <stdlib.h>

#include "agent/node/ifaces.h"
#include "agent/node/plugs.h"
#include "agent/node/rows.h"
#include "hmapx.h"
#include "sset.h"
#include "util.h"

struct iface_settled {
    struct sset iface_ids;          /* That are settled. */
    struct hmapx dirty;             /* "struct iface"s to look at. */
};

struct iface_settled *
iface_settled_create(void)
{
    struct iface_settled *settled = xmalloc(sizeof *settled);

    sset_init(&settled->iface_ids);
    hmapx_init(&settled->dirty);
    return settled;
}

void
iface_settled_destroy(struct iface_settled *settled)
{
    sset_destroy(&settled->iface_ids);
    hmapx_destroy(&settled->dirty);
    free(settled);
}

bool
iface_settled_set(struct iface_settled *settled, const struct plugs *plugs,
                  const char *iface_id, bool is_settled)
{
    struct iface *iface = plugs_find_iface(plugs, iface_id);

    if (!is_settled) {
        sset_find_and_delete(&settled->iface_ids, iface_id);
        return false;
    }
    return (sset_add(&settled->iface_ids, iface_id) && iface
            && hmapx_add(&settled->dirty, iface));
}

/* Whether the row of 'iface' should have the note. */
static bool
is_wanted(const struct iface_settled *settled, const struct iface *iface)
{
    return (plugs_iface_wins(iface)
            && sset_contains(&settled->iface_ids, plugs_get_iface_id(iface)));
}

void
iface_settled_refresh_iface(struct iface_settled *settled,
                            struct iface *iface)
{
    const char *iface_id = plugs_get_iface_id(iface);

    if (iface_id && sset_contains(&settled->iface_ids, iface_id)) {
        hmapx_add(&settled->dirty, iface);
    }
}

void
iface_settled_remove_iface(struct iface_settled *settled, struct iface *iface)
{
    hmapx_find_and_delete(&settled->dirty, iface);
}

bool
iface_settled_is_dirty(const struct iface_settled *settled)
{
    return !hmapx_is_empty(&settled->dirty);
}

bool
iface_settled_write(struct iface_settled *settled)
{
    struct hmapx_node *node;
    bool written = false;

    HMAPX_FOR_EACH_SAFE (node, &settled->dirty) {
        const struct iface *iface = node->data;

        if (is_wanted(settled, iface)
            && rows_put_external_id(iface->row, IFACES_SETTLED_KEY,
                                    plugs_get_iface_id(iface))) {
            written = true;
        } else {
            hmapx_delete(&settled->dirty, node);
        }
    }
    return written;
}
