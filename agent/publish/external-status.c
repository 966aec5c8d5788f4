/* The status of gateways, floating IPs and routes: see external-status.h.
 *
 * Only who serves an object writes that it is ready.  A node that has ceased
 * to serve one says so only if nobody else has taken it over.  The keeper says
 * why an object is refused, as far as every agent sees that, or that nobody
 * serves it; once a node has served it, that is for this node to say.
 *
 * If the switch refuses flows or groups, who serves the object says so, and
 * still serves it with what there is: the rest is dropped. */

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
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/publish/keeper.h"
#include "agent/remotes/gateway-describe.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/refusals.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

struct external_status {
    /* Names of those to be looked at.  Names, as objects may go. */
    struct sset gateways, fips, routes;

    uint64_t refusal_seq;           /* Of refusals_get_seq(). */
};

struct external_status *
external_status_create(void)
{
    struct external_status *xs = xzalloc(sizeof *xs);

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

/* Whether we are the keeper of what is in 'extnet': the first node that is
 * attached to it, or of all. */
static bool
keeps_of_network(const struct agent *agent, const struct m_extnet *extnet)
{
    const struct m_nve *keeper = NULL, *any = NULL;
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        const struct m_nve *nve = M_CAST(m_nve, entity);

        keeper_consider(nve, &any);
        if (extnet && m_extnet_is_attached(agent->model, extnet, nve)) {
            keeper_consider(nve, &keeper);
        }
    }
    return keeper_is_self(agent, keeper ? keeper : any);
}

static bool
keeps_gateway(const struct agent *agent, const struct m_gateway *gw)
{
    const struct m_nve *keeper = NULL;

    for (size_t i = 0; i < gw->n_candidates; i++) {
        keeper_consider(gw->nodes[i].nve, &keeper);
    }
    return (keeper ? keeper_is_self(agent, keeper)
            : keeps_of_network(agent, gw->extnet));
}

/* Whether the switch has yet to say what it does with changes of an owner's
 * flows.  What it has refused is asked for anew by every change, and would
 * look as if it were there. */
static bool
is_under_way(const struct agent *agent, const struct flow_owner *owner)
{
    return (!owner->n_refused
            && !ofctrl_owner_is_confirmed(owner, agent->ofctrl));
}

static bool
is_extnet_under_way(const struct agent *agent, const struct m_extnet *extnet)
{
    return extnet && is_under_way(agent, &extnet->flows);
}

static bool
is_gateway_under_way(const struct agent *agent, const struct m_gateway *gw)
{
    const struct gateway *g = gateways_find(agent, gw->up.name);

    return ((g && (is_under_way(agent, &g->flows)
                   || is_under_way(agent, &g->drops)))
            || is_extnet_under_way(agent, gw->extnet));
}

/* What is written. */

static void
put_conditions(struct json *status, const char *reason, const char *message)
{
    keeper_put_ready(status, reason, "in use", message);
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

/* 'served' says whether we are its active node; 'message' is why it is not
 * ready, or NULL. */
static struct json *
make_gateway_status(const struct agent *agent, const struct m_gateway *gw,
                    bool served, const char *reason, const char *message)
{
    const struct vpc_gateway *def = gw->up.object->gateway;
    struct json *status = json_object_create();
    struct in6_addr *ips = xcalloc(def->n_snat + 1, sizeof *ips);

    for (size_t i = 0; i < def->n_snat; i++) {
        ips[i] = def->snat[i].address;
    }
    json_object_put(status, "active",
                    option_json_string(served ? agent->model->self : NULL));
    json_object_put(status, "nodes", make_nodes(agent, gw));
    json_object_put(status, "addresses", !served || !def->n_snat
                    ? json_null_create() : option_json_ips(ips, def->n_snat));
    json_object_put(status, "exhausted", served
                    ? json_boolean_create(gw->exhausted) : json_null_create());
    put_conditions(status, reason, message);
    free(ips);
    return status;
}

/* The status of what we serve: 'gw' is active here. */
static struct json *
make_active_status(const struct agent *agent, const struct m_gateway *gw)
{
    char *refused = refusals_describe_gateway(agent, gw);
    struct json *status = make_gateway_status(
        agent, gw, true, refused ? "Blocked" : "Active", refused);

    free(refused);
    return status;
}

/* The functions that follow return false if it is too early to say. */

static bool
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
                                 make_gateway_status(agent, gw, false,
                                                     "Blocked",
                                                     gw->up.problem));
    } else if (!agent->gateways->place_known) {
        /* Nobody knows: it is for others to say that they have taken over. */
        object_writer_clear(writer, RES_VPC_GATEWAY, name);
    } else if (!gw->up.problem && gw->active) {
        if (is_gateway_under_way(agent, gw)) {
            return false;
        }
        object_writer_set_status(writer, RES_VPC_GATEWAY, name,
                                 make_active_status(agent, gw));
    } else if (!gw->up.problem
               && (active ? !strcmp(active, agent->model->self)
                   : keeps_gateway(agent, gw))) {
        object_writer_release_status(
            writer, RES_VPC_GATEWAY, name,
            make_gateway_status(agent, gw, false, "NotActive",
                                "no node is the gateway now"));
    } else {
        object_writer_clear(writer, RES_VPC_GATEWAY, name);
    }
    return true;
}

