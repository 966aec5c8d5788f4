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

static struct m_share *
m_share_get_or_make(struct m_vpc *vpc, struct m_nve *nve)
{
    struct m_share *share = m_share_get(vpc, nve);

    if (!share) {
        share = xzalloc(sizeof *share);
        share->vpc = vpc;
        share->nve = nve;
        hmap_insert(&vpc->shares, &share->vpc_node, hash_pointer(nve, 0));
        hmap_insert(&nve->shares, &share->nve_node, hash_pointer(vpc, 0));
    }
    return share;
}

static void
m_share_destroy(struct model *model, struct m_share *share)
{
    hmap_remove(&share->vpc->shares, &share->vpc_node);
    hmap_remove(&share->nve->shares, &share->nve_node);
    mtu_counts_change(&share->vpc->mtus, share->mtu, 0);
    entity_maybe_gone(model, &share->nve->up);
    free(share);
}

/* Counts '*n', a number in 'share', up or down.  The first and the last one
 * change which remotes we talk to, and who gets copies. */
static void
m_share_change(struct model *model, struct m_share *share, size_t *n, bool in)
{
    *n += in ? 1 : -1;
    if (*n != in) {
        return;
    }
    model_touch_nve(model, share->nve);
    model_touch_vpc(model, share->vpc);
    if (!share->n_endpoints && !share->n_gateways) {
        m_share_destroy(model, share);
    }
}

void
m_share_count(struct model *model, struct m_vpc *vpc, struct m_nve *nve,
              bool in)
{
    struct m_share *share = m_share_get_or_make(vpc, nve);

    m_share_change(model, share, &share->n_endpoints, in);
}

void
m_share_count_gateway(struct model *model, struct m_vpc *vpc,
                      struct m_nve *nve, bool in)
{
    struct m_share *share = m_share_get_or_make(vpc, nve);

    m_share_change(model, share, &share->n_gateways, in);
}
