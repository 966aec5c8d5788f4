/* The sets of changes: see model-touch.h. */

#include <config.h>

#include "agent/model/model-touch.h"

#include "agent/model/entity.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"

static void
touch(struct model *model, struct hmapx *changed, void *member)
{
    hmapx_add(changed, member);
    model->touched = true;
}

void
model_touch_endpoint(struct model *model, struct m_endpoint *ep)
{
    touch(model, &model->changed_endpoints, ep);
}

void
model_touch_vpc(struct model *model, struct m_vpc *vpc)
{
    touch(model, &model->changed_vpcs, vpc);
}

void
model_touch_nve(struct model *model, struct m_nve *nve)
{
    touch(model, &model->changed_nves, nve);
}

void
model_touch_group(struct model *model, struct m_policy_group *group)
{
    touch(model, &model->changed_groups, group);
}

void
model_touch_encap(struct model *model, struct m_encap *encap)
{
    touch(model, &model->changed_encaps, encap);
}

void
model_touch_extnet(struct model *model, struct m_extnet *extnet)
{
    touch(model, &model->changed_extnets, extnet);
}

void
model_touch_gateway(struct model *model, struct m_gateway *gw)
{
    touch(model, &model->changed_gateways, gw);
}

void
model_touch_fip(struct model *model, struct m_fip *fip)
{
    touch(model, &model->changed_fips, fip);
}

void
model_touch_route(struct model *model, struct m_route *route)
{
    touch(model, &model->changed_routes, route);
}

void
model_touch_lb(struct model *model, struct m_lb *lb)
{
    touch(model, &model->changed_lbs, lb);
}

void
model_touch_qos_policy(struct model *model, struct m_qos_policy *policy)
{
    touch(model, &model->changed_qos_policies, policy);
}

void
model_touch_qos_class(struct model *model, struct m_qos_class *class)
{
    touch(model, &model->changed_qos_classes, class);
}

bool
model_touch_is_none(const struct model *model)
{
    return !model->touched;
}

static void
touch_members(struct model *model, struct hmapx *changed,
              const struct hmapx *members)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, members) {
        touch(model, changed, node->data);
    }
}

void
model_touch_plugged(struct model *model)
{
    struct entity *entity;

    touch_members(model, &model->changed_endpoints, &model->plugged);
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_GATEWAY]) {
        if (M_CAST(m_gateway, entity)->self) {
            model_touch_gateway(model, M_CAST(m_gateway, entity));
        }
    }
}

void
model_touch_all_endpoints(struct model *model)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_ENDPOINT]) {
        model_touch_endpoint(model, M_CAST(m_endpoint, entity));
    }
}

void
model_touch_all_vpcs(struct model *model)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_VPC]) {
        model_touch_vpc(model, M_CAST(m_vpc, entity));
    }
}

void
model_touch_all_encaps(struct model *model)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_NVE]) {
        model_touch_encaps_of(model, M_CAST(m_nve, entity));
    }
}

void
model_touch_all_extnets(struct model *model)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_EXTNET]) {
        model_touch_extnet(model, M_CAST(m_extnet, entity));
    }
}

void
model_touch_all_remotes(struct model *model)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_NVE]) {
        model_touch_nve(model, M_CAST(m_nve, entity));
    }
    model_touch_plugged(model);
}

void
model_touch_active_vpcs(struct model *model)
{
    touch_members(model, &model->changed_vpcs, &model->active_vpcs);
}

void
model_touch_endpoints_of(struct model *model, struct m_vpc *vpc)
{
    struct m_endpoint *ep;

    LIST_FOR_EACH (ep, vpc_node, &vpc->endpoints) {
        model_touch_endpoint(model, ep);
    }
}

void
model_touch_local_of(struct model *model, struct m_vpc *vpc)
{
    touch_members(model, &model->changed_endpoints, &vpc->local);
    touch_members(model, &model->changed_gateways, &vpc->gateways);
}

void
model_touch_lbs_of(struct model *model, struct m_vpc *vpc)
{
    touch_members(model, &model->changed_lbs, &vpc->lbs);
}

void
model_touch_nves_of(struct model *model, struct m_vpc *vpc)
{
    struct m_share *share;

    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        model_touch_nve(model, share->nve);
    }
}

void
model_touch_encaps_of(struct model *model, struct m_nve *nve)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->encaps) {
        model_touch_encap(model, node->data);
    }
}

void
model_touch_forget(struct model *model, void *member)
{
    hmapx_find_and_delete(&model->changed_endpoints, member);
    hmapx_find_and_delete(&model->changed_vpcs, member);
    hmapx_find_and_delete(&model->changed_nves, member);
    hmapx_find_and_delete(&model->changed_groups, member);
    hmapx_find_and_delete(&model->changed_encaps, member);
    hmapx_find_and_delete(&model->changed_extnets, member);
    hmapx_find_and_delete(&model->changed_gateways, member);
    hmapx_find_and_delete(&model->changed_fips, member);
    hmapx_find_and_delete(&model->changed_routes, member);
    hmapx_find_and_delete(&model->changed_lbs, member);
    hmapx_find_and_delete(&model->changed_qos_policies, member);
    hmapx_find_and_delete(&model->changed_qos_classes, member);
}