/* 'ip' may be NULL: the member goes. */
static void
put_ip(struct json *status, const char *name, const struct in6_addr *ip)
{
    char s[INET6_ADDRSTRLEN];

    if (ip) {
        ipv6_string_mapped(s, ip);
    }
    json_object_put(status, name, option_json_string(ip ? s : NULL));
}

/* 'served' says whether it is translated here; 'message' is why it is not
 * ready, or NULL. */
static struct json *
make_fip_status(const struct agent *agent, const struct m_fip *fip,
                bool served, const char *reason, const char *message)
{
    struct json *status = json_object_create();

    json_object_put(status, "nve",
                    option_json_string(served ? agent->model->self : NULL));
    put_ip(status, "address", served ? &fip->up.object->fip->address : NULL);
    put_ip(status, "ip", served ? &fip->ip : NULL);
    put_conditions(status, reason, message);
    return status;
}

/* The status of what we serve: 'fip' is ours. */
static struct json *
make_translated_status(const struct agent *agent, const struct m_fip *fip)
{
    char *refused = refusals_describe_fip(agent, fip);
    struct json *status = make_fip_status(
        agent, fip, true, refused ? "Blocked" : "Translated", refused);

    free(refused);
    return status;
}

static bool
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
                                 make_fip_status(agent, fip, false, "Blocked",
                                                 fip->up.problem));
    } else if (fip->valid && fip->mode == FLOATING_IP_GATEWAY
               && !agent->gateways->place_known) {
        object_writer_clear(writer, RES_FLOATING_IP, name);
    } else if (m_fip_is_ours(fip)) {
        if (is_under_way(agent, &fip->flows)
            || is_extnet_under_way(agent, fip->extnet)) {
            return false;
        }
        object_writer_set_status(writer, RES_FLOATING_IP, name,
                                 make_translated_status(agent, fip));
    } else if (!fip->refused && fip->up.problem && fip->ep
               && m_endpoint_is_local(fip->ep)) {
        object_writer_set_status(writer, RES_FLOATING_IP, name,
                                 make_fip_status(agent, fip, false, "Blocked",
                                                 fip->up.problem));
    } else if (!fip->refused
               && (nve ? !strcmp(nve, agent->model->self)
                   : !fip->valid && !object->fip->has_conditions
                     && keeps_of_network(agent, fip->extnet))) {
        object_writer_release_status(
            writer, RES_FLOATING_IP, name,
            make_fip_status(agent, fip, false, "NotTranslated",
                            "no node translates it now: its endpoint is at "
                            "none, or at none that can"));
    } else {
        object_writer_clear(writer, RES_FLOATING_IP, name);
    }
    return true;
}

static bool
publish_route(struct agent *agent, const struct m_route *route)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const char *problem = route->up.problem;
    struct json *status;
    char *refused;

    if (!route->up.object || !agent->model->self
        || !keeper_is_self_for_vpc(agent, route->vpc)) {
        object_writer_clear(writer, RES_VPC_ROUTE, route->up.name);
        return true;
    } else if (is_under_way(agent, &route->vpc->flows)) {
        return false;
    }
    refused = refusals_describe_route(agent, route);
    problem = problem ? problem : refused;
    status = json_object_create();
    put_conditions(status, problem ? "Blocked" : "Routed", problem);
    object_writer_set_status(writer, RES_VPC_ROUTE, route->up.name, status);
    free(refused);
    return true;
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

static void
note_all(const struct model *model, enum model_kind kind, struct sset *pending)
{
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[kind]) {
        sset_add(pending, entity->name);
    }
}

/* The switch may refuse something, or take it, at any time. */
static void
note_refusals(struct agent *agent)
{
    struct external_status *xs = agent->external_status;
    uint64_t seq = refusals_get_seq(agent);

    if (xs->refusal_seq != seq) {
        xs->refusal_seq = seq;
        note_all(agent->model, MODEL_GATEWAY, &xs->gateways);
        note_all(agent->model, MODEL_FIP, &xs->fips);
        note_all(agent->model, MODEL_ROUTE, &xs->routes);
    }
}

void
external_status_run(struct agent *agent)
{
    struct external_status *xs = agent->external_status;
    struct model *model = agent->model;
    const struct entity *entity;
    const char *name;

    if (!model_touch_is_none(model)) {
        note_changes(&model->changed_gateways, &xs->gateways);
        note_changes(&model->changed_fips, &xs->fips);
        note_changes(&model->changed_routes, &xs->routes);
        note_fips_of_gateways(model, &xs->fips);
    }
    note_refusals(agent);
    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SSET_FOR_EACH_SAFE (name, &xs->gateways) {
        entity = entity_find(model, MODEL_GATEWAY, name);
        if (!entity || publish_gateway(agent, M_CAST(m_gateway, entity))) {
            sset_find_and_delete(&xs->gateways, name);
        }
    }
    SSET_FOR_EACH_SAFE (name, &xs->fips) {
        entity = entity_find(model, MODEL_FIP, name);
        if (!entity || publish_fip(agent, M_CAST(m_fip, entity))) {
            sset_find_and_delete(&xs->fips, name);
        }
    }
    SSET_FOR_EACH_SAFE (name, &xs->routes) {
        entity = entity_find(model, MODEL_ROUTE, name);
        if (!entity || publish_route(agent, M_CAST(m_route, entity))) {
            sset_find_and_delete(&xs->routes, name);
        }
    }
}
