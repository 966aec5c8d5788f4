/* The model's inputs and its turn: see model.h.
 *
 * Changes travel along references in one direction, option -> profile -> VPC
 * -> endpoint -> network outside -> gateway -> FIP -> route -> load balancer,
 * and QoS class -> QoS policy, so one pass over the kinds in that order brings
 * everything up to date.
 *
 * Invariants: model_run() leaves no dirty entity.  Pointers in the sets of
 * changes are valid until model_run_done(). */

#include <config.h>

#include "agent/model/model.h"

#include "agent/model/model-endpoint.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-option.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-profile.h"
#include "agent/model/model-qos.h"
#include "agent/model/model-route.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/node/local.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

static const struct entity_class *const model_classes[MODEL_N_KINDS] = {
    [MODEL_OPTION] = &m_option_class,
    [MODEL_PROFILE] = &m_profile_class,
    [MODEL_NVE] = &m_nve_class,
    [MODEL_VPC] = &m_vpc_class,
    [MODEL_POLICY] = &m_policy_class,
    [MODEL_ENDPOINT] = &m_endpoint_class,
    [MODEL_EXTNET] = &m_extnet_class,
    [MODEL_GATEWAY] = &m_gateway_class,
    [MODEL_FIP] = &m_fip_class,
    [MODEL_ROUTE] = &m_route_class,
    [MODEL_LB] = &m_lb_class,
    [MODEL_QOS_CLASS] = &m_qos_class_class,
    [MODEL_QOS_POLICY] = &m_qos_policy_class,
};

static const enum model_kind model_kinds[RES_N_KINDS] = {
    [RES_GENEVE_OPTION] = MODEL_OPTION,
    [RES_OPTION_PROFILE] = MODEL_PROFILE,
    [RES_VPC] = MODEL_VPC,
    [RES_NVE] = MODEL_NVE,
    [RES_ENDPOINT] = MODEL_ENDPOINT,
    [RES_ADVERTISEMENT_ACK] = MODEL_N_KINDS,
    [RES_VPC_POLICY] = MODEL_POLICY,
    [RES_EXTERNAL_NETWORK] = MODEL_EXTNET,
    [RES_VPC_GATEWAY] = MODEL_GATEWAY,
    [RES_FLOATING_IP] = MODEL_FIP,
    [RES_VPC_ROUTE] = MODEL_ROUTE,
    [RES_LOAD_BALANCER] = MODEL_LB,
    [RES_QOS_POLICY] = MODEL_QOS_POLICY,
    [RES_QOS_CLASS] = MODEL_QOS_CLASS,
};

struct model *
model_create(struct alarms *alarms, struct ofctrl *ofctrl)
{
    struct model *model = xzalloc(sizeof *model);

    model->classes = model_classes;
    for (int i = 0; i < MODEL_N_KINDS; i++) {
        hmap_init(&model->entities[i]);
        ovs_list_init(&model->dirty[i]);
    }
    hmap_init(&model->ids);
    hmap_init(&model->timed);
    heap_init(&model->times);
    claims_init(&model->claims, entity_compare_claimants);
    vni_rests_init(&model->vni_rests);
    model->encapsulations = encapsulation_set_all();
    model->used_encapsulations = model->encapsulations;
    model->alarms = alarms;
    model->ofctrl = ofctrl;
    hmapx_init(&model->active_vpcs);
    hmapx_init(&model->plugged);
    hmapx_init(&model->leaving);
    hmapx_init(&model->switching);
    hmapx_init(&model->maybe_gone);
    hmapx_init(&model->policy_vpcs);
    hmapx_init(&model->relabelled);
    hmap_init(&model->policy_groups);
    hmapx_init(&model->changed_groups);
    hmapx_init(&model->changed_vpcs);
    hmapx_init(&model->changed_nves);
    hmapx_init(&model->changed_endpoints);
    hmapx_init(&model->changed_encaps);
    hmapx_init(&model->changed_extnets);
    hmapx_init(&model->changed_gateways);
    hmapx_init(&model->changed_fips);
    hmapx_init(&model->changed_routes);
    hmapx_init(&model->changed_lbs);
    hmapx_init(&model->changed_qos_policies);
    hmapx_init(&model->changed_qos_classes);
    sset_init(&model->physical_networks);

    model->no_profile = M_CAST(m_profile,
                               entity_get(model, MODEL_PROFILE, ""));
    model->no_profile->valid = true;
    return model;
}

