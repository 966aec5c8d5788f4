/* Gateways as this node sees them: see show-gateway.h. */

#include <config.h>

#include "agent/show/show-gateway.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/gateway-flows.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/remotes/gateway-describe.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/refusals.h"
#include "agent/show/show-reply.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

static const char *
get_part(const struct agent *agent, const struct gateway *g)
{
    enum gateway_place_state state = agent->gateways->place.state;

    if (!g->gw->self) {
        return "source";
    } else if (!g->has_rank) {
        return "drained";
    } else if (!agent->gateways->place_known) {
        return "unknown";
    } else if (state != GATEWAY_IN) {
        return gateway_place_to_string(state);
    }
    return g->active ? "active" : "standby";
}

static struct json *
show_snat(const struct vpc_gateway *def)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < def->n_snat; i++) {
        char *cidr = ip_prefix_to_string(&def->snat[i].sources);
        struct json *entry = json_object_create();
        char ip[INET6_ADDRSTRLEN];

        ipv6_string_mapped(ip, &def->snat[i].address);
        json_object_put(entry, "cidr", json_string_create_nocopy(cidr));
        json_object_put_string(entry, "address", ip);
        json_array_add(array, entry);
    }
    return array;
}

static struct json *
show_nodes(const struct agent *agent, const struct m_gateway *gw)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < gw->n_nodes; i++) {
        const struct m_gateway_node *node = &gw->nodes[i];
        struct json *json = json_object_create();

        json_object_put_string(json, "nve", node->nve->up.name);
        json_object_put_string(json, "state",
                               gateway_describe_node(agent, gw, node));
        json_array_add(array, json);
    }
    return array;
}

static void
put_use(const struct agent *agent, const struct gateway *g,
        struct json *json)
{
    json_object_put_string(json, "here", get_part(agent, g));
    json_object_put(json, "nodes",
                    show_nodes(agent, g->gw));
    json_object_put(json, "snat", show_snat(m_gateway_get_def(g->gw)));
    json_object_put_format(json, "mac", ETH_ADDR_FMT,
                           ETH_ADDR_ARGS(gateway_flows_get_mac(g)));
    json_object_put(json, "zone", json_integer_create(g->zone));
    json_object_put(json, "exhausted", json_boolean_create(g->exhausted));
    json_object_put(json, "dropped", json_integer_create(g->n_dropped));
    json_object_put_string(json, "sendsAs", "gateway");
}

static struct json *
show_gateway(const struct agent *agent, const struct m_gateway *gw)
{
    const struct gateway *g = gateways_find(agent, gw->up.name);
    char *refused = refusals_describe_gateway(agent, gw);
    struct json *json = json_object_create();

    json_object_put_string(json, "name", gw->up.name);
    json_object_put(json, "vpc", option_json_string(gw->vpc ? gw->vpc->up.name
                                                    : NULL));
    json_object_put(json, "externalNetwork",
                    option_json_string(gw->extnet ? gw->extnet->up.name
                                       : NULL));
    json_object_put(json, "valid", json_boolean_create(gw->valid));
    json_object_put(json, "message", option_json_string(
                        gw->up.problem ? gw->up.problem
                        : g && g->problem ? g->problem : refused));
    free(refused);
    if (g) {
        put_use(agent, g, json);
    }
    return json;
}

static struct json *
show_gateway_row(const struct entity *entity, void *agent)
{
    const struct m_gateway *gw = M_CAST(m_gateway, entity);

    return entity->object ? show_gateway(agent, gw) : NULL;
}

void
show_gateway_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                  const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;

    show_reply_list(conn, agent->model, MODEL_GATEWAY, argv[1],
                    show_gateway_row, agent_);
}
