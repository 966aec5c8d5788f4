/* Floating IPs: see model-fip.h.
 *
 * Every agent has all of them, but it knows only the endpoints of the VPCs
 * that are in use on its node.  Whether the address can be used, all agents
 * know: that is 'refused'.  The rest only those know who deal with the
 * endpoint, its node and its gateways. */

#include <config.h>

#include "agent/model/model-fip.h"

#include "agent/model/claim-key.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "packets.h"
#include "util.h"

void
m_fip_endpoint_changed(struct model *model, const struct m_endpoint *ep)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->fips) {
        struct m_fip *fip = node->data;

        entity_set_dirty(model, &fip->up);
    }
}

bool
m_fip_is_ours(const struct m_fip *fip)
{
    return (fip->valid && (fip->mode == FLOATING_IP_GATEWAY
                           ? fip->gateway->active : fip->local));
}

static struct entity *
m_fip_create(const char *name)
{
    struct m_fip *fip = entity_alloc(sizeof *fip, name);

    flow_owner_init(&fip->flows, hash_string(name, MODEL_FIP),
                    "floating IP %s", name);
    return &fip->up;
}

static void
m_fip_set_refs(struct model *model, struct m_fip *fip,
               struct m_extnet *extnet, struct m_endpoint *ep)
{
    if (fip->extnet && fip->extnet != extnet) {
        hmapx_find_and_delete(&fip->extnet->users, &fip->up);
        entity_maybe_gone(model, &fip->extnet->up);
    }
    if (fip->ep && fip->ep != ep) {
        hmapx_find_and_delete(&fip->ep->users->fips, fip);
        model_touch_endpoint(model, fip->ep);
        entity_maybe_gone(model, &fip->ep->up);
    }
    fip->extnet = extnet;
    fip->ep = ep;
    if (extnet) {
        hmapx_add(&extnet->users, &fip->up);
    }
    if (ep) {
        hmapx_add(&m_endpoint_make_users(ep)->fips, fip);
    }
}

/* The VPC has flows for where its floating IPs are. */
static void
m_fip_set_vpc(struct model *model, struct m_fip *fip, struct m_vpc *vpc)
{
    if (fip->vpc && fip->vpc != vpc) {
        hmapx_find_and_delete(&fip->vpc->fips, fip);
        model_touch_vpc(model, fip->vpc);
        entity_maybe_gone(model, &fip->vpc->up);
    }
    fip->vpc = vpc;
    if (vpc) {
        hmapx_add(&vpc->fips, fip);
        model_touch_vpc(model, vpc);
    }
}

/* Sets 'fip->ip' to the address of 'ep' that it stands for.  Returns what is
 * wrong with that, for the caller to free, or NULL. */
static char *
m_fip_find_ip(struct m_fip *fip, const struct floating_ip *def,
              const struct endpoint *ep)
{
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(&def->address);
    size_t n = 0;

    for (size_t i = 0; i < ep->n_ips; i++) {
        if (ipv6_addr_is_set(&def->ip)
            ? ipv6_addr_equals(&def->ip, &ep->ips[i])
            : IN6_IS_ADDR_V4MAPPED(&ep->ips[i]) == ipv4) {
            fip->ip = ep->ips[i];
            n++;
        }
    }
    if (n == 1) {
        return NULL;
    }
    fip->ip = in6addr_any;
    if (ipv6_addr_is_set(&def->ip)) {
        char ip[INET6_ADDRSTRLEN];

        ipv6_string_mapped(ip, &def->ip);
        return xasprintf("spec.ip: %s is not an address of Endpoint %s", ip,
                         def->endpoint);
    }
    return xasprintf(n ? "spec.ip: is required, as Endpoint %s has several "
                     "IPv%d addresses" : "spec.endpoint: Endpoint %s has no "
                     "IPv%d address", def->endpoint, ipv4 ? 4 : 6);
}

/* Claims the address, and that of the endpoint if it is known: what is sent
 * from there can go out by one floating IP only. */
static void
m_fip_claim(struct model *model, struct m_fip *fip,
            const struct floating_ip *def)
{
    struct claim_keys keys, used;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    if (def) {
        const char *extnet = fip->extnet->up.name;

        claim_keys_add(&keys, claim_key_external_ip(extnet, &def->address));
        if (ipv6_addr_is_set(&def->status_address)) {
            claim_keys_add(&used, claim_key_external_ip(
                extnet, &def->status_address));
        }
        if (ipv6_addr_is_set(&fip->ip)) {
            claim_keys_add(&keys, claim_key_translated_ip(fip->ep->up.name,
                                                          &fip->ip));
        }
        /* Which endpoint has it, the status does not say.  Another one of the
         * VPC has another address. */
        if (ipv6_addr_is_set(&def->status_ip)) {
            claim_keys_add(&used, claim_key_translated_ip(fip->ep->up.name,
                                                          &def->status_ip));
        }
    }
    free(entity_claim(model, &fip->up, &keys, &used));
}

/* Returns what is wrong with the address, for the caller to free, or NULL. */
static char *
m_fip_check_address(const struct model *model, const struct m_fip *fip,
                    const struct floating_ip *def)
{
    const struct external_network *net = m_extnet_get_def(fip->extnet);
    struct claim_key key = claim_key_external_ip(fip->extnet->up.name,
                                                 &def->address);
    char *problem = entity_describe_rival(model, &fip->up, &key,
                                          "spec.address");

    if (!problem) {
        problem = m_extnet_get_fault(model, fip->extnet);
    }
    if (!problem && net) {
        const char *fault = external_network_address_fault(net,
                                                           &def->address);
        char ip[INET6_ADDRSTRLEN];

        ipv6_string_mapped(ip, &def->address);
        problem = fault ? xasprintf("spec.address: %s %s %s", ip, fault,
                                    fip->extnet->up.name) : NULL;
    }
    return problem;
}

