/* Routes of VPCs. */
#ifndef GA_MODEL_ROUTE_H
#define GA_MODEL_ROUTE_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_route_class;

/* VPCRoute. */
struct m_route {
    struct entity up;
    struct m_vpc *vpc;              /* Whose 'routes' it is in; or NULL. */
    bool valid;                     /* Not refused. */
};

/* Returns what is in force of 'route', which may be NULL, or NULL. */
static inline const struct vpc_route *
m_route_get_def(const struct m_route *route)
{
    return (route && route->valid && route->up.object
            ? route->up.object->route : NULL);
}

#endif /* agent/model/model-route.h */
