/* Policies: see model-policy.h.
 *
 * A group's id follows from the names of its policies and its VPC, not from a
 * counter: an agent that restarts comes to the same flows.
 *
 * Invariants after m_policy_run(): each local endpoint that policies of its
 * VPC apply to has a group, each group has an endpoint, and every group is
 * compiled for the pairs (if it is one of receivers) or label sets (if it is
 * one of senders) that there are. */

#include <config.h>

#include "agent/model/model-policy.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/entity-order.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-label.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "lib/label-selector.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Policies. */

static void
m_policy_set_vpc(struct model *model, struct m_policy *policy,
                 struct m_vpc *vpc)
{
    if (policy->vpc && policy->vpc != vpc) {
        hmapx_find_and_delete(&policy->vpc->policies, policy);
        policy->vpc->policies_changed = true;
        hmapx_add(&model->policy_vpcs, policy->vpc);
        entity_maybe_gone(model, &policy->vpc->up);
    }
    policy->vpc = vpc;
    if (vpc) {
        hmapx_add(&vpc->policies, policy);
        vpc->policies_changed = true;
        hmapx_add(&model->policy_vpcs, vpc);
    }
}

static struct entity *
m_policy_create(const char *name)
{
    struct m_policy *policy = entity_alloc(sizeof *policy, name);

    return &policy->up;
}

static void
m_policy_resolve(struct model *model, struct entity *entity)
{
    struct m_policy *policy = M_CAST(m_policy, entity);
    const struct object *object = policy->up.object;
    const struct vpc_policy *def = object ? object->policy : NULL;
    struct m_vpc *vpc = NULL;
    char *problem = NULL;

    if (def) {
        vpc = M_CAST(m_vpc, entity_get(model, MODEL_VPC, def->vpc));
        problem = m_vpc_get_fault(model, vpc);
    }
    m_policy_set_vpc(model, policy, vpc);
    entity_set_problem(model, &policy->up, problem);
}

static bool
m_policy_is_referenced(const struct model *model OVS_UNUSED,
                       const struct entity *entity OVS_UNUSED)
{
    return false;
}

static void
m_policy_release(struct model *model, struct entity *entity)
{
    m_policy_set_vpc(model, M_CAST(m_policy, entity), NULL);
}

static void
m_policy_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    free(M_CAST(m_policy, entity));
}

const struct entity_class m_policy_class = {
    .kind = MODEL_POLICY,
    .name = "VPCPolicy",
    .create = m_policy_create,
    .resolve = m_policy_resolve,
    .is_referenced = m_policy_is_referenced,
    .release = m_policy_release,
    .destroy = m_policy_destroy,
};

/* Groups. */

/* Returns the '*n' policies of 'vpc' that apply to endpoints with 'set' in
 * 'direction', by name, for the caller to free. */
static struct m_policy **
select_policies(const struct m_vpc *vpc, const struct m_label_set *set,
                enum policy_direction direction, size_t *n)
{
    struct m_policy **policies = xcalloc(hmapx_count(&vpc->policies) + 1,
                                         sizeof *policies);
    struct hmapx_node *node;

    *n = 0;
    HMAPX_FOR_EACH (node, &vpc->policies) {
        struct m_policy *policy = node->data;

        const struct vpc_policy *def = (policy->up.object
                                        ? policy->up.object->policy : NULL);

        if (def && def->directions[direction].applies
            && label_selector_matches(&def->selector, &set->labels)) {
            policies[(*n)++] = policy;
        }
    }
    entity_order_sort(policies, *n);
    return policies;
}

static char *
policies_to_key(struct m_policy **policies, size_t n)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "%s\n", policies[i]->up.name);
    }
    return ds_steal_cstr(&s);
}

static void
m_policy_group_alloc_id(struct model *model, struct m_policy_group *group)
{
    const struct m_policy_group *other;

    group->id = hash_string(group->key, hash_string(group->vpc->up.name,
                                                    group->direction));
again:
    group->id += !group->id;
    HMAP_FOR_EACH_WITH_HASH (other, node, hash_int(group->id, 0),
                             &model->policy_groups) {
        if (other->id == group->id) {
            group->id++;
            goto again;
        }
    }
    hmap_insert(&model->policy_groups, &group->node, hash_int(group->id, 0));
}

/* Returns the group of the policies that apply to endpoints with 'set' in
 * 'direction', NULL if none does. */
static struct m_policy_group *
m_policy_group_get(struct model *model, struct m_vpc *vpc,
                   const struct m_label_set *set,
                   enum policy_direction direction)
{
    struct m_policy_group *group;
    struct m_policy **policies;
    size_t n;

    policies = select_policies(vpc, set, direction, &n);
    if (!n) {
        free(policies);
        return NULL;
    }

    char *key = policies_to_key(policies, n);
    uint32_t hash = hash_string(key, hash_string(vpc->up.name, 0));
    HMAP_FOR_EACH_WITH_HASH (group, vpc_node, hash, &vpc->policy_groups) {
        if (group->direction == direction && !strcmp(group->key, key)) {
            free(key);
            free(policies);
            return group;
        }
    }

    group = xzalloc(sizeof *group);
    group->vpc = vpc;
    group->direction = direction;
    group->key = key;
    group->policies = policies;
    group->n_policies = n;
    hmap_insert(&vpc->policy_groups, &group->vpc_node, hash);
    m_policy_group_alloc_id(model, group);
    flow_owner_init(&group->flows, group->id, "policies of VPC %s",
                    vpc->up.name);
    return group;
}

