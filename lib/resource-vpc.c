/* VPC.
 *
 * Prefixes are kept as IPv6 ones, IPv4 mapped into ::ffff:0:0/96, so that one
 * comparison serves both.  CIDR prefixes either nest or have nothing in
 * common, so after sorting an overlap is always between neighbours. */

#include <config.h>

#include "lib/resource-vpc.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "packets.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

#define MAX_VNI 0xffffff
#define MANAGEMENT_VNI 1            /* RFC 9772, section 2.2. */

/* RFC 791 and RFC 8200, section 5. */
#define MIN_MTU 68
#define MIN_MTU_IPV6 1280
#define MAX_MTU 65535

/* The prefix length in terms of a mapped address. */
static unsigned int
mapped_plen(const struct subnet *subnet)
{
    return subnet->plen + (subnet->is_ipv6 ? 0 : 96);
}

/* Whether the first 'plen' bits are the same. */
static bool
prefix_equals(const struct in6_addr *a, const struct in6_addr *b,
              unsigned int plen)
{
    struct in6_addr mask = ipv6_create_mask(plen);
    struct in6_addr x = ipv6_addr_bitand(a, &mask);
    struct in6_addr y = ipv6_addr_bitand(b, &mask);

    return ipv6_addr_equals(&x, &y);
}

const struct subnet *
vpc_find_subnet(const struct vpc *vpc, const struct in6_addr *ip)
{
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        const struct subnet *s = &vpc->subnets[i];

        if (s->is_ipv6 == !IN6_IS_ADDR_V4MAPPED(ip)
            && prefix_equals(ip, &s->prefix, mapped_plen(s))) {
            return s;
        }
    }
    return NULL;
}

/* Reads "10.0.0.0/24" or "2001:db8::/64".  Returns false if it is neither. */
static bool
subnet_from_string(const char *s, struct subnet *subnet)
{
    const char *slash = strchr(s, '/');
    unsigned int max;
    ovs_be32 ip4;
    char *ip;

    if (!slash || slash[1 + strspn(slash + 1, "0123456789")]
        || !str_to_uint(slash + 1, 10, &subnet->plen)) {
        return false;
    }
    ip = xmemdup0(s, slash - s);
    if (ip_parse(ip, &ip4)) {
        subnet->prefix = in6_addr_mapped_ipv4(ip4);
        subnet->is_ipv6 = false;
        max = 32;
    } else if (ipv6_parse(ip, &subnet->prefix)
               && !IN6_IS_ADDR_V4MAPPED(&subnet->prefix)) {
        subnet->is_ipv6 = true;
        max = 128;
    } else {
        max = 0;
        subnet->plen = 1;
    }
    free(ip);
    return subnet->plen <= max;
}

static bool
parse_cidr(const struct field_parent *parent, struct subnet *subnet)
{
    const char *s = field_string(parent, "cidr", true);
    struct in6_addr mask, network;
    bool multicast;

    if (!s) {
        return false;
    }
    if (!subnet_from_string(s, subnet)) {
        field_error(parent, FE_INVALID, "cidr", "\"%.80s\" is not a prefix "
                    "such as 10.0.0.0/24 or 2001:db8::/64", s);
        return false;
    }
    mask = ipv6_create_mask(mapped_plen(subnet));
    network = ipv6_addr_bitand(&subnet->prefix, &mask);
    if (!ipv6_addr_equals(&network, &subnet->prefix)) {
        char right[INET6_ADDRSTRLEN];

        ipv6_string_mapped(right, &network);
        field_error(parent, FE_INVALID, "cidr", "\"%.80s\" has bits set "
                    "after the prefix: %s/%u", s, right, subnet->plen);
        return false;
    }
    multicast = (subnet->is_ipv6
                 ? IN6_IS_ADDR_MULTICAST(&network)
                 : ip_is_multicast(in6_addr_get_mapped_ipv4(&network)));
    if (multicast) {
        field_error(parent, FE_INVALID, "cidr",
                    "\"%.80s\" is a range of multicast addresses", s);
        return false;
    }
    return true;
}

/* What is wrong with the gateway, or NULL.  It must be a host of the subnet:
 * in IPv4 neither the network's own address nor its broadcast address (RFC
 * 3021 makes both usable in a /31). */
static const char *
gateway_fault(const struct subnet *subnet)
{
    if (IN6_IS_ADDR_V4MAPPED(&subnet->gateway) == subnet->is_ipv6) {
        return "is not of the family of the subnet";
    }
    if (!prefix_equals(&subnet->gateway, &subnet->prefix,
                       mapped_plen(subnet))) {
        return "is not inside the subnet";
    }
    if (!subnet->is_ipv6 && subnet->plen < 31) {
        uint32_t host = (ntohl(in6_addr_get_mapped_ipv4(&subnet->gateway))
                         & (UINT32_MAX >> subnet->plen));

        if (!host || host == UINT32_MAX >> subnet->plen) {
            return "is the network or broadcast address of the subnet";
        }
    }
    return NULL;
}

