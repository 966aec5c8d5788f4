/* VPCRoute.
 *
 * An empty selector means all endpoints, so a member of spec.from that is not
 * understood must not be read as one: every fault refuses the object. */

#include <config.h>

#include "lib/resource-vpc-route.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"

#define MAX_PRIORITY 65535
#define MAX_WEIGHT 1000
#define MAX_VIA 64

static const char *const via_types[] = {
    [VPC_ROUTE_GATEWAY] = "gateway",
    [VPC_ROUTE_ENDPOINT] = "endpoint",
    [VPC_ROUTE_DROP] = "drop",
};

const char *
vpc_route_via_type_to_string(enum vpc_route_via_type type)
{
    return via_types[type];
}

static void
parse_via_type(const struct field_parent *parent, struct vpc_route_via *via)
{
    int n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(via_types); i++) {
        if (!json_util_get(parent->json, via_types[i])) {
            continue;
        }
        n++;
        via->type = i;
        if (i != VPC_ROUTE_DROP) {
            free(via->name);
            via->name = nullable_xstrdup(field_name(parent, via_types[i],
                                                    true));
        } else if (!field_boolean(parent, "drop", true)) {
            field_error(parent, FE_INVALID, "drop", "must be true if it is "
                        "given");
        }
    }
    if (n != 1) {
        field_errors_add(parent->errors, n ? FE_FORBIDDEN : FE_REQUIRED,
                         parent->path, "must have exactly one of gateway, "
                         "endpoint and drop");
    }
}

static void
parse_via(const struct field_parent *parent, size_t index, void *route_)
{
    struct vpc_route *route = route_;
    struct vpc_route_via *via = &route->via[index];
    int64_t weight = 1;

    parse_via_type(parent, via);
    field_integer(parent, "weight", false, 1, MAX_WEIGHT, &weight);
    via->weight = weight;
}

/* Dropping is no way among others: whoever weighs it means something else. */
static void
check_via(const struct field_parent *spec, const struct vpc_route *route)
{
    for (size_t i = 0; i < route->n_via; i++) {
        const struct vpc_route_via *via = &route->via[i];

        if (via->type == VPC_ROUTE_DROP && route->n_via > 1) {
            char *name = xasprintf("via[%"PRIuSIZE"].drop", i);

            field_error(spec, FE_FORBIDDEN, name,
                        "must not have other ways beside it");
            free(name);
        }
        for (size_t j = 0; via->name && j < i; j++) {
            if (route->via[j].type == via->type && route->via[j].name
                && !strcmp(route->via[j].name, via->name)) {
                char *name = xasprintf("via[%"PRIuSIZE"].%s", i,
                                       via_types[via->type]);

                field_error(spec, FE_DUPLICATE, name, "%s is already "
                            "spec.via[%"PRIuSIZE"].%s", via->name, j,
                            via_types[via->type]);
                free(name);
                break;
            }
        }
    }
}

static void
parse_vias(const struct field_parent *spec, struct vpc_route *route)
{
    const struct json *array = field_array(spec, "via", true);

    if (!array) {
        return;
    }
    if (!array->array.n || array->array.n > MAX_VIA) {
        field_error(spec, FE_INVALID, "via", "must have 1 to %d ways",
                    MAX_VIA);
        return;
    }
    route->n_via = array->array.n;
    route->via = xcalloc(route->n_via, sizeof *route->via);
    field_for_each_object(spec, "via", array, parse_via, route);
    check_via(spec, route);
}

static void
parse_from(const struct field_parent *spec, struct vpc_route *route)
{
    struct field_parent parent = { field_object(spec, "from", false),
                                   "spec.from", spec->errors };

    route->has_from = parent.json != NULL;
    label_selector_from_json(
        parent.json ? field_object(&parent, "endpointSelector", true) : NULL,
        "spec.from.endpointSelector", &route->from, spec->errors);
}

static void
parse_spec(void *route_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct vpc_route *route = route_;
    int64_t priority = VPC_ROUTE_DEFAULT_PRIORITY;

    route->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    ip_prefix_from_field(spec, "destination", true, &route->destination);
    parse_from(spec, route);
    parse_vias(spec, route);
    field_integer(spec, "priority", false, 0, MAX_PRIORITY, &priority);
    route->priority = priority;
}

static void
release(void *route_)
{
    struct vpc_route *route = route_;

    for (size_t i = 0; i < route->n_via; i++) {
        free(route->via[i].name);
    }
    free(route->via);
    label_selector_destroy(&route->from);
    free(route->vpc);
}

struct vpc_route *
vpc_route_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&vpc_route_class, json, errors, NULL);
}

void
vpc_route_destroy(struct vpc_route *route)
{
    resource_class_destroy(&vpc_route_class, route);
}

const struct resource_class vpc_route_class = {
    .kind = "VPCRoute",
    .plural = "vpcroutes",
    .singular = "vpcroute",
    .short_name = "vrt",
    .has_status = true,
    .size = sizeof(struct vpc_route),
    .parse_spec = parse_spec,
    .release = release,
};
