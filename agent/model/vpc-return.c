/* Where answers have to be led back: see vpc-return.h.
 *
 * A way is a node that a gateway can be on, an appliance, or the floating IP
 * of an endpoint here.  With SNAT alone no connection begins outside.  The
 * answers of a floating IP here go out by it anyway, unless a route says
 * something else. */

#include <config.h>

#include "agent/model/vpc-return.h"

#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-route.h"
#include "util.h"

static bool
has_fips_at(const struct m_vpc *vpc, const struct m_gateway *gw)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->fips) {
        const struct m_fip *fip = node->data;

        if (fip->valid && fip->mode == FLOATING_IP_GATEWAY
            && fip->gateway == gw) {
            return true;
        }
    }
    return false;
}

bool
vpc_return_gateway_lets_in(const struct m_gateway *gw)
{
    const struct vpc_gateway *def = m_gateway_get_def(gw);

    return def && (!def->n_snat || has_fips_at(gw->vpc, gw));
}

void
vpc_return_get_appliances(const struct m_vpc *vpc, struct hmapx *eps)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->routes) {
        const struct m_route *route = node->data;

        for (size_t i = 0; i < route->n_vias; i++) {
            if (route->vias[i].ep) {
                hmapx_add(eps, route->vias[i].ep);
            }
        }
    }
}

static size_t
count_nodes(const struct m_gateway *gw)
{
    size_t n = 0;

    for (size_t i = 0; i < gw->n_nodes; i++) {
        n += gw->nodes[i].attached;
    }
    return n;
}

static size_t
count_appliances(const struct m_vpc *vpc)
{
    struct hmapx eps = HMAPX_INITIALIZER(&eps);
    size_t n;

    vpc_return_get_appliances(vpc, &eps);
    n = hmapx_count(&eps);
    hmapx_destroy(&eps);
    return n;
}

static size_t
count_fips_here(const struct m_vpc *vpc)
{
    const struct hmapx_node *node;
    size_t n = 0;

    HMAPX_FOR_EACH (node, &vpc->fips) {
        const struct m_fip *fip = node->data;

        n += (fip->valid && fip->local
              && fip->mode == FLOATING_IP_DISTRIBUTED);
    }
    return n;
}

bool
vpc_return_is_wanted(const struct m_vpc *vpc)
{
    const struct hmapx_node *node;
    size_t n_ways, n_fips;
    bool lets_in;

    if (!vpc->up.object || !vpc->up.object->vpc->n_subnets
        || (hmapx_is_empty(&vpc->gateways) && hmapx_is_empty(&vpc->routes))) {
        return false;
    }
    n_ways = count_appliances(vpc);
    n_fips = count_fips_here(vpc);
    lets_in = n_ways || (n_fips && !hmapx_is_empty(&vpc->routes));
    HMAPX_FOR_EACH (node, &vpc->gateways) {
        const struct m_gateway *gw = node->data;

        if (m_gateway_get_def(gw)) {
            n_ways += count_nodes(gw);
            lets_in = lets_in || vpc_return_gateway_lets_in(gw);
        }
    }
    return lets_in && n_ways + n_fips > 1;
}