void
model_destroy(struct model *model)
{
    static const enum model_kind order[] = {
        MODEL_LB, MODEL_ROUTE, MODEL_FIP, MODEL_QOS_POLICY, MODEL_QOS_CLASS,
        MODEL_ENDPOINT, MODEL_POLICY, MODEL_GATEWAY, MODEL_VPC, MODEL_PROFILE,
        MODEL_OPTION, MODEL_NVE, MODEL_EXTNET
    };

    if (!model) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        struct hmap *hmap = &model->entities[order[i]];
        while (!hmap_is_empty(hmap)) {
            struct hmap_node *first = hmap_first(hmap);
            entity_destroy(model, CONTAINER_OF(first, struct entity, node));
        }
        hmap_destroy(hmap);
    }
    hmap_destroy(&model->ids);
    claims_destroy(&model->claims);
    vni_rests_destroy(&model->vni_rests);
    json_destroy(model->former_vnis);
    hmap_destroy(&model->timed);
    heap_destroy(&model->times);
    hmapx_destroy(&model->active_vpcs);
    hmapx_destroy(&model->plugged);
    hmapx_destroy(&model->leaving);
    hmapx_destroy(&model->switching);
    hmapx_destroy(&model->maybe_gone);
    hmapx_destroy(&model->policy_vpcs);
    hmapx_destroy(&model->relabelled);
    hmap_destroy(&model->policy_groups);
    hmapx_destroy(&model->changed_groups);
    hmapx_destroy(&model->changed_vpcs);
    hmapx_destroy(&model->changed_nves);
    hmapx_destroy(&model->changed_endpoints);
    hmapx_destroy(&model->changed_encaps);
    hmapx_destroy(&model->changed_extnets);
    hmapx_destroy(&model->changed_gateways);
    hmapx_destroy(&model->changed_fips);
    hmapx_destroy(&model->changed_routes);
    hmapx_destroy(&model->changed_lbs);
    hmapx_destroy(&model->changed_qos_policies);
    hmapx_destroy(&model->changed_qos_classes);
    sset_destroy(&model->physical_networks);
    free(model->self);
    free(model);
}

void
model_object_changed(struct object *object, void *model_)
{
    struct model *model = model_;
    enum model_kind kind = model_kinds[object->kind];

    if (kind == MODEL_N_KINDS) {
        return;
    }

    bool exists = object->exists && object->parsed;
    struct entity *entity = (exists ? entity_get(model, kind, object->name)
                             : entity_find(model, kind, object->name));
    if (entity) {
        entity->object = exists ? object : NULL;
        if (!exists) {
            entity_maybe_gone(model, entity);
        }
        entity_set_dirty(model, entity);
    }
}

/* What was claimed under our former name is claimed anew under the new one: to
 * everybody else it is another node's. */
static void
renew_claims(struct model *model)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &model->plugged) {
        struct m_endpoint *ep = node->data;
        const char *at = m_endpoint_get_status(ep)->nve;

        if (at && model->self && !strcmp(at, model->self)) {
            ep->fresh_plug = true;
        }
    }
}

/* Our own NVE is not a remote, so everything that depends on a location is
 * resolved again. */
void
model_set_self(struct model *model, const char *name)
{
    static const enum model_kind kinds[] = {
        MODEL_NVE, MODEL_ENDPOINT, MODEL_GATEWAY, MODEL_FIP, MODEL_LB
    };

    if (nullable_string_is_equal(model->self, name)) {
        return;
    }
    renew_claims(model);
    free(model->self);
    model->self = nullable_xstrdup(name);
    if (model->self_nve) {
        entity_maybe_gone(model, model->self_nve);
        model->self_nve = NULL;
    }
    if (name) {
        model->self_nve = entity_get(model, MODEL_NVE, name);
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct entity *entity;
        HMAP_FOR_EACH (entity, node, &model->entities[kinds[i]]) {
            entity_set_dirty(model, entity);
        }
    }
}

void
model_set_encapsulations(struct model *model, encapsulation_set set)
{
    if (model->encapsulations != set) {
        model->encapsulations = set;
        m_nve_update_own_encapsulations(model);
    }
}

void
model_set_writable(struct model *model, bool writable)
{
    if (model->writable != writable) {
        struct hmapx_node *node;

        model->writable = writable;
        HMAPX_FOR_EACH (node, &model->plugged) {
            entity_set_dirty(model, node->data);
        }
    }
}

void
model_take_notes(struct model *model, const struct json *notes)
{
    const struct json *vnis = json_util_get(notes, "vnis");

    json_destroy(model->former_vnis);
    model->former_vnis = vnis ? json_clone(vnis) : NULL;
}

struct json *
model_to_notes(const struct model *model)
{
    struct json *notes = json_object_create();

    json_object_put(notes, "vnis", vni_rests_to_json(&model->vni_rests));
    return notes;
}

bool
model_notes_changed(struct model *model)
{
    return vni_rests_have_passed(&model->vni_rests);
}

void
model_set_physical_networks(struct model *model, const struct sset *names)
{
    if (!sset_equals(&model->physical_networks, names)) {
        sset_destroy(&model->physical_networks);
        sset_clone(&model->physical_networks, names);
        m_extnet_attachments_changed(model);
    }
}

