/* Endpoint.
 *
 * The values stay strings until an option asks for them, because only the
 * option's definition says how many bytes they may have. */

#include <config.h>

#include "lib/resource-endpoint.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/resource-name.h"
#include "lib/smap-pool.h"
#include "lib/value.h"
#include "openvswitch/json.h"
#include "util.h"

static const char *const type_names[] = {
    [EP_VM] = "vm",
    [EP_CONTAINER] = "container",
    [EP_GATEWAY] = "gateway",
    [EP_BAREMETAL] = "baremetal",
    [EP_SERVICE] = "service",
    [EP_HOST] = "host",
};

/* OVS's parser also takes "1:2:3:4:5:6", which is usually a typo. */
static bool
mac_from_string(const char *s, struct eth_addr *mac)
{
    return strlen(s) == 17 && eth_addr_from_string(s, mac);
}

bool
endpoint_parse_mac(const char *s, struct eth_addr *mac)
{
    return (mac_from_string(s, mac)
            && !eth_addr_is_zero(*mac)
            && !eth_addr_equals(*mac, (struct eth_addr) GATEWAY_MAC)
            && !eth_addr_is_multicast(*mac));
}

static void
parse_mac(const struct field_parent *spec, struct eth_addr *mac)
{
    const char *s = field_string(spec, "mac", true);

    if (!s) {
        return;
    }
    if (!mac_from_string(s, mac)) {
        field_error(spec, FE_INVALID, "mac", "\"%.80s\" is not an Ethernet "
                    "address such as 02:00:00:00:00:01", s);
    } else if (eth_addr_is_zero(*mac)) {
        field_error(spec, FE_INVALID, "mac", "is all-zero");
    } else if (eth_addr_equals(*mac, (struct eth_addr) GATEWAY_MAC)) {
        field_error(spec, FE_INVALID, "mac",
                    ETH_ADDR_FMT" is the address of the gateways of all VPCs",
                    ETH_ADDR_ARGS(*mac));
    } else if (eth_addr_is_multicast(*mac)) {
        field_error(spec, FE_INVALID, "mac",
                    "\"%s\" is a multicast or broadcast address", s);
    }
}

bool
endpoint_type_from_string(const char *s, uint32_t *type)
{
    for (size_t i = 1; i < ARRAY_SIZE(type_names); i++) {
        if (!strcmp(s, type_names[i])) {
            *type = i;
            return true;
        }
    }
    return false;
}

/* A name or a number. */
static void
parse_type(const struct field_parent *spec, struct endpoint *ep)
{
    const struct json *json = json_util_get(spec->json, "type");

    if (!json || json->type != JSON_STRING) {
        ep->has_type = field_u32(spec, "type", &ep->type);
        return;
    }
    ep->has_type = endpoint_type_from_string(json->string, &ep->type);
    if (ep->has_type) {
        return;
    }
    field_error(spec, FE_NOT_SUPPORTED, "type", "\"%.80s\" is neither a "
                "number nor one of vm, container, gateway, baremetal, "
                "service, host", json->string);
}

bool
endpoint_value_is_valid(const char *s)
{
    uint8_t data[GENEVE_OPT_MAX_DATA];

    return (!strncmp(s, "0x", 2) && s[2]
            && strlen(s) <= 2 + 2 * sizeof data
            && value_bytes_from_string(s, data, sizeof data));
}

/* Reads one of spec.values.  Returns false, without an error, if it is neither
 * a number >= 0 nor "0x" and hex digits for an option's data. */
static bool
parse_value(const struct json *json, const char *name, struct smap *values)
{
    if (json->type == JSON_INTEGER && json->integer >= 0) {
        smap_add_format(values, name, "%lld", json->integer);
        return true;
    }
    if (json->type == JSON_STRING && endpoint_value_is_valid(json->string)) {
        smap_add(values, name, json->string);
        return true;
    }
    return false;
}

static void
parse_values(const struct field_parent *spec, struct smap *values)
{
    const struct json *json = field_object(spec, "values", false);
    struct field_parent parent = { json, "spec.values", spec->errors };
    const struct shash_node *node;

    if (!json) {
        return;
    }
    SHASH_FOR_EACH (node, json->object) {
        const struct json *value = node->data;

        if (value->type != JSON_NULL
            && !parse_value(value, node->name, values)) {
            field_error(&parent, FE_INVALID, node->name, "must be an integer "
                        "from 0 to %lld, or \"0x\" and at most %d hex digits",
                        LLONG_MAX, 2 * GENEVE_OPT_MAX_DATA);
        }
    }
}

static void
init(void *ep_)
{
    struct endpoint *ep = ep_;

    struct smap none = SMAP_INITIALIZER(&none);

    ep->values = smap_pool_take(&none);
}

