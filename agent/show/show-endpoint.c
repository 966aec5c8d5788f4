/* The switch is asked for the counters of endpoints that are here, so the
 * answer comes when the switch has answered. */

#include <config.h>

#include "agent/show/show-endpoint.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/flows/pipeline.h"
#include "agent/model/endpoint-phase.h"
#include "agent/model/endpoint-services.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/remotes/node-health.h"
#include "agent/remotes/refusals.h"
#include "agent/show/show-policy.h"
#include "agent/show/show-query.h"
#include "agent/show/show-reply.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/option-json.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "util.h"

/* What the controller says of 'ep', or NULL. */
static const struct endpoint *
get_def(const struct m_endpoint *ep)
{
    return ep->up.object ? ep->up.object->endpoint : NULL;
}

/* Stores the state of 'ep', which is bound here, in '*phase', and returns what
 * there is to say of it, for the caller to free, or NULL. */
static char *
get_local_phase(const struct agent *agent, const struct m_endpoint *ep,
                const char **phase)
{
    char *message;

    *phase = endpoint_phase_to_string(ep->phase);
    if (ep->phase != ENDPOINT_RUNNING) {
        return nullable_xstrdup(ep->message);
    }
    if (node_health_get_endpoint_problem(agent, ep)) {
        *phase = "Unreachable";
        return xstrdup(node_health_get_endpoint_problem(agent, ep));
    }
    message = refusals_describe_endpoint(agent, ep);
    if (message) {
        *phase = endpoint_phase_to_string(ENDPOINT_BLOCKED);
        return message;
    }
    if (!ofctrl_owner_is_confirmed(&ep->flows, agent->ofctrl)) {
        *phase = endpoint_phase_to_string(ENDPOINT_PENDING);
    }
    return nullable_xstrdup(ep->message);
}

/* The same for any endpoint; the phase may be NULL. */
static char *
get_phase(const struct agent *agent, const struct m_endpoint *ep,
          const char **phase)
{
    const struct endpoint *def = get_def(ep);
    const char *message = ep->up.problem;

    if (m_endpoint_is_local(ep)) {
        return get_local_phase(agent, ep, phase);
    } else if (!ep->plugged) {
        *phase = (m_endpoint_get_status(ep)->phase[0]
                  ? m_endpoint_get_status(ep)->phase : NULL);
    } else if (def && ep->hold && !ep->up.problem) {
        *phase = endpoint_phase_to_string(ep->phase);
        message = ep->message;
    } else if (def) {
        *phase = "Refused";
    } else if (controller_endpoint_is_resolved(agent->controller,
                                               ep->up.name)) {
        *phase = "Unknown";
        message = "no Endpoint object of that name";
    } else {
        *phase = endpoint_phase_to_string(ENDPOINT_PENDING);
        message = "the controller has not said whether there is an Endpoint "
                  "of that name";
    }
    return nullable_xstrdup(message);
}

/* What the meters of QoSPolicies have dropped, by limit-stage.h's order. */
static const char *const limit_counters[] = {
    "egressKilobitsDropped", "egressPacketsDropped", "ingressKilobitsDropped",
    "ingressPacketsDropped",
};

/* Where 'ep' is, or NULL. */
static const char *
get_nve(const struct agent *agent, const struct m_endpoint *ep)
{
    const struct endpoint *def = get_def(ep);

    return (m_endpoint_is_local(ep) ? agent->model->self
            : def ? endpoint_location(def) : NULL);
}

/* Which services 'ep', which is here, has of its subnets, and why not; null if
 * its VPC has none. */
static struct json *
show_services(const struct m_endpoint *ep)
{
    static const char *const names[] = { "dhcp", "dhcp6" };
    struct json *json;

    if (!endpoint_services_has_any(ep->vpc)) {
        return json_null_create();
    }
    json = json_object_create();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *why = endpoint_services_refuse_dhcp(ep, i == 1);

        json_object_put_string(json, names[i], why ? why : "answered");
    }
    json_object_put(json, "ra",
                    json_boolean_create(endpoint_services_has_ra(ep)));
    return json;
}

/* The LoadBalancers that 'ep' is a backend of. */
static struct json *
show_load_balancers(const struct m_endpoint *ep)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct json *array = json_array_create_empty();
    const struct hmapx_node *node;
    const char **sorted;

    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->lbs) {
        const struct entity *entity = node->data; /* m_lb begins with it. */

        sset_add(&names, entity->name);
    }
    sorted = sset_sort(&names);
    for (size_t i = 0; i < sset_count(&names); i++) {
        json_array_add(array, json_string_create(sorted[i]));
    }
    free(sorted);
    sset_destroy(&names);
    return array;
}

/* Adds which QoSPolicy counts for 'ep', and the number of its class. */
static void
put_qos(struct json *json, const struct m_endpoint *ep)
{
    const struct m_qos_policy *policy = m_qos_find(ep);
    uint32_t number;

    json_object_put(json, "qosPolicy",
                    option_json_string(policy ? policy->up.name : NULL));
    json_object_put(json, "qosClass", m_qos_get_number(ep, &number)
                    ? json_integer_create(number) : json_null_create());
}

