/* VPCs: see model-vpc.h.
 *
 * A VPC has up to three profiles at a time: the one that its object names, the
 * last one that it named and that could be used, and the one that its packets
 * are made by until everything is ready for another (profile-switch.h). */

#include <config.h>

#include "agent/model/model-vpc.h"

#include "agent/model/claim-key.h"
#include "agent/model/entity-order.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-qos.h"
#include "agent/model/model-route.h"
#include "agent/model/model-touch.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

static void
m_vpc_set_routes_dirty(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->routes) {
        struct m_route *route = node->data;

        entity_set_dirty(model, &route->up);
    }
}

void
m_vpc_update_active(struct model *model, struct m_vpc *vpc)
{
    bool active = m_vpc_is_active(vpc);

    if (active != hmapx_contains(&model->active_vpcs, vpc)) {
        if (active) {
            hmapx_add(&model->active_vpcs, vpc);
        } else {
            hmapx_find_and_delete(&model->active_vpcs, vpc);
        }
        model_touch_endpoints_of(model, vpc);
        model_touch_nves_of(model, vpc);
        model_touch_lbs_of(model, vpc);
        m_vpc_set_routes_dirty(model, vpc);
    }
    if (vpc->was_here != m_vpc_is_here(vpc)) {
        vpc->was_here = !vpc->was_here;
        m_vpc_set_routes_dirty(model, vpc);
    }
    model_touch_vpc(model, vpc);
}

/* One of the members of 'vpc' has ceased to refer to 'old'. */
static void
m_vpc_unref_profile(struct model *model, struct m_vpc *vpc,
                    struct m_profile *old)
{
    if (old && old != vpc->wanted && old != vpc->profile
        && old != vpc->sent) {
        hmapx_find_and_delete(&old->vpcs, vpc);
        entity_maybe_gone(model, &old->up);
    }
}

static void
m_vpc_set_wanted(struct model *model, struct m_vpc *vpc,
                 struct m_profile *wanted)
{
    struct m_profile *old = vpc->wanted;

    vpc->wanted = wanted;
    if (wanted) {
        hmapx_add(&wanted->vpcs, vpc);
    }
    m_vpc_unref_profile(model, vpc, old);
}

void
m_vpc_switch_profile(struct model *model, struct m_vpc *vpc)
{
    struct m_profile *old = vpc->sent;

    vpc->sent = vpc->profile;
    m_vpc_unref_profile(model, vpc, old);
    hmapx_find_and_delete(&model->switching, vpc);
    model_touch_vpc(model, vpc);
    model_touch_local_of(model, vpc);
    model_touch_nves_of(model, vpc);
}

void
m_vpc_set_policies_known(struct model *model, struct m_vpc *vpc, bool known)
{
    vpc->policies_known = known;
    model_touch_vpc(model, vpc);
    model_touch_local_of(model, vpc);
}

/* The first profile of a VPC, and its having none, take effect at once. */
static void
m_vpc_set_profile(struct model *model, struct m_vpc *vpc,
                  struct m_profile *profile)
{
    struct m_profile *old = vpc->profile;

    if (old == profile) {
        return;
    }
    vpc->profile = profile;
    if (profile) {
        hmapx_add(&profile->vpcs, vpc);
    }
    m_vpc_unref_profile(model, vpc, old);
    if (!profile || !vpc->sent || profile == vpc->sent) {
        m_vpc_switch_profile(model, vpc);
    } else {
        hmapx_add(&model->switching, vpc);
        vpc->switch_until = 0;
    }
}

char *
m_vpc_get_fault(const struct model *model, const struct m_vpc *vpc)
{
    return (model->complete && !vpc->up.object
            ? xasprintf("spec.vpc: VPC %s does not exist", vpc->up.name)
            : NULL);
}

char *
m_vpc_get_outside_fault(const struct m_vpc *vpc, const struct in6_addr *ip)
{
    const struct vpc *def = vpc->up.object ? vpc->up.object->vpc : NULL;
    char text[INET6_ADDRSTRLEN];

    if (!def || !vpc_find_subnet(def, ip)) {
        return NULL;
    }
    ipv6_string_mapped(text, ip);
    return xasprintf("%s is in a subnet of VPC %s itself", text,
                     vpc->up.name);
}

