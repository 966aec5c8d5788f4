/* VPCPolicy.
 *
 * The semantics are those of Kubernetes' NetworkPolicy for ingress.  An empty
 * list has a meaning of its own (see the structures), so nothing that is wrong
 * may be read as empty: every fault refuses the object.  A member that is not
 * known is a fault, too: whoever wrote it meant to say something by it.
 *
 * A policy that is refused must not leave open what it should close.  If there
 * is no valid version of it, one is used that selects the same endpoints and
 * allows nothing. */

#include <config.h>

#include "lib/resource-vpc-policy.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"

static const struct {
    const char *name;
    uint8_t protocol;
    bool has_ports;
} protocols[] = {
    { "TCP", IPPROTO_TCP, true },
    { "UDP", IPPROTO_UDP, true },
    { "SCTP", IPPROTO_SCTP, true },
    { "ICMP", IPPROTO_ICMP, false },
    { "ICMPv6", IPPROTO_ICMPV6, false },
};

const char *
vpc_policy_protocol_to_string(uint8_t protocol)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (protocols[i].protocol == protocol) {
            return protocols[i].name;
        }
    }
    OVS_NOT_REACHED();
}

/* The index of "protocol" in 'protocols', TCP if it is absent; or -1, with an
 * error, if it is unknown. */
static int
parse_protocol(const struct field_parent *parent)
{
    const struct json *json = json_util_get(parent->json, "protocol");
    const char *s = field_string(parent, "protocol", false);

    if (!json) {
        return 0;
    }
    for (size_t i = 0; s && i < ARRAY_SIZE(protocols); i++) {
        if (!strcmp(s, protocols[i].name)) {
            return i;
        }
    }
    if (s) {
        field_error(parent, FE_NOT_SUPPORTED, "protocol", "\"%.80s\" is not "
                    "one of TCP, UDP, SCTP, ICMP, ICMPv6", s);
    }
    return -1;
}

static void
parse_port(const struct json *json, const char *path,
           struct policy_port *port, struct field_errors *errors)
{
    struct field_parent parent = { json, path, errors };
    bool has_port, has_end, port_ok, end_ok;
    int64_t first = 0, last = 0;
    int protocol;

    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
        return;
    }
    protocol = parse_protocol(&parent);
    has_port = json_util_get(json, "port") != NULL;
    has_end = json_util_get(json, "endPort") != NULL;
    port_ok = field_integer(&parent, "port", false, 1, UINT16_MAX, &first);
    end_ok = field_integer(&parent, "endPort", false, 1, UINT16_MAX, &last);

    if (protocol >= 0 && !protocols[protocol].has_ports
        && (has_port || has_end)) {
        field_error(&parent, FE_FORBIDDEN, has_port ? "port" : "endPort",
                    "%s has no ports", protocols[protocol].name);
    } else if (has_end && !has_port) {
        field_error(&parent, FE_FORBIDDEN, "endPort", "must not be given "
                    "without a port");
    } else if (port_ok && end_ok && last < first) {
        field_error(&parent, FE_INVALID, "endPort", "%lld is less than port, "
                    "%lld", (long long int) last, (long long int) first);
    }
    port->protocol = protocols[MAX(protocol, 0)].protocol;
    port->port = first;
    port->end_port = end_ok ? last : first;
}

static void
parse_peer(const struct json *json, const char *path,
           struct label_selector *peer, struct field_errors *errors)
{
    struct field_parent parent = { json, path, errors };
    char *selector = xasprintf("%s.endpointSelector", path);

    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
        memset(peer, 0, sizeof *peer);
    } else {
        label_selector_from_json(field_object(&parent, "endpointSelector",
                                              true),
                                 selector, peer, errors);
    }
    free(selector);
}

