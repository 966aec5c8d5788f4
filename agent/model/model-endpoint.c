/* Endpoints: see model-endpoint.h.
 *
 * Most depends on where an endpoint is: the places of a VPC's endpoints are
 * the NVEs that share it (model-share.h), and those are the remotes.  An
 * endpoint claims its MAC and IP addresses within its VPC. */

#include <config.h>

#include "agent/model/model-endpoint.h"

#include <stdlib.h>

#include "agent/model/claim-key.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-label.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-route.h"
#include "agent/model/model-share.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "packets.h"
#include "util.h"

static enum endpoint_place
m_endpoint_get_place(const struct m_endpoint *ep)
{
    if (ep->plugged) {
        return (ep->phase == ENDPOINT_BLOCKED || ep->phase == ENDPOINT_REFUSED
                ? ENDPOINT_LOCAL_BLOCKED : ENDPOINT_LOCAL);
    }
    return ep->nve ? ENDPOINT_REMOTE : ENDPOINT_NOWHERE;
}

void
m_endpoint_count(struct model *model, struct m_endpoint *ep)
{
    if (ep->counted != ENDPOINT_NOWHERE) {
        model->n_endpoints[ep->counted]--;
    }
    ep->counted = m_endpoint_get_place(ep);
    if (ep->counted != ENDPOINT_NOWHERE) {
        model->n_endpoints[ep->counted]++;
    }
}

const struct endpoint_observed *
m_endpoint_get_status(const struct m_endpoint *ep)
{
    static const struct endpoint none = { .status = NULL };

    return endpoint_get_status(ep->up.object ? ep->up.object->endpoint
                               : &none);
}

/* To be called when 'ep' has been moved from 'old_vpc'. */
static void
m_endpoint_count_status(const struct model *model, struct m_endpoint *ep,
                        struct m_vpc *old_vpc)
{
    const char *at = m_endpoint_get_status(ep)->nve;

    if (old_vpc && ep->status_here) {
        old_vpc->n_status_here--;
    }
    ep->status_here = ep->vpc && at && !strcmp(at, model->self);
    if (ep->status_here) {
        ep->vpc->n_status_here++;
    }
}

/* Moves 'ep' to 'vpc' and 'nve', which may be NULL, and binds it. */
static void
m_endpoint_place(struct model *model, struct m_endpoint *ep,
                 struct m_vpc *vpc, struct m_nve *nve, enum binding binding)
{
    struct m_vpc *old_vpc = ep->vpc;
    bool was_local = m_endpoint_is_local(ep);
    bool local = binding == BINDING_CLAIMED;

    if (old_vpc && ep->nve && (vpc != old_vpc || nve != ep->nve)) {
        m_share_count(model, old_vpc, ep->nve, false);
        ep->nve = NULL;
    }
    if (old_vpc && vpc != old_vpc) {
        ovs_list_remove(&ep->vpc_node);
        entity_maybe_gone(model, &old_vpc->up);
    }
    if (old_vpc && was_local && (vpc != old_vpc || !local)) {
        hmapx_find_and_delete(&old_vpc->local, ep);
        m_vpc_update_active(model, old_vpc);
        if (hmapx_is_empty(&old_vpc->local)) {
            old_vpc->policies_known = false;    /* No longer watched. */
        }
    }

    ep->vpc = vpc;
    ep->binding = binding;
    if (vpc) {
        if (vpc != old_vpc) {
            ovs_list_push_back(&vpc->endpoints, &ep->vpc_node);
        }
        if (nve && ep->nve != nve) {
            m_share_count(model, vpc, nve, true);
            ep->nve = nve;
        }
        if (local && hmapx_add(&vpc->local, ep)) {
            m_vpc_update_active(model, vpc);
        }
    }
    m_endpoint_count_status(model, ep, old_vpc);
    m_endpoint_count(model, ep);
}

static bool
nve_is_gone(const struct model *model, const char *name)
{
    const struct entity *entity = entity_find(model, MODEL_NVE, name);

    return entity && M_CAST(m_nve, entity)->gone;
}

