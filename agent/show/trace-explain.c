/* Puts together what trace-path.c and trace-end.c find and what the switch
 * says of tunnel headers. */

#include <config.h>

#include "agent/show/trace-explain.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-policy.h"
#include "agent/node/local.h"
#include "agent/plans/send-plan.h"
#include "agent/show/show-option.h"
#include "agent/show/show-policy.h"
#include "agent/show/trace-arrival.h"
#include "agent/show/trace-end.h"
#include "agent/show/trace-outside.h"
#include "agent/show/trace-path.h"
#include "agent/show/trace-rule.h"
#include "agent/show/trace-service.h"
#include "flow.h"
#include "lib/encapsulation.h"
#include "lib/ip-address.h"
#include "lib/option-json.h"
#include "lib/trace-parse.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

static char *
hex_string(const uint8_t *data, size_t n)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "0x");
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "%02x", data[i]);
    }
    return ds_steal_cstr(&s);
}

static struct json *
show_tunnel_options(const struct agent *agent, const struct trace_tunnel *t)
{
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < t->n_options; i++) {
        const struct trace_option *o = &t->options[i];
        const struct m_option *def = show_option_find(agent, o->key);
        struct json *json = json_object_create();

        json_object_put(json, "option", option_json_from_key(o->key));
        json_object_put(json, "name",
                        option_json_string(def ? def->up.name : NULL));
        json_object_put(json, "critical",
                        json_boolean_create(opt_key_is_critical(o->key)));
        json_object_put(json, "length", json_integer_create(o->length));
        json_object_put(json, "value", json_string_create_nocopy(
                            hex_string(o->data, o->length)));
        json_object_put(json, "from", def ? json_string_create_nocopy(
                            value_source_to_string(
                                &def->up.object->option->value))
                        : json_null_create());
        json_array_add(list, json);
    }
    return list;
}

/* The bytes of the Geneve header, for `agentctl decode', or null if the RFC
 * does not allow them, or it is another encapsulation. */
static struct json *
show_tunnel_bytes(const struct trace_tunnel *t, const struct encapsulation *e,
                  size_t *n_bytes)
{
    uint8_t bytes[GENEVE_BASE_HLEN + GENEVE_MAX_OPT_BYTES];
    struct json *json;
    char *hex;

    if (!e->has_options) {
        *n_bytes = e->header_bytes;
        return json_null_create();
    }
    *n_bytes = trace_tunnel_compose(t, bytes, sizeof bytes);
    if (!*n_bytes) {
        return json_null_create();
    }
    hex = hex_string(bytes, *n_bytes);
    json = json_string_create(hex + 2);
    free(hex);
    return json;
}

/* 'address' is as Open vSwitch writes it, or NULL. */
static const struct m_nve *
find_nve_of(const struct agent *agent, const char *address)
{
    struct in6_addr ip;

    return (address && ip_address_from_string(address, &ip)
            ? m_nve_find_by_ip(agent->model, &ip) : NULL);
}

/* The members that headers have in both directions.  The remote 'nve' may be
 * NULL. */
static struct json *
show_tunnel(const struct agent *agent, const struct trace_tunnel *t,
            const struct m_nve *nve)
{
    const struct encapsulation *e = t->encapsulation;
    struct json *json = json_object_create();
    size_t n_bytes;

    if (!e) {
        e = (nve && nve->encapsulation ? nve->encapsulation
             : encapsulation_default());
    }
    json_object_put(json, "nve", option_json_string(nve ? nve->up.name
                                                    : NULL));
    json_object_put_string(json, "encapsulation", e->name);
    json_object_put(json, "source", option_json_string(t->src));
    json_object_put(json, "destination", option_json_string(t->dst));
    json_object_put(json, "vni", json_integer_create(t->vni));
    json_object_put(json, "options", show_tunnel_options(agent, t));
    json_object_put(json, "header", show_tunnel_bytes(t, e, &n_bytes));
    json_object_put(json, "headerBytes", json_integer_create(n_bytes));
    return json;
}

static struct json *
show_tunnels(const struct trace_path *path)
{
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < path->trace->n_tunnels; i++) {
        const struct trace_tunnel *t = &path->trace->tunnels[i];
        const struct m_nve *nve = find_nve_of(path->agent, t->dst);
        const struct send_plan *sp = nve ? nve->plan : NULL;
        struct json *json = show_tunnel(path->agent, t, nve);

        if (path->trace->n_tunnels == 1) {
            sp = path->plan;
        }
        json_object_put(json, "plan", json_integer_create(sp ? sp->k : 0));
        json_object_put(json, "tos", json_integer_create(t->tos));
        json_object_put(json, "ttl", json_integer_create(t->ttl));
        json_array_add(list, json);
    }
    return list;
}

/* How the packet got here, or null if it is from here.  Values that only the
 * packet itself decides are null, too. */