const struct m_nve **
m_vpc_get_remotes(const struct m_vpc *vpc, size_t *n)
{
    const struct m_nve **nves = xcalloc(hmap_count(&vpc->shares) + 1,
                                        sizeof *nves);
    const struct m_share *share;

    *n = 0;
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        if (share->n_endpoints) {
            nves[(*n)++] = share->nve;
        }
    }
    entity_order_sort(nves, *n);
    return nves;
}

const struct resolved_option *
m_vpc_find_option(const struct m_vpc *vpc, enum value_from from)
{
    for (size_t i = 0; vpc->profile && i < vpc->profile->n_options; i++) {
        const struct resolved_option *o = &vpc->profile->options[i];

        if (o->value.from == from) {
            return o;
        }
    }
    return NULL;
}

const struct resolved_option *
m_vpc_get_label_option(const struct m_vpc *vpc)
{
    return m_vpc_find_option(vpc, VALUE_EP_POLICY_LABEL);
}

static uint32_t
vpc_hash_gateways(const struct vpc *def)
{
    uint32_t hash = 0;

    for (size_t i = 0; def && i < def->n_subnets; i++) {
        if (ipv6_addr_is_set(&def->subnets[i].gateway)) {
            hash = hash_bytes(&def->subnets[i].gateway,
                              sizeof def->subnets[i].gateway, hash);
        }
    }
    return hash;
}

static uint32_t
vpc_hash_subnets(const struct vpc *def)
{
    uint32_t hash = def != NULL;

    for (size_t i = 0; def && i < def->n_subnets; i++) {
        const struct ip_prefix *prefix = &def->subnets[i].prefix;

        hash = hash_bytes(&prefix->addr, sizeof prefix->addr, hash);
        hash = hash_int(prefix->plen, hash);
        hash = hash_bytes(&def->subnets[i].gateway,
                          sizeof def->subnets[i].gateway, hash);
    }
    return hash;
}

/* What translates addresses of 'vpc' looks at all of its subnets. */
static void
m_vpc_set_translators_dirty(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->gateways) {
        struct m_gateway *gw = node->data;
        entity_set_dirty(model, &gw->up);
    }
    HMAPX_FOR_EACH (node, &vpc->fips) {
        struct m_fip *fip = node->data;
        entity_set_dirty(model, &fip->up);
    }
}

/* Of services there may be thousands.  With any, how an endpoint is reached
 * depends on subnets without a gateway, too (flows/router.c). */
static void
m_vpc_set_services_dirty(struct model *model, struct m_vpc *vpc,
                         uint32_t subnets)
{
    struct hmapx_node *node;

    if (vpc->subnets != subnets) {
        vpc->subnets = subnets;
        if (vpc->n_lbs) {
            model_touch_endpoints_of(model, vpc);
        }
        HMAPX_FOR_EACH (node, &vpc->lbs) {
            struct m_lb *lb = node->data;
            entity_set_dirty(model, &lb->up);
        }
    }
}

static void
m_vpc_set_members_dirty(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;
    struct m_endpoint *ep;

    LIST_FOR_EACH (ep, vpc_node, &vpc->endpoints) {
        entity_set_dirty(model, &ep->up);
    }
    HMAPX_FOR_EACH (node, &vpc->policies) {
        struct m_policy *policy = node->data;
        entity_set_dirty(model, &policy->up);
    }
    HMAPX_FOR_EACH (node, &vpc->routes) {
        struct m_route *route = node->data;
        entity_set_dirty(model, &route->up);
    }
    HMAPX_FOR_EACH (node, &vpc->qos_policies) {
        struct m_qos_policy *policy = node->data;
        entity_set_dirty(model, &policy->up);
    }
}

