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
#include "openvswitch/json.h"
#include "sset.h"
#include "util.h"

static struct json *
show_selectors(const struct policy_rule *rule)
{
    struct json *from = json_array_create_empty();

    if (!rule->n_from) {
        json_destroy(from);
        return json_null_create();
    }
    for (size_t i = 0; i < rule->n_from; i++) {
        json_array_add(from, json_string_create_nocopy(
                           label_selector_to_string(&rule->from[i])));
    }
    return from;
}

static struct json *
show_labels(const struct policy_rule *rule,
            const struct policy_source *sources, size_t n_sources)
{
    struct json *json;
    uint32_t *labels;
    size_t n;

    labels = policy_rule_get_numbers(rule, sources, n_sources, &n);
    if (!labels) {
        return json_null_create();
    }
    json = json_array_create_empty();
    for (size_t i = 0; i < n; i++) {
        json_array_add(json, json_integer_create(labels[i]));
    }
    free(labels);
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
show_rules(const struct m_policy *policy)
{
    const struct vpc_policy *def = policy->up.object->policy;
    struct json *rules = json_array_create_empty();
    struct policy_source *sources;
    size_t n_sources;

    sources = m_label_get_sources(policy->vpc, &n_sources);
    for (size_t i = 0; i < def->n_rules; i++) {
        const struct policy_rule *rule = &def->rules[i];
        struct json *json = json_object_create();

        json_object_put(json, "from", show_selectors(rule));
        json_object_put(json, "labels", show_labels(rule, sources,
                                                    n_sources));
        json_object_put(json, "ports", show_ports(rule));
        json_array_add(rules, json);
    }
    free(sources);
    return rules;
}

static bool
m_policy_selects(const struct m_policy *policy, const struct m_endpoint *ep)
{
    for (size_t i = 0; ep->group && i < ep->group->n_policies; i++) {
        if (ep->group->policies[i] == policy) {
            return true;
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
    json_object_put(json, "rules", show_rules(policy));
    json_object_put(json, "message", option_json_string(policy->up.problem));
    return json;
}

void
show_policy_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *agent_)
{
    const struct agent *agent = agent_;
    struct json *list = json_array_create_empty();
    struct shash entities;
    const struct shash_node **nodes = show_reply_sort(
        agent->model, MODEL_POLICY, &entities);

    for (size_t i = 0; i < shash_count(&entities); i++) {
        const struct entity *entity = nodes[i]->data;

        if (entity->object && M_CAST(m_policy, entity)->vpc) {
            json_array_add(list, show_policy(M_CAST(m_policy, entity)));
        }
    }
    free(nodes);
    shash_destroy(&entities);
    show_reply_json(conn, list);
}

struct json *
show_policy_get_names(const struct m_endpoint *ep)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; ep->group && i < ep->group->n_policies; i++) {
        json_array_add(json,
                       json_string_create(ep->group->policies[i]->up.name));
    }
    return json;
}
