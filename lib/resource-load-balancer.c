/* LoadBalancer.
 *
 * An empty selector means all endpoints, so a member that is not understood
 * must not be read as one: every fault refuses the object.
 *
 * Weights are a list of selectors, as endpoints are never named here. */

#include <config.h>

#include "lib/resource-load-balancer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/resource-name.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "util.h"

#define MAX_PORTS 64
#define MAX_WEIGHTS 64
#define MAX_SOURCE_RANGES 64
#define MAX_NAME_LEN 63
#define MAX_PATH_LEN 1024
#define MAX_DRAIN 86400
#define MIN_CHECK_INTERVAL 100
#define MAX_CHECK_INTERVAL 3600000
#define MAX_CHECK_FAILURES 100

static const char *const affinities[] = {
    [LB_AFFINITY_NONE] = "none",
    [LB_AFFINITY_CLIENT_IP] = "clientIP",
};

static const char *const returns[] = {
    [LB_RETURN_AUTO] = "auto",
    [LB_RETURN_DIRECT] = "direct",
    [LB_RETURN_VIA] = "via",
    [LB_RETURN_MASQUERADE] = "masquerade",
};

static const char *const check_protocols[] = {
    [LB_CHECK_TCP] = "TCP",
    [LB_CHECK_HTTP] = "HTTP",
    [LB_CHECK_ICMP] = "ICMP",
};

static const char *const protocols[] = { "TCP", "UDP", "SCTP" };
static const uint8_t protocol_numbers[] = {
    IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP
};

const char *
lb_affinity_to_string(enum lb_affinity affinity)
{
    return affinities[affinity];
}

const char *
lb_return_to_string(enum lb_return ret)
{
    return returns[ret];
}

const char *
lb_check_protocol_to_string(enum lb_check_protocol protocol)
{
    return check_protocols[protocol];
}

const char *
load_balancer_protocol_to_string(uint8_t protocol)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (protocol_numbers[i] == protocol) {
            return protocols[i];
        }
    }
    return "?";
}

bool
load_balancer_is_ipv6(const struct load_balancer *lb)
{
    return !IN6_IS_ADDR_V4MAPPED(&lb->address);
}

unsigned int
load_balancer_get_weight(const struct load_balancer *lb,
                         const struct smap *labels)
{
    for (size_t i = 0; i < lb->n_weights; i++) {
        if (label_selector_matches(&lb->weights[i].selector, labels)) {
            return lb->weights[i].weight;
        }
    }
    return LB_DEFAULT_WEIGHT;
}

/* Ports. */

/* What an array is read into, and what has been in it. */
struct elements {
    struct load_balancer *lb;
    struct shash seen;              /* Value -> path of the element. */
};

/* Adds an error if 'value', of 'member' of the element, has been there before.
 * Takes ownership of 'value'. */
static void
check_seen(struct elements *elements, const struct field_parent *parent,
           const char *member, char *value)
{
    const char *other = shash_find_data(&elements->seen, value);

    if (other) {
        field_error(parent, FE_DUPLICATE, member, "%s is already %s.%s",
                    value, other, member);
        free(value);
    } else {
        shash_add_nocopy(&elements->seen, value, xstrdup(parent->path));
    }
}

static void
parse_port_name(const struct field_parent *parent, struct elements *elements,
                struct lb_port *port)
{
    const char *name = field_name(parent, "name", false);

    if (!name) {
        return;
    }
    if (strlen(name) > MAX_NAME_LEN) {
        field_error(parent, FE_INVALID, "name", "is longer than %d bytes",
                    MAX_NAME_LEN);
        return;
    }
    port->name = xstrdup(name);
    check_seen(elements, parent, "name", xstrdup(name));
}

static void
parse_port(const struct field_parent *parent, size_t index, void *elements_)
{
    struct elements *elements = elements_;
    struct lb_port *port = &elements->lb->ports[index];
    size_t protocol = field_choice(parent, "protocol", protocols,
                                   ARRAY_SIZE(protocols), 0);
    int64_t number, target;

    parse_port_name(parent, elements, port);
    port->protocol = protocol_numbers[protocol];
    if (!field_integer(parent, "port", true, 1, UINT16_MAX, &number)) {
        return;
    }
    port->port = port->target_port = number;
    if (field_integer(parent, "targetPort", false, 1, UINT16_MAX, &target)) {
        port->target_port = target;
    }
    check_seen(elements, parent, "port",
               xasprintf("%s port %"PRIu16, protocols[protocol],
                         port->port));
}

static void
parse_ports(const struct field_parent *spec, struct load_balancer *lb)
{
    const struct json *array = field_array(spec, "ports", true);
    struct elements elements = { lb, SHASH_INITIALIZER(&elements.seen) };

    if (!array) {
        return;
    }
    if (!array->array.n || array->array.n > MAX_PORTS) {
        field_error(spec, FE_INVALID, "ports", "must have 1 to %d ports",
                    MAX_PORTS);
        return;
    }
    lb->n_ports = array->array.n;
    lb->ports = xcalloc(lb->n_ports, sizeof *lb->ports);
    field_for_each_object(spec, "ports", array, parse_port, &elements);
    shash_destroy_free_data(&elements.seen);
}

