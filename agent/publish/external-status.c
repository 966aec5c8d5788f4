/* The status of gateways, floating IPs and routes: see external-status.h.
 *
 * Only who serves an object writes that it is ready.  A node that has ceased
 * to serve one says so only if nobody else has taken it over.  The keeper says
 * why an object is refused, as far as every agent sees that, or that nobody
 * serves it; once a node has served it, that is for this node to say. */

#include <config.h>

#include "agent/publish/external-status.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-route.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/write-gate.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

struct external_status {
    /* Names of those to be looked at.  Names, as objects may go. */
    struct sset gateways, fips, routes;
};

struct external_status *
external_status_create(void)
{
    struct external_status *xs = xmalloc(sizeof *xs);

    sset_init(&xs->gateways);
    sset_init(&xs->fips);
    sset_init(&xs->routes);
    return xs;
}

void
external_status_destroy(struct external_status *xs)
{
    if (xs) {
        sset_destroy(&xs->gateways);
        sset_destroy(&xs->fips);
        sset_destroy(&xs->routes);
        free(xs);
    }
}

/* Keepers. */

/* Whether 'nve' has an agent, which can be a keeper. */
static bool
has_agent(const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);

    return def && def->agent_version[0];
}

/* Puts 'nve' in the place of 'keeper' if it comes before it; both may be
 * NULL. */
static void
consider(const struct m_nve *nve, const struct m_nve **keeper)
{
    if (nve && has_agent(nve)
        && (!*keeper || strcmp(nve->up.name, (*keeper)->up.name) < 0)) {
        *keeper = nve;
    }
}

static bool
is_self(const struct agent *agent, const struct m_nve *nve)
{
    return nve && nve == model_get_self(agent->model);
}

/* Whether we are the keeper of what is in 'extnet': the first node that is
 * attached to it, or of all. */
static bool
keeps_of_network(const struct agent *agent, const struct m_extnet *extnet)
{
    const struct m_nve *keeper = NULL, *any = NULL;
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        const struct m_nve *nve = M_CAST(m_nve, entity);

        consider(nve, &any);
        if (extnet && m_extnet_is_attached(agent->model, extnet, nve)) {
            consider(nve, &keeper);
        }
    }
    return is_self(agent, keeper ? keeper : any);
}

static bool
keeps_gateway(const struct agent *agent, const struct m_gateway *gw)
{
    const struct m_nve *keeper = NULL;

    for (size_t i = 0; i < gw->n_candidates; i++) {
        consider(gw->nodes[i].nve, &keeper);
    }
    return (keeper ? is_self(agent, keeper)
            : keeps_of_network(agent, gw->extnet));
}

/* The first node that has to do with the VPC: others do not know its
 * endpoints. */
static bool
keeps_route(const struct agent *agent, const struct m_route *route)
{
    const struct m_nve *keeper = NULL;
    const struct m_share *share;

    if (!route->vpc || !m_vpc_is_here(route->vpc)) {
        return false;
    }
    consider(model_get_self(agent->model), &keeper);
    HMAP_FOR_EACH (share, vpc_node, &route->vpc->shares) {
        consider(share->nve, &keeper);
    }
    return is_self(agent, keeper);
}

/* What is written. */

/* conditions: Ready, or why not. */
static void
put_conditions(struct json *status, const char *reason, const char *message)
{
    struct json *ready = json_object_create();

    json_object_put_string(ready, "type", "Ready");
    json_object_put_string(ready, "status", message ? "False" : "True");
    json_object_put_string(ready, "reason", reason);
    json_object_put_string(ready, "message", message ? message : "in use");
    json_object_put(status, "conditions", json_array_create_1(ready));
}

static struct json *
make_nodes(const struct agent *agent, const struct m_gateway *gw)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < gw->n_nodes; i++) {
        struct json *node = json_object_create();

        json_object_put_string(node, "nve", gw->nodes[i].nve->up.name);
        json_object_put_string(node, "state",
                               gateway_describe_node(agent, gw,
                                                     &gw->nodes[i]));
        json_array_add(array, node);
    }
    return array;
}

/* 'message' is why it is not ready, or NULL. */
static struct json *
make_gateway_status(const struct agent *agent, const struct m_gateway *gw,
                    const char *reason, const char *message)
{
    const struct vpc_gateway *def = gw->up.object->gateway;
    struct json *status = json_object_create();
    struct in6_addr *ips = xcalloc(def->n_snat + 1, sizeof *ips);

    for (size_t i = 0; i < def->n_snat; i++) {
        ips[i] = def->snat[i].address;
    }
    json_object_put(status, "active",
                    option_json_string(message ? NULL : agent->model->self));
    json_object_put(status, "nodes", make_nodes(agent, gw));
    json_object_put(status, "addresses", message || !def->n_snat
                    ? json_null_create() : option_json_ips(ips, def->n_snat));
    json_object_put(status, "exhausted", message
                    ? json_null_create() : json_boolean_create(gw->exhausted));
    put_conditions(status, reason, message);
    free(ips);
    return status;
}