/* Decides whether 'ep' is ours.  If spec.nve is set, the endpoint belongs to
 * that node and to no other.  Else it belongs to whoever claimed it last: a
 * fresh claim of ours is newer than what status.nve says, and once that has
 * named us, another name in it is newer than our claim.  A port on hold claims
 * nothing that another node has, and a name that no NVE has, has nothing. */
static enum binding
m_endpoint_decide(const struct model *model, struct m_endpoint *ep,
                  const struct endpoint *def)
{
    const char *at = endpoint_location(def);
    bool fresh = ep->fresh_plug && !ep->hold;

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
        return (model->writable && (fresh || nve_is_gone(model, at))
                ? BINDING_CLAIMED : BINDING_REFUSED);
    }
}

static void
add_ip_keys(const char *vpc, const struct in6_addr *ips, size_t n_ips,
            struct claim_keys *keys)
{
    for (size_t i = 0; i < n_ips; i++) {
        claim_keys_add(keys, claim_key_ip(vpc, &ips[i]));
    }
}

const struct m_endpoint *
m_endpoint_find_by_ip(const struct model *model, const struct m_vpc *vpc,
                      const struct in6_addr *ip)
{
    struct claim_key key = claim_key_ip(vpc->up.name, ip);
    struct entity *entity = entity_find_holder(model, &key);

    return (entity && entity->class == &m_endpoint_class
            ? M_CAST(m_endpoint, entity) : NULL);
}

static char *
m_endpoint_claim(struct model *model, struct m_endpoint *ep,
                 const struct endpoint *def)
{
    struct claim_keys keys, used;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    if (def) {
        const struct endpoint_observed *status = endpoint_get_status(def);

        add_ip_keys(def->vpc, def->ips, def->n_ips, &keys);
        claim_keys_add(&keys, claim_key_mac(def->vpc, def->mac));
        claim_keys_add(&used, claim_key_mac(def->vpc, status->mac));
        add_ip_keys(def->vpc, status->ips, status->n_ips, &used);
    }
    return entity_claim(model, &ep->up, &keys, &used);
}

const struct m_users m_no_users = {
    .fips = HMAPX_INITIALIZER(&m_no_users.fips),
    .routes = HMAPX_INITIALIZER(&m_no_users.routes),
    .lbs = HMAPX_INITIALIZER(&m_no_users.lbs),
};

struct m_users *
m_endpoint_make_users(struct m_endpoint *ep)
{
    if (!ep->users) {
        ep->users = xmalloc(sizeof *ep->users);
        hmapx_init(&ep->users->fips);
        hmapx_init(&ep->users->routes);
        hmapx_init(&ep->users->lbs);
    }
    return ep->users;
}

struct m_here *
m_endpoint_make_here(struct m_endpoint *ep)
{
    if (!ep->here) {
        ep->here = xzalloc(sizeof *ep->here);
        packet_limit_init(&ep->here->answer_limit);
        flow_owner_init(&ep->here->meter_flows, ep->flows.cookie,
                        "meter of endpoint %s", ep->up.name);
    }
    return ep->here;
}

static char *
m_endpoint_describe_flows(const struct flow_owner *flows)
{
    return xasprintf("endpoint %s", CONTAINER_OF(flows, struct m_endpoint,
                                                 flows)->up.name);
}

static struct entity *
m_endpoint_create(const char *name)
{
    struct m_endpoint *ep = entity_alloc(sizeof *ep, name);

    flow_owner_init_described(&ep->flows, hash_string(name, MODEL_ENDPOINT),
                              m_endpoint_describe_flows);
    return &ep->up;
}