/* Backends. */

static void
parse_selector(const struct field_parent *parent, bool required,
               struct label_selector *selector)
{
    char *path = xasprintf("%s.endpointSelector", parent->path);
    const struct json *json = (parent->json
                               ? field_object(parent, "endpointSelector",
                                              required) : NULL);

    label_selector_from_json(json, path, selector, parent->errors);
    free(path);
}

static void
parse_weight(const struct field_parent *parent, size_t index, void *lb_)
{
    struct load_balancer *lb = lb_;
    struct lb_weight *weight = &lb->weights[index];
    int64_t value = LB_DEFAULT_WEIGHT;

    parse_selector(parent, true, &weight->selector);
    field_integer(parent, "weight", true, 0, LB_MAX_WEIGHT, &value);
    weight->weight = value;
}

static void
parse_backends(const struct field_parent *spec, struct load_balancer *lb)
{
    struct field_parent parent = { field_object(spec, "backends", true),
                                   "spec.backends", spec->errors };
    const struct json *array = field_array(&parent, "weights", false);

    parse_selector(&parent, true, &lb->backends);
    if (array && array->array.n > MAX_WEIGHTS) {
        field_error(&parent, FE_INVALID, "weights", "must have at most %d "
                    "elements", MAX_WEIGHTS);
        return;
    }
    lb->n_weights = array ? array->array.n : 0;
    lb->weights = xcalloc(lb->n_weights + 1, sizeof *lb->weights);
    field_for_each_object(&parent, "weights", array, parse_weight, lb);
}

/* Health checks. */

static uint16_t
first_tcp_target(const struct load_balancer *lb)
{
    for (size_t i = 0; i < lb->n_ports; i++) {
        if (lb->ports[i].protocol == IPPROTO_TCP) {
            return lb->ports[i].target_port;
        }
    }
    return 0;
}

static void
parse_check_port(const struct field_parent *parent,
                 const struct load_balancer *lb, struct lb_check *check)
{
    bool is_icmp = check->protocol == LB_CHECK_ICMP;
    int64_t port;

    if (field_integer(parent, "port", false, 1, UINT16_MAX, &port)) {
        check->port = port;
        if (is_icmp) {
            field_error(parent, FE_FORBIDDEN, "port",
                        "must not be there: ICMP has no ports");
        }
    } else if (!is_icmp && !json_util_get(parent->json, "port")) {
        check->port = first_tcp_target(lb);
        if (!check->port && lb->n_ports) {
            field_error(parent, FE_REQUIRED, "port", "is required, as "
                        "spec.ports has no port of TCP");
        }
    }
}

/* Goes into a request as it is. */
static bool
is_path(const char *s)
{
    return *s == '/' && strlen(s) <= MAX_PATH_LEN
           && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                       "wxyz0123456789-._~!$&'()*+,;=:@/?%")] == '\0';
}

static void
parse_check_path(const struct field_parent *parent, struct lb_check *check)
{
    const char *path = field_string(parent, "path", false);

    if (path && check->protocol != LB_CHECK_HTTP) {
        field_error(parent, FE_FORBIDDEN, "path",
                    "must not be there: it is for HTTP only");
    } else if (path && !is_path(path)) {
        field_error(parent, FE_INVALID, "path", "\"%.80s\" is not a path "
                    "such as /healthz, of at most %d bytes", path,
                    MAX_PATH_LEN);
    } else if (check->protocol == LB_CHECK_HTTP) {
        check->path = xstrdup(path ? path : "/");
    }
}

static void
parse_check(const struct field_parent *spec, struct load_balancer *lb)
{
    struct field_parent parent = { field_object(spec, "healthCheck", false),
                                   "spec.healthCheck", spec->errors };
    int64_t interval = LB_DEFAULT_CHECK_INTERVAL;
    int64_t failures = LB_DEFAULT_CHECK_FAILURES;

    if (!parent.json) {
        return;
    }
    lb->has_check = true;
    if (!json_util_get(parent.json, "protocol")) {
        field_error(&parent, FE_REQUIRED, "protocol", "is required");
        return;
    }
    lb->check.protocol = field_choice(&parent, "protocol", check_protocols,
                                      ARRAY_SIZE(check_protocols),
                                      LB_CHECK_TCP);
    parse_check_port(&parent, lb, &lb->check);
    parse_check_path(&parent, &lb->check);
    field_integer(&parent, "intervalMs", false, MIN_CHECK_INTERVAL,
                  MAX_CHECK_INTERVAL, &interval);
    field_integer(&parent, "failures", false, 1, MAX_CHECK_FAILURES,
                  &failures);
    lb->check.interval = interval;
    lb->check.failures = failures;
}

