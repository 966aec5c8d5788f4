/* Endpoints: see model-resolve.h.
 *
 * What an endpoint is decides little; where it is decides which NVEs share a
 * VPC, and so which remotes there are (struct m_share counts that). */

#include <config.h>

#include "agent/model/model-resolve.h"

#include "agent/model/model-policy.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

struct m_share *
m_share_get(const struct m_vpc *vpc, const struct m_nve *nve)
{
    struct m_share *share;

    HMAP_FOR_EACH_WITH_HASH (share, vpc_node, hash_pointer(nve, 0),
                             &vpc->shares) {
        if (share->nve == nve) {
            return share;
        }
    }
    return NULL;
}

/* Counts an endpoint of 'vpc' at 'nve' in or out.  The first and the last one
 * change which remotes we talk to. */
static void
model_count_share(struct model *model, struct m_vpc *vpc, struct m_nve *nve,
                  bool in)
{
    struct m_share *share = m_share_get(vpc, nve);

    if (in) {
        if (!share) {
            share = xzalloc(sizeof *share);
            share->vpc = vpc;
            share->nve = nve;
            hmap_insert(&vpc->shares, &share->vpc_node, hash_pointer(nve, 0));
            hmap_insert(&nve->shares, &share->nve_node, hash_pointer(vpc, 0));
        }
        if (share->n_endpoints++) {
            return;
        }
    } else {
        if (--share->n_endpoints) {
            return;
        }
        hmap_remove(&vpc->shares, &share->vpc_node);
        hmap_remove(&nve->shares, &share->nve_node);
        mtu_counts_change(&vpc->mtus, share->mtu, 0);
        free(share);
        hmapx_add(&model->maybe_gone, nve);
    }
    hmapx_add(&model->changed_nves, nve);
    hmapx_add(&model->changed_vpcs, vpc);
}

/* Moves 'ep' to another VPC, place and binding; any may be NULL or none. */
static void
m_endpoint_place(struct model *model, struct m_endpoint *ep,
                 struct m_vpc *vpc, struct m_nve *nve, enum binding binding)
{
    struct m_vpc *old_vpc = ep->vpc;
    bool was_local = m_endpoint_is_local(ep);
    bool local = binding == BINDING_CLAIMED;

    if (old_vpc && ep->nve && (vpc != old_vpc || nve != ep->nve)) {
        model_count_share(model, old_vpc, ep->nve, false);
        ep->nve = NULL;
    }
    if (old_vpc && vpc != old_vpc) {
        hmapx_find_and_delete(&old_vpc->endpoints, ep);
        hmapx_add(&model->maybe_gone, old_vpc);
    }
    if (old_vpc && was_local && (vpc != old_vpc || !local)) {
        hmapx_find_and_delete(&old_vpc->local, ep);
        model_vpc_changed(model, old_vpc);
        if (hmapx_is_empty(&old_vpc->local)) {
            old_vpc->policies_known = false;    /* No longer watched. */
        }
    }

    ep->vpc = vpc;
    ep->binding = binding;
    if (vpc) {
        hmapx_add(&vpc->endpoints, ep);
        if (nve && ep->nve != nve) {
            model_count_share(model, vpc, nve, true);
            ep->nve = nve;
        }
        if (local && hmapx_add(&vpc->local, ep)) {
            model_vpc_changed(model, vpc);
        }
    }
}

/* Who has 'ep'?  Where spec.nve is set, that node and no other; else who
 * claimed it last.  A claim of ours that is fresh is newer than what
 * status.nve says; once that has named us, another name in it is newer. */
static enum binding
m_endpoint_decide(const struct model *model, struct m_endpoint *ep,
                  const struct endpoint *def)
{
    const char *at = endpoint_location(def);

    if (!ep->plugged) {
        return BINDING_NONE;
    } else if (def->nve) {
        return strcmp(def->nve, model->self) ? BINDING_REFUSED
                                             : BINDING_CLAIMED;
    } else if (!at) {
        return BINDING_CLAIMED;
    } else if (!strcmp(at, model->self)) {
        ep->fresh_plug = false;
        return BINDING_CLAIMED;
    } else {
        return (ep->fresh_plug && model->writable ? BINDING_CLAIMED
                : BINDING_REFUSED);
    }
}

static void
m_endpoint_get_keys(const struct endpoint *def, struct svec *keys)
{
    svec_add_nocopy(keys, xasprintf("spec.mac: "ETH_ADDR_FMT" in VPC %s",
                                    ETH_ADDR_ARGS(def->mac), def->vpc));
    for (size_t i = 0; i < def->n_ips; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, "spec.ips: ");
        ipv6_format_mapped(&def->ips[i], &s);
        ds_put_format(&s, " in VPC %s", def->vpc);
        svec_add_nocopy(keys, ds_steal_cstr(&s));
    }
}

void
model_resolve_endpoint(struct model *model, struct m_endpoint *ep)
{
    const struct object *object = ep->up.object;
    const struct endpoint *def = object ? object->endpoint : NULL;
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    char *problem = NULL;

    if (def) {
        m_endpoint_get_keys(def, &keys);
    }
    problem = entity_claim(model, &ep->up, def ? &def->meta : NULL, &keys);

    hmapx_add(&model->changed_endpoints, ep);
    if (!def || !model->self) {
        m_endpoint_place(model, ep, NULL, NULL, BINDING_NONE);
        entity_set_problem(model, &ep->up, problem);
        return;
    }

    struct m_vpc *vpc = M_CAST(m_vpc, model_get(model, MODEL_VPC, def->vpc));
    if (problem) {
        m_endpoint_place(model, ep, vpc, NULL, BINDING_NONE);
        entity_set_problem(model, &ep->up, problem);
        return;
    }

    enum binding binding = m_endpoint_decide(model, ep, def);
    const char *at = endpoint_location(def);
    struct m_nve *nve = NULL;

    if (binding == BINDING_REFUSED) {
        problem = xasprintf("is plugged in here, but %s says it is at %s",
                            def->nve ? "spec.nve" : "a newer claim in "
                            "status.nve", at);
    } else if ((ep->plugged || model->complete) && !vpc->up.object) {
        problem = xasprintf("spec.vpc: VPC %s does not exist", def->vpc);
    }
    if (binding != BINDING_CLAIMED && at && strcmp(at, model->self)) {
        nve = M_CAST(m_nve, model_get(model, MODEL_NVE, at));
    }
    m_endpoint_place(model, ep, vpc, nve, binding);
    entity_set_problem(model, &ep->up, problem);
}

void
model_release_endpoint(struct model *model, struct m_endpoint *ep)
{
    m_endpoint_release_labels(model, ep);
    m_endpoint_place(model, ep, NULL, NULL, BINDING_NONE);
    hmapx_find_and_delete(&model->changed_endpoints, ep);
    hmapx_find_and_delete(&model->plugged, ep);
}
