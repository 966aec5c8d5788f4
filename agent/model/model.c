/* The model: entities, references, dirty lists.  How each kind is resolved is
 * in model-resolve.c.
 *
 * An entity is made when its object comes or when another entity first refers
 * to it, and goes when neither holds any more.  Changes travel along
 * references in one direction, option -> profile -> VPC -> endpoint, so one
 * pass over the kinds in that order brings everything up to date.
 *
 * Invariants: an entity with a dirty_node in a list will be resolved by the
 * next model_run().  Pointers in the 'changed' sets are valid until
 * model_run_done(). */

#include <config.h>

#include "agent/model/model.h"
#include "agent/flows/meter-stage.h"
#include "agent/model/model-resolve.h"

#include "agent/alarms.h"
#include "agent/model/model-policy.h"
#include "agent/model/source-set.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

static const enum model_kind model_kinds[RES_N_KINDS] = {
    [RES_GENEVE_OPTION] = MODEL_OPTION,
    [RES_OPTION_PROFILE] = MODEL_PROFILE,
    [RES_VPC] = MODEL_VPC,
    [RES_NVE] = MODEL_NVE,
    [RES_ENDPOINT] = MODEL_ENDPOINT,
    [RES_ADVERTISEMENT_ACK] = MODEL_N_KINDS,
    [RES_VPC_POLICY] = MODEL_POLICY,
};

struct entity *
model_find(const struct model *model, enum model_kind kind, const char *name)
{
    struct entity *entity;

    HMAP_FOR_EACH_WITH_HASH (entity, node, hash_string(name, 0),
                             &model->entities[kind]) {
        if (!strcmp(entity->name, name)) {
            return entity;
        }
    }
    return NULL;
}

/* Gives 'entity' a number that no other has, for use in flows.  It comes from
 * the name, not from a counter, so that an agent that restarts finds the flows
 * that it would make. */
static void
model_alloc_id(struct model *model, struct entity *entity)
{
    const struct entity *other;

    entity->id = hash_string(entity->name, entity->kind);
again:
    entity->id += !entity->id;
    HMAP_FOR_EACH_WITH_HASH (other, id_node, hash_int(entity->id, 0),
                             &model->ids) {
        if (other->id == entity->id) {
            entity->id++;
            goto again;
        }
    }
    hmap_insert(&model->ids, &entity->id_node, hash_int(entity->id, 0));
}

static struct entity *
model_create_entity(struct model *model, enum model_kind kind,
                    const char *name)
{
    struct entity *entity;

    switch (kind) {
    case MODEL_OPTION: {
        struct m_option *option = xzalloc(sizeof *option);
        hmapx_init(&option->profiles);
        entity = &option->up;
        break;
    }
    case MODEL_PROFILE: {
        struct m_profile *profile = xzalloc(sizeof *profile);
        hmapx_init(&profile->options_used);
        hmapx_init(&profile->vpcs);
        profile->sender.limits = NEG_LIMITS_NONE;
        profile->source = source_set_create();
        entity = &profile->up;
        break;
    }
    case MODEL_NVE: {
        struct m_nve *nve = xzalloc(sizeof *nve);
        hmap_init(&nve->shares);
        shash_init(&nve->encaps);
        flow_owner_init(&nve->flows, hash_string(name, kind), "NVE %s", name);
        entity = &nve->up;
        break;
    }
    case MODEL_VPC: {
        struct m_vpc *vpc = xzalloc(sizeof *vpc);
        hmapx_init(&vpc->endpoints);
        hmapx_init(&vpc->local);
        hmap_init(&vpc->shares);
        hmapx_init(&vpc->policies);
        hmap_init(&vpc->label_sets);
        hmap_init(&vpc->label_pairs);
        hmap_init(&vpc->policy_groups);
        flow_owner_init(&vpc->flows, hash_string(name, kind), "VPC %s", name);
        entity = &vpc->up;
        break;
    }
    case MODEL_POLICY: {
        struct m_policy *policy = xzalloc(sizeof *policy);
        entity = &policy->up;
        break;
    }
    case MODEL_ENDPOINT: {
        struct m_endpoint *ep = xzalloc(sizeof *ep);
        ep->phase = "Pending";
        packet_limit_init(&ep->answer_limit);
        flow_owner_init(&ep->flows, hash_string(name, kind), "endpoint %s",
                        name);
        flow_owner_init(&ep->meter_flows, hash_string(name, kind),
                        "meter of endpoint %s", name);
        entity = &ep->up;
        break;
    }
    case MODEL_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }

    entity->kind = kind;
    entity->name = xstrdup(name);
    ovs_list_init(&entity->dirty_node);
    claimant_init(&entity->claimant, name, entity);
    hmap_insert(&model->entities[kind], &entity->node, hash_string(name, 0));
    if (kind == MODEL_NVE || kind == MODEL_PROFILE) {
        model_alloc_id(model, entity);
    }
    return entity;
}

/* The entity of that name; made, without an object, if it is not there. */
struct entity *
model_get(struct model *model, enum model_kind kind, const char *name)
{
    struct entity *entity = model_find(model, kind, name);

    return entity ? entity : model_create_entity(model, kind, name);
}

