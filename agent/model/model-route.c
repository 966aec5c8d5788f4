/* Routes of VPCs: see model-route.h.
 *
 * A route that leads nowhere is Blocked.  It does not leave its packets to
 * another one then: somebody may have wanted them to be looked at on the way.
 *
 * A route is not for what the appliances send that it leads through, as they
 * would get it back.  Without spec.from it is for no appliance at all, so that
 * a default route through one appliance and a special one through another do
 * not go round.  What is left are routes that select appliances: those must
 * not lead back to where they started.  The youngest route of such a circle is
 * Blocked.
 *
 * Endpoints are known only where the VPC is in use, and only there it is said
 * that a route leads nowhere. */

#include <config.h>

#include "agent/model/model-route.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/model-endpoint.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "util.h"

bool
m_route_is_appliance(const struct m_endpoint *ep)
{
    const struct endpoint *def = ep->up.object ? ep->up.object->endpoint
                                               : NULL;

    return def && def->has_type && def->type == EP_GATEWAY;
}

bool
m_route_has_via(const struct m_route *route, const struct m_endpoint *ep)
{
    for (size_t i = 0; i < route->n_vias; i++) {
        if (route->vias[i].ep == ep) {
            return true;
        }
    }
    return false;
}

bool
m_route_leads_through(const struct m_endpoint *ep)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->routes) {
        if (m_route_has_via(node->data, ep)) {
            return true;
        }
    }
    return false;
}

bool
m_route_is_for(const struct m_route *route, const struct m_endpoint *ep)
{
    const struct vpc_route *def = m_route_get_def(route);

    if (!def) {
        return false;
    } else if (!ep) {
        return !def->has_from;
    } else if (m_route_has_via(route, ep) || !ep->up.object) {
        return false;
    }
    return (def->has_from
            ? label_selector_matches(&def->from,
                                     ep->up.object->endpoint->meta.labels)
            : !m_route_is_appliance(ep));
}

/* Less than 0: 'a' counts rather than 'b'. */
static int
m_route_compare(const struct m_route *a, const struct m_route *b)
{
    const struct vpc_route *x = m_route_get_def(a);
    const struct vpc_route *y = m_route_get_def(b);

    if (x->destination.plen != y->destination.plen) {
        return x->destination.plen > y->destination.plen ? -1 : 1;
    } else if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return strcmp(a->up.name, b->up.name);
}

const struct m_route *
m_route_find(const struct m_vpc *vpc, const struct m_endpoint *ep,
             const struct ip_prefix *destination)
{
    const struct m_route *best = NULL;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->routes) {
        const struct m_route *route = node->data;
        const struct vpc_route *def = m_route_get_def(route);

        if (def && def->destination.plen <= destination->plen
            && ip_prefix_overlaps(&def->destination, destination)
            && m_route_is_for(route, ep)
            && (!best || m_route_compare(route, best) < 0)) {
            best = route;
        }
    }
    return best;
}

void
m_route_endpoint_changed(struct model *model, const struct m_endpoint *ep)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->routes) {
        struct m_route *route = node->data;

        entity_set_dirty(model, &route->up);
    }
}

static struct entity *
m_route_create(const char *name)
{
    struct m_route *route = entity_alloc(sizeof *route, name);

    hmapx_init(&route->eps);
    return &route->up;
}

/* References. */

static void
m_route_set_vpc(struct model *model, struct m_route *route,
                struct m_vpc *vpc)
{
    if (route->vpc && route->vpc != vpc) {
        hmapx_find_and_delete(&route->vpc->routes, route);
        if (hmapx_is_empty(&route->vpc->routes)) {
            model_touch_nves_of(model, route->vpc);
        }
        model_touch_vpc(model, route->vpc);
        model_touch_local_of(model, route->vpc);
        entity_maybe_gone(model, &route->vpc->up);
    }
    route->vpc = vpc;
    if (vpc && hmapx_add(&vpc->routes, route)
        && hmapx_count(&vpc->routes) == 1) {
        model_touch_nves_of(model, vpc);
    }
}

