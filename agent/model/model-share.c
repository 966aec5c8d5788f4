/* Shares: see model-share.h. */

#include <config.h>

#include "agent/model/model-share.h"

#include "agent/model/model-touch.h"
#include "hash.h"
#include "util.h"

struct m_share *
m_share_get(const struct m_vpc *vpc, const struct m_nve *nve)
{
    struct m_share *share;

    HMAP_FOR_EACH_WITH_HASH (share, vpc_node, hash_pointer(nve, 0),
                             &vpc->shares) {
        if (share->nve == nve) {
            return share;
        }
    }
    return NULL;
}

/* The first and the last endpoint change which remotes we talk to. */
void
m_share_count(struct model *model, struct m_vpc *vpc, struct m_nve *nve,
              bool in)
{
    struct m_share *share = m_share_get(vpc, nve);

    if (in) {
        if (!share) {
            share = xzalloc(sizeof *share);
            share->vpc = vpc;
            share->nve = nve;
            hmap_insert(&vpc->shares, &share->vpc_node, hash_pointer(nve, 0));
            hmap_insert(&nve->shares, &share->nve_node, hash_pointer(vpc, 0));
        }
        if (share->n_endpoints++) {
            return;
        }
    } else {
        if (--share->n_endpoints) {
            return;
        }
        hmap_remove(&vpc->shares, &share->vpc_node);
        hmap_remove(&nve->shares, &share->nve_node);
        mtu_counts_change(&vpc->mtus, share->mtu, 0);
        free(share);
        entity_maybe_gone(model, &nve->up);
    }
    model_touch_nve(model, nve);
    model_touch_vpc(model, vpc);
}