void
model_mark_dirty(struct model *model, struct entity *entity)
{
    if (ovs_list_is_empty(&entity->dirty_node)) {
        ovs_list_push_back(&model->dirty[entity->kind],
                           &entity->dirty_node);
    }
}

/* For claims: the winner of a key changed. */
void
model_mark_dirty_cb(void *entity, void *model)
{
    model_mark_dirty(model, entity);
}

struct model *
model_create(struct alarms *alarms, struct ofctrl *ofctrl)
{
    struct model *model = xzalloc(sizeof *model);

    for (int i = 0; i < MODEL_N_KINDS; i++) {
        hmap_init(&model->entities[i]);
        ovs_list_init(&model->dirty[i]);
    }
    hmap_init(&model->ids);
    claims_init(&model->claims);
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

    model->no_profile = M_CAST(m_profile,
                               model_get(model, MODEL_PROFILE, ""));
    model->no_profile->valid = true;
    return model;
}

static bool
entity_is_referenced(const struct model *model, const struct entity *entity)
{
    switch (entity->kind) {
    case MODEL_OPTION:
        return !hmapx_is_empty(&M_CAST(m_option, entity)->profiles);
    case MODEL_PROFILE:
        return (!hmapx_is_empty(&M_CAST(m_profile, entity)->vpcs)
                || entity == &model->no_profile->up);
    case MODEL_NVE:
        return (!hmap_is_empty(&M_CAST(m_nve, entity)->shares)
                || !shash_is_empty(&M_CAST(m_nve, entity)->encaps)
                || M_CAST(m_nve, entity)->n_tunnels);
    case MODEL_VPC:
        return (!hmapx_is_empty(&M_CAST(m_vpc, entity)->endpoints)
                || !hmapx_is_empty(&M_CAST(m_vpc, entity)->policies));
    case MODEL_POLICY:
        return false;
    case MODEL_ENDPOINT:
        return M_CAST(m_endpoint, entity)->plugged;
    case MODEL_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
}

static void
model_destroy_entity(struct model *model, struct entity *entity)
{
    entity->object = NULL;
    model_release(model, entity);
    switch (entity->kind) {
    case MODEL_OPTION:
        hmapx_destroy(&M_CAST(m_option, entity)->profiles);
        break;
    case MODEL_PROFILE: {
        struct m_profile *profile = M_CAST(m_profile, entity);
        hmapx_destroy(&profile->options_used);
        hmapx_destroy(&profile->vpcs);
        source_set_destroy(profile->source);
        hmapx_find_and_delete(&model->leaving, profile);
        break;
    }
    case MODEL_NVE: {
        struct m_nve *nve = M_CAST(m_nve, entity);
        hmap_destroy(&nve->shares);
        shash_destroy(&nve->encaps);
        free(nve->tunnels);
        ofctrl_destroy_owner(model->ofctrl, &nve->flows);
        break;
    }
    case MODEL_VPC: {
        struct m_vpc *vpc = M_CAST(m_vpc, entity);
        hmapx_destroy(&vpc->endpoints);
        hmapx_destroy(&vpc->local);
        hmap_destroy(&vpc->shares);
        mtu_counts_destroy(&vpc->mtus);
        hmapx_destroy(&vpc->policies);
        hmap_destroy(&vpc->label_sets);
        hmap_destroy(&vpc->label_pairs);
        hmap_destroy(&vpc->policy_groups);
        ofctrl_destroy_owner(model->ofctrl, &vpc->flows);
        break;
    }
    case MODEL_POLICY:
        break;
    case MODEL_ENDPOINT: {
        struct m_endpoint *ep = M_CAST(m_endpoint, entity);
        free(ep->message);
        meter_stage_forget(model, ep);
        ofctrl_destroy_owner(model->ofctrl, &ep->meter_flows);
        ofctrl_destroy_owner(model->ofctrl, &ep->flows);
        break;
    }
    case MODEL_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
    claimant_destroy(&model->claims, &entity->claimant, model_mark_dirty_cb,
                     model);
    ovs_list_remove(&entity->dirty_node);
    if (entity->id) {
        hmap_remove(&model->ids, &entity->id_node);
    }
    hmap_remove(&model->entities[entity->kind], &entity->node);
    hmapx_find_and_delete(&model->maybe_gone, entity);
    entity_set_problem(model, entity, NULL);
    free(entity->name);
    free(entity);
}

/* Only the process's end calls this; flows stay in the switch. */
void
model_destroy(struct model *model)
{
    static const enum model_kind order[] = {
        MODEL_ENDPOINT, MODEL_POLICY, MODEL_VPC, MODEL_PROFILE, MODEL_OPTION,
        MODEL_NVE
    };

    if (!model) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        struct hmap *hmap = &model->entities[order[i]];
        while (!hmap_is_empty(hmap)) {
            struct hmap_node *first = hmap_first(hmap);
            model_destroy_entity(model, CONTAINER_OF(first, struct entity,
                                                     node));
        }
        hmap_destroy(hmap);
    }
    hmap_destroy(&model->ids);
    claims_destroy(&model->claims);
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
    free(model->self);
    free(model);
}

/* Callback of objects_run(). */
void
model_object_changed(struct object *object, void *model_)
{
    struct model *model = model_;
    enum model_kind kind = model_kinds[object->kind];

    if (kind == MODEL_N_KINDS) {
        return;
    }

    bool exists = object->json && object->parsed;
    struct entity *entity = (exists ? model_get(model, kind, object->name)
                             : model_find(model, kind, object->name));
    if (entity) {
        entity->object = exists ? object : NULL;
        if (!exists) {
            /* It may come again as another one, with other claims. */
            hmapx_add(&model->maybe_gone, entity);
        }
        model_mark_dirty(model, entity);
    }
}

/* Our own NVE is not a remote: everything that depends on a location is to be
 * looked at again. */
void
model_set_self(struct model *model, const char *name)
{
    static const enum model_kind kinds[] = { MODEL_NVE, MODEL_ENDPOINT };

    if (nullable_string_is_equal(model->self, name)) {
        return;
    }
    free(model->self);
    model->self = nullable_xstrdup(name);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct entity *entity;
        HMAP_FOR_EACH (entity, node, &model->entities[kinds[i]]) {
            model_mark_dirty(model, entity);
        }
    }
}