static void
m_policy_group_destroy(struct model *model, struct m_policy_group *group)
{
    hmap_remove(&group->vpc->policy_groups, &group->vpc_node);
    hmap_remove(&model->policy_groups, &group->node);
    model_touch_forget(model, group);
    ofctrl_destroy_owner(model->ofctrl, &group->flows);
    if (group->compiled) {
        policy_program_destroy(&group->program);
    }
    free(group->policies);
    free(group->key);
    free(group);
}

/* Counts an endpoint of 'vpc' that has a group there in or out.  With the
 * first and the last one, others have flows for what is sent to them or comes
 * from them, or no longer. */
static void
count_selected(struct model *model, struct m_vpc *vpc,
               enum policy_direction direction, int change)
{
    size_t *n = &vpc->n_selected[direction];

    *n += change;
    model_touch_vpc(model, vpc);
    if (*n == 0 || (*n == 1 && change > 0)) {
        model_touch_endpoints_of(model, vpc);
    }
}

/* Moves 'ep' to 'group', which may be NULL.  A group without endpoints is
 * destroyed. */
static void
set_group(struct model *model, struct m_endpoint *ep,
          enum policy_direction direction, struct m_policy_group *group)
{
    struct m_policy_group *old = m_endpoint_get_group(ep, direction);

    if (old == group) {
        return;
    }
    if (group) {
        group->n_endpoints++;
        count_selected(model, group->vpc, direction, 1);
        hmapx_add(&model->policy_vpcs, group->vpc);
    }
    m_endpoint_make_here(ep)->groups[direction] = group;
    model_touch_endpoint(model, ep);
    if (old) {
        count_selected(model, old->vpc, direction, -1);
        if (!--old->n_endpoints) {
            m_policy_group_destroy(model, old);
        }
    }
}

static void
update_groups(struct model *model, struct m_endpoint *ep)
{
    bool maybe = (ep->vpc && ep->labels && m_endpoint_is_local(ep)
                  && !hmapx_is_empty(&ep->vpc->policies));

    for (enum policy_direction d = 0; d < POLICY_N_DIRECTIONS; d++) {
        set_group(model, ep, d,
                  maybe ? m_policy_group_get(model, ep->vpc, ep->labels, d)
                  : NULL);
    }
}

static void
m_policy_group_compile(struct model *model, struct m_policy_group *group,
                       const struct policy_source *sources, size_t n_sources)
{
    const struct vpc_policy **defs = xcalloc(group->n_policies, sizeof *defs);
    struct policy_program program;

    for (size_t i = 0; i < group->n_policies; i++) {
        defs[i] = group->policies[i]->up.object->policy;
    }
    policy_compile(defs, group->n_policies, group->direction, sources,
                   n_sources, &program);
    free(defs);
    if (group->compiled
        && policy_program_equals(&program, &group->program)) {
        policy_program_destroy(&program);
        return;
    }
    if (group->compiled) {
        policy_program_destroy(&group->program);
    }
    group->program = program;
    group->compiled = true;
    model_touch_group(model, group);
}

/* Compiles the groups of 'vpc' in 'direction' that need it. */
static void
compile_direction(struct model *model, struct m_vpc *vpc,
                  enum policy_direction direction, bool all)
{
    struct policy_source *sources = NULL;
    struct m_policy_group *group;
    size_t n = 0;

    HMAP_FOR_EACH (group, vpc_node, &vpc->policy_groups) {
        if (group->direction == direction && (all || !group->compiled)) {
            if (!sources) {
                sources = (direction == POLICY_INGRESS
                           ? m_label_get_sources(vpc, &n)
                           : m_label_get_sets(vpc, &n));
            }
            m_policy_group_compile(model, group, sources, n);
        }
    }
    free(sources);
}

static void
compile_groups(struct model *model, struct m_vpc *vpc)
{
    bool all = vpc->policies_changed;

    m_label_count_pairs(vpc, !hmap_is_empty(&vpc->policy_groups));
    compile_direction(model, vpc, POLICY_INGRESS, all || vpc->pairs_changed);
    compile_direction(model, vpc, POLICY_EGRESS, all || vpc->sets_changed);
    vpc->policies_changed = false;
    vpc->pairs_changed = vpc->sets_changed = false;
}

void
m_policy_recheck_endpoint(struct model *model, struct m_endpoint *ep)
{
    hmapx_add(&model->relabelled, ep);
}

void
m_policy_release_endpoint(struct model *model, struct m_endpoint *ep)
{
    for (enum policy_direction d = 0; d < POLICY_N_DIRECTIONS; d++) {
        set_group(model, ep, d, NULL);
    }
    hmapx_find_and_delete(&model->relabelled, ep);
}

void
m_policy_run(struct model *model)
{
    struct hmapx_node *node, *next;

    HMAPX_FOR_EACH (node, &model->policy_vpcs) {
        struct m_vpc *vpc = node->data;

        if (vpc->policies_changed) {
            struct hmapx_node *ep;

            HMAPX_FOR_EACH (ep, &vpc->local) {
                hmapx_add(&model->relabelled, ep->data);
            }
        }
    }
    HMAPX_FOR_EACH_SAFE (node, next, &model->relabelled) {
        update_groups(model, node->data);
    }
    entity_set_clear(&model->relabelled);
    HMAPX_FOR_EACH (node, &model->policy_vpcs) {
        compile_groups(model, node->data);
    }
    entity_set_clear(&model->policy_vpcs);
}
