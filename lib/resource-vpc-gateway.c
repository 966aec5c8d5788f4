/* VPCGateway.
 *
 * What of its addresses is used elsewhere, and whether its nodes are attached,
 * only those know who see all objects. */

#include <config.h>

#include "lib/resource-vpc-gateway.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/resource-name.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "util.h"

#define MAX_PRIORITY 65535
#define MAX_CONNECTIONS 100000000

/* Less than the first, Open vSwitch's timers do not keep. */
#define MIN_BFD_INTERVAL 20
#define MAX_BFD_INTERVAL 60000
#define MIN_BFD_MULTIPLIER 2
#define MAX_BFD_MULTIPLIER 255

/* What an array is read into, and what has been in it. */
struct elements {
    struct vpc_gateway *gw;
    struct shash seen;              /* Value -> path of the element. */
};

static void
parse_node(const struct field_parent *parent, size_t index, void *elements_)
{
    struct elements *elements = elements_;
    struct vpc_gateway_node *node = &elements->gw->nodes[index];
    const char *nve = field_name(parent, "nve", true);
    int64_t priority = VPC_GATEWAY_DEFAULT_PRIORITY;
    const char *other;

    field_integer(parent, "priority", false, 0, MAX_PRIORITY, &priority);
    node->priority = priority;
    if (!nve) {
        return;
    }
    node->nve = xstrdup(nve);
    other = shash_find_data(&elements->seen, nve);
    if (other) {
        field_error(parent, FE_DUPLICATE, "nve", "%s is already %s.nve", nve,
                    other);
    } else {
        shash_add(&elements->seen, nve, xstrdup(parent->path));
    }
}

static void
parse_snat(const struct field_parent *parent, size_t index, void *elements_)
{
    struct elements *elements = elements_;
    struct vpc_gateway_snat *snat = &elements->gw->snat[index];
    bool cidr_ok = ip_prefix_from_field(parent, "cidr", true, &snat->sources);
    const char *s = field_string(parent, "address", true);
    const char *fault;

    if (s && field_parse_ip(s, &snat->address, &fault) && cidr_ok
        && IN6_IS_ADDR_V4MAPPED(&snat->address) == snat->sources.is_ipv6) {
        fault = "is not of the family of the cidr";
    }
    if (s && fault) {
        field_error(parent, FE_INVALID, "address", "\"%.80s\" %s", s, fault);
    }
    if (cidr_ok) {
        char *cidr = ip_prefix_to_string(&snat->sources);
        const char *other = shash_find_data(&elements->seen, cidr);

        if (other) {
            field_error(parent, FE_DUPLICATE, "cidr", "%s is already %s.cidr",
                        cidr, other);
            free(cidr);
        } else {
            shash_add_nocopy(&elements->seen, cidr, xstrdup(parent->path));
        }
    }
}

static void
parse_nodes(const struct field_parent *spec, struct vpc_gateway *gw)
{
    const struct json *array = field_array(spec, "nodes", true);
    struct elements elements = { gw, SHASH_INITIALIZER(&elements.seen) };

    gw->n_nodes = array ? array->array.n : 0;
    gw->nodes = xcalloc(gw->n_nodes + 1, sizeof *gw->nodes);
    field_for_each_object(spec, "nodes", array, parse_node, &elements);
    shash_destroy_free_data(&elements.seen);
}

static void
parse_snats(const struct field_parent *spec, struct vpc_gateway *gw)
{
    const struct json *array = field_array(spec, "snat", false);
    struct elements elements = { gw, SHASH_INITIALIZER(&elements.seen) };

    gw->n_snat = array ? array->array.n : 0;
    gw->snat = xcalloc(gw->n_snat + 1, sizeof *gw->snat);
    field_for_each_object(spec, "snat", array, parse_snat, &elements);
    shash_destroy_free_data(&elements.seen);
}

static void
parse_bfd(const struct field_parent *spec, struct vpc_gateway *gw)
{
    struct field_parent parent = { field_object(spec, "bfd", false),
                                   "spec.bfd", spec->errors };
    int64_t interval = VPC_GATEWAY_DEFAULT_BFD_INTERVAL;
    int64_t multiplier = VPC_GATEWAY_DEFAULT_BFD_MULTIPLIER;

    field_integer(&parent, "intervalMs", false, MIN_BFD_INTERVAL,
                  MAX_BFD_INTERVAL, &interval);
    field_integer(&parent, "multiplier", false, MIN_BFD_MULTIPLIER,
                  MAX_BFD_MULTIPLIER, &multiplier);
    gw->bfd_interval = interval;
    gw->bfd_multiplier = multiplier;
}

static void
parse_spec(void *gw_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct vpc_gateway *gw = gw_;
    int64_t max_connections = 0;

    gw->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    gw->external_network = nullable_xstrdup(
        field_name(spec, "externalNetwork", true));
    parse_nodes(spec, gw);
    parse_snats(spec, gw);
    parse_bfd(spec, gw);
    field_integer(spec, "maxConnections", false, 1, MAX_CONNECTIONS,
                  &max_connections);
    gw->max_connections = max_connections;
}

static void
parse_status(void *gw_, const struct json *status)
{
    const char *active = json_util_string(status, "active", NULL);
    struct vpc_gateway *gw = gw_;

    if (active && resource_name_is_valid(active)) {
        gw->status_active = xstrdup(active);
    }
    field_status_ips(status, "addresses", &gw->status_addresses,
                     &gw->n_status_addresses);
}

static void
release(void *gw_)
{
    struct vpc_gateway *gw = gw_;

    for (size_t i = 0; i < gw->n_nodes; i++) {
        free(gw->nodes[i].nve);
    }
    free(gw->nodes);
    free(gw->snat);
    free(gw->vpc);
    free(gw->external_network);
    free(gw->status_active);
    free(gw->status_addresses);
}

struct vpc_gateway *
vpc_gateway_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&vpc_gateway_class, json, errors, NULL);
}

void
vpc_gateway_destroy(struct vpc_gateway *gw)
{
    resource_class_destroy(&vpc_gateway_class, gw);
}

const struct vpc_gateway_snat *
vpc_gateway_find_snat(const struct vpc_gateway *gw,
                      const struct in6_addr *source)
{
    const struct vpc_gateway_snat *best = NULL;

    for (size_t i = 0; i < gw->n_snat; i++) {
        const struct vpc_gateway_snat *s = &gw->snat[i];

        if (ip_prefix_contains(&s->sources, source)
            && (!best || s->sources.plen > best->sources.plen)) {
            best = s;
        }
    }
    return best;
}

const struct resource_class vpc_gateway_class = {
    .kind = "VPCGateway",
    .plural = "vpcgateways",
    .singular = "vpcgateway",
    .short_name = "vgw",
    .has_status = true,
    .size = sizeof(struct vpc_gateway),
    .parse_spec = parse_spec,
    .parse_status = parse_status,
    .release = release,
};
