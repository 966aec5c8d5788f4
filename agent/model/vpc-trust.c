/* Which NVEs bring in what is from outside: see vpc-trust.h. */

#include <config.h>

#include "agent/model/vpc-trust.h"

#include <string.h>

#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-route.h"
#include "util.h"

bool
vpc_trust_is_needed(const struct m_vpc *vpc)
{
    return (vpc->up.object && vpc->up.object->vpc->n_subnets
            && (!hmapx_is_empty(&vpc->gateways)
                || !hmapx_is_empty(&vpc->routes)));
}

/* Why an NVE is believed. */
struct reason {
    enum vpc_trust trust;
    const struct entity *by;
};

/* Calls 'cb' for each NVE that is believed, and each reason for it. */
static void
for_each(const struct m_vpc *vpc,
         void (*cb)(const struct m_nve *, const struct reason *, void *aux),
         void *aux)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->gateways) {
        const struct m_gateway *gw = node->data;
        const struct reason reason = { VPC_TRUST_GATEWAY, &gw->up };

        for (size_t i = 0; i < gw->n_nodes; i++) {
            if (gw->nodes[i].attached && !gw->nodes[i].is_self) {
                cb(gw->nodes[i].nve, &reason, aux);
            }
        }
    }
    HMAPX_FOR_EACH (node, &vpc->routes) {
        const struct m_route *route = node->data;

        for (size_t i = 0; i < route->n_vias; i++) {
            const struct m_endpoint *ep = route->vias[i].ep;

            if (ep && ep->nve) {
                const struct reason reason = { VPC_TRUST_APPLIANCE, &ep->up };

                cb(ep->nve, &reason, aux);
            }
        }
    }
    HMAPX_FOR_EACH (node, &vpc->fips) {
        const struct m_fip *fip = node->data;

        if (fip->ep->nve) {
            const struct reason reason = { VPC_TRUST_FIP, &fip->ep->up };

            cb(fip->ep->nve, &reason, aux);
        }
    }
}

static void
add_nve(const struct m_nve *nve, const struct reason *reason OVS_UNUSED,
        void *nves)
{
    hmapx_add(nves, CONST_CAST(struct m_nve *, nve));
}

void
vpc_trust_get_nves(const struct m_vpc *vpc, struct hmapx *nves)
{
    for_each(vpc, add_nve, nves);
}

/* What is looked for, and the first reason for it. */
struct search {
    const struct m_nve *nve;
    struct reason found;
};

static void
consider(const struct m_nve *nve, const struct reason *reason, void *search_)
{
    struct search *search = search_;
    struct reason *found = &search->found;

    if (nve == search->nve
        && (!found->by || reason->trust < found->trust
            || (reason->trust == found->trust
                && strcmp(reason->by->name, found->by->name) < 0))) {
        *found = *reason;
    }
}

enum vpc_trust
vpc_trust_find(const struct m_vpc *vpc, const struct m_nve *nve,
               const struct entity **by)
{
    struct search search = { nve, { VPC_TRUST_NONE, NULL } };

    for_each(vpc, consider, &search);
    *by = search.found.by;
    return search.found.trust;
}
