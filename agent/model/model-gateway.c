/* Gateways of VPCs: see model-gateway.h.
 *
 * A node of a gateway that is attached to its network is a remote of the VPC,
 * though it may have no endpoint of it: there are tunnels to it, and what its
 * packets carry is negotiated.  On such a node, the VPC is active.  This holds
 * for a node with priority 0, too: what is under way there still passes.
 *
 * A gateway without candidates is Blocked.  It is not known in time whether
 * those that are attached are alive; that is for who elects the active one. */

#include <config.h>

#include "agent/model/model-gateway.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/claim-key.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-share.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "packets.h"
#include "util.h"

struct m_gateway *
m_gateway_find(const struct model *model, const char *name)
{
    struct entity *entity = entity_find(model, MODEL_GATEWAY, name);

    return entity ? M_CAST(m_gateway, entity) : NULL;
}

struct m_gateway *
m_gateway_find_default(const struct m_vpc *vpc, const struct m_extnet *extnet)
{
    struct m_gateway *best = NULL;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->gateways) {
        struct m_gateway *gw = node->data;

        if (gw->valid && (!extnet || gw->extnet == extnet)
            && (!best || strcmp(gw->up.name, best->up.name) < 0)) {
            best = gw;
        }
    }
    return best;
}

static struct entity *
m_gateway_create(const char *name)
{
    struct m_gateway *gw = entity_alloc(sizeof *gw, name);

    return &gw->up;
}

/* Nodes. */

static bool
m_gateway_node_is_candidate(const struct m_gateway_node *node)
{
    return node->attached && node->priority;
}

static int
compare_nodes(const void *a_, const void *b_)
{
    const struct m_gateway_node *a = a_;
    const struct m_gateway_node *b = b_;
    bool candidate = m_gateway_node_is_candidate(a);

    if (candidate != m_gateway_node_is_candidate(b)) {
        return candidate ? -1 : 1;
    }
    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    return strcmp(a->nve->up.name, b->nve->up.name);
}

/* Returns the nodes of 'def', sorted, for the caller to free. */
static struct m_gateway_node *
make_nodes(struct model *model, const struct vpc_gateway *def,
           const struct m_extnet *extnet)
{
    struct m_gateway_node *nodes = xcalloc(def->n_nodes + 1, sizeof *nodes);

    for (size_t i = 0; i < def->n_nodes; i++) {
        struct m_gateway_node *node = &nodes[i];

        node->nve = M_CAST(m_nve, entity_get(model, MODEL_NVE,
                                             def->nodes[i].nve));
        node->priority = def->nodes[i].priority;
        node->attached = m_extnet_is_attached(model, extnet, node->nve);
        node->is_self = nullable_string_is_equal(node->nve->up.name,
                                                 model->self);
    }
    qsort(nodes, def->n_nodes, sizeof *nodes, compare_nodes);
    return nodes;
}

static size_t
count_candidates(const struct m_gateway_node *nodes, size_t n)
{
    size_t n_candidates = 0;

    for (size_t i = 0; i < n; i++) {
        n_candidates += m_gateway_node_is_candidate(&nodes[i]);
    }
    return n_candidates;
}

/* Frees 'nodes', which no gateway has got. */
static void
free_nodes(struct model *model, struct m_gateway_node *nodes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        entity_maybe_gone(model, &nodes[i].nve->up);
    }
    free(nodes);
}

/* Counts the nodes of 'gw' as remotes of its VPC, or our own node as one where
 * that is active, in or out. */
static void
count_nodes(struct model *model, struct m_gateway *gw, bool in)
{
    for (size_t i = 0; gw->vpc && i < gw->n_nodes; i++) {
        struct m_gateway_node *node = &gw->nodes[i];

        if (node->is_self && node->attached) {
            gw->vpc->n_gateways_here += in ? 1 : -1;
            m_vpc_update_active(model, gw->vpc);
        } else if (node->attached) {
            m_share_count_gateway(model, gw->vpc, node->nve, in);
        }
        node->nve->n_gateways += in ? 1 : -1;
        entity_maybe_gone(model, &node->nve->up);
    }
}

/* Gives 'gw' another VPC, network and nodes; takes 'nodes'.  Returns whether
 * that made a difference. */
