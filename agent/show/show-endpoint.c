/* `agentctl endpoint list': see show.h for the format. */

#include <config.h>

#include "agent/show/show-endpoint.h"

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "lib/option-json.h"
#include "agent/show/show-policy.h"
#include "agent/show/show-query.h"
#include "flow.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "util.h"

static struct json *
show_endpoint(const struct agent *agent, const struct m_endpoint *ep)
{
    const struct endpoint *def = ep->up.object ? ep->up.object->endpoint
                                               : NULL;
    struct json *json = json_object_create();
    bool local = m_endpoint_is_local(ep);
    uint32_t label;

    json_object_put_string(json, "name", ep->up.name);
    json_object_put(json, "vpc", option_json_string(def ? def->vpc : NULL));
    json_object_put(json, "nve", option_json_string(local ? agent->model->self
                                             : def ? endpoint_location(def)
                                             : NULL));
    json_object_put(json, "local", json_boolean_create(local));
    json_object_put(json, "mac", def ? json_string_create_nocopy(
                        xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(def->mac)))
                    : json_null_create());
    json_object_put(json, "ips", def ? option_json_ips(def->ips, def->n_ips)
                                     : json_array_create_empty());
    if (local) {
        bool pending = (ep->phase == ENDPOINT_RUNNING
                        && !ofctrl_owner_is_confirmed(&ep->flows,
                                                      agent->ofctrl));
        json_object_put_string(json, "phase",
                               endpoint_phase_to_string(
                                   pending ? ENDPOINT_PENDING : ep->phase));
        json_object_put(json, "message", option_json_string(ep->message));
    } else if (ep->plugged) {
        json_object_put_string(json, "phase", def ? "Refused" : "Unknown");
        json_object_put(json, "message", option_json_string(
                            def ? ep->up.problem : "no Endpoint object of "
                            "that name"));
    } else {
        json_object_put(json, "phase", option_json_string(
                            def && def->status_phase[0] ? def->status_phase
                            : NULL));
        json_object_put(json, "message", option_json_string(ep->up.problem));
    }
    json_object_put(json, "mtu", option_json_integer(local ? ep->vpc->mtu
                                              : def ? def->status_mtu : 0));
    json_object_put(json, "policyLabel",
                    def && endpoint_policy_label(def, &label)
                    ? json_integer_create(label) : json_null_create());
    json_object_put(json, "ofport",
                    option_json_integer(ofp_to_u16(ep->ofport)));
    json_object_put(json, "spoofed", json_null_create());
    json_object_put(json, "sent", json_null_create());
    json_object_put(json, "received", json_null_create());
    json_object_put(json, "bumDropped", json_null_create());
    json_object_put(json, "policies", local ? show_policies_of(ep)
                    : json_null_create());
    json_object_put(json, "denied", json_null_create());
    return json;
}

void
show_endpoint_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                   const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    struct json *list = json_array_create_empty();
    struct show_query *query = show_query_create(conn, list);
    struct shash entities = SHASH_INITIALIZER(&entities);
    const struct shash_node **nodes;
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_ENDPOINT]) {
        shash_add(&entities, entity->name, entity);
    }
    nodes = shash_sort(&entities);
    for (size_t i = 0; i < shash_count(&entities); i++) {
        const struct m_endpoint *ep = M_CAST(m_endpoint,
                                             nodes[i]->data);
        struct json *json = show_endpoint(agent, ep);

        json_array_add(list, json);
        if (m_endpoint_is_local(ep)) {
            show_query_add(query, agent->ofctrl, ep->flows.cookie,
                           FLOW_SPOOFED, json, "spoofed");
            if (ep->bum_meter) {
                show_query_add_meter(query, agent->ofctrl, ep->bum_meter,
                                     json, "bumDropped");
            }
        }
        if (m_endpoint_is_local(ep) && ep->ofport) {
            show_query_add_port(query, agent->ofctrl, ep->ofport, json);
        }
        if (ep->group) {
            show_query_add(query, agent->ofctrl, ep->flows.cookie, FLOW_ACL,
                           json, "denied");
        }
    }
    free(nodes);
    shash_destroy(&entities);
    show_query_finish(query);
}
