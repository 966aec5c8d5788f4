/* `agentctl policy list', and what `explain' says of policies: see show.h for
 * the formats.
 *
 * Shown is what is in force: the endpoints that policies select here, and the
 * numbers that their rules have become, from the same functions that compile
 * them. */

#include <config.h>

#include "agent/show/show-policy.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/remotes/enforce.h"
#include "agent/model/model-policy.h"
#include "lib/option-json.h"
#include "lib/json-util.h"
#include "lib/label-selector.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "unixctl.h"
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

    sources = model_policy_get_sources(policy->vpc, &n_sources);
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
    struct shash entities = SHASH_INITIALIZER(&entities);
    const struct shash_node **nodes;
    struct entity *entity;
    char *s;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_POLICY]) {
        if (entity->object && M_CAST(m_policy, entity)->vpc) {
            shash_add(&entities, entity->name, entity);
        }
    }
    nodes = shash_sort(&entities);
    for (size_t i = 0; i < shash_count(&entities); i++) {
        json_array_add(list, show_policy(M_CAST(m_policy, nodes[i]->data)));
    }
    free(nodes);
    shash_destroy(&entities);

    s = json_to_string(list, JSSF_SORT);
    unixctl_command_reply(conn, s);
    free(s);
    json_destroy(list);
}

struct json *
show_policies_of(const struct m_endpoint *ep)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; ep->group && i < ep->group->n_policies; i++) {
        json_array_add(json,
                       json_string_create(ep->group->policies[i]->up.name));
    }
    return json;
}

static void
explain_share(const struct m_share *share, struct json *lines)
{
    const struct resolved_option *o = enforce_get_label_option(share->vpc);
    const char *vpc = share->vpc->up.name;
    const char *nve = share->nve->up.name;
    struct json *line = json_object_create();
    const char *rule;
    char *sentence;

    if (share->by_address) {
        rule = "by-address";
        sentence = xasprintf(
            "Senders of VPC %s at NVE %s are known to policies by their "
            "addresses, as %s.", vpc, nve,
            !o ? "the VPC's profile has no option with the policy label"
            : share->labels_since
            ? "it has only just begun to send us the policy label"
            : "it does not send us the policy label");
    } else {
        rule = o && o->sender.required ? "label-required" : "by-label";
        sentence = xasprintf(
            "Senders of VPC %s at NVE %s are known to policies by the label "
            "in their packets%s.", vpc, nve, o && o->sender.required
            ? "; nothing without one is let in, as the profile requires it"
            : "");
    }
    json_object_put(line, "profile", json_null_create());
    json_object_put_string(line, "vpc", vpc);
    json_object_put(line, "option", o ? option_json_from_key(o->sender.key)
                                      : json_null_create());
    json_object_put(line, "name", option_json_string(o ? o->name : NULL));
    json_object_put(line, "sent", o ? json_boolean_create(!share->by_address)
                                    : json_null_create());
    json_object_put_string(line, "rule", rule);
    json_object_put(line, "saidBy", json_null_create());
    json_object_put(line, "sentence", json_string_create_nocopy(sentence));
    json_array_add(lines, line);
}

void
show_policy_explain(const struct m_nve *nve, struct json *lines)
{
    struct shash shares = SHASH_INITIALIZER(&shares);
    const struct shash_node **nodes;
    struct m_share *share;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (share->vpc->n_selected) {
            shash_add(&shares, share->vpc->up.name, share);
        }
    }
    nodes = shash_sort(&shares);
    for (size_t i = 0; i < shash_count(&shares); i++) {
        explain_share(nodes[i]->data, lines);
    }
    free(nodes);
    shash_destroy(&shares);
}
