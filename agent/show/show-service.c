/* The services of this node's VPCs, as this node sees them. */

#include <config.h>

#include "agent/show/show-service.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/answers/health-probes.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/remotes/refusals.h"
#include "agent/show/show-reply.h"
#include "lib/label-selector.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

static void
put_ip(struct json *json, const char *name, const struct in6_addr *ip)
{
    char text[INET6_ADDRSTRLEN];

    ipv6_string_mapped(text, ip);
    json_object_put(json, name,
                    option_json_string(ipv6_addr_is_set(ip) ? text : NULL));
}

static struct json *
show_ports(const struct load_balancer *def)
{
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < def->n_ports; i++) {
        const struct lb_port *port = &def->ports[i];
        struct json *json = json_object_create();

        json_object_put(json, "name", option_json_string(port->name));
        json_object_put_string(
            json, "protocol",
            load_balancer_protocol_to_string(port->protocol));
        json_object_put(json, "port", json_integer_create(port->port));
        json_object_put(json, "targetPort",
                        json_integer_create(port->target_port));
        json_array_add(list, json);
    }
    return list;
}

static struct json *
show_check(const struct load_balancer *def)
{
    const struct lb_check *check = &def->check;
    struct json *json;

    if (!def->has_check) {
        return json_null_create();
    }
    json = json_object_create();
    json_object_put_string(json, "protocol",
                           lb_check_protocol_to_string(check->protocol));
    json_object_put(json, "port", check->port
                    ? json_integer_create(check->port) : json_null_create());
    json_object_put(json, "path", option_json_string(check->path));
    json_object_put(json, "intervalMs", json_integer_create(check->interval));
    json_object_put(json, "failures", json_integer_create(check->failures));
    return json;
}

/* How many backends are here. */
static size_t
count_here(const struct m_lb *lb)
{
    const struct m_lb_backend *b;
    size_t n = 0;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        n += b->local;
    }
    return n;
}

/* "No backends" is no fault of the object, but of no use to clients. */
static const char *
get_state(const struct m_lb *lb, const char *message)
{
    return (message ? "Blocked" : lb->n_taking ? "Served" : "NoBackends");
}

static struct json *
show_lb(const struct agent *agent, const struct m_lb *lb)
{
    const struct load_balancer *def = lb->up.object->lb;
    char *refused = refusals_describe_lb(agent, lb);
    const char *message = lb->up.problem ? lb->up.problem : refused;
    struct json *json = json_object_create();

    json_object_put_string(json, "name", lb->up.name);
    json_object_put_string(json, "vpc", def->vpc);
    put_ip(json, "address", &def->address);
    put_ip(json, "externalAddress", &def->external_address);
    json_object_put(json, "gateway", option_json_string(
                        lb->gateway ? lb->gateway->up.name : NULL));
    json_object_put(json, "ports", show_ports(def));
    json_object_put(json, "selector", json_string_create_nocopy(
                        label_selector_to_string(&def->backends)));
    json_object_put_string(json, "affinity",
                           lb_affinity_to_string(def->affinity));
    json_object_put_string(json, "return", lb_return_to_string(def->ret));
    json_object_put(json, "healthCheck", show_check(def));
    json_object_put(json, "drainSeconds", json_integer_create(def->drain));
    json_object_put(json, "nBackends",
                    json_integer_create(hmap_count(&lb->backends)));
    json_object_put(json, "taking", json_integer_create(lb->n_taking));
    json_object_put(json, "here", json_integer_create(count_here(lb)));
    json_object_put_string(json, "state", get_state(lb, message));
    json_object_put(json, "message", option_json_string(message));
    free(refused);
    return json;
}

static struct json *
show_service_row(const struct entity *entity, void *agent)
{
    const struct m_lb *lb = M_CAST(m_lb, entity);

    return (entity->object && lb->vpc && m_vpc_is_here(lb->vpc)
            ? show_lb(agent, lb) : NULL);
}

void
show_service_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                  const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;

    show_reply_list(conn, agent->model, MODEL_LB, argv[1], show_service_row,
                    agent_);
}

/* One service, with its backends. */

static const char *
get_backend_state(const struct m_lb_backend *b)
{
    return (b->drain_until || !b->weight ? "draining"
            : !b->healthy ? "unhealthy" : "taking");
}

static struct json *
show_backend(const struct agent *agent, const struct m_lb *lb,
             const struct m_lb_backend *b)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "endpoint", b->ep->up.name);
    put_ip(json, "ip", &b->ip);
    json_object_put(json, "nve", option_json_string(
                        b->nve ? b->nve->up.name : agent->model->self));
    json_object_put(json, "here", json_boolean_create(b->local));
    json_object_put(json, "weight", json_integer_create(b->weight));
    json_object_put(json, "healthy", json_boolean_create(b->healthy));
    json_object_put_string(json, "state", get_backend_state(b));
    json_object_put(json, "check", option_json_string(
                        health_probes_describe(agent->health_probes,
                                               lb->up.name,
                                               b->ep->up.name)));
    json_object_put(json, "return", option_json_string(
                        b->has_ret ? lb_return_to_string(b->ret) : NULL));
    json_object_put(json, "option", option_json_string(
                        b->has_ret && b->option != VALUE_NONE
                        ? value_from_to_string(b->option) : NULL));
    return json;
}

static struct json *
show_backends(const struct agent *agent, const struct m_lb *lb)
{
    const struct m_lb_backend **sorted = m_lb_sort_backends(lb);
    size_t n = hmap_count(&lb->backends);
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(list, show_backend(agent, lb, sorted[i]));
    }
    free(sorted);
    return list;
}

void
show_service(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;
    const struct entity *entity = entity_find(agent->model, MODEL_LB,
                                              argv[1]);
    struct json *json;

    if (!entity || !entity->object) {
        show_reply_error(conn, xasprintf(
            "no service \"%.300s\": `agentctl service list' has the names",
            argv[1]));
        return;
    }
    json = show_lb(agent, M_CAST(m_lb, entity));
    json_object_put(json, "backends",
                    show_backends(agent, M_CAST(m_lb, entity)));
    show_reply_json(conn, json);
}