static void
m_route_set_eps(struct model *model, struct m_route *route,
                const struct vpc_route *def)
{
    struct hmapx now = HMAPX_INITIALIZER(&now);
    struct hmapx_node *node;

    for (size_t i = 0; def && i < def->n_via; i++) {
        if (def->via[i].type == VPC_ROUTE_ENDPOINT) {
            hmapx_add(&now, M_CAST(m_endpoint, entity_get(
                model, MODEL_ENDPOINT, def->via[i].name)));
        }
    }
    HMAPX_FOR_EACH (node, &route->eps) {
        struct m_endpoint *ep = node->data;

        if (!hmapx_contains(&now, ep)) {
            hmapx_find_and_delete(&ep->users->routes, route);
            entity_maybe_gone(model, &ep->up);
        }
        model_touch_endpoint(model, ep);
    }
    HMAPX_FOR_EACH (node, &now) {
        struct m_endpoint *ep = node->data;

        hmapx_add(&m_endpoint_make_users(ep)->routes, route);
        model_touch_endpoint(model, ep);
    }
    hmapx_swap(&route->eps, &now);
    hmapx_destroy(&now);
}

/* Faults. */

static bool
has_gateway_of_family(const struct vpc *vpc, bool is_ipv6)
{
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        if (vpc->subnets[i].prefix.is_ipv6 == is_ipv6
            && ipv6_addr_is_set(&vpc->subnets[i].gateway)) {
            return true;
        }
    }
    return false;
}

/* Returns what is wrong with the endpoint, for the caller to free, or NULL. */
static char *
check_endpoint(const struct m_route *route, const struct m_endpoint *ep)
{
    if (!ep->up.object || ep->vpc != route->vpc) {
        return xasprintf("Endpoint %s does not exist in VPC %s", ep->up.name,
                         route->vpc->up.name);
    } else if (!m_route_is_appliance(ep)) {
        return xasprintf("Endpoint %s is not of type gateway", ep->up.name);
    } else if (!ep->nve && !m_endpoint_is_local(ep)) {
        return xasprintf("Endpoint %s is at no node", ep->up.name);
    }
    return NULL;
}

static char *
check_gateway(const struct model *model, const struct m_route *route,
              const char *name)
{
    const struct m_gateway *gw = m_gateway_find(model, name);

    if (!gw || !gw->up.object) {
        return xasprintf("VPCGateway %s does not exist", name);
    } else if (gw->vpc != route->vpc) {
        return xasprintf("VPCGateway %s is of VPC %s", name,
                         gw->up.object->gateway->vpc);
    } else if (!gw->valid) {
        return xasprintf("VPCGateway %s is Blocked", name);
    }
    return NULL;
}

/* Sets 'vias' to those of 'def' that can be used.  Returns what is wrong with
 * the first one that cannot, for the caller to free, or NULL. */
static char *
m_route_set_vias(struct model *model, struct m_route *route,
                 const struct vpc_route *def)
{
    char *problem = NULL;

    free(route->vias);
    route->vias = xcalloc(def->n_via, sizeof *route->vias);
    route->n_vias = 0;
    for (size_t i = 0; i < def->n_via; i++) {
        const struct vpc_route_via *via = &def->via[i];
        struct m_route_via *new = &route->vias[route->n_vias];
        char *fault = NULL;

        if (via->type == VPC_ROUTE_DROP) {
            continue;
        } else if (via->type == VPC_ROUTE_ENDPOINT) {
            new->ep = M_CAST(m_endpoint, entity_get(model, MODEL_ENDPOINT,
                                                    via->name));
            fault = check_endpoint(route, new->ep);
        } else {
            new->gateway = m_gateway_find(model, via->name);
            fault = check_gateway(model, route, via->name);
        }
        if (!fault) {
            new->weight = via->weight;
            route->n_vias++;
            continue;
        }
        memset(new, 0, sizeof *new);
        if (!problem) {
            problem = xasprintf("spec.via[%"PRIuSIZE"].%s: %s", i,
                                vpc_route_via_type_to_string(via->type),
                                fault);
        }
        free(fault);
    }
    return problem;
}

/* Whether what goes by 'route' to 'destination' may come to an appliance whose
 * packets go by 'start', by way of older routes than that.  'seen' has the
 * routes that have been looked at. */
