/* Checks of what concerns external networks: see external-checks.h.
 *
 * An NVE or an endpoint that does not exist draws a warning only: nodes make
 * their objects themselves, and endpoints come and go under an address that
 * stays. */

#include <config.h>

#include "utilities/nvad/external-checks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/field-error.h"
#include "packets.h"
#include "svec.h"
#include "utilities/nvad/refs.h"

struct external_check {
    const struct refs *refs;
    const char *name;
    const struct refs_facts *facts;
    struct field_errors *errors;
    struct svec *warnings;
};

static void
warn_if_absent(struct external_check *c, enum resource_kind kind,
               const char *name, const char *field)
{
    if (!refs_find(c->refs, kind, name)) {
        svec_add_nocopy(c->warnings, xasprintf(
            "%s: there is no %s \"%s\" yet", field,
            resource_get_class(kind)->kind, name));
    }
}

/* Returns what keeps an address that is claimed from being in 'net', or NULL;
 * so also if the claim is to something else. */
static const char *
get_fault(const struct external_network *net, const struct refs_claim *claim)
{
    return (ipv6_addr_is_set(&claim->ip)
            ? external_network_address_fault(net, &claim->ip) : NULL);
}

/* Checks that all addresses that the object claims can be had in the network
 * called 'network'. */
static void
check_addresses(struct external_check *c, const char *network)
{
    const struct external_network *net
        = refs_find_parsed(c->refs, RES_EXTERNAL_NETWORK, network);

    for (size_t i = 0; net && i < c->facts->n_claims; i++) {
        const struct refs_claim *claim = &c->facts->claims[i];
        const char *fault = get_fault(net, claim);

        if (fault) {
            field_errors_add(c->errors, FE_INVALID, claim->field,
                             "%s %s \"%s\"", claim->key, fault, network);
        }
    }
}

/* Checks that the network, as it is to be, still has the addresses of 'o', one
 * of those who refer to it. */
static bool
check_user_of_network(const struct refs_object *o,
                      const char *field OVS_UNUSED, void *c_)
{
    const struct external_check *c = c_;

    for (size_t i = 0; i < o->facts.n_claims; i++) {
        const struct refs_claim *claim = &o->facts.claims[i];

        if (get_fault(c->facts->parsed, claim)) {
            field_errors_add(c->errors, FE_INVALID, "spec.subnets",
                             "%s of %s \"%s\" cannot be in them", claim->key,
                             resource_get_class(o->kind)->kind, o->name);
            return false;           /* One is enough to report. */
        }
    }
    return true;
}

static bool
check_other_network(const struct refs_object *o, void *c_)
{
    const struct external_check *c = c_;
    size_t index;

    if (!o->facts.parsed || !strcmp(o->name, c->name)) {
        return true;
    } else if (external_network_overlaps(c->facts->parsed, o->facts.parsed,
                                         &index)) {
        char *field = xasprintf("spec.subnets[%"PRIuSIZE"].cidr", index);

        field_errors_add(c->errors, FE_DUPLICATE, field, "overlaps "
                         "ExternalNetwork \"%s\", which is the same physical "
                         "network and VLAN", o->name);
        free(field);
        return false;
    } else if (external_network_is_same_wire(c->facts->parsed,
                                             o->facts.parsed)) {
        svec_add_nocopy(c->warnings, xasprintf(
            "spec.physicalNetwork: ExternalNetwork \"%s\" is the same "
            "physical network and VLAN, and only the older one is in use: put "
            "the subnets into one", o->name));
    }
    return true;
}

static void
check_gateway(struct external_check *c)
{
    const struct vpc_gateway *gw = c->facts->parsed;

    check_addresses(c, gw->external_network);
    for (size_t i = 0; i < gw->n_nodes; i++) {
        char *field = xasprintf("spec.nodes[%"PRIuSIZE"].nve", i);

        warn_if_absent(c, RES_NVE, gw->nodes[i].nve, field);
        free(field);
    }
}

static void
check_route(struct external_check *c)
{
    const struct vpc_route *route = c->facts->parsed;

    for (size_t i = 0; i < route->n_via; i++) {
        const struct vpc_route_via *via = &route->via[i];
        char *field = xasprintf("spec.via[%"PRIuSIZE"].%s", i,
                                vpc_route_via_type_to_string(via->type));

        if (via->type == VPC_ROUTE_ENDPOINT) {
            warn_if_absent(c, RES_ENDPOINT, via->name, field);
        } else if (via->type == VPC_ROUTE_GATEWAY) {
            const struct vpc_gateway *gw
                = refs_find_parsed(c->refs, RES_VPC_GATEWAY, via->name);

            if (gw && strcmp(gw->vpc, route->vpc)) {
                field_errors_add(c->errors, FE_INVALID, field,
                                 "VPCGateway \"%s\" is of VPC \"%s\"",
                                 via->name, gw->vpc);
            }
        }
        free(field);
    }
}

void
external_checks_run(const struct refs *refs, const char *name,
                    const struct refs_facts *facts,
                    struct field_errors *errors, struct svec *warnings)
{
    struct external_check c = { refs, name, facts, errors, warnings };

    if (facts->kind == RES_EXTERNAL_NETWORK) {
        refs_for_each(refs, RES_EXTERNAL_NETWORK, check_other_network, &c);
        refs_for_each_referrer(refs, RES_EXTERNAL_NETWORK, name,
                               check_user_of_network, &c);
    } else if (facts->kind == RES_VPC_GATEWAY) {
        check_gateway(&c);
    } else if (facts->kind == RES_FLOATING_IP) {
        const struct floating_ip *fip = facts->parsed;

        check_addresses(&c, fip->external_network);
        warn_if_absent(&c, RES_ENDPOINT, fip->endpoint, "spec.endpoint");
    } else if (facts->kind == RES_VPC_ROUTE) {
        check_route(&c);
    }
}
