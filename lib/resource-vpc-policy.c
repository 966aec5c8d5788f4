/* VPCPolicy.
 *
 * The semantics are those of Kubernetes' NetworkPolicy.  An empty list has a
 * meaning of its own (see the structures), so nothing that is wrong may be
 * read as empty: every fault refuses the object.  A member that is not
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
#include "openvswitch/shash.h"
#include "svec.h"
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
parse_port(const struct field_parent *parent, size_t index, void *rule_)
{
    struct policy_rule *rule = rule_;
    struct policy_port *port = &rule->ports[index];
    bool has_port, has_end, port_ok, end_ok;
    int64_t first = 0, last = 0;
    int protocol;

    protocol = parse_protocol(parent);
    has_port = json_util_get(parent->json, "port") != NULL;
    has_end = json_util_get(parent->json, "endPort") != NULL;
    port_ok = field_integer(parent, "port", false, 1, UINT16_MAX, &first);
    end_ok = field_integer(parent, "endPort", false, 1, UINT16_MAX, &last);

    if (protocol >= 0 && !protocols[protocol].has_ports
        && (has_port || has_end)) {
        field_error(parent, FE_FORBIDDEN, has_port ? "port" : "endPort",
                    "%s has no ports", protocols[protocol].name);
    } else if (has_end && !has_port) {
        field_error(parent, FE_FORBIDDEN, "endPort", "must not be given "
                    "without a port");
    } else if (port_ok && end_ok && last < first) {
        field_error(parent, FE_INVALID, "endPort", "%lld is less than port, "
                    "%lld", (long long int) last, (long long int) first);
    }
    port->protocol = protocols[MAX(protocol, 0)].protocol;
    port->port = first;
    port->end_port = end_ok ? last : first;
}

static void
parse_except(const struct field_parent *block, const struct json *json,
             size_t i, struct policy_peer *peer)
{
    const char *s = json->type == JSON_STRING ? json_string(json) : NULL;
    struct ip_prefix *except = &peer->except[i];
    char *fault;

    fault = s ? ip_prefix_parse(s, except) : xstrdup("must be a string");
    if (!fault && (!ip_prefix_overlaps(&peer->block, except)
                   || except->plen <= peer->block.plen)) {
        fault = xasprintf("\"%.80s\" is not a part of cidr", s);
    }
    if (fault) {
        char *name = xasprintf("except[%"PRIuSIZE"]", i);

        field_error(block, FE_INVALID, name, "%s", fault);
        free(name);
        free(fault);
    }
}

static void
parse_block(const struct field_parent *block, struct policy_peer *peer)
{
    const struct json *except;

    if (!ip_prefix_from_field(block, "cidr", true, &peer->block)) {
        return;
    }
    except = field_array(block, "except", false);
    peer->n_except = except ? except->array.n : 0;
    peer->except = xcalloc(peer->n_except + 1, sizeof *peer->except);
    for (size_t i = 0; i < peer->n_except; i++) {
        parse_except(block, except->array.elems[i], i, peer);
    }
}

/* Reads what is in the member of a peer that says who it is. */
static void
parse_peer_type(const struct field_parent *parent, const char *member,
                struct policy_peer *peer)
{
    char *path = xasprintf("%s.%s", parent->path, member);
    struct field_parent block = { NULL, path, parent->errors };

    switch (peer->type) {
    case POLICY_PEER_ENDPOINTS:
        label_selector_from_json(field_object(parent, member, true), path,
                                 &peer->selector, parent->errors);
        break;
    case POLICY_PEER_BLOCK:
        block.json = field_object(parent, member, true);
        if (block.json) {
            parse_block(&block, peer);
        }
        break;
    case POLICY_PEER_EXTERNAL:
        if (json_util_get(parent->json, member)->type != JSON_TRUE) {
            field_error(parent, FE_INVALID, member, "must be true");
        }
        break;
    }
    free(path);
}