void
model_set_complete(struct model *model)
{
    static const enum model_kind kinds[] = {
        MODEL_POLICY, MODEL_QOS_POLICY, MODEL_GATEWAY, MODEL_FIP, MODEL_ROUTE,
        MODEL_LB
    };
    struct entity *entity;

    model->complete = true;
    m_vpc_restore_vnis(model, model->former_vnis);
    json_destroy(model->former_vnis);
    model->former_vnis = NULL;
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_ENDPOINT]) {
        const struct m_endpoint *ep = M_CAST(m_endpoint, entity);

        if (!ep->vpc || !ep->vpc->up.object) {
            entity_set_dirty(model, entity);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        HMAP_FOR_EACH (entity, node, &model->entities[kinds[i]]) {
            entity_set_dirty(model, entity);
        }
    }
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_NVE]) {
        m_nve_note_absent(model, M_CAST(m_nve, entity));
    }
}

void
model_set_iface(struct model *model, const char *iface_id,
                const struct plug *iface, bool initial)
{
    struct entity *entity;
    struct m_endpoint *ep;

    entity = (iface ? entity_get(model, MODEL_ENDPOINT, iface_id)
              : entity_find(model, MODEL_ENDPOINT, iface_id));
    if (!entity) {
        return;
    }
    ep = M_CAST(m_endpoint, entity);
    if (iface && (!ep->plugged
                  || !uuid_equals(&ep->here->plug, &iface->uuid))) {
        ep->fresh_plug = !initial || !iface->settled;
        m_endpoint_make_here(ep)->plug = iface->uuid;
        hmapx_add(&model->plugged, ep);
    } else if (iface && ep->hold && !iface->hold) {
        ep->fresh_plug = true;
    } else if (!iface) {
        ep->fresh_plug = false;
        hmapx_find_and_delete(&model->plugged, ep);
        entity_maybe_gone(model, entity);
    }
    ep->plugged = iface != NULL;
    ep->hold = iface && iface->hold;
    m_endpoint_count(model, ep);
    if (iface && ep->ofport != iface->ofport && m_endpoint_is_local(ep)) {
        /* Replication to the VPC's endpoints here uses the port. */
        model_touch_vpc(model, ep->vpc);
    }
    ep->ofport = iface ? iface->ofport : 0;
    entity_set_dirty(model, entity);
}

struct m_nve *
model_get_self(const struct model *model)
{
    return model->self_nve ? M_CAST(m_nve, model->self_nve) : NULL;
}

void
model_run(struct model *model)
{
    entity_run_timed(model);
    for (int i = 0; i < MODEL_N_KINDS; i++) {
        while (!ovs_list_is_empty(&model->dirty[i])) {
            struct entity *entity
                = CONTAINER_OF(ovs_list_pop_front(&model->dirty[i]),
                               struct entity, dirty_node);
            ovs_list_init(&entity->dirty_node);
            entity->class->resolve(model, entity);
            model->n_resolved++;
        }
        if (i == MODEL_NVE && model->attachments_changed) {
            model->attachments_changed = false;
            m_extnet_attachments_changed(model);
        }
    }
    m_policy_run(model);
}

void
model_run_done(struct model *model)
{
    if (!model->touched && hmapx_is_empty(&model->maybe_gone)) {
        return;
    }
    model->touched = false;
    entity_set_clear(&model->changed_groups);
    entity_set_clear(&model->changed_vpcs);
    entity_set_clear(&model->changed_nves);
    entity_set_clear(&model->changed_endpoints);
    entity_set_clear(&model->changed_encaps);
    entity_set_clear(&model->changed_extnets);
    entity_set_clear(&model->changed_gateways);
    entity_set_clear(&model->changed_fips);
    entity_set_clear(&model->changed_routes);
    entity_set_clear(&model->changed_lbs);
    entity_set_clear(&model->changed_qos_policies);
    entity_set_clear(&model->changed_qos_classes);
    while (!hmapx_is_empty(&model->maybe_gone)) {
        struct hmap_node *first = hmap_first(&model->maybe_gone.map);
        struct hmapx_node *node = CONTAINER_OF(first, struct hmapx_node,
                                               hmap_node);
        struct entity *entity = node->data;

        hmapx_delete(&model->maybe_gone, node);
        if (!entity->object
            && !entity->class->is_referenced(model, entity)) {
            entity_destroy(model, entity);
        }
    }
}

void
model_wait(const struct model *model)
{
    entity_wait_timed(model);
    for (int i = 0; i < MODEL_N_KINDS; i++) {
        if (!ovs_list_is_empty(&model->dirty[i])) {
            poll_immediate_wake();
        }
    }
}
