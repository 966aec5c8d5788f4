/* Checks of LoadBalancers: see service-checks.h.
 *
 * A LoadBalancer does not name the network of its externalAddress: that is the
 * one of a gateway of its VPC.  So what it claims there is known only together
 * with the gateways, and is compared here, not by the claim itself: two
 * services may have the same address in two networks.  A gateway that comes
 * later, or goes, is not looked at; agents say then which service lacks its
 * address. */

#include <config.h>

#include "utilities/nvad/service-checks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/field-error.h"
#include "packets.h"
#include "svec.h"
#include "util.h"
#include "utilities/nvad/refs.h"

struct service_check {
    const struct refs *refs;
    const char *name;
    const struct refs_facts *facts;
    struct field_errors *errors;
    struct svec *warnings;
};

/* Addresses in the VPC. */

/* Clients find it in their subnet, or send it to their gateway. */
static void
check_address(struct service_check *c, const struct load_balancer *lb,
              const struct vpc *vpc)
{
    const struct subnet *subnet = vpc_find_subnet(vpc, &lb->address);
    bool is_ipv6 = load_balancer_is_ipv6(lb);
    bool has_gateway = !vpc->n_subnets;
    const char *fault = (subnet ? ip_prefix_host_fault(&subnet->prefix,
                                                       &lb->address) : NULL);
    char ip[INET6_ADDRSTRLEN];

    ipv6_string_mapped(ip, &lb->address);
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        const struct subnet *s = &vpc->subnets[i];

        if (ipv6_addr_equals(&s->gateway, &lb->address)) {
            fault = "is the gateway of a subnet of the VPC";
        }
        has_gateway |= (s->prefix.is_ipv6 == is_ipv6
                        && ipv6_addr_is_set(&s->gateway));
    }
    if (!subnet && !has_gateway) {
        fault = "is in no subnet of the VPC, and no subnet of its family has "
                "a gateway, by which clients would reach it";
    }
    if (fault) {
        field_errors_add(c->errors, FE_INVALID, "spec.address", "%s %s", ip,
                         fault);
    }
}

/* Addresses outside. */

struct network_search {
    const struct refs *refs;
    const struct in6_addr *ip;
    const char *network;            /* That has it, or NULL. */
};

static bool
search_gateway(const struct refs_object *o, const char *field OVS_UNUSED,
               void *search_)
{
    const struct vpc_gateway *gw = o->facts.parsed;
    struct network_search *search = search_;
    const struct external_network *net;

    if (o->kind != RES_VPC_GATEWAY || !gw) {
        return true;
    }
    net = refs_find_parsed(search->refs, RES_EXTERNAL_NETWORK,
                           gw->external_network);
    if (net && external_network_find_subnet(net, search->ip)) {
        search->network = gw->external_network;
        return false;
    }
    return true;
}

/* The ExternalNetwork that a gateway of the VPC leads to, and that has 'ip';
 * or NULL. */
static const char *
find_network(const struct refs *refs, const char *vpc,
             const struct in6_addr *ip)
{
    struct network_search search = { refs, ip, NULL };

    refs_for_each_referrer(refs, RES_VPC, vpc, search_gateway, &search);
    return search.network;
}

static void
refuse_owned(struct service_check *c, const char *field, const char *ip,
             const struct refs_object *owner)
{
    field_errors_add(c->errors, FE_DUPLICATE, field,
                     "%s is already used by %s \"%s\"", ip,
                     resource_get_class(owner->kind)->kind, owner->name);
}

/* Checks that no SNAT address or FloatingIP in 'network' is 'ip', and no other
 * service there has it. */
static void
check_owners(struct service_check *c, const char *network, const char *ip)
{
    char *key = xasprintf("address %s in ExternalNetwork \"%s\"", ip, network);
    const struct refs_object *owner = refs_find_claimant(
        c->refs, key, RES_LOAD_BALANCER, c->name);

    free(key);
    if (!owner) {
        key = xasprintf(REFS_SERVICE_ADDRESS_FMT, ip);
        owner = refs_find_claimant(c->refs, key, RES_LOAD_BALANCER, c->name);
        free(key);
        if (owner) {
            const struct load_balancer *other = owner->facts.parsed;
            const char *its = find_network(c->refs, other->vpc,
                                           &other->external_address);

            owner = its && !strcmp(its, network) ? owner : NULL;
        }
    }
    if (owner) {
        refuse_owned(c, "spec.externalAddress", ip, owner);
    }
}

static void
check_external_address(struct service_check *c,
                       const struct load_balancer *lb,
                       const struct vpc *vpc)
{
    const char *network = find_network(c->refs, lb->vpc,
                                       &lb->external_address);
    const struct external_network *net
        = refs_find_parsed(c->refs, RES_EXTERNAL_NETWORK, network);
    const char *fault = (net ? external_network_address_fault(
                             net, &lb->external_address) : NULL);
    char ip[INET6_ADDRSTRLEN];

    ipv6_string_mapped(ip, &lb->external_address);
    if (vpc && vpc_find_subnet(vpc, &lb->external_address)) {
        field_errors_add(c->errors, FE_INVALID, "spec.externalAddress",
                         "%s is in a subnet of VPC \"%s\" itself", ip,
                         lb->vpc);
    } else if (fault) {
        field_errors_add(c->errors, FE_INVALID, "spec.externalAddress",
                         "%s %s \"%s\"", ip, fault, network);
    } else if (network) {
        check_owners(c, network, ip);
    } else {
        svec_add_nocopy(c->warnings, xasprintf(
            "spec.externalAddress: no VPCGateway of VPC \"%s\" leads to an "
            "ExternalNetwork that has %s yet", lb->vpc, ip));
    }
}

/* Checks that the addresses that a gateway or a floating IP claims outside are
 * no service's. */
static void
check_users(struct service_check *c, const char *network)
{
    for (size_t i = 0; i < c->facts->n_claims; i++) {
        const struct refs_claim *claim = &c->facts->claims[i];
        const struct refs_object *owner;
        char ip[INET6_ADDRSTRLEN];
        char *key;

        ipv6_string_mapped(ip, &claim->ip);
        key = xasprintf(REFS_SERVICE_ADDRESS_FMT, ip);
        owner = refs_find_claimant(c->refs, key, c->facts->kind, c->name);
        free(key);
        if (owner) {
            const struct load_balancer *lb = owner->facts.parsed;
            const char *its = find_network(c->refs, lb->vpc, &claim->ip);

            if (its && !strcmp(its, network)) {
                refuse_owned(c, claim->field, ip, owner);
            }
        }
    }
}

void
service_checks_run(const struct refs *refs, const char *name,
                   const struct refs_facts *facts,
                   struct field_errors *errors, struct svec *warnings)
{
    struct service_check c = { refs, name, facts, errors, warnings };

    if (facts->kind == RES_LOAD_BALANCER) {
        const struct load_balancer *lb = facts->parsed;
        const struct vpc *vpc = refs_find_parsed(refs, RES_VPC, lb->vpc);

        if (vpc) {
            check_address(&c, lb, vpc);
        }
        if (ipv6_addr_is_set(&lb->external_address)) {
            check_external_address(&c, lb, vpc);
        }
    } else if (facts->kind == RES_VPC_GATEWAY) {
        const struct vpc_gateway *gw = facts->parsed;

        check_users(&c, gw->external_network);
    } else if (facts->kind == RES_FLOATING_IP) {
        const struct floating_ip *fip = facts->parsed;

        check_users(&c, fip->external_network);
    }
}