static void
parse_peer(const struct field_parent *parent, size_t index, void *rule_)
{
    static const char *const members[] = {
        [POLICY_PEER_ENDPOINTS] = "endpointSelector",
        [POLICY_PEER_BLOCK] = "ipBlock",
        [POLICY_PEER_EXTERNAL] = "external",
    };
    struct policy_rule *rule = rule_;
    struct policy_peer *peer = &rule->peers[index];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (json_util_get(parent->json, members[i])) {
            peer->type = i;
            n++;
        }
    }
    if (n != 1) {
        field_errors_add(parent->errors, n ? FE_FORBIDDEN : FE_REQUIRED,
                         parent->path,
                         n ? "must have one of endpointSelector, ipBlock and "
                         "external, and not several"
                         : "must have one of endpointSelector, ipBlock and "
                         "external");
    } else {
        parse_peer_type(parent, members[peer->type], peer);
    }
}

/* The members that a direction has. */
static const struct direction {
    const char *type;               /* In policyTypes. */
    const char *rules;              /* Of spec. */
    const char *peers;              /* Of a rule. */
} directions[] = {
    [POLICY_INGRESS] = { "Ingress", "ingress", "from" },
    [POLICY_EGRESS] = { "Egress", "egress", "to" },
};

const char *
policy_direction_to_string(enum policy_direction direction)
{
    return directions[direction].type;
}

/* What the rules of a direction are read into. */
struct rules_parser {
    const struct direction *direction;
    struct policy_rules *rules;
};

static void
parse_rule(const struct field_parent *parent, size_t index, void *parser_)
{
    const struct rules_parser *parser = parser_;
    struct policy_rule *rule = &parser->rules->rules[index];
    const char *name = parser->direction->peers;
    const struct json *peers = field_array(parent, name, false);
    const struct json *ports = field_array(parent, "ports", false);

    rule->n_peers = peers ? peers->array.n : 0;
    rule->peers = xcalloc(rule->n_peers + 1, sizeof *rule->peers);
    field_for_each_object(parent, name, peers, parse_peer, rule);
    rule->n_ports = ports ? ports->array.n : 0;
    rule->ports = xcalloc(rule->n_ports + 1, sizeof *rule->ports);
    field_for_each_object(parent, "ports", ports, parse_port, rule);
}

static void
parse_rules(const struct field_parent *spec,
            const struct direction *direction, struct policy_rules *rules)
{
    const struct json *array = field_array(spec, direction->rules, false);
    struct rules_parser parser = { direction, rules };

    rules->n = array ? array->array.n : 0;
    rules->rules = xcalloc(rules->n + 1, sizeof *rules->rules);
    field_for_each_object(spec, direction->rules, array, parse_rule, &parser);
}

/* Sets in which directions the policy applies: where policyTypes says, or if
 * that is absent or empty, for ingress, and for egress if it has rules. */
static void
parse_types(const struct field_parent *spec, struct vpc_policy *policy)
{
    const struct json *array = field_array(spec, "policyTypes", false);
    size_t n = array ? array->array.n : 0;

    if (!n) {
        policy->directions[POLICY_INGRESS].applies = true;
        policy->directions[POLICY_EGRESS].applies
            = policy->directions[POLICY_EGRESS].n > 0;
    } else if (n > POLICY_N_DIRECTIONS) {
        field_error(spec, FE_INVALID, "policyTypes", "must not have more than "
                    "%d elements", POLICY_N_DIRECTIONS);
    }
    for (size_t i = 0; i < MIN(n, POLICY_N_DIRECTIONS); i++) {
        const struct json *json = array->array.elems[i];
        const char *s = json->type == JSON_STRING ? json_string(json) : "";
        enum policy_direction d = POLICY_INGRESS;

        while (d < POLICY_N_DIRECTIONS && strcmp(s, directions[d].type)) {
            d++;
        }
        if (d < POLICY_N_DIRECTIONS) {
            policy->directions[d].applies = true;
        } else {
            char *name = xasprintf("policyTypes[%"PRIuSIZE"]", i);

            field_error(spec, FE_NOT_SUPPORTED, name, "\"%.80s\" is not one "
                        "of Ingress, Egress", s);
            free(name);
        }
    }
}

