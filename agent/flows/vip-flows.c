/* External addresses: see vip-flows.h.
 *
 * A service is looked at again when it changes, or its gateway, its VPC, the
 * node of one of its backends, or what is negotiated with that. */

#include <config.h>

#include "agent/flows/vip-flows.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/vip-backend.h"
#include "agent/flows/vip-gateway.h"
#include "agent/flows/vip-past.h"
#include "agent/flows/vips.h"
#include "agent/model/encap.h"
#include "agent/model/entity-order.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/ofpbuf.h"
#include "svec.h"
#include "util.h"

static void
make(struct agent *agent, struct m_lb *lb)
{
    const struct gateway *g = vip_gateway_find(agent, lb);
    bool active = lb->vpc && m_vpc_is_active(lb->vpc);
    struct flow_list flows;
    struct vip *vip;

    if (!active || (!g && !vip_backend_is_here(lb))) {
        vips_remove(agent, lb->up.name);
        return;
    }
    vip = vips_begin(agent, lb->up.name);
    flow_list_init(&flows);
    if (g) {
        vip_gateway_add_flows(agent, vip, lb, g, &flows);
    } else {
        vip_past_clear(vip);
    }
    if (vip_backend_is_here(lb)) {
        vip_backend_add_flows(agent, vip, lb, &flows);
    }
    vips_end(agent, vip, &flows);
    flow_list_destroy(&flows);
}

static void
add_all(struct hmapx *lbs, const struct hmapx *members)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, members) {
        hmapx_add(lbs, node->data);
    }
}

static void
add_of_nve(const struct m_nve *nve, struct hmapx *lbs)
{
    const struct m_share *share;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        add_all(lbs, &share->vpc->lbs);
    }
}

/* What is remembered of some of their backends is to be forgotten. */
static void
add_expired(struct agent *agent, struct hmapx *lbs)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const char *name;
    size_t i;

    vips_take_expired(agent->vips, &names);
    SVEC_FOR_EACH (i, name, &names) {
        struct entity *entity = entity_find(agent->model, MODEL_LB, name);

        if (entity) {
            hmapx_add(lbs, M_CAST(m_lb, entity));
        }
    }
    svec_destroy(&names);
}

static void
get_changed(struct agent *agent, bool gateways_changed, struct hmapx *lbs)
{
    struct model *model = agent->model;
    const struct hmapx_node *node;
    const struct entity *entity;

    add_all(lbs, &model->changed_lbs);
    HMAPX_FOR_EACH (node, &model->changed_endpoints) {
        add_all(lbs, &m_endpoint_get_users(node->data)->lbs);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        add_all(lbs, &((const struct m_vpc *) node->data)->lbs);
    }
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        add_of_nve(node->data, lbs);
    }
    HMAPX_FOR_EACH (node, &model->changed_encaps) {
        add_of_nve(((const struct m_encap *) node->data)->nve, lbs);
    }
    HMAPX_FOR_EACH (node, &model->changed_gateways) {
        const struct m_gateway *gw = node->data;

        if (gw->vpc) {
            add_all(lbs, &gw->vpc->lbs);
        }
    }
    add_expired(agent, lbs);
    if (gateways_changed || !hmapx_is_empty(&model->changed_extnets)) {
        HMAP_FOR_EACH (entity, node, &model->entities[MODEL_LB]) {
            hmapx_add(lbs, M_CAST(m_lb, entity));
        }
    }
}

/* A service's entity may be gone before its flows are. */
static void
remove_gone(struct agent *agent)
{
    struct shash_node *node;

    if (agent->vips->n_destroyed == agent->model->n_destroyed) {
        return;
    }
    agent->vips->n_destroyed = agent->model->n_destroyed;
    SHASH_FOR_EACH_SAFE (node, &agent->vips->all) {
        if (!entity_find(agent->model, MODEL_LB, node->name)) {
            char *name = xstrdup(node->name);

            vips_remove(agent, name);
            free(name);
        }
    }
}

/* In the order of names, so that zones do not depend on chance. */
static void
make_all(struct agent *agent, const struct hmapx *lbs)
{
    void **sorted = entity_order_list(lbs);

    for (size_t i = 0; i < hmapx_count(lbs); i++) {
        make(agent, sorted[i]);
    }
    free(sorted);
}

void
vip_flows_run(struct agent *agent, bool gateways_changed)
{
    struct hmapx lbs = HMAPX_INITIALIZER(&lbs);

    get_changed(agent, gateways_changed, &lbs);
    if (!hmapx_is_empty(&lbs)) {
        make_all(agent, &lbs);
    }
    hmapx_destroy(&lbs);
    remove_gone(agent);
}