static void
parse_spec(void *ep_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct smap values = SMAP_INITIALIZER(&values);
    struct endpoint *ep = ep_;
    size_t n_ips;

    ep->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    ep->nve = nullable_xstrdup(field_name(spec, "nve", false));
    parse_mac(spec, &ep->mac);
    field_ips(spec, "ips", &ep->ips, &n_ips);
    ep->n_ips = n_ips;
    parse_type(spec, ep);
    ep->has_policy_label = field_u32(spec, "policyLabel", &ep->policy_label);
    ep->has_qos_class = field_u32(spec, "qosClass", &ep->qos_class);
    parse_values(spec, &values);
    ep->values = smap_pool_take(&values);
}

const struct endpoint_observed *
endpoint_get_status(const struct endpoint *ep)
{
    static char empty[] = "";
    static const struct endpoint_observed none = { .phase = empty,
                                                 .message = empty };

    return ep->status ? ep->status : &none;
}

void
endpoint_observed_add_healthy_for(struct endpoint_observed *status, char *lb)
{
    if (!status->healthy_for) {
        status->healthy_for = xmalloc(sizeof *status->healthy_for);
        sset_init(status->healthy_for);
    }
    sset_add_and_free(status->healthy_for, lb);
}

bool
endpoint_is_healthy_for(const struct endpoint *ep, const char *lb)
{
    const struct sset *healthy_for = endpoint_get_status(ep)->healthy_for;

    return healthy_for && sset_contains(healthy_for, lb);
}

static void
parse_healthy_for(const struct json *names, struct endpoint_observed *status)
{
    for (size_t i = 0; names && names->type == JSON_ARRAY
                       && i < names->array.n; i++) {
        const struct json *name = names->array.elems[i];

        if (name->type == JSON_STRING) {
            endpoint_observed_add_healthy_for(status,
                                              xstrdup(json_string(name)));
        }
    }
}

static void
parse_status(void *ep_, const struct json *json)
{
    const char *nve = json_util_string(json, "nve", NULL);
    const char *mac = json_util_string(json, "mac", NULL);
    struct endpoint_observed *status;
    struct endpoint *ep = ep_;
    int64_t value;

    if (!json) {
        return;
    }
    status = ep->status = xzalloc(sizeof *status);
    if (nve && resource_name_is_valid(nve)) {
        status->nve = xstrdup(nve);
    }
    if (mac && !eth_addr_from_string(mac, &status->mac)) {
        status->mac = eth_addr_zero;
    }
    field_status_ips(json, "ips", &status->ips, &status->n_ips);
    status->phase = xstrdup(json_util_string(json, "phase", ""));
    status->message = xstrdup(json_util_string(json, "message", ""));
    if (json_util_integer(json, "policyLabel", &value)
        && value >= 0 && value <= UINT32_MAX) {
        status->has_policy_label = true;
        status->policy_label = value;
    }
    status->policy_label_set = nullable_xstrdup(
        json_util_string(json, "policyLabelSet", NULL));
    if (json_util_integer(json, "mtu", &value)
        && value >= 0 && value <= INT_MAX) {
        status->mtu = value;
    }
    parse_healthy_for(json_util_get(json, "healthyFor"), status);
}

/* spec.vpc may not change. */
static void
check_update(const struct json *old, const struct json *new,
             struct field_errors *errors)
{
    const char *a = json_util_string(json_util_get(old, "spec"), "vpc", NULL);
    const char *b = json_util_string(json_util_get(new, "spec"), "vpc", NULL);

    if (a && b && strcmp(a, b)) {
        field_errors_add(errors, FE_INVALID, "spec.vpc", "may not change "
                         "from \"%s\" to \"%.300s\": make a new endpoint", a,
                         b);
    }
}

static void
release(void *ep_)
{
    struct endpoint *ep = ep_;
    struct endpoint_observed *status = ep->status;

    smap_pool_release(ep->values);
    if (status && status->healthy_for) {
        sset_destroy(status->healthy_for);
        free(status->healthy_for);
    }
    if (ep->meta.in_block) {
        return;                     /* All else is in the block, too. */
    }
    free(ep->vpc);
    free(ep->nve);
    free(ep->ips);
    if (status) {
        free(status->nve);
        free(status->ips);
        free(status->phase);
        free(status->message);
        free(status->policy_label_set);
        free(status);
    }
}

struct endpoint *
endpoint_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&endpoint_class, json, errors, NULL);
}

void
endpoint_destroy(struct endpoint *ep)
{
    resource_class_destroy(&endpoint_class, ep);
}

static bool
ips_equal(const struct in6_addr *a, size_t n_a, const struct in6_addr *b,
          size_t n_b)
{
    return n_a == n_b && (!n_a || !memcmp(a, b, n_a * sizeof *a));
}

static bool
healthy_for_equals(const struct sset *a, const struct sset *b)
{
    return a && b ? sset_equals(a, b) : a == b;
}

static bool
spec_equals(const struct endpoint *a, const struct endpoint *b)
{
    return (!strcmp(a->vpc, b->vpc)
            && nullable_string_is_equal(a->nve, b->nve)
            && eth_addr_equals(a->mac, b->mac)
            && ips_equal(a->ips, a->n_ips, b->ips, b->n_ips)
            && a->has_type == b->has_type
            && a->type == b->type
            && a->has_policy_label == b->has_policy_label
            && a->policy_label == b->policy_label
            && a->has_qos_class == b->has_qos_class
            && a->qos_class == b->qos_class
            && a->values == b->values);
}