static bool
leads_back(const struct m_route *start, const struct m_route *route,
           const struct ip_prefix *destination, struct hmapx *seen)
{
    const struct hmapx_node *node;

    if (!hmapx_add(seen, CONST_CAST(struct m_route *, route))) {
        return false;
    }
    HMAPX_FOR_EACH (node, &start->vpc->routes) {
        const struct m_route *next = node->data;
        const struct vpc_route *def = m_route_get_def(next);

        if (!def || !def->has_from
            || !ip_prefix_overlaps(&def->destination, destination)
            || entity_compare(&next->up, &start->up) > 0) {
            continue;
        }
        for (size_t i = 0; i < route->n_vias; i++) {
            const struct m_endpoint *ep = route->vias[i].ep;

            if (ep && m_route_is_for(next, ep)
                && (next == start
                    || leads_back(start, next, destination, seen))) {
                return true;
            }
        }
    }
    return false;
}

static bool
m_route_makes_circle(const struct m_route *route)
{
    struct hmapx seen = HMAPX_INITIALIZER(&seen);
    const struct vpc_route *def = m_route_get_def(route);
    bool circle = leads_back(route, route, &def->destination, &seen);

    hmapx_destroy(&seen);
    return circle;
}

/* Returns why 'route', whose VPC is here and whose ways are known, leads
 * nowhere, for the caller to free, or NULL.  Takes 'fault', what is wrong with
 * the first way. */
static char *
find_problem(const struct m_route *route, const struct vpc_route *def,
             char *fault)
{
    const struct vpc *vpc = route->vpc->up.object->vpc;
    bool is_ipv6 = def->destination.is_ipv6;

    if (fault && route->n_vias) {
        free(fault);            /* There are others. */
        fault = NULL;
    }
    if (!fault && !has_gateway_of_family(vpc, is_ipv6)) {
        fault = xasprintf("spec.destination: VPC %s has no IPv%d subnet with "
                          "a gateway, so nothing is routed",
                          route->vpc->up.name, is_ipv6 ? 6 : 4);
    }
    if (!fault && m_route_makes_circle(route)) {
        fault = xstrdup("spec.via: leads back to appliances that spec.from "
                        "selects, by older routes that select appliances, "
                        "too");
    }
    return fault;
}

/* Resolution. */

/* Younger routes may be in a circle with this one. */
static void
set_younger_dirty(struct model *model, const struct m_route *route)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &route->vpc->routes) {
        struct m_route *other = node->data;
        const struct vpc_route *def = m_route_get_def(other);

        if (def && def->has_from
            && entity_compare(&route->up, &other->up) < 0) {
            entity_set_dirty(model, &other->up);
        }
    }
}

static void
m_route_resolve(struct model *model, struct entity *entity)
{
    struct m_route *route = M_CAST(m_route, entity);
    const struct object *object = route->up.object;
    const struct vpc_route *def = object ? object->route : NULL;
    struct m_vpc *vpc = NULL;
    char *problem = NULL;

    if (def) {
        vpc = M_CAST(m_vpc, entity_get(model, MODEL_VPC, def->vpc));
        problem = m_vpc_get_fault(model, vpc);
    }
    m_route_set_vpc(model, route, vpc);
    m_route_set_eps(model, route, def);
    route->n_vias = 0;
    if (def && vpc->up.object && m_vpc_is_here(vpc)) {
        problem = find_problem(route, def,
                               m_route_set_vias(model, route, def));
    }
    route->valid = def && !problem;
    if (problem) {
        route->n_vias = 0;
    }
    entity_set_problem(model, &route->up, problem);
    model_touch_route(model, route);
    if (vpc) {
        set_younger_dirty(model, route);
        model_touch_vpc(model, vpc);
        model_touch_local_of(model, vpc);
    }
}

static bool
m_route_is_referenced(const struct model *model OVS_UNUSED,
                      const struct entity *entity OVS_UNUSED)
{
    return false;
}

static void
m_route_release(struct model *model, struct entity *entity)
{
    struct m_route *route = M_CAST(m_route, entity);

    m_route_set_eps(model, route, NULL);
    m_route_set_vpc(model, route, NULL);
    model_touch_forget(model, route);
}

static void
m_route_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    struct m_route *route = M_CAST(m_route, entity);

    hmapx_destroy(&route->eps);
    free(route->vias);
    free(route);
}

const struct entity_class m_route_class = {
    .kind = MODEL_ROUTE,
    .name = "VPCRoute",
    .has_id = true,
    .create = m_route_create,
    .resolve = m_route_resolve,
    .is_referenced = m_route_is_referenced,
    .release = m_route_release,
    .destroy = m_route_destroy,
};
