/* Routes of VPCs: see model-route.h. */

#include <config.h>

#include "agent/model/model-route.h"

#include "agent/model/model-gateway.h"
#include "agent/model/model-touch.h"
#include "util.h"

static struct entity *
m_route_create(const char *name OVS_UNUSED)
{
    struct m_route *route = xzalloc(sizeof *route);

    return &route->up;
}

static void
m_route_set_vpc(struct model *model, struct m_route *route,
                struct m_vpc *vpc)
{
    if (route->vpc && route->vpc != vpc) {
        hmapx_find_and_delete(&route->vpc->routes, route);
        model_touch_vpc(model, route->vpc);
        entity_maybe_gone(model, &route->vpc->up);
    }
    route->vpc = vpc;
    if (vpc) {
        hmapx_add(&vpc->routes, route);
        model_touch_vpc(model, vpc);
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
        if (model->complete && !vpc->up.object) {
            problem = xasprintf("spec.vpc: VPC %s does not exist", def->vpc);
        }
    }
    m_route_set_vpc(model, route, vpc);
    route->valid = def && !problem;
    entity_set_problem(model, &route->up, problem);
    model_touch_route(model, route);
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

    m_route_set_vpc(model, route, NULL);
    model_touch_forget(model, route);
}

static void
m_route_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    free(M_CAST(m_route, entity));
}

const struct entity_class m_route_class = {
    .kind = MODEL_ROUTE,
    .name = "VPCRoute",
    .create = m_route_create,
    .resolve = m_route_resolve,
    .is_referenced = m_route_is_referenced,
    .release = m_route_release,
    .destroy = m_route_destroy,
};