static void
m_endpoint_resolve_place(struct model *model, struct m_endpoint *ep)
{
    const struct object *object = ep->up.object;
    const struct endpoint *def = object ? object->endpoint : NULL;
    char *problem = m_endpoint_claim(model, ep, def);

    model_touch_endpoint(model, ep);
    if (!def || !model->self) {
        m_endpoint_place(model, ep, NULL, NULL, BINDING_NONE);
        entity_set_problem(model, &ep->up, problem);
        return;
    }

    struct m_vpc *vpc = M_CAST(m_vpc, entity_get(model, MODEL_VPC, def->vpc));
    if (problem) {
        m_endpoint_place(model, ep, vpc, NULL, BINDING_NONE);
        entity_set_problem(model, &ep->up, problem);
        return;
    }

    enum binding binding = m_endpoint_decide(model, ep, def);
    const char *at = endpoint_location(def);
    struct m_nve *nve = NULL;

    if (binding == BINDING_REFUSED && (def->nve || !ep->hold)) {
        problem = xasprintf("is plugged in here, but %s says it is at %s",
                            def->nve ? "spec.nve" : "a newer claim in "
                            "status.nve", at);
    } else if ((ep->plugged || model->complete) && !vpc->up.object) {
        problem = xasprintf("spec.vpc: VPC %s does not exist", def->vpc);
    }
    if (binding != BINDING_CLAIMED && at && strcmp(at, model->self)) {
        nve = M_CAST(m_nve, entity_get(model, MODEL_NVE, at));
        m_nve_note_absent(model, nve);
    }
    m_endpoint_place(model, ep, vpc, nve, binding);
    entity_set_problem(model, &ep->up, problem);
}

static void
m_endpoint_resolve(struct model *model, struct entity *entity)
{
    struct m_endpoint *ep = M_CAST(m_endpoint, entity);

    m_endpoint_resolve_place(model, ep);
    m_fip_endpoint_changed(model, ep);
    m_route_endpoint_changed(model, ep);
    m_label_update(model, ep);
    m_lb_endpoint_changed(model, ep);
    m_policy_recheck_endpoint(model, ep);
}

static bool
m_endpoint_is_referenced(const struct model *model OVS_UNUSED,
                         const struct entity *entity)
{
    const struct m_endpoint *ep = M_CAST(m_endpoint, entity);

    const struct m_users *users = m_endpoint_get_users(ep);

    return (ep->plugged || !hmapx_is_empty(&users->fips)
            || !hmapx_is_empty(&users->routes));
}

static void
m_endpoint_release(struct model *model, struct entity *entity)
{
    struct m_endpoint *ep = M_CAST(m_endpoint, entity);

    m_lb_release_endpoint(model, ep);
    m_label_release(model, ep);
    m_policy_release_endpoint(model, ep);
    m_endpoint_place(model, ep, NULL, NULL, BINDING_NONE);
    model_touch_forget(model, ep);
    hmapx_find_and_delete(&model->plugged, ep);
}

static void
unset_meter(struct model *model, const struct m_endpoint *ep, uint32_t id)
{
    if (id) {
        char *owner = flow_owner_get_name(&ep->flows);

        ofctrl_unset_meter(model->ofctrl, id, owner);
        free(owner);
    }
}

static void
m_here_destroy(struct model *model, struct m_endpoint *ep)
{
    struct m_here *here = ep->here;

    unset_meter(model, ep, here->bum_meter);
    unset_meter(model, ep, here->packet_in_meter);
    for (size_t i = 0; i < ARRAY_SIZE(here->limit_meters); i++) {
        unset_meter(model, ep, here->limit_meters[i]);
    }
    ofctrl_destroy_owner(model->ofctrl, &here->meter_flows);
    free(here);
}

static void
m_endpoint_destroy(struct model *model, struct entity *entity)
{
    struct m_endpoint *ep = M_CAST(m_endpoint, entity);

    if (ep->here) {
        m_here_destroy(model, ep);
    }
    ofctrl_destroy_owner(model->ofctrl, &ep->flows);
    if (ep->users) {
        hmapx_destroy(&ep->users->fips);
        hmapx_destroy(&ep->users->routes);
        hmapx_destroy(&ep->users->lbs);
        free(ep->users);
    }
    free(ep->message);
    free(ep);
}

const struct entity_class m_endpoint_class = {
    .kind = MODEL_ENDPOINT,
    .name = "Endpoint",
    .create = m_endpoint_create,
    .resolve = m_endpoint_resolve,
    .is_referenced = m_endpoint_is_referenced,
    .release = m_endpoint_release,
    .destroy = m_endpoint_destroy,
};
