/* VPC. */

#include <config.h>

#include "lib/resource-vpc.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"
#include "uuid.h"

#define MAX_VNI 0xffffff
#define MANAGEMENT_VNI 1            /* RFC 9772, section 2.2. */

/* RFC 791 and RFC 8200, section 5. */
#define MIN_MTU 68
#define MIN_MTU_IPV6 1280
#define MAX_MTU 65535

const struct subnet *
vpc_find_subnet(const struct vpc *vpc, const struct in6_addr *ip)
{
    return subnets_find(vpc->subnets, vpc->n_subnets, ip);
}

static void
parse_subnet(const struct field_parent *parent, size_t index, void *vpc_)
{
    struct vpc *vpc = vpc_;
    struct subnet *subnet = &vpc->subnets[index];
    size_t n = parent->errors->n;

    subnet_parse(parent, subnet);
    if (parent->errors->n == n) {
        subnet_services_parse(parent, subnet, &vpc->services[index]);
    }
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
    vpc->services = xcalloc(vpc->n_subnets, sizeof *vpc->services);
    field_for_each_object(spec, "subnets", array, parse_subnet, vpc);
    if (spec->errors->n == n) {
        subnets_check_overlaps(spec, "subnets", vpc->subnets,
                               vpc->n_subnets);
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
        if (vpc->subnets[i].prefix.is_ipv6) {
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
parse_status(void *vpc_, const struct json *status)
{
    struct vpc *vpc = vpc_;
    int64_t vni;

    if (json_util_integer(status, "vni", &vni) && vni > 0 && vni <= MAX_VNI) {
        vpc->status_vni = vni;
    }
}

static void
release(void *vpc_)
{
    struct vpc *vpc = vpc_;

    for (size_t i = 0; i < vpc->n_subnets; i++) {
        subnet_services_destroy(&vpc->services[i]);
    }
    free(vpc->services);
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
    .parse_status = parse_status,
    .release = release,
};