static bool
m_gateway_place(struct model *model, struct m_gateway *gw, struct m_vpc *vpc,
                struct m_extnet *extnet, struct m_gateway_node *nodes,
                size_t n_nodes)
{
    struct m_gateway new = *gw;
    struct m_gateway old = *gw;

    if (gw->vpc == vpc && gw->extnet == extnet && gw->n_nodes == n_nodes
        && (!n_nodes || !memcmp(gw->nodes, nodes, n_nodes * sizeof *nodes))) {
        free(nodes);
        return false;
    }
    new.vpc = vpc;
    new.nodes = nodes;
    new.n_nodes = n_nodes;
    count_nodes(model, &new, true);
    count_nodes(model, &old, false);    /* None goes in between. */
    free(gw->nodes);

    if (gw->vpc && gw->vpc != vpc) {
        hmapx_find_and_delete(&gw->vpc->gateways, gw);
        if (hmapx_is_empty(&gw->vpc->gateways)) {
            model_touch_nves_of(model, gw->vpc);
        }
        model_touch_vpc(model, gw->vpc);
        entity_maybe_gone(model, &gw->vpc->up);
    }
    if (gw->extnet && gw->extnet != extnet) {
        hmapx_find_and_delete(&gw->extnet->users, &gw->up);
        entity_maybe_gone(model, &gw->extnet->up);
    }
    if (vpc && hmapx_add(&vpc->gateways, gw)
        && hmapx_count(&vpc->gateways) == 1) {
        model_touch_nves_of(model, vpc);
    }
    if (extnet) {
        hmapx_add(&extnet->users, &gw->up);
    }
    gw->vpc = vpc;
    gw->extnet = extnet;
    gw->nodes = nodes;
    gw->n_nodes = n_nodes;
    gw->n_candidates = count_candidates(nodes, n_nodes);
    gw->self = NULL;
    for (size_t i = 0; i < n_nodes; i++) {
        if (nodes[i].is_self && nodes[i].attached) {
            gw->self = &nodes[i];
        }
    }
    return true;
}

/* Faults. */

static char *
m_gateway_claim(struct model *model, struct m_gateway *gw,
                const struct m_extnet *extnet, const struct vpc_gateway *def)
{
    struct claim_keys keys, used;
    char *rival, *problem;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    for (size_t i = 0; def && i < def->n_snat; i++) {
        claim_keys_add(&keys, claim_key_external_ip(
            extnet->up.name, &def->snat[i].address));
    }
    for (size_t i = 0; def && i < def->n_status_addresses; i++) {
        claim_keys_add(&used, claim_key_external_ip(
            extnet->up.name, &def->status_addresses[i]));
    }
    rival = entity_claim(model, &gw->up, &keys,
                         &used);
    problem = rival ? xasprintf("spec.snat: %s", rival) : NULL;
    free(rival);
    return problem;
}

static char *
find_bad_address(const struct m_vpc *vpc, const struct m_extnet *extnet,
                 const struct vpc_gateway *def)
{
    const struct external_network *net = m_extnet_get_def(extnet);

    for (size_t i = 0; net && i < def->n_snat; i++) {
        const struct in6_addr *address = &def->snat[i].address;
        const char *fault = external_network_address_fault(net, address);
        char ip[INET6_ADDRSTRLEN];

        if (fault) {
            ipv6_string_mapped(ip, address);
            return xasprintf("spec.snat[%"PRIuSIZE"].address: %s %s %s", i,
                             ip, fault, extnet->up.name);
        }
    }
    for (size_t i = 0; i < def->n_snat; i++) {
        char *fault = m_vpc_get_outside_fault(vpc, &def->snat[i].address);

        if (fault) {
            char *problem = xasprintf("spec.snat[%"PRIuSIZE"].address: %s", i,
                                      fault);

            free(fault);
            return problem;
        }
    }
    return NULL;
}