static void
parse_rule(const struct json *json, const char *path,
           struct policy_rule *rule, struct field_errors *errors)
{
    struct field_parent parent = { json, path, errors };
    const struct json *from, *ports;

    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
        return;
    }
    from = field_array(&parent, "from", false);
    ports = field_array(&parent, "ports", false);
    rule->n_from = from ? from->array.n : 0;
    rule->from = xcalloc(rule->n_from + 1, sizeof *rule->from);
    for (size_t i = 0; i < rule->n_from; i++) {
        char *name = xasprintf("%s.from[%"PRIuSIZE"]", path, i);

        parse_peer(from->array.elems[i], name, &rule->from[i], errors);
        free(name);
    }
    rule->n_ports = ports ? ports->array.n : 0;
    rule->ports = xcalloc(rule->n_ports + 1, sizeof *rule->ports);
    for (size_t i = 0; i < rule->n_ports; i++) {
        char *name = xasprintf("%s.ports[%"PRIuSIZE"]", path, i);

        parse_port(ports->array.elems[i], name, &rule->ports[i], errors);
        free(name);
    }
}

static void
parse_spec(void *policy_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct vpc_policy *policy = policy_;
    const struct json *ingress;

    policy->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    label_selector_from_json(json_util_get(spec->json, "endpointSelector"),
                             "spec.endpointSelector", &policy->selector,
                             spec->errors);
    ingress = field_array(spec, "ingress", false);
    policy->n_rules = ingress ? ingress->array.n : 0;
    policy->rules = xcalloc(policy->n_rules + 1, sizeof *policy->rules);
    for (size_t i = 0; i < policy->n_rules; i++) {
        char *name = xasprintf("spec.ingress[%"PRIuSIZE"]", i);

        parse_rule(ingress->array.elems[i], name, &policy->rules[i],
                   spec->errors);
        free(name);
    }
}

static void
release(void *policy_)
{
    struct vpc_policy *policy = policy_;

    for (size_t i = 0; i < policy->n_rules; i++) {
        struct policy_rule *rule = &policy->rules[i];

        for (size_t j = 0; j < rule->n_from; j++) {
            label_selector_destroy(&rule->from[j]);
        }
        free(rule->from);
        free(rule->ports);
    }
    free(policy->rules);
    label_selector_destroy(&policy->selector);
    free(policy->vpc);
}

struct vpc_policy *
vpc_policy_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&vpc_policy_class, json, errors, NULL);
}

/* Parses a policy without rules, made of the names and of the selector in
 * 'json' ('with_selector') or an empty one. */
static struct vpc_policy *
parse_closed(const struct json *json, bool with_selector)
{
    const struct json *spec = json_util_get(json, "spec");
    const struct json *selector = json_util_get(spec, "endpointSelector");
    const char *name = json_util_string(json_util_get(json, "metadata"),
                                        "name", NULL);
    const char *vpc = json_util_string(spec, "vpc", NULL);
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *closed = json_object_create();
    struct json *closed_meta = json_object_create();
    struct json *closed_spec = json_object_create();
    struct vpc_policy *policy = NULL;

    json_object_put(closed, "metadata", closed_meta);
    json_object_put(closed, "spec", closed_spec);
    if (name && vpc) {
        json_object_put_string(closed_meta, "name", name);
        json_object_put_string(closed_spec, "vpc", vpc);
        if (with_selector && selector) {
            json_object_put(closed_spec, "endpointSelector",
                            json_clone(selector));
        }
        policy = vpc_policy_from_json(closed, &errors);
    }
    field_errors_destroy(&errors);
    json_destroy(closed);
    return policy;
}

struct vpc_policy *
vpc_policy_from_faulty_json(const struct json *json)
{
    struct vpc_policy *policy = parse_closed(json, true);

    return policy ? policy : parse_closed(json, false);
}

static void *
parse_faulty(const struct json *json)
{
    return vpc_policy_from_faulty_json(json);
}

void
vpc_policy_destroy(struct vpc_policy *policy)
{
    resource_class_destroy(&vpc_policy_class, policy);
}

const struct resource_class vpc_policy_class = {
    .kind = "VPCPolicy",
    .plural = "vpcpolicies",
    .singular = "vpcpolicy",
    .short_name = "vpol",
    .has_status = true,
    .size = sizeof(struct vpc_policy),
    .parse_spec = parse_spec,
    .release = release,
    .parse_faulty = parse_faulty,
};