/* The rest. */

static void
parse_addresses(const struct field_parent *spec, struct load_balancer *lb)
{
    bool has = field_ip(spec, "address", true, &lb->address);

    if (field_ip(spec, "externalAddress", false, &lb->external_address)
        && has && IN6_IS_ADDR_V4MAPPED(&lb->external_address)
                  != IN6_IS_ADDR_V4MAPPED(&lb->address)) {
        field_error(spec, FE_INVALID, "externalAddress",
                    "is not of the family of spec.address");
    }
}

static void
parse_source_range(const struct field_parent *spec, struct load_balancer *lb,
                   size_t index, const struct json *json)
{
    struct ip_prefix *range = &lb->source_ranges[lb->n_source_ranges];
    char *name = xasprintf("sourceRanges[%"PRIuSIZE"]", index);
    char *fault = NULL;

    if (json->type != JSON_STRING) {
        field_error(spec, FE_INVALID, name, "must be a string");
    } else if ((fault = ip_prefix_parse(json_string(json), range))) {
        field_error(spec, FE_INVALID, name, "%s", fault);
    } else if (ipv6_addr_is_set(&lb->address)
               && range->is_ipv6 != load_balancer_is_ipv6(lb)) {
        field_error(spec, FE_INVALID, name,
                    "is not of the family of spec.address");
    } else {
        lb->n_source_ranges++;
    }
    free(fault);
    free(name);
}

static void
parse_source_ranges(const struct field_parent *spec, struct load_balancer *lb)
{
    const struct json *array = field_array(spec, "sourceRanges", false);
    size_t n = array ? array->array.n : 0;

    if (n > MAX_SOURCE_RANGES) {
        field_error(spec, FE_INVALID, "sourceRanges", "must have at most %d "
                    "prefixes", MAX_SOURCE_RANGES);
        return;
    }
    lb->source_ranges = xcalloc(n + 1, sizeof *lb->source_ranges);
    for (size_t i = 0; i < n; i++) {
        parse_source_range(spec, lb, i, array->array.elems[i]);
    }
}

static void
parse_spec(void *lb_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct load_balancer *lb = lb_;
    int64_t drain = 0;

    lb->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    parse_addresses(spec, lb);
    parse_ports(spec, lb);
    parse_backends(spec, lb);
    lb->affinity = field_choice(spec, "affinity", affinities,
                                ARRAY_SIZE(affinities), LB_AFFINITY_NONE);
    lb->ret = field_choice(spec, "return", returns, ARRAY_SIZE(returns),
                           LB_RETURN_AUTO);
    parse_check(spec, lb);
    field_integer(spec, "drainSeconds", false, 0, MAX_DRAIN, &drain);
    lb->drain = drain;
    parse_source_ranges(spec, lb);
}

static void
parse_ready(const struct json *conditions, struct load_balancer *lb)
{
    size_t n = (conditions && conditions->type == JSON_ARRAY
                ? conditions->array.n : 0);

    for (size_t i = 0; i < n; i++) {
        const struct json *c = conditions->array.elems[i];
        const char *since = json_util_string(c, "lastTransitionTime", NULL);

        if (since && !lb->ready_since
            && !strcmp(json_util_string(c, "type", ""), "Ready")) {
            lb->ready_since = xstrdup(since);
            lb->was_ready = !strcmp(json_util_string(c, "status", ""),
                                    "True");
        }
    }
}

static void
parse_status(void *lb_, const struct json *status)
{
    struct load_balancer *lb = lb_;

    field_status_ip(status, "address", &lb->status_address);
    field_status_ip(status, "externalAddress", &lb->status_external_address);
    lb->has_conditions = json_util_get(status, "conditions") != NULL;
    parse_ready(json_util_get(status, "conditions"), lb);
}

static void
release(void *lb_)
{
    struct load_balancer *lb = lb_;

    free(lb->ready_since);
    for (size_t i = 0; i < lb->n_ports; i++) {
        free(lb->ports[i].name);
    }
    for (size_t i = 0; i < lb->n_weights; i++) {
        label_selector_destroy(&lb->weights[i].selector);
    }
    free(lb->ports);
    free(lb->weights);
    free(lb->source_ranges);
    free(lb->check.path);
    label_selector_destroy(&lb->backends);
    free(lb->vpc);
}

struct load_balancer *
load_balancer_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&load_balancer_class, json, errors, NULL);
}

void
load_balancer_destroy(struct load_balancer *lb)
{
    resource_class_destroy(&load_balancer_class, lb);
}

const struct resource_class load_balancer_class = {
    .kind = "LoadBalancer",
    .plural = "loadbalancers",
    .singular = "loadbalancer",
    .short_name = "vlb",
    .has_status = true,
    .size = sizeof(struct load_balancer),
    .parse_spec = parse_spec,
    .parse_status = parse_status,
    .release = release,
};
