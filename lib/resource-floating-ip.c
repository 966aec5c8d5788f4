/* FloatingIP. */

#include <config.h>

#include "lib/resource-floating-ip.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/resource-name.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

static const char *const modes[] = {
    [FLOATING_IP_AUTO] = "auto",
    [FLOATING_IP_DISTRIBUTED] = "distributed",
    [FLOATING_IP_GATEWAY] = "gateway",
};

const char *
floating_ip_mode_to_string(enum floating_ip_mode mode)
{
    return modes[mode];
}

static void
parse_spec(void *fip_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct floating_ip *fip = fip_;

    fip->external_network = nullable_xstrdup(
        field_name(spec, "externalNetwork", true));
    fip->endpoint = nullable_xstrdup(field_name(spec, "endpoint", true));
    if (field_ip(spec, "address", true, &fip->address)
        && field_ip(spec, "ip", false, &fip->ip)
        && IN6_IS_ADDR_V4MAPPED(&fip->ip)
           != IN6_IS_ADDR_V4MAPPED(&fip->address)) {
        field_error(spec, FE_INVALID, "ip",
                    "is not of the family of spec.address");
    }
    fip->mode = field_choice(spec, "mode", modes, ARRAY_SIZE(modes),
                             FLOATING_IP_AUTO);
}

static void
parse_status(void *fip_, const struct json *status)
{
    const char *nve = json_util_string(status, "nve", NULL);
    struct floating_ip *fip = fip_;

    if (nve && resource_name_is_valid(nve)) {
        fip->status_nve = xstrdup(nve);
    }
    field_status_ip(status, "address", &fip->status_address);
    field_status_ip(status, "ip", &fip->status_ip);
    fip->has_conditions = json_util_get(status, "conditions") != NULL;
}

static void
release(void *fip_)
{
    struct floating_ip *fip = fip_;

    free(fip->external_network);
    free(fip->endpoint);
    free(fip->status_nve);
}

struct floating_ip *
floating_ip_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&floating_ip_class, json, errors, NULL);
}

void
floating_ip_destroy(struct floating_ip *fip)
{
    resource_class_destroy(&floating_ip_class, fip);
}

const struct resource_class floating_ip_class = {
    .kind = "FloatingIP",
    .plural = "floatingips",
    .singular = "floatingip",
    .short_name = "fip",
    .has_status = true,
    .size = sizeof(struct floating_ip),
    .parse_spec = parse_spec,
    .parse_status = parse_status,
    .release = release,
};
