/* The kinds of resources, and what can be done with an object without looking
 * at its kind. */

#include <config.h>

#include "lib/resource.h"

#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"

static const struct resource_class *const classes[RES_N_KINDS] = {
    [RES_GENEVE_OPTION] = &geneve_option_class,
    [RES_OPTION_PROFILE] = &option_profile_class,
    [RES_VPC] = &vpc_class,
    [RES_NVE] = &nve_class,
    [RES_ENDPOINT] = &endpoint_class,
    [RES_ADVERTISEMENT_ACK] = &advertisement_ack_class,
    [RES_VPC_POLICY] = &vpc_policy_class,
    [RES_EXTERNAL_NETWORK] = &external_network_class,
    [RES_VPC_GATEWAY] = &vpc_gateway_class,
    [RES_FLOATING_IP] = &floating_ip_class,
    [RES_VPC_ROUTE] = &vpc_route_class,
    [RES_LOAD_BALANCER] = &load_balancer_class,
    [RES_QOS_POLICY] = &qos_policy_class,
    [RES_QOS_CLASS] = &qos_class_class,
};

const struct resource_class *
resource_get_class(enum resource_kind kind)
{
    ovs_assert(kind < RES_N_KINDS);
    return classes[kind];
}

bool
resource_kind_from_kind(const char *s, enum resource_kind *kind)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        if (!strcmp(s, classes[i]->kind)) {
            *kind = i;
            return true;
        }
    }
    return false;
}

bool
resource_kind_from_plural(const char *s, enum resource_kind *kind)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        if (!strcmp(s, classes[i]->plural)) {
            *kind = i;
            return true;
        }
    }
    return false;
}

bool
resource_kind_has_vpc(enum resource_kind kind)
{
    return (kind == RES_ENDPOINT || kind == RES_VPC_POLICY
            || kind == RES_VPC_GATEWAY || kind == RES_VPC_ROUTE
            || kind == RES_LOAD_BALANCER || kind == RES_QOS_POLICY);
}

void *
resource_parse(enum resource_kind kind, const struct json *json,
               struct field_errors *errors, struct svec *warnings)
{
    return resource_class_parse(resource_get_class(kind), json, errors,
                                warnings);
}

void *
resource_parse_faulty(enum resource_kind kind, const struct json *json)
{
    const struct resource_class *class = resource_get_class(kind);

    return class->parse_faulty ? class->parse_faulty(json) : NULL;
}

void
resource_destroy(enum resource_kind kind, void *resource)
{
    resource_class_destroy(resource_get_class(kind), resource);
}

bool
resource_validate(enum resource_kind kind, const struct json *json,
                  struct field_errors *errors, struct svec *warnings)
{
    void *resource = resource_parse(kind, json, errors, warnings);

    resource_destroy(kind, resource);
    return resource != NULL;
}

bool
resource_validate_update(enum resource_kind kind, const struct json *old,
                         const struct json *new, struct field_errors *errors)
{
    const struct resource_class *class = resource_get_class(kind);
    const char *a = json_util_string(json_util_get(old, "metadata"), "name",
                                     NULL);
    const char *b = json_util_string(json_util_get(new, "metadata"), "name",
                                     NULL);
    size_t n = errors->n;

    if (a && b && strcmp(a, b)) {
        field_errors_add(errors, FE_INVALID, "metadata.name",
                         "may not change from \"%s\" to \"%.300s\"", a, b);
    }
    if (class->check_update) {
        class->check_update(old, new, errors);
    }
    return errors->n == n;
}