static void
publish_gateway(struct agent *agent, const struct m_gateway *gw)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const struct object *object = gw->up.object;
    const char *active = object ? object->gateway->status_active : NULL;
    const char *name = gw->up.name;

    if (!object || !agent->model->self) {
        object_writer_clear(writer, RES_VPC_GATEWAY, name);
    } else if (gw->up.problem && keeps_gateway(agent, gw)) {
        object_writer_set_status(writer, RES_VPC_GATEWAY, name,
                                 make_gateway_status(agent, gw, "Blocked",
                                                     gw->up.problem));
    } else if (!gw->up.problem && gw->active) {
        object_writer_set_status(writer, RES_VPC_GATEWAY, name,
                                 make_gateway_status(agent, gw, "Active",
                                                     NULL));
    } else if (!gw->up.problem
               && (active ? !strcmp(active, agent->model->self)
                   : keeps_gateway(agent, gw))) {
        object_writer_release_status(
            writer, RES_VPC_GATEWAY, name,
            make_gateway_status(agent, gw, "NotActive",
                                "no node is the gateway now"));
    } else {
        object_writer_clear(writer, RES_VPC_GATEWAY, name);
    }
}

/* 'message' is why it is not ready, or NULL. */
static struct json *
make_fip_status(const struct agent *agent, const struct m_fip *fip,
                const char *reason, const char *message)
{
    struct json *status = json_object_create();

    json_object_put(status, "nve",
                    option_json_string(message ? NULL : agent->model->self));
    if (message) {
        json_object_put(status, "address", json_null_create());
    } else {
        char ip[INET6_ADDRSTRLEN];

        ipv6_string_mapped(ip, &fip->up.object->fip->address);
        json_object_put_string(status, "address", ip);
    }
    put_conditions(status, reason, message);
    return status;
}

static void
publish_fip(struct agent *agent, const struct m_fip *fip)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const struct object *object = fip->up.object;
    const char *nve = object ? object->fip->status_nve : NULL;
    const char *name = fip->up.name;

    if (!object || !agent->model->self) {
        object_writer_clear(writer, RES_FLOATING_IP, name);
    } else if (fip->refused && keeps_of_network(agent, fip->extnet)) {
        object_writer_set_status(writer, RES_FLOATING_IP, name,
                                 make_fip_status(agent, fip, "Blocked",
                                                 fip->up.problem));
    } else if (m_fip_is_ours(fip)) {
        object_writer_set_status(writer, RES_FLOATING_IP, name,
                                 make_fip_status(agent, fip, "Translated",
                                                 NULL));
    } else if (!fip->refused && fip->up.problem && fip->ep
               && m_endpoint_is_local(fip->ep)) {
        object_writer_set_status(writer, RES_FLOATING_IP, name,
                                 make_fip_status(agent, fip, "Blocked",
                                                 fip->up.problem));
    } else if (!fip->refused
               && (nve ? !strcmp(nve, agent->model->self)
                   : !fip->valid && !object->fip->has_conditions
                     && keeps_of_network(agent, fip->extnet))) {
        object_writer_release_status(
            writer, RES_FLOATING_IP, name,
            make_fip_status(agent, fip, "NotTranslated",
                            "no node translates it now: its endpoint is at "
                            "none, or at none that can"));
    } else {
        object_writer_clear(writer, RES_FLOATING_IP, name);
    }
}

static void
publish_route(struct agent *agent, const struct m_route *route)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const char *problem = route->up.problem;
    struct json *status;

    if (!route->up.object || !agent->model->self
        || !keeps_route(agent, route)) {
        object_writer_clear(writer, RES_VPC_ROUTE, route->up.name);
        return;
    }
    status = json_object_create();
    put_conditions(status, problem ? "Blocked" : "Routed", problem);
    object_writer_set_status(writer, RES_VPC_ROUTE, route->up.name, status);
}

/* What changed. */

static void
note_changes(const struct hmapx *changed, struct sset *pending)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, changed) {
        const struct entity *entity = node->data; /* Each begins with it. */

        sset_add(pending, entity->name);
    }
}

/* Who is the active node of a gateway translates its floating IPs. */
static void
note_fips_of_gateways(const struct model *model, struct sset *pending)
{
    const struct entity *entity;

    if (hmapx_is_empty(&model->changed_gateways)) {
        return;
    }
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_FIP]) {
        const struct m_fip *fip = M_CAST(m_fip, entity);

        if (fip->valid && fip->mode == FLOATING_IP_GATEWAY
            && hmapx_contains(&model->changed_gateways, fip->gateway)) {
            sset_add(pending, entity->name);
        }
    }
}

void
external_status_run(struct agent *agent)
{
    struct external_status *xs = agent->external_status;
    struct model *model = agent->model;
    const struct entity *entity;
    const char *name;

    note_changes(&model->changed_gateways, &xs->gateways);
    note_changes(&model->changed_fips, &xs->fips);
    note_changes(&model->changed_routes, &xs->routes);
    note_fips_of_gateways(model, &xs->fips);
    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SSET_FOR_EACH (name, &xs->gateways) {
        entity = entity_find(model, MODEL_GATEWAY, name);
        if (entity) {
            publish_gateway(agent, M_CAST(m_gateway, entity));
        }
    }
    SSET_FOR_EACH (name, &xs->fips) {
        entity = entity_find(model, MODEL_FIP, name);
        if (entity) {
            publish_fip(agent, M_CAST(m_fip, entity));
        }
    }
    SSET_FOR_EACH (name, &xs->routes) {
        entity = entity_find(model, MODEL_ROUTE, name);
        if (entity) {
            publish_route(agent, M_CAST(m_route, entity));
        }
    }
    sset_clear(&xs->gateways);
    sset_clear(&xs->fips);
    sset_clear(&xs->routes);
}
