/* Routes of VPCs: for whom they are, and where they lead. */
#ifndef GA_MODEL_ROUTE_H
#define GA_MODEL_ROUTE_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_route_class;

/* One of spec.via that can be used. */
struct m_route_via {
    struct m_endpoint *ep;          /* An appliance, that is at a node; or */
    struct m_gateway *gateway;      /* a gateway that is valid. */
    unsigned int weight;
};

/* VPCRoute. */
struct m_route {
    struct entity up;
    struct m_vpc *vpc;              /* Whose 'routes' it is in; or NULL. */
    struct hmapx eps;               /* m_endpoints that spec.via names: those
                                     * whose 'routes' it is in. */
    bool valid;                     /* Not refused, and not Blocked. */
    struct m_route_via *vias;       /* In the order of spec.via.  None: what
                                     * it is for goes nowhere. */
    size_t n_vias;
};

/* Returns what is in force of 'route': if it is Blocked, it leads nowhere.
 * NULL if it has no object. */
static inline const struct vpc_route *
m_route_get_def(const struct m_route *route)
{
    return route->up.object ? route->up.object->route : NULL;
}

/* Whether 'ep' is an appliance: it may be sent what is not for its address, if
 * a route says so. */
bool m_route_is_appliance(const struct m_endpoint *ep);

/* Whether 'route' leads through 'ep'. */
bool m_route_has_via(const struct m_route *, const struct m_endpoint *ep);

/* Whether a route leads through 'ep'. */
bool m_route_leads_through(const struct m_endpoint *ep);

/* Whether 'route' is for what 'ep' sends; or, if that is NULL, for what every
 * endpoint of its VPC sends that is no appliance. */
bool m_route_is_for(const struct m_route *, const struct m_endpoint *ep);

/* Returns the route of 'vpc' for packets of 'ep' (see m_route_is_for()) that
 * are for all of 'destination': the one with the longest prefix, then with the
 * highest priority, then the first by name.  NULL if there is none. */
const struct m_route *m_route_find(const struct m_vpc *vpc,
                                   const struct m_endpoint *ep,
                                   const struct ip_prefix *destination);

/* Makes the routes through 'ep' dirty, whose place, type or labels may have
 * changed. */
void m_route_endpoint_changed(struct model *, const struct m_endpoint *ep);

#endif /* agent/model/model-route.h */