/* Returns what is wrong with translating the address to 'fip->ip', for the
 * caller to free, or NULL. */
static char *
m_fip_check_ip(const struct model *model, const struct m_fip *fip,
               const struct floating_ip *def)
{
    struct claim_key key = claim_key_translated_ip(fip->ep->up.name, &fip->ip);
    char *fault = (fip->ep->vpc
                   ? m_vpc_get_outside_fault(fip->ep->vpc, &def->address)
                   : NULL);

    if (fault) {
        char *problem = xasprintf("spec.address: %s", fault);

        free(fault);
        return problem;
    }
    return entity_describe_rival(model, &fip->up, &key,
                                 ipv6_addr_is_set(&def->ip)
                                 ? "spec.ip" : "spec.endpoint");
}

/* Decides who translates 'fip', whose endpoint and address are known.  Returns
 * what keeps anybody from it, for the caller to free, or NULL. */
static char *
m_fip_find_place(const struct model *model, struct m_fip *fip,
                 const struct floating_ip *def)
{
    const struct m_endpoint *ep = fip->ep;
    bool attached;

    fip->local = m_endpoint_is_local(ep);
    fip->nve = fip->local ? model_get_self(model) : ep->nve;
    fip->gateway = (ep->vpc ? m_gateway_find_default(ep->vpc, fip->extnet)
                    : NULL);
    attached = m_extnet_is_attached(model, fip->extnet, fip->nve);
    if (!fip->nve) {
        return xasprintf("spec.endpoint: Endpoint %s is at no node",
                         def->endpoint);
    }
    fip->mode = (def->mode != FLOATING_IP_AUTO ? def->mode
                 : attached ? FLOATING_IP_DISTRIBUTED : FLOATING_IP_GATEWAY);
    if (fip->mode == FLOATING_IP_DISTRIBUTED && !attached) {
        return xasprintf("spec.mode: NVE %s, where Endpoint %s is, is not "
                         "attached to ExternalNetwork %s", fip->nve->up.name,
                         def->endpoint, fip->extnet->up.name);
    }
    if (fip->mode == FLOATING_IP_GATEWAY && !fip->gateway) {
        return xasprintf("spec.mode: VPC %s has no gateway to "
                         "ExternalNetwork %s, and NVE %s is not to translate "
                         "the address", ep->vpc ? ep->vpc->up.name : "?",
                         fip->extnet->up.name, fip->nve->up.name);
    }
    return NULL;
}

static void
m_fip_resolve(struct model *model, struct entity *entity)
{
    struct m_fip *fip = M_CAST(m_fip, entity);
    const struct object *object = fip->up.object;
    const struct floating_ip *def = object ? object->fip : NULL;
    struct m_endpoint *ep = NULL;
    struct m_extnet *extnet = NULL;
    char *problem, *ip_problem = NULL;

    if (def) {
        extnet = M_CAST(m_extnet, entity_get(model, MODEL_EXTNET,
                                             def->external_network));
        ep = M_CAST(m_endpoint, entity_get(model, MODEL_ENDPOINT,
                                           def->endpoint));
    }
    m_fip_set_refs(model, fip, extnet, ep);
    fip->ip = in6addr_any;
    if (ep && ep->up.object) {
        ip_problem = m_fip_find_ip(fip, def, ep->up.object->endpoint);
    }
    m_fip_claim(model, fip, def);
    problem = def ? m_fip_check_address(model, fip, def) : NULL;
    fip->refused = problem != NULL;
    fip->valid = false;
    if (def && !problem && m_extnet_get_def(extnet) && ep->up.object) {
        problem = ip_problem;
        ip_problem = NULL;
        if (!problem) {
            problem = m_fip_check_ip(model, fip, def);
        }
        if (!problem) {
            problem = m_fip_find_place(model, fip, def);
        }
        fip->valid = !problem;
    }
    free(ip_problem);
    entity_set_problem(model, &fip->up, problem);
    model_touch_fip(model, fip);
    if (ep) {
        model_touch_endpoint(model, ep);
    }
    m_fip_set_vpc(model, fip, ep ? ep->vpc : NULL);
}

static bool
m_fip_is_referenced(const struct model *model OVS_UNUSED,
                    const struct entity *entity OVS_UNUSED)
{
    return false;
}

static void
m_fip_release(struct model *model, struct entity *entity)
{
    struct m_fip *fip = M_CAST(m_fip, entity);

    m_fip_set_refs(model, fip, NULL, NULL);
    m_fip_set_vpc(model, fip, NULL);
    model_touch_forget(model, fip);
}

static void
m_fip_destroy(struct model *model, struct entity *entity)
{
    struct m_fip *fip = M_CAST(m_fip, entity);

    ofctrl_destroy_owner(model->ofctrl, &fip->flows);
    free(fip->zone_name);
    free(fip);
}

const struct entity_class m_fip_class = {
    .kind = MODEL_FIP,
    .name = "FloatingIP",
    .has_id = true,
    .create = m_fip_create,
    .resolve = m_fip_resolve,
    .is_referenced = m_fip_is_referenced,
    .release = m_fip_release,
    .destroy = m_fip_destroy,
};