static void
parse_spec(void *policy_, const struct field_parent *spec,
           struct svec *warnings)
{
    struct vpc_policy *policy = policy_;

    policy->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    label_selector_from_json(json_util_get(spec->json, "endpointSelector"),
                             "spec.endpointSelector", &policy->selector,
                             spec->errors);
    for (size_t i = 0; i < POLICY_N_DIRECTIONS; i++) {
        parse_rules(spec, &directions[i], &policy->directions[i]);
    }
    parse_types(spec, policy);
    for (size_t i = 0; warnings && i < POLICY_N_DIRECTIONS; i++) {
        if (policy->directions[i].n && !policy->directions[i].applies) {
            svec_add_nocopy(warnings, xasprintf(
                "spec.%s: is not used, because spec.policyTypes does not have "
                "%s", directions[i].rules, directions[i].type));
        }
    }
}

static void
release_rules(struct policy_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        struct policy_rule *rule = &rules->rules[i];

        for (size_t j = 0; j < rule->n_peers; j++) {
            label_selector_destroy(&rule->peers[j].selector);
            free(rule->peers[j].except);
        }
        free(rule->peers);
        free(rule->ports);
    }
    free(rules->rules);
}

static void
release(void *policy_)
{
    struct vpc_policy *policy = policy_;

    for (size_t i = 0; i < POLICY_N_DIRECTIONS; i++) {
        release_rules(&policy->directions[i]);
    }
    label_selector_destroy(&policy->selector);
    free(policy->vpc);
}

struct vpc_policy *
vpc_policy_from_json(const struct json *json, struct field_errors *errors,
                     struct svec *warnings)
{
    return resource_class_parse(&vpc_policy_class, json, errors, warnings);
}

/* The policyTypes of 'spec' if all of it can be read, else NULL. */
static const struct json *
get_valid_types(const struct json *spec)
{
    const struct json *types = json_util_get(spec, "policyTypes");

    if (!types || types->type != JSON_ARRAY || !types->array.n) {
        return NULL;
    }
    for (size_t i = 0; i < types->array.n; i++) {
        const struct json *json = types->array.elems[i];

        if (json->type != JSON_STRING
            || (strcmp(json_string(json), "Ingress")
                && strcmp(json_string(json), "Egress"))) {
            return NULL;
        }
    }
    return types->array.n <= POLICY_N_DIRECTIONS ? types : NULL;
}

/* Whether it is certain that 'spec' without policyTypes is not about egress:
 * it has no rules for that, nor any member that could be meant for them. */
static bool
is_ingress_only(const struct json *spec)
{
    static const char *const members[] = {
        "vpc", "endpointSelector", "ingress"
    };
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(spec)) {
        bool known = false;

        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
            known = known || !strcmp(node->name, members[i]);
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

/* The policyTypes to use for the faulty 'spec': NULL for the default. */
static struct json *
make_types(const struct json *spec)
{
    const struct json *types = get_valid_types(spec);
    struct json *both;

    if (types) {
        return json_clone(types);
    } else if (is_ingress_only(spec)) {
        return NULL;
    }
    both = json_array_create_empty();
    for (size_t i = 0; i < POLICY_N_DIRECTIONS; i++) {
        json_array_add(both, json_string_create(directions[i].type));
    }
    return both;
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
        struct json *types = make_types(spec);

        json_object_put_string(closed_meta, "name", name);
        json_object_put_string(closed_spec, "vpc", vpc);
        if (types) {
            json_object_put(closed_spec, "policyTypes", types);
        }
        if (with_selector && selector) {
            json_object_put(closed_spec, "endpointSelector",
                            json_clone(selector));
        }
        policy = vpc_policy_from_json(closed, &errors, NULL);
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
