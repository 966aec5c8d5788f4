/* What is shown is in force: the endpoints that policies select here, and the
 * numbers that their rules have become, from the same functions that compile
 * the rules. */

#include <config.h>

#include "agent/show/show-policy.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model-label.h"
#include "agent/model/model-policy.h"
#include "agent/show/show-reply.h"
#include "lib/json-util.h"
#include "lib/label-selector.h"
#include "lib/option-json.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "util.h"

static char *
show_peer(const struct policy_peer *peer)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *text;

    if (peer->type == POLICY_PEER_ENDPOINTS) {
        return label_selector_to_string(&peer->selector);
    } else if (peer->type == POLICY_PEER_EXTERNAL) {
        return xstrdup("external");
    }
    text = ip_prefix_to_string(&peer->block);
    ds_put_cstr(&s, text);
    free(text);
    for (size_t i = 0; i < peer->n_except; i++) {
        text = ip_prefix_to_string(&peer->except[i]);
        ds_put_format(&s, "%s%s", i ? "," : " except ", text);
        free(text);
    }
    return ds_steal_cstr(&s);
}

static struct json *
show_peers(const struct policy_rule *rule)
{
    struct json *peers;

    if (!rule->n_peers) {
        return json_null_create();
    }
    peers = json_array_create_empty();
    for (size_t i = 0; i < rule->n_peers; i++) {
        json_array_add(peers, json_string_create_nocopy(
                           show_peer(&rule->peers[i])));
    }
    return peers;
}

/* Shows what the selectors of a rule have become: policy labels, or the label
 * sets whose ids these numbers are. */
static struct json *
show_numbers(const struct m_vpc *vpc, const struct policy_rule *rule,
             enum policy_direction direction)
{
    struct policy_source *sources;
    size_t n_sources, n;
    struct json *json;
    uint32_t *numbers;

    sources = (direction == POLICY_INGRESS
               ? m_label_get_sources(vpc, &n_sources)
               : m_label_get_sets(vpc, &n_sources));
    numbers = policy_rule_get_numbers(rule, sources, n_sources, &n);
    free(sources);
    if (!numbers) {
        return json_null_create();
    }
    json = json_array_create_empty();
    for (size_t i = 0; i < n; i++) {
        json_array_add(json, direction == POLICY_INGRESS
                       ? json_integer_create(numbers[i])
                       : json_string_create(
                           m_label_find_set(vpc, numbers[i])->text));
    }
    free(numbers);
    return json;
}

static struct json *
show_ports(const struct policy_rule *rule)
{
    struct json *ports = json_array_create_empty();

    if (!rule->n_ports) {
        json_destroy(ports);
        return json_null_create();
    }
    for (size_t i = 0; i < rule->n_ports; i++) {
        const struct policy_port *p = &rule->ports[i];
        const char *protocol = vpc_policy_protocol_to_string(p->protocol);
        char *text = (!p->port ? xstrdup(protocol)
                      : p->end_port == p->port
                      ? xasprintf("%s %"PRIu16, protocol, p->port)
                      : xasprintf("%s %"PRIu16"-%"PRIu16, protocol, p->port,
                                  p->end_port));

        json_array_add(ports, json_string_create_nocopy(text));
    }
    return ports;
}

static struct json *
show_rules(const struct m_policy *policy, enum policy_direction direction)
{
    const struct policy_rules *rules
        = &policy->up.object->policy->directions[direction];
    bool ingress = direction == POLICY_INGRESS;
    struct json *list;

    if (!rules->applies) {
        return json_null_create();
    }
    list = json_array_create_empty();
    for (size_t i = 0; i < rules->n; i++) {
        const struct policy_rule *rule = &rules->rules[i];
        struct json *json = json_object_create();

        json_object_put(json, ingress ? "from" : "to", show_peers(rule));
        json_object_put(json, ingress ? "labels" : "labelSets",
                        show_numbers(policy->vpc, rule, direction));
        json_object_put(json, "ports", show_ports(rule));
        json_array_add(list, json);
    }
    return list;
}

static bool
m_policy_selects(const struct m_policy *policy, const struct m_endpoint *ep)
{
    for (enum policy_direction d = 0; d < POLICY_N_DIRECTIONS; d++) {
        const struct m_policy_group *group = m_endpoint_get_group(ep, d);

        for (size_t i = 0; group && i < group->n_policies; i++) {
            if (group->policies[i] == policy) {
                return true;
            }
        }
    }
    return false;
}

static struct json *
show_selected(const struct m_policy *policy)
{
    struct json *json = json_array_create_empty();
    struct sset names = SSET_INITIALIZER(&names);
    struct hmapx_node *node;
    const char **sorted;

    HMAPX_FOR_EACH (node, &policy->vpc->local) {
        const struct m_endpoint *ep = node->data;

        if (m_policy_selects(policy, ep)) {
            sset_add(&names, ep->up.name);
        }
    }
    sorted = sset_sort(&names);
    for (size_t i = 0; i < sset_count(&names); i++) {
        json_array_add(json, json_string_create(sorted[i]));
    }
    free(sorted);
    sset_destroy(&names);
    return json;
}

static struct json *
show_policy(const struct m_policy *policy)
{
    const struct vpc_policy *def = policy->up.object->policy;
    struct json *json = json_object_create();

    json_object_put_string(json, "name", policy->up.name);
    json_object_put_string(json, "vpc", def->vpc);
    json_object_put(json, "selector", json_string_create_nocopy(
                        label_selector_to_string(&def->selector)));
    json_object_put(json, "endpoints", show_selected(policy));
    json_object_put(json, "rules", show_rules(policy, POLICY_INGRESS));
    json_object_put(json, "egress", show_rules(policy, POLICY_EGRESS));
    json_object_put(json, "message", option_json_string(policy->up.problem));
    return json;
}

static struct json *
show_policy_row(const struct entity *entity, void *aux OVS_UNUSED)
{
    const struct m_policy *policy = M_CAST(m_policy, entity);

    return entity->object && policy->vpc ? show_policy(policy) : NULL;
}

void
show_policy_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;

    show_reply_list(conn, agent->model, MODEL_POLICY, argv[1], show_policy_row,
                    agent_);
}

struct json *
show_policy_get_names(const struct m_endpoint *ep,
                      enum policy_direction direction)
{
    const struct m_policy_group *group = m_endpoint_get_group(ep, direction);
    struct json *json = json_array_create_empty();

    for (size_t i = 0; group && i < group->n_policies; i++) {
        json_array_add(json, json_string_create(group->policies[i]->up.name));
    }
    return json;
}