/* Whether what we claim can be told to others: not with a file. */
void
model_set_writable(struct model *model, bool writable)
{
    if (model->writable != writable) {
        struct hmapx_node *node;

        model->writable = writable;
        HMAPX_FOR_EACH (node, &model->plugged) {
            model_mark_dirty(model, node->data);
        }
    }
}

/* Every object has been listed once.  Until then a missing VPC of an endpoint
 * that is not here is not worth a word. */
void
model_set_complete(struct model *model)
{
    struct entity *entity;

    model->complete = true;
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_ENDPOINT]) {
        const struct m_endpoint *ep = M_CAST(m_endpoint, entity);

        if (!ep->vpc || !ep->vpc->up.object) {
            model_mark_dirty(model, entity);
        }
    }
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_POLICY]) {
        model_mark_dirty(model, entity);
    }
}

/* The interface of endpoint 'iface_id' is 'iface', or gone if that is NULL.
 * 'initial': it was there when the agent started, so if it was settled before
 * who has the endpoint, it says nothing about who plugged it in last. */
void
model_set_iface(struct model *model, const char *iface_id,
                const struct plug *iface, bool initial)
{
    struct entity *entity;
    struct m_endpoint *ep;

    entity = (iface ? model_get(model, MODEL_ENDPOINT, iface_id)
              : model_find(model, MODEL_ENDPOINT, iface_id));
    if (!entity) {
        return;
    }
    ep = M_CAST(m_endpoint, entity);
    if (iface && !ep->plugged) {
        ep->fresh_plug = !initial || !iface->settled;
        hmapx_add(&model->plugged, ep);
    } else if (!iface) {
        ep->fresh_plug = false;
        hmapx_find_and_delete(&model->plugged, ep);
        hmapx_add(&model->maybe_gone, entity);
    }
    ep->plugged = iface != NULL;
    if (iface && ep->ofport != iface->ofport && m_endpoint_is_local(ep)) {
        /* It is in the VPC's list already, which replication goes by. */
        hmapx_add(&model->changed_vpcs, ep->vpc);
    }
    ep->ofport = iface ? iface->ofport : 0;
    model_mark_dirty(model, entity);
}

struct m_nve *
model_get_self(const struct model *model)
{
    struct entity *entity;

    entity = model->self ? model_find(model, MODEL_NVE, model->self) : NULL;
    return entity ? M_CAST(m_nve, entity) : NULL;
}

void
model_run(struct model *model)
{
    for (int i = 0; i < MODEL_N_KINDS; i++) {
        while (!ovs_list_is_empty(&model->dirty[i])) {
            struct entity *entity
                = CONTAINER_OF(ovs_list_pop_front(&model->dirty[i]),
                               struct entity, dirty_node);
            ovs_list_init(&entity->dirty_node);
            model_resolve(model, entity);
        }
    }
    model_policy_run(model);
}

void
model_run_done(struct model *model)
{
    hmapx_clear(&model->changed_groups);
    hmapx_clear(&model->changed_vpcs);
    hmapx_clear(&model->changed_nves);
    hmapx_clear(&model->changed_endpoints);
    while (!hmapx_is_empty(&model->maybe_gone)) {
        struct hmap_node *first = hmap_first(&model->maybe_gone.map);
        struct hmapx_node *node = CONTAINER_OF(first, struct hmapx_node,
                                               hmap_node);
        struct entity *entity = node->data;

        hmapx_delete(&model->maybe_gone, node);
        if (!entity->object && !entity_is_referenced(model, entity)) {
            model_destroy_entity(model, entity);
        }
    }
}

void
model_wait(const struct model *model)
{
    for (int i = 0; i < MODEL_N_KINDS; i++) {
        if (!ovs_list_is_empty(&model->dirty[i])) {
            poll_immediate_wake();
        }
    }
}