static struct entity *
m_vpc_create(const char *name)
{
    struct m_vpc *vpc = entity_alloc(sizeof *vpc, name);

    ovs_list_init(&vpc->endpoints);
    hmapx_init(&vpc->local);
    hmapx_init(&vpc->gateways);
    hmapx_init(&vpc->routes);
    hmapx_init(&vpc->fips);
    hmapx_init(&vpc->lbs);
    hmapx_init(&vpc->qos_policies);
    hmap_init(&vpc->shares);
    hmapx_init(&vpc->policies);
    hmap_init(&vpc->label_sets);
    hmap_init(&vpc->label_pairs);
    selector_index_init(&vpc->label_index);
    hmap_init(&vpc->label_set_ids);
    hmap_init(&vpc->policy_groups);
    flow_owner_init(&vpc->flows, hash_string(name, MODEL_VPC), "VPC %s", name);
    vpc->flows.is_patient = true;
    return &vpc->up;
}

/* Takes over the profile that 'def' names.  Returns what is wrong with it, for
 * the caller to free, or NULL. */
static char *
m_vpc_resolve_profile(struct model *model, struct m_vpc *vpc,
                      const struct vpc *def)
{
    struct m_profile *wanted = model->no_profile;

    if (!def) {
        m_vpc_set_wanted(model, vpc, NULL);
        m_vpc_set_profile(model, vpc, NULL);
        return NULL;
    }
    if (def->profile) {
        wanted = M_CAST(m_profile,
                        entity_get(model, MODEL_PROFILE, def->profile));
    }
    m_vpc_set_wanted(model, vpc, wanted);
    if (wanted->valid) {
        m_vpc_set_profile(model, vpc, wanted);
    }
    if (!vpc->profile) {
        return xasprintf("spec.optionProfile: OptionProfile %s %s; the VPC is "
                         "blocked", wanted->up.name, wanted->up.object
                         ? "cannot be used" : "does not exist");
    }
    if (!wanted->up.object && wanted != model->no_profile) {
        return xasprintf("spec.optionProfile: OptionProfile %s does not "
                         "exist; the last valid one stays in force",
                         wanted->up.name);
    }
    return NULL;
}

/* Gives 'vpc' the VNI 'wanted', 0 for none, which it holds by the order of
 * claims.  Returns what keeps it from that, for the caller to free, or NULL.
 *
 * When the agent starts, objects come in any order, and nothing is sent before
 * all are there, so until then nothing rests.  What was another VPC's in the
 * last run of the agent rests from then on (m_vpc_restore_vnis()). */
static char *
m_vpc_set_vni(struct model *model, struct m_vpc *vpc, uint32_t wanted)
{
    long long int rest = model->complete ? VNI_REST_TIME : 0;
    long long int now = time_msec();
    const struct vni_rest *waits;

    if (vpc->vni && vpc->vni != wanted) {
        vni_rests_give(&model->vni_rests, vpc->vni, vpc->up.name, now, rest);
    }
    vpc->vni = wanted;
    if (!wanted) {
        return NULL;
    }
    waits = vni_rests_take(&model->vni_rests, wanted, vpc->up.name, now, rest);
    if (!waits) {
        return NULL;
    }
    vpc->vni = 0;
    entity_set_dirty_at(model, &vpc->up, waits->until);
    return xasprintf("spec.vni: VNI %"PRIu32" was VPC %s's, and other nodes "
                     "may not have heard yet that it is not any more: it is "
                     "used %d s after that", wanted, waits->vpc,
                     VNI_REST_TIME / 1000);
}

void
m_vpc_restore_vnis(struct model *model, const struct json *vnis)
{
    struct shash_node *node;

    if (!vnis || vnis->type != JSON_OBJECT) {
        return;
    }
    SHASH_FOR_EACH (node, json_object(vnis)) {
        const struct json *vpc = node->data;
        unsigned int vni;

        if (vpc->type == JSON_STRING && str_to_uint(node->name, 10, &vni)
            && vni_rests_restore(&model->vni_rests, vni, json_string(vpc),
                                 time_msec(), VNI_REST_TIME)) {
            struct claim_key key = claim_key_vni(vni);
            struct entity *owner = entity_find_holder(model, &key);

            if (owner) {
                entity_set_dirty(model, owner);
            }
        }
    }
}

