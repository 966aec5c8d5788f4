/* What a turn's changes mean for gateways: see gateway-affected.h.
 *
 * A gateway follows from its object, its VPC and network, and the nodes that
 * have endpoints of the VPC or can be the gateway.  Each of them knows the
 * next, so what is looked at is what has to do with the change. */

#include <config.h>

#include "agent/remotes/gateway-affected.h"

#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"

static void
affect(struct gateways *gs, const struct m_gateway *gw)
{
    struct gateway *g = shash_find_data(&gs->all, gw->up.name);

    if (g) {
        g->affected = true;
    }
}

static void
affect_vpc(struct gateways *gs, const struct m_vpc *vpc)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->gateways) {
        affect(gs, node->data);
    }
}

void
gateway_affected_mark(struct gateways *gs, const struct model *model)
{
    const struct hmapx_node *node, *user;

    HMAPX_FOR_EACH (node, &model->changed_gateways) {
        affect(gs, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        affect_vpc(gs, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_extnets) {
        const struct m_extnet *extnet = node->data;

        HMAPX_FOR_EACH (user, &extnet->users) {
            const struct entity *entity = user->data;

            if (entity->class->kind == MODEL_GATEWAY) {
                affect(gs, M_CAST(m_gateway, entity));
            }
        }
    }
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        const struct m_nve *nve = node->data;
        const struct m_share *share;

        HMAP_FOR_EACH (share, nve_node, &nve->shares) {
            affect_vpc(gs, share->vpc);
        }
    }
}

void
gateway_affected_mark_all(struct gateways *gs)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &gs->all) {
        ((struct gateway *) node->data)->affected = true;
    }
}