static void
parse_subnet(const struct json *json, size_t index, struct subnet *subnet,
             struct field_errors *errors)
{
    char *path = xasprintf("spec.subnets[%"PRIuSIZE"]", index);
    struct field_parent parent = { json, path, errors };
    const char *gateway, *fault;

    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
    } else {
        bool cidr_ok = parse_cidr(&parent, subnet);

        gateway = field_string(&parent, "gateway", false);
        if (gateway) {
            if (field_parse_ip(gateway, &subnet->gateway, &fault)) {
                fault = cidr_ok ? gateway_fault(subnet) : NULL;
            }
            if (fault) {
                field_error(&parent, FE_INVALID, "gateway", "\"%.80s\" %s",
                            gateway, fault);
            }
        }
    }
    free(path);
}

static int
compare_subnets(const void *a_, const void *b_)
{
    const struct subnet *a = *(const struct subnet *const *) a_;
    const struct subnet *b = *(const struct subnet *const *) b_;
    int cmp = memcmp(&a->prefix, &b->prefix, sizeof a->prefix);

    if (a->is_ipv6 != b->is_ipv6) {
        return a->is_ipv6 ? 1 : -1;
    }
    return cmp ? cmp : a->plen < b->plen ? -1 : a->plen > b->plen;
}

/* For subnets each of which is valid by itself. */
static void
check_overlaps(const struct vpc *vpc, struct field_errors *errors)
{
    const struct subnet **sorted = xmalloc(vpc->n_subnets * sizeof *sorted);

    for (size_t i = 0; i < vpc->n_subnets; i++) {
        sorted[i] = &vpc->subnets[i];
    }
    qsort(sorted, vpc->n_subnets, sizeof *sorted, compare_subnets);
    for (size_t i = 1; i < vpc->n_subnets; i++) {
        const struct subnet *a = sorted[i - 1];
        const struct subnet *b = sorted[i];

        if (a->is_ipv6 == b->is_ipv6
            && prefix_equals(&a->prefix, &b->prefix, mapped_plen(a))) {
            size_t first = MIN(a, b) - vpc->subnets;
            size_t second = MAX(a, b) - vpc->subnets;
            char *field = xasprintf("spec.subnets[%"PRIuSIZE"].cidr", second);

            field_errors_add(errors, FE_DUPLICATE, field, "overlaps "
                             "spec.subnets[%"PRIuSIZE"].cidr", first);
            free(field);
        }
    }
    free(sorted);
}

static void
parse_subnets(const struct field_parent *spec, struct vpc *vpc)
{
    const struct json *array = field_array(spec, "subnets", false);
    size_t n = spec->errors->n;

    if (!array || !array->array.n) {
        return;
    }
    vpc->n_subnets = array->array.n;
    vpc->subnets = xcalloc(vpc->n_subnets, sizeof *vpc->subnets);
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        parse_subnet(array->array.elems[i], i, &vpc->subnets[i],
                     spec->errors);
    }
    if (spec->errors->n == n) {
        check_overlaps(vpc, spec->errors);
    }
}

static void
parse_tenant_id(const struct field_parent *spec, struct vpc *vpc)
{
    const char *s = field_string(spec, "tenantId", false);
    struct uuid uuid;

    if (!s) {
        return;
    }
    if (!uuid_from_string(&uuid, s)) {
        field_error(spec, FE_INVALID, "tenantId", "\"%.80s\" is not a UUID",
                    s);
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        ovs_be32 part = htonl(uuid.parts[i]);

        memcpy(&vpc->tenant_id[4 * i], &part, 4);
    }
    vpc->has_tenant_id = true;
}

/* The least MTU depends on the subnets, so those have been read before. */
static void
parse_mtu(const struct field_parent *spec, struct vpc *vpc)
{
    int64_t min = MIN_MTU;
    int64_t mtu = 0;

    for (size_t i = 0; i < vpc->n_subnets; i++) {
        if (vpc->subnets[i].is_ipv6) {
            min = MIN_MTU_IPV6;
        }
    }
    field_integer(spec, "mtu", false, min, MAX_MTU, &mtu);
    vpc->mtu = mtu;
}

static void
parse_spec(void *vpc_, const struct field_parent *spec,
           struct svec *warnings)
{
    struct vpc *vpc = vpc_;
    const char *profile;
    int64_t vni;

    if (field_integer(spec, "vni", true, 1, MAX_VNI, &vni)) {
        vpc->vni = vni;
        if (vni == MANAGEMENT_VNI && warnings) {
            svec_add(warnings, "spec.vni: 1 is the management VNI of "
                     "RFC 9772; OAM of other NVEs may use it");
        }
    }
    parse_subnets(spec, vpc);
    profile = field_name(spec, "optionProfile", false);
    vpc->profile = nullable_xstrdup(profile);
    parse_tenant_id(spec, vpc);
    parse_mtu(spec, vpc);
}

static void
release(void *vpc_)
{
    struct vpc *vpc = vpc_;

    free(vpc->subnets);
    free(vpc->profile);
}

struct vpc *
vpc_from_json(const struct json *json, struct field_errors *errors,
              struct svec *warnings)
{
    return resource_class_parse(&vpc_class, json, errors, warnings);
}

void
vpc_destroy(struct vpc *vpc)
{
    resource_class_destroy(&vpc_class, vpc);
}

const struct resource_class vpc_class = {
    .kind = "VPC",
    .plural = "vpcs",
    .singular = "vpc",
    .short_name = "vn",
    .has_status = true,
    .size = sizeof(struct vpc),
    .parse_spec = parse_spec,
    .release = release,
};