static bool
status_equals(const struct endpoint_observed *a,
              const struct endpoint_observed *b)
{
    return (nullable_string_is_equal(a->nve, b->nve)
            && eth_addr_equals(a->mac, b->mac)
            && ips_equal(a->ips, a->n_ips, b->ips, b->n_ips)
            && !strcmp(a->phase, b->phase)
            && !strcmp(a->message, b->message)
            && a->has_policy_label == b->has_policy_label
            && a->policy_label == b->policy_label
            && nullable_string_is_equal(a->policy_label_set,
                                        b->policy_label_set)
            && a->mtu == b->mtu
            && healthy_for_equals(a->healthy_for, b->healthy_for));
}

bool
endpoint_equals(const struct endpoint *a, const struct endpoint *b)
{
    return (resource_meta_equals(&a->meta, &b->meta)
            && spec_equals(a, b)
            && status_equals(endpoint_get_status(a), endpoint_get_status(b)));
}

static void
put_number(struct json *json, const char *name, bool has, uint32_t value)
{
    if (has) {
        json_object_put(json, name, json_integer_create(value));
    }
}

static void
put_mac(struct json *json, const struct eth_addr mac)
{
    if (!eth_addr_is_zero(mac)) {
        json_object_put_format(json, "mac", ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    }
}

static void
put_ips(struct json *json, const struct in6_addr *ips, size_t n)
{
    struct json *array;

    if (!n) {
        return;
    }
    array = json_array_create_empty();
    for (size_t i = 0; i < n; i++) {
        char s[INET6_ADDRSTRLEN];

        ipv6_string_mapped(s, &ips[i]);
        json_array_add(array, json_string_create(s));
    }
    json_object_put(json, "ips", array);
}

static struct json *
spec_to_json(const struct endpoint *ep)
{
    struct json *spec = json_object_create();
    const struct smap_node *node;

    json_util_put_filled(spec, "vpc", ep->vpc);
    json_util_put_filled(spec, "nve", ep->nve);
    put_mac(spec, ep->mac);
    put_ips(spec, ep->ips, ep->n_ips);
    put_number(spec, "type", ep->has_type, ep->type);
    put_number(spec, "policyLabel", ep->has_policy_label, ep->policy_label);
    put_number(spec, "qosClass", ep->has_qos_class, ep->qos_class);
    if (!smap_is_empty(ep->values)) {
        struct json *values = json_object_create();

        SMAP_FOR_EACH (node, ep->values) {
            json_object_put(values, node->key,
                            !strncmp(node->value, "0x", 2)
                            ? json_string_create(node->value)
                            : json_integer_create(atoll(node->value)));
        }
        json_object_put(spec, "values", values);
    }
    return spec;
}

static struct json *
status_to_json(const struct endpoint_observed *status)
{
    struct json *json = json_object_create();

    json_util_put_filled(json, "nve", status->nve);
    put_mac(json, status->mac);
    put_ips(json, status->ips, status->n_ips);
    json_util_put_filled(json, "phase", status->phase);
    json_util_put_filled(json, "message", status->message);
    put_number(json, "policyLabel", status->has_policy_label,
               status->policy_label);
    if (status->policy_label_set) {
        json_object_put_string(json, "policyLabelSet",
                               status->policy_label_set);
    }
    put_number(json, "mtu", status->mtu > 0, status->mtu);
    if (status->healthy_for) {
        const char **names = sset_sort(status->healthy_for);
        struct json *array = json_array_create_empty();

        for (size_t i = 0; i < sset_count(status->healthy_for); i++) {
            json_array_add(array, json_string_create(names[i]));
        }
        free(names);
        json_object_put(json, "healthyFor", array);
    }
    return json;
}

struct json *
endpoint_to_json(const struct endpoint *ep)
{
    struct json *json = resource_meta_to_json(&ep->meta, endpoint_class.kind);
    struct json *status = status_to_json(endpoint_get_status(ep));

    json_object_put(json, "spec", spec_to_json(ep));
    if (shash_is_empty(json_object(status))) {
        json_destroy(status);
    } else {
        json_object_put(json, "status", status);
    }
    return json;
}

const char *
endpoint_location(const struct endpoint *ep)
{
    const char *nve = endpoint_get_status(ep)->nve;

    return nve ? nve : ep->nve;
}

bool
endpoint_policy_label(const struct endpoint *ep, uint32_t *label)
{
    if (ep->has_policy_label) {
        *label = ep->policy_label;
        return true;
    }
    *label = endpoint_get_status(ep)->policy_label;
    return endpoint_get_status(ep)->has_policy_label;
}

const struct resource_class endpoint_class = {
    .kind = "Endpoint",
    .plural = "endpoints",
    .singular = "endpoint",
    .short_name = "vep",
    .has_status = true,
    .size = sizeof(struct endpoint),
    .init = init,
    .parse_spec = parse_spec,
    .parse_status = parse_status,
    .release = release,
    .check_update = check_update,
};
