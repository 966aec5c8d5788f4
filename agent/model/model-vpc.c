/* VPCs: see model-resolve.h.
 *
 * A VPC has up to three profiles at a time: the one that it asks for, the last
 * one of those that exists, and the one that its packets go by until all is
 * ready for another (profile-switch.h). */

#include <config.h>

#include "agent/model/model-resolve.h"

#include "agent/model/model-policy.h"
#include "hash.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

static void
model_mark_vpc_endpoints(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->endpoints) {
        hmapx_add(&model->changed_endpoints, node->data);
    }
}

static void
model_mark_vpc_nves(struct model *model, struct m_vpc *vpc)
{
    struct m_share *share;

    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        hmapx_add(&model->changed_nves, share->nve);
    }
}

void
model_vpc_changed(struct model *model, struct m_vpc *vpc)
{
    bool active = m_vpc_is_active(vpc);

    if (active != hmapx_contains(&model->active_vpcs, vpc)) {
        if (active) {
            hmapx_add(&model->active_vpcs, vpc);
        } else {
            hmapx_find_and_delete(&model->active_vpcs, vpc);
        }
        model_mark_vpc_endpoints(model, vpc);
        model_mark_vpc_nves(model, vpc);
    }
    hmapx_add(&model->changed_vpcs, vpc);
}

/* 'vpc' does not refer to 'old' by one of its members any more. */
static void
m_vpc_unref_profile(struct model *model, struct m_vpc *vpc,
                    struct m_profile *old)
{
    if (old && old != vpc->wanted && old != vpc->profile
        && old != vpc->sent) {
        hmapx_find_and_delete(&old->vpcs, vpc);
        hmapx_add(&model->maybe_gone, old);
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
model_switch_profile(struct model *model, struct m_vpc *vpc)
{
    struct m_profile *old = vpc->sent;

    vpc->sent = vpc->profile;
    m_vpc_unref_profile(model, vpc, old);
    hmapx_find_and_delete(&model->switching, vpc);
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
        model_switch_profile(model, vpc);
    } else {
        hmapx_add(&model->switching, vpc);
        vpc->switch_until = 0;
    }
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

static void
model_mark_endpoints_dirty(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->endpoints) {
        struct m_endpoint *ep = node->data;
        model_mark_dirty(model, &ep->up);
    }
}

void
model_resolve_vpc(struct model *model, struct m_vpc *vpc)
{
    const struct object *object = vpc->up.object;
    const struct vpc *def = object ? object->vpc : NULL;
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    uint32_t old_vni = vpc->vni;
    const char *reason = "refused";
    struct hmapx_node *node;
    char *problem;

    if (def) {
        svec_add_nocopy(&keys, xasprintf("spec.vni: VNI %"PRIu32, def->vni));
    }
    problem = entity_claim(model, &vpc->up, def ? &def->meta : NULL, &keys);
    vpc->vni = def && !problem ? def->vni : 0;

    if (!def) {
        m_vpc_set_wanted(model, vpc, NULL);
        m_vpc_set_profile(model, vpc, NULL);
    } else {
        struct m_profile *wanted = (def->profile
            ? M_CAST(m_profile, model_get(model, MODEL_PROFILE, def->profile))
            : model->no_profile);

        m_vpc_set_wanted(model, vpc, wanted);
        if (wanted->valid) {
            m_vpc_set_profile(model, vpc, wanted);
        }
        if (!problem && !vpc->profile) {
            reason = "profile";
            problem = xasprintf("spec.optionProfile: OptionProfile %s %s; "
                                "the VPC is blocked", wanted->up.name,
                                wanted->up.object ? "cannot be used"
                                : "does not exist");
        } else if (!problem && !wanted->up.object
                   && wanted != model->no_profile) {
            reason = "profile";
            problem = xasprintf("spec.optionProfile: OptionProfile %s does "
                                "not exist; the last valid one stays in "
                                "force", wanted->up.name);
        }
    }
    entity_set_problem_as(model, &vpc->up, reason, problem);
    if (vpc->vni != old_vni) {
        model_mark_vpc_endpoints(model, vpc);
    }
    if (vpc->exists != (def != NULL)
        || vpc->gateways != vpc_hash_gateways(def)) {
        vpc->exists = def != NULL;
        vpc->gateways = vpc_hash_gateways(def);
        model_mark_endpoints_dirty(model, vpc);
        HMAPX_FOR_EACH (node, &vpc->policies) {
            struct m_policy *policy = node->data;
            model_mark_dirty(model, &policy->up);
        }
    }
    HMAPX_FOR_EACH (node, &vpc->local) {
        hmapx_add(&model->changed_endpoints, node->data);
    }
    model_mark_vpc_nves(model, vpc);
    model_vpc_changed(model, vpc);
}

void
model_release_vpc(struct model *model, struct m_vpc *vpc)
{
    m_vpc_set_wanted(model, vpc, NULL);
    m_vpc_set_profile(model, vpc, NULL);
    hmapx_find_and_delete(&model->active_vpcs, vpc);
    hmapx_find_and_delete(&model->changed_vpcs, vpc);
    hmapx_find_and_delete(&model->policy_vpcs, vpc);
}