/* Shows 'ep', without the counters. */
static struct json *
show_endpoint(const struct agent *agent, const struct m_endpoint *ep)
{
    static const char *const counters[] = {
        "spoofed", "sent", "received", "bumDropped", "packetInsDropped",
        "denied", "deniedEgress",
    };
    const struct endpoint *def = get_def(ep);
    struct json *json = json_object_create();
    bool local = m_endpoint_is_local(ep);
    const char *phase;
    char *message = get_phase(agent, ep, &phase);
    uint32_t label;

    json_object_put_string(json, "name", ep->up.name);
    json_object_put(json, "vpc", option_json_string(def ? def->vpc : NULL));
    json_object_put(json, "nve", option_json_string(get_nve(agent, ep)));
    json_object_put(json, "local", json_boolean_create(local));
    json_object_put(json, "mac", def ? json_string_create_nocopy(
                        xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(def->mac)))
                    : json_null_create());
    json_object_put(json, "ips", def ? option_json_ips(def->ips, def->n_ips)
                    : json_array_create_empty());
    json_object_put(json, "phase", option_json_string(phase));
    json_object_put(json, "message", option_json_string(message));
    free(message);
    json_object_put(json, "mtu", option_json_integer(
                        local ? ep->vpc->mtu
                        : m_endpoint_get_status(ep)->mtu));
    json_object_put(json, "policyLabel",
                    def && endpoint_policy_label(def, &label)
                    ? json_integer_create(label) : json_null_create());
    put_qos(json, ep);
    json_object_put(json, "loadBalancers", show_load_balancers(ep));
    json_object_put(json, "ofport",
                    option_json_integer(ofp_to_u16(ep->ofport)));
    json_object_put(json, "services", local ? show_services(ep)
                    : json_null_create());
    json_object_put(json, "policies", local
                    ? show_policy_get_names(ep, POLICY_INGRESS)
                    : json_null_create());
    json_object_put(json, "egressPolicies", local
                    ? show_policy_get_names(ep, POLICY_EGRESS)
                    : json_null_create());
    json_object_put(json, "answersDropped", local
                    ? json_integer_create(ep->here->answer_limit.n_dropped)
                    : json_null_create());
    for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
        json_object_put(json, counters[i], json_null_create());
    }
    for (size_t i = 0; i < ARRAY_SIZE(limit_counters); i++) {
        json_object_put(json, limit_counters[i], json_null_create());
    }
    return json;
}

/* Adds the counters of 'ep' to 'json', by 'query'. */
static void
query_endpoint(const struct agent *agent, const struct m_endpoint *ep,
               struct show_query *query, struct json *json)
{
    if (m_endpoint_is_local(ep)) {
        const struct m_here *here = ep->here;

        show_query_add(query, agent->ofctrl, ep->flows.cookie, FLOW_SPOOFED,
                       json, "spoofed");
        if (here->bum_meter) {
            show_query_add_meter(query, agent->ofctrl, here->bum_meter, json,
                                 "bumDropped");
        }
        if (here->packet_in_meter) {
            show_query_add_meter(query, agent->ofctrl, here->packet_in_meter,
                                 json, "packetInsDropped");
        }
        for (size_t i = 0; i < ARRAY_SIZE(limit_counters); i++) {
            if (here->limit_meters[i]) {
                show_query_add_meter(query, agent->ofctrl,
                                     here->limit_meters[i], json,
                                     limit_counters[i]);
            }
        }
        if (ep->ofport) {
            show_query_add_port(query, agent->ofctrl, ep->ofport, json);
        }
    }
    if (m_endpoint_get_group(ep, POLICY_INGRESS)) {
        show_query_add(query, agent->ofctrl, ep->flows.cookie, FLOW_ACL, json,
                       "denied");
    }
    if (m_endpoint_get_group(ep, POLICY_EGRESS)) {
        show_query_add(query, agent->ofctrl, ep->flows.cookie,
                       FLOW_EGRESS_ACL, json, "deniedEgress");
    }
}

/* For whom endpoints are shown. */
struct endpoint_list {
    const struct agent *agent;
    struct show_query *query;
};

static struct json *
show_endpoint_row(const struct entity *entity, void *list_)
{
    const struct m_endpoint *ep = M_CAST(m_endpoint, entity);
    const struct endpoint_list *list = list_;
    struct json *json = show_endpoint(list->agent, ep);

    query_endpoint(list->agent, ep, list->query, json);
    return json;
}

void
show_endpoint_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                   const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;
    struct json *answer = json_object_create();
    struct endpoint_list list = {
        .agent = agent, .query = show_query_create(conn, answer),
    };

    show_reply_page(agent->model, MODEL_ENDPOINT, argv[1], show_endpoint_row,
                    &list, answer);
    show_query_finish(list.query);
}
