/* The routes of this node's VPCs, as they are in force: the ways that can be
 * used, and where each of them is. */

#include <config.h>

#include "agent/show/show-route.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-route.h"
#include "agent/model/model.h"
#include "agent/remotes/refusals.h"
#include "agent/show/show-reply.h"
#include "lib/label-selector.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "util.h"

/* The node where a way is: an appliance's; of a gateway's nodes the first that
 * could be it. */
static const char *
find_nve(const struct model *model, const struct m_route_via *via)
{
    if (via->gateway) {
        return (via->gateway->n_candidates
                ? via->gateway->nodes[0].nve->up.name : NULL);
    }
    return via->ep->nve ? via->ep->nve->up.name : model->self;
}

static const struct m_route_via *
find_way(const struct m_route *route, const struct vpc_route_via *via)
{
    for (size_t i = 0; via->name && i < route->n_vias; i++) {
        const struct m_route_via *way = &route->vias[i];
        const struct entity *entity = (way->ep ? &way->ep->up
                                       : &way->gateway->up);

        if ((via->type == VPC_ROUTE_ENDPOINT) == (way->ep != NULL)
            && !strcmp(entity->name, via->name)) {
            return way;
        }
    }
    return NULL;
}

static struct json *
show_vias(const struct model *model, const struct m_route *route,
          const struct vpc_route *def)
{
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < def->n_via; i++) {
        const struct vpc_route_via *via = &def->via[i];
        const struct m_route_via *way = find_way(route, via);
        struct json *json = json_object_create();

        json_object_put_string(json, "type",
                               vpc_route_via_type_to_string(via->type));
        json_object_put(json, "name", option_json_string(via->name));
        json_object_put(json, "weight", json_integer_create(via->weight));
        json_object_put(json, "usable", json_boolean_create(way != NULL));
        json_object_put(json, "nve", option_json_string(
                            way ? find_nve(model, way) : NULL));
        json_array_add(list, json);
    }
    return list;
}

/* How many endpoints of this node it is for. */
static size_t
count_here(const struct m_route *route)
{
    const struct hmapx_node *node;
    size_t n = 0;

    HMAPX_FOR_EACH (node, &route->vpc->local) {
        n += m_route_is_for(route, node->data);
    }
    return n;
}

static struct json *
show_route(const struct agent *agent, const struct m_route *route)
{
    const struct model *model = agent->model;
    const struct vpc_route *def = m_route_get_def(route);
    char *refused = refusals_describe_route(agent, route);
    struct json *json = json_object_create();

    json_object_put_string(json, "name", route->up.name);
    json_object_put_string(json, "vpc", def->vpc);
    json_object_put(json, "destination", json_string_create_nocopy(
                        ip_prefix_to_string(&def->destination)));
    json_object_put(json, "from", def->has_from
                    ? json_string_create_nocopy(
                        label_selector_to_string(&def->from))
                    : json_null_create());
    json_object_put(json, "priority", json_integer_create(def->priority));
    json_object_put(json, "here", json_integer_create(count_here(route)));
    json_object_put(json, "via", show_vias(model, route, def));
    json_object_put_string(json, "state", route->valid && !refused
                           ? "Routed" : "Blocked");
    json_object_put(json, "message", option_json_string(
                        route->up.problem ? route->up.problem : refused));
    free(refused);
    return json;
}

static struct json *
show_route_row(const struct entity *entity, void *agent)
{
    const struct m_route *route = M_CAST(m_route, entity);

    return (m_route_get_def(route) && route->vpc && m_vpc_is_here(route->vpc)
            ? show_route(agent, route) : NULL);
}

void
show_route_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;

    show_reply_list(conn, agent->model, MODEL_ROUTE, argv[1], show_route_row,
                    agent_);
}