/* Says why none of the nodes can be the gateway. */
static char *
explain_no_candidate(const struct model *model, const struct m_gateway *gw,
                     const struct vpc_gateway *def)
{
    const struct vpc_gateway_node *first = def->nodes;
    const struct entity *nve;

    if (!model->complete || gw->n_candidates) {
        return NULL;
    }
    if (!def->n_nodes) {
        return xstrdup("spec.nodes: is empty");
    }
    for (size_t i = 0; i < gw->n_nodes; i++) {
        if (gw->nodes[i].attached) {
            return xstrdup("spec.nodes: all that are attached have priority "
                           "0");
        }
    }
    nve = entity_find(model, MODEL_NVE, first->nve);
    return (nve && nve->object
            ? xasprintf("spec.nodes: none is attached to ExternalNetwork %s",
                        gw->extnet->up.name)
            : xasprintf("spec.nodes[0].nve: NVE %s does not exist, and none "
                        "is attached to ExternalNetwork %s", first->nve,
                        gw->extnet->up.name));
}

/* Returns why 'def' is refused, whoever has its addresses. */
static char *
find_fault(const struct model *model, const struct m_vpc *vpc,
           const struct m_extnet *extnet, const struct vpc_gateway *def)
{
    char *fault = m_extnet_get_fault(model, extnet);

    if (!fault) {
        fault = m_vpc_get_fault(model, vpc);
    }
    return fault ? fault : find_bad_address(vpc, extnet, def);
}

/* Resolution. */

/* What is built on gateways: FIPs, routes and load balancers. */
static void
set_users_dirty(struct model *model)
{
    static const enum model_kind kinds[] = {
        MODEL_FIP, MODEL_ROUTE, MODEL_LB
    };
    struct entity *entity;

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        HMAP_FOR_EACH (entity, node, &model->entities[kinds[i]]) {
            entity_set_dirty(model, entity);
        }
    }
}

static void
m_gateway_resolve(struct model *model, struct entity *entity)
{
    struct m_gateway *gw = M_CAST(m_gateway, entity);
    const struct object *object = gw->up.object;
    const struct vpc_gateway *def = object ? object->gateway : NULL;
    struct m_gateway_node *nodes = NULL;
    struct m_extnet *extnet = NULL;
    struct m_vpc *vpc = NULL;
    bool was_valid = gw->valid, was_fit = gw->fit;
    char *problem = NULL, *rival;
    bool changed;

    if (def) {
        vpc = M_CAST(m_vpc, entity_get(model, MODEL_VPC, def->vpc));
        extnet = M_CAST(m_extnet, entity_get(model, MODEL_EXTNET,
                                             def->external_network));
    }
    rival = m_gateway_claim(model, gw, extnet, def);
    if (def) {
        problem = find_fault(model, vpc, extnet, def);
    }

    /* What is refused has no nodes. */
    if (def && !problem) {
        nodes = make_nodes(model, def, extnet);
    }
    gw->fit = nodes && count_candidates(nodes, def->n_nodes);
    if (rival) {
        free_nodes(model, nodes, nodes ? def->n_nodes : 0);
        nodes = NULL;
        free(problem);
        problem = rival;
    }
    changed = m_gateway_place(model, gw, vpc, extnet, nodes,
                              nodes ? def->n_nodes : 0);
    if (def && !problem) {
        problem = explain_no_candidate(model, gw, def);
    }
    gw->valid = def && !problem && gw->n_candidates > 0;
    changed |= gw->routes != (def && !def->n_snat);
    gw->routes = def && !def->n_snat;
    entity_set_problem(model, &gw->up, problem);
    model_touch_gateway(model, gw);
    if (vpc && (changed || gw->valid != was_valid)) {
        model_touch_vpc(model, vpc);
    }
    if (changed || gw->valid != was_valid || gw->fit != was_fit) {
        set_users_dirty(model);
    }
}

static bool
m_gateway_is_referenced(const struct model *model OVS_UNUSED,
                        const struct entity *entity OVS_UNUSED)
{
    return false;
}

static void
m_gateway_release(struct model *model, struct entity *entity)
{
    struct m_gateway *gw = M_CAST(m_gateway, entity);

    m_gateway_place(model, gw, NULL, NULL, NULL, 0);
    model_touch_forget(model, gw);
}

static void
m_gateway_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    struct m_gateway *gw = M_CAST(m_gateway, entity);

    free(gw->nodes);
    free(gw);
}

const struct entity_class m_gateway_class = {
    .kind = MODEL_GATEWAY,
    .name = "VPCGateway",
    .has_id = true,
    .create = m_gateway_create,
    .resolve = m_gateway_resolve,
    .is_referenced = m_gateway_is_referenced,
    .release = m_gateway_release,
    .destroy = m_gateway_destroy,
};
