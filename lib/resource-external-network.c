/* ExternalNetwork. */

#include <config.h>

#include "lib/resource-external-network.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

#define MAX_PHYSICAL_NETWORK 63     /* Characters. */
#define MAX_VLAN 4094

/* RFC 791 and RFC 8200, section 5. */
#define MIN_MTU 68
#define MIN_MTU_IPV6 1280
#define MAX_MTU 65535
#define DEFAULT_MTU 1500

/* In a bridge mapping, ':' and ',' end the name. */
static void
parse_physical_network(const struct field_parent *spec,
                       struct external_network *net)
{
    const char *s = field_string(spec, "physicalNetwork", true);

    if (s && (!s[0] || strlen(s) > MAX_PHYSICAL_NETWORK
              || s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")])) {
        field_error(spec, FE_INVALID, "physicalNetwork", "\"%.80s\" is not a "
                    "name of 1 to %d letters, digits, '-', '_' and '.'", s,
                    MAX_PHYSICAL_NETWORK);
    } else {
        net->physical_network = nullable_xstrdup(s);
    }
}

static void
parse_subnet(const struct field_parent *parent, size_t index, void *net_)
{
    struct external_network *net = net_;

    subnet_parse(parent, &net->subnets[index]);
}

static void
parse_subnets(const struct field_parent *spec, struct external_network *net)
{
    const struct json *array = field_array(spec, "subnets", true);
    size_t n = spec->errors->n;

    if (!array) {
        return;
    }
    if (!array->array.n) {
        field_error(spec, FE_INVALID, "subnets", "must not be empty: whose "
                    "addresses are those of the network?");
        return;
    }
    net->n_subnets = array->array.n;
    net->subnets = xcalloc(net->n_subnets, sizeof *net->subnets);
    field_for_each_object(spec, "subnets", array, parse_subnet, net);
    if (spec->errors->n == n) {
        subnets_check_overlaps(spec, "subnets", net->subnets,
                               net->n_subnets);
    }
}

static void
parse_spec(void *net_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct external_network *net = net_;
    int64_t min = MIN_MTU, mtu = 0, vlan = 0;

    parse_physical_network(spec, net);
    field_integer(spec, "vlan", false, 0, MAX_VLAN, &vlan);
    net->vlan = vlan;
    parse_subnets(spec, net);
    for (size_t i = 0; i < net->n_subnets; i++) {
        min = net->subnets[i].prefix.is_ipv6 ? MIN_MTU_IPV6 : min;
    }
    field_integer(spec, "mtu", false, min, MAX_MTU, &mtu);
    net->mtu = mtu;
}

static void
release(void *net_)
{
    struct external_network *net = net_;

    free(net->physical_network);
    free(net->subnets);
}

struct external_network *
external_network_from_json(const struct json *json,
                           struct field_errors *errors)
{
    return resource_class_parse(&external_network_class, json, errors, NULL);
}

void
external_network_destroy(struct external_network *net)
{
    resource_class_destroy(&external_network_class, net);
}

int
external_network_get_mtu(const struct external_network *net)
{
    return net->mtu ? net->mtu : DEFAULT_MTU;
}

const struct subnet *
external_network_find_subnet(const struct external_network *net,
                             const struct in6_addr *ip)
{
    return subnets_find(net->subnets, net->n_subnets, ip);
}

const char *
external_network_address_fault(const struct external_network *net,
                               const struct in6_addr *ip)
{
    const struct subnet *s = external_network_find_subnet(net, ip);

    if (!s) {
        return "is in none of the subnets of the ExternalNetwork";
    }
    if (ipv6_addr_equals(ip, &s->gateway)) {
        return "is the gateway of a subnet of the ExternalNetwork";
    }
    return ip_prefix_host_fault(&s->prefix, ip);
}

bool
external_network_is_same_wire(const struct external_network *a,
                              const struct external_network *b)
{
    return (a->vlan == b->vlan
            && !strcmp(a->physical_network, b->physical_network));
}

bool
external_network_overlaps(const struct external_network *a,
                          const struct external_network *b, size_t *index)
{
    if (!external_network_is_same_wire(a, b)) {
        return false;
    }
    for (*index = 0; *index < a->n_subnets; ++*index) {
        for (size_t i = 0; i < b->n_subnets; i++) {
            if (ip_prefix_overlaps(&a->subnets[*index].prefix,
                                   &b->subnets[i].prefix)) {
                return true;
            }
        }
    }
    return false;
}

const struct resource_class external_network_class = {
    .kind = "ExternalNetwork",
    .plural = "externalnetworks",
    .singular = "externalnetwork",
    .short_name = "extnet",
    .has_status = true,
    .size = sizeof(struct external_network),
    .parse_spec = parse_spec,
    .release = release,
};