/* Returns why 'vpc' cannot have its VNI, for the caller to free, or NULL. */
static char *
m_vpc_resolve_vni(struct model *model, struct m_vpc *vpc,
                  const struct vpc *def)
{
    struct claim_keys keys, used;
    char *refused, *waits;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    if (def) {
        claim_keys_add(&keys, claim_key_vni(def->vni));
        if (def->status_vni == def->vni) {
            claim_keys_add(&used, claim_key_vni(def->vni));
        }
    }
    refused = entity_claim(model, &vpc->up, &keys,
                           &used);
    waits = m_vpc_set_vni(model, vpc, def && !refused ? def->vni : 0);
    return refused ? refused : waits;
}

static void
m_vpc_resolve(struct model *model, struct entity *entity)
{
    struct m_vpc *vpc = M_CAST(m_vpc, entity);
    const struct vpc *def = vpc->up.object ? vpc->up.object->vpc : NULL;
    uint32_t gateways = vpc_hash_gateways(def);
    uint32_t old_vni = vpc->vni;
    char *refused = m_vpc_resolve_vni(model, vpc, def);
    char *profile_problem = m_vpc_resolve_profile(model, vpc, def);

    if (refused) {
        entity_set_problem(model, &vpc->up, refused);
        free(profile_problem);
    } else {
        entity_set_problem_as(model, &vpc->up, "profile", profile_problem);
    }

    if (vpc->vni != old_vni) {
        model_touch_endpoints_of(model, vpc);
        model_touch_lbs_of(model, vpc);
    }
    if (vpc->exists != (def != NULL) || vpc->subnet_gateways != gateways) {
        vpc->exists = def != NULL;
        vpc->subnet_gateways = gateways;
        m_vpc_set_members_dirty(model, vpc);
    }
    m_vpc_set_translators_dirty(model, vpc);
    m_vpc_set_services_dirty(model, vpc, vpc_hash_subnets(def));
    model_touch_local_of(model, vpc);
    model_touch_nves_of(model, vpc);
    m_vpc_update_active(model, vpc);
}

static bool
m_vpc_is_referenced(const struct model *model OVS_UNUSED,
                    const struct entity *entity)
{
    const struct m_vpc *vpc = M_CAST(m_vpc, entity);

    return (!ovs_list_is_empty(&vpc->endpoints)
            || !hmapx_is_empty(&vpc->policies)
            || !hmapx_is_empty(&vpc->gateways)
            || !hmapx_is_empty(&vpc->routes)
            || !hmapx_is_empty(&vpc->fips)
            || !hmapx_is_empty(&vpc->lbs)
            || !hmapx_is_empty(&vpc->qos_policies));
}

static void
m_vpc_release(struct model *model, struct entity *entity)
{
    struct m_vpc *vpc = M_CAST(m_vpc, entity);

    m_vpc_set_wanted(model, vpc, NULL);
    m_vpc_set_profile(model, vpc, NULL);
    hmapx_find_and_delete(&model->active_vpcs, vpc);
    hmapx_find_and_delete(&model->policy_vpcs, vpc);
    model_touch_forget(model, vpc);
}

static void
m_vpc_destroy(struct model *model, struct entity *entity)
{
    struct m_vpc *vpc = M_CAST(m_vpc, entity);

    hmapx_destroy(&vpc->local);
    hmapx_destroy(&vpc->gateways);
    hmapx_destroy(&vpc->routes);
    hmapx_destroy(&vpc->fips);
    hmapx_destroy(&vpc->lbs);
    hmapx_destroy(&vpc->qos_policies);
    hmap_destroy(&vpc->shares);
    mtu_counts_destroy(&vpc->mtus);
    hmapx_destroy(&vpc->policies);
    hmap_destroy(&vpc->label_sets);
    hmap_destroy(&vpc->label_pairs);
    selector_index_destroy(&vpc->label_index);
    hmap_destroy(&vpc->label_set_ids);
    hmap_destroy(&vpc->policy_groups);
    ofctrl_destroy_owner(model->ofctrl, &vpc->flows);
    free(vpc);
}

const struct entity_class m_vpc_class = {
    .kind = MODEL_VPC,
    .name = "VPC",
    .create = m_vpc_create,
    .resolve = m_vpc_resolve,
    .is_referenced = m_vpc_is_referenced,
    .release = m_vpc_release,
    .destroy = m_vpc_destroy,
};