static struct json *
show_arrival(const struct trace_path *path)
{
    const struct trace_arrival *arrival = path->subject->arrival;
    struct json *json;

    if (!arrival) {
        return json_null_create();
    }
    json = show_tunnel(path->agent, &arrival->tunnel,
                       find_nve_of(path->agent, arrival->tunnel.src));
    for (size_t i = 0; i < arrival->tunnel.n_options; i++) {
        if (arrival->per_packet[i]) {
            struct json *options = shash_find_data(json_object(json),
                                                   "options");

            json_object_put(json_array(options)->elems[i], "value",
                            json_null_create());
            json_object_put(json, "header", json_null_create());
        }
    }
    return json;
}

static struct json *
show_steps(const struct trace_path *path)
{
    const char *bridge = local_get_settings(path->agent->local)->bridge;
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < path->trace->n_steps; i++) {
        const struct trace_step *step = &path->trace->steps[i];
        bool ours = (!strcmp(step->bridge, bridge)
                     || trace_path_find_plan(path->agent, step->bridge));
        struct json *json = json_object_create();

        json_object_put_string(json, "bridge", step->bridge);
        json_object_put(json, "table", json_integer_create(step->table));
        json_object_put(json, "stage", option_json_string(
                            ours ? trace_path_stage_to_string(step->table)
                            : NULL));
        json_object_put(json, "match", option_json_string(
                            step->matched ? step->match : NULL));
        json_object_put(json, "ifTooBig", json_boolean_create(
                            trace_path_is_too_big(path->trace, i)));
        json_array_add(list, json);
    }
    return list;
}

static struct json *
show_party(const struct agent *agent, const struct m_endpoint *ep,
           const char *text)
{
    const struct endpoint *def = ep ? ep->up.object->endpoint : NULL;
    struct json *json = json_object_create();
    uint32_t label;

    json_object_put(json, "name", option_json_string(ep ? ep->up.name : text));
    json_object_put(json, "endpoint", json_boolean_create(ep != NULL));
    json_object_put(json, "nve", option_json_string(
                        !ep ? NULL : m_endpoint_is_local(ep)
                        ? agent->model->self : endpoint_location(def)));
    json_object_put(json, "policyLabel",
                    def && endpoint_policy_label(def, &label)
                    ? json_integer_create(label) : json_null_create());
    return json;
}

/* The rule that let the packet pass, if policies did. */
static struct json *
show_rule(const struct trace_path *path, enum policy_direction direction,
          const char *verdict)
{
    return (verdict && !strcmp(verdict, "allowed")
            ? trace_rule_find(path->subject, direction) : json_null_create());
}

/* The policies of 'ep', which may be NULL, that gave a verdict, if 'had_say'.
 */
static struct json *
show_policies(const struct m_endpoint *ep, enum policy_direction direction,
              bool had_say)
{
    return (had_say && ep ? show_policy_get_names(ep, direction)
            : json_array_create_empty());
}

struct json *
trace_explain(const struct agent *agent, const struct trace_subject *subject,
              const struct trace *trace)
{
    const struct m_vpc *vpc = subject->vpc;
    struct json *json = json_object_create();
    struct trace_path path;
    const char *outcome, *reason, *verdict;
    char *sentence, *service;

    trace_path_follow(&path, agent, subject, trace);
    outcome = trace_end_explain(&path, &reason, &sentence);
    service = trace_service_describe(&path);

    json_object_put(json, "source", show_party(
                        agent, subject->src, subject->src_text));
    json_object_put(json, "destination", show_party(agent, subject->dst,
                                                    subject->dst_text));
    json_object_put_string(json, "vpc", vpc->up.name);
    json_object_put(json, "vni", json_integer_create(vpc->vni));
    json_object_put_string(json, "flow", subject->flow);
    json_object_put_string(json, "outcome", outcome);
    json_object_put(json, "reason", option_json_string(reason));
    json_object_put(json, "sentence", json_string_create_nocopy(sentence));
    json_object_put_string(json, "forwarding",
                           path.routed ? "routed" : "bridged");
    verdict = trace_end_get_policy(&path, outcome, reason);
    json_object_put(json, "policy", option_json_string(verdict));
    json_object_put(json, "rule", show_rule(&path, POLICY_INGRESS, verdict));
    json_object_put(json, "policies",
                    show_policies(subject->dst, POLICY_INGRESS, path.policy));
    verdict = trace_end_get_egress(&path, reason);
    json_object_put_string(json, "egress", verdict);
    json_object_put(json, "egressRule",
                    show_rule(&path, POLICY_EGRESS, verdict));
    json_object_put(json, "egressPolicies",
                    show_policies(subject->src, POLICY_EGRESS, path.egress));
    json_object_put(json, "service", option_json_string(service));
    free(service);
    json_object_put(json, "mtu", option_json_integer(path.mtu));
    json_object_put(json, "entry", subject->outside
                    ? trace_outside_show(agent, subject->outside, trace)
                    : json_null_create());
    json_object_put(json, "arrival", show_arrival(&path));
    json_object_put(json, "tunnels", show_tunnels(&path));
    json_object_put(json, "receiver", option_json_string(
                        path.receiver ? path.receiver->up.name : NULL));
    json_object_put(json, "steps", show_steps(&path));
    return json;
}
