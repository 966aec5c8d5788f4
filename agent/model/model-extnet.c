/* External networks: see model-extnet.h.
 *
 * Of two networks that are one wire (the same physical network and VLAN) the
 * older one is in use: what comes in is of one network, whatever its address.
 * Which one follows from the objects alone, as all agents must agree.  A
 * network that is refused itself is in nobody's way.  Networks are few, so
 * each is compared with all.
 *
 * Invariant after model_run(): a network with an object is valid unless there
 * is an older valid one on its wire. */

#include <config.h>

#include "agent/model/model-extnet.h"

#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

struct m_extnet *
m_extnet_find(const struct model *model, const char *name)
{
    struct entity *entity = entity_find(model, MODEL_EXTNET, name);

    return entity ? M_CAST(m_extnet, entity) : NULL;
}

char *
m_extnet_get_fault(const struct model *model, const struct m_extnet *extnet)
{
    if (extnet->up.object) {
        return (extnet->valid ? NULL
                : xasprintf("spec.externalNetwork: ExternalNetwork %s is "
                            "refused", extnet->up.name));
    }
    return (model->complete
            ? xasprintf("spec.externalNetwork: ExternalNetwork %s does not "
                        "exist", extnet->up.name)
            : NULL);
}

bool
m_extnet_is_attached(const struct model *model,
                     const struct m_extnet *extnet, const struct m_nve *nve)
{
    const struct external_network *def = m_extnet_get_def(extnet);

    if (!def || !nve) {
        return false;
    }
    if (nullable_string_is_equal(nve->up.name, model->self)) {
        return sset_contains(&model->physical_networks,
                             def->physical_network);
    }
    return sset_contains(&nve->external_networks, extnet->up.name);
}

void
m_extnet_attachments_changed(struct model *model)
{
    static const enum model_kind kinds[] = { MODEL_GATEWAY, MODEL_FIP };
    struct entity *entity;

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        HMAP_FOR_EACH (entity, node, &model->entities[kinds[i]]) {
            entity_set_dirty(model, entity);
        }
    }
}

static struct entity *
m_extnet_create(const char *name)
{
    struct m_extnet *extnet = entity_alloc(sizeof *extnet, name);
    uint32_t cookie = hash_string(name, MODEL_EXTNET);

    packet_limit_init(&extnet->error_limit);
    flow_owner_init(&extnet->flows, cookie, "external network %s", name);
    flow_owner_init(&extnet->meter_flows, cookie,
                    "meters of external network %s", name);
    flow_owner_init(&extnet->neighbor_flows, cookie,
                    "neighbors in external network %s", name);

    hmapx_init(&extnet->users);
    return &extnet->up;
}

/* Returns the oldest network that is in the way of 'extnet', or NULL. */
static const struct m_extnet *
find_rival(const struct model *model, const struct m_extnet *extnet)
{
    const struct m_extnet *rival = NULL;
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_EXTNET]) {
        const struct m_extnet *other = M_CAST(m_extnet, entity);
        const struct external_network *def = m_extnet_get_def(other);

        if (def && other != extnet
            && entity_compare(&other->up, &extnet->up) < 0
            && (!rival || entity_compare(&other->up, &rival->up) < 0)
            && external_network_is_same_wire(extnet->up.object->extnet,
                                             def)) {
            rival = other;
        }
    }
    return rival;
}

/* Finds the rival of 'extnet'.  Returns what that makes wrong, for the caller
 * to free, or NULL. */
static char *
find_problem(const struct model *model, struct m_extnet *extnet)
{
    size_t i;

    extnet->rival = find_rival(model, extnet);
    if (!extnet->rival) {
        return NULL;
    } else if (external_network_overlaps(extnet->up.object->extnet,
                                         m_extnet_get_def(extnet->rival),
                                         &i)) {
        return xasprintf("spec.subnets[%"PRIuSIZE"].cidr: overlaps "
                         "ExternalNetwork %s, which is the same physical "
                         "network and VLAN", i, extnet->rival->up.name);
    }
    return xasprintf("spec.physicalNetwork: ExternalNetwork %s is the same "
                     "physical network and VLAN: put the subnets into that "
                     "one", extnet->rival->up.name);
}

/* Those that may lose to 'extnet', the younger ones, and those that lost to
 * it: it may be younger than they now, if it was made anew.  All, if it is
 * gone. */
static void
set_others_dirty(struct model *model, const struct m_extnet *extnet)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_EXTNET]) {
        if (entity->object
            && (!extnet->up.object
                || M_CAST(m_extnet, entity)->rival == extnet
                || entity_compare(&extnet->up, entity) < 0)) {
            entity_set_dirty(model, entity);
        }
    }
}

static void
m_extnet_resolve(struct model *model, struct entity *entity)
{
    struct m_extnet *extnet = M_CAST(m_extnet, entity);
    const struct object *object = extnet->up.object;
    struct hmapx_node *node;
    char *problem;

    problem = object ? find_problem(model, extnet) : NULL;
    extnet->valid = object && !problem;
    entity_set_problem(model, &extnet->up, problem);

    /* Those that are younger can only lose to this one, so this ends. */
    set_others_dirty(model, extnet);
    HMAPX_FOR_EACH (node, &extnet->users) {
        entity_set_dirty(model, node->data);
    }
    model_touch_extnet(model, extnet);
}

static bool
m_extnet_is_referenced(const struct model *model OVS_UNUSED,
                       const struct entity *entity)
{
    return !hmapx_is_empty(&M_CAST(m_extnet, entity)->users);
}

static void
m_extnet_release(struct model *model, struct entity *entity)
{
    model_touch_forget(model, M_CAST(m_extnet, entity));
}

static void
m_extnet_destroy(struct model *model, struct entity *entity)
{
    struct m_extnet *extnet = M_CAST(m_extnet, entity);

    ofctrl_destroy_owner(model->ofctrl, &extnet->flows);
    ofctrl_destroy_owner(model->ofctrl, &extnet->meter_flows);
    ofctrl_destroy_owner(model->ofctrl, &extnet->neighbor_flows);

    hmapx_destroy(&extnet->users);
    free(extnet);
}

const struct entity_class m_extnet_class = {
    .kind = MODEL_EXTNET,
    .name = "ExternalNetwork",
    .has_id = true,
    .create = m_extnet_create,
    .resolve = m_extnet_resolve,
    .is_referenced = m_extnet_is_referenced,
    .release = m_extnet_release,
    .destroy = m_extnet_destroy,
};
