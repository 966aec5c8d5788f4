/* Policies and label sets: see model-policy.h.
 *
 * What a number stands for: a labeller gives an endpoint a new number some
 * time after its labels changed, and until then the old number, which packets
 * carry, goes on to stand for the old label set.  The status says which set
 * that is; where it does not, the number is paired with the labels that the
 * endpoint had when we first saw it with that number.  A number from spec
 * stands for the labels that the endpoint has.
 *
 * A group's id is made of its names, not of a counter, so that an agent that
 * restarts finds the flows that it would make.
 *
 * Invariants, after model_policy_run(): each local endpoint of a VPC with
 * policies that selects it has a group, and each group an endpoint; every
 * group is compiled for the pairs there are. */

#include <config.h>

#include "agent/model/model-policy.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/model-touch.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "lib/label.h"
#include "lib/label-selector.h"
#include "lib/label-set.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Label sets. */

static struct m_label_set *
m_label_set_get(struct m_vpc *vpc, const struct smap *labels)
{
    char *text = label_set_to_string(labels);
    struct m_label_set *set;
    struct smap_node *node;

    HMAP_FOR_EACH_WITH_HASH (set, node, hash_string(text, 0),
                             &vpc->label_sets) {
        if (!strcmp(set->text, text)) {
            free(text);
            set->n_refs++;
            return set;
        }
    }
    set = xzalloc(sizeof *set);
    set->text = text;
    smap_init(&set->labels);
    SMAP_FOR_EACH (node, labels) {
        if (!label_is_own(node->key)) {
            smap_add(&set->labels, node->key, node->value);
        }
    }
    set->n_refs = 1;
    hmap_insert(&vpc->label_sets, &set->node, hash_string(text, 0));
    return set;
}

static void
m_label_set_unref(struct m_vpc *vpc, struct m_label_set *set)
{
    if (set && !--set->n_refs) {
        hmap_remove(&vpc->label_sets, &set->node);
        smap_destroy(&set->labels);
        free(set->text);
        free(set);
    }
}

/* Numbers. */

static struct m_label_pair *
m_label_pair_get(struct m_vpc *vpc, uint32_t number, struct m_label_set *set)
{
    struct m_label_pair *pair;

    HMAP_FOR_EACH_WITH_HASH (pair, node, hash_int(number, 0),
                             &vpc->label_pairs) {
        if (pair->number == number && pair->set == set) {
            pair->n_endpoints++;
            return pair;
        }
    }
    pair = xzalloc(sizeof *pair);
    pair->number = number;
    pair->set = set;
    set->n_refs++;
    pair->n_endpoints = 1;
    hmap_insert(&vpc->label_pairs, &pair->node, hash_int(number, 0));
    vpc->pairs_changed = true;
    return pair;
}

static void
m_label_pair_unref(struct m_vpc *vpc, struct m_label_pair *pair)
{
    if (pair && !--pair->n_endpoints) {
        hmap_remove(&vpc->label_pairs, &pair->node);
        m_label_set_unref(vpc, pair->set);
        free(pair);
        vpc->pairs_changed = true;
    }
}

uint32_t
model_policy_get_label(const struct m_endpoint *ep)
{
    const struct endpoint *def = ep->up.object ? ep->up.object->endpoint
                                               : NULL;

    return (!def ? 0
            : def->has_policy_label ? def->policy_label
            : def->has_status_policy_label ? def->status_policy_label : 0);
}

/* The label set that the number of 'ep' was given for, if its status says it;
 * else NULL.  For the caller to m_label_set_unref(). */
static struct m_label_set *
m_endpoint_get_told_set(const struct m_endpoint *ep)
{
    const struct endpoint *def = ep->up.object->endpoint;
    const char *text = def->status_policy_label_set;
    struct m_label_set *set = NULL;

    if (!def->has_policy_label && text) {
        struct smap labels = SMAP_INITIALIZER(&labels);

        if (label_set_from_string(text, &labels)) {
            set = m_label_set_get(ep->vpc, &labels);
        }
        smap_destroy(&labels);
    }
    return set;
}

/* The pair that 'ep' counts in (see the top of the file). */
static struct m_label_pair *
m_endpoint_get_pair(const struct m_endpoint *ep)
{
    uint32_t number = model_policy_get_label(ep);
    const struct m_label_pair *old = ep->pair;
    struct m_label_pair *pair;
    struct m_label_set *told;

    if (!number) {
        return NULL;
    }
    told = m_endpoint_get_told_set(ep);
    if (told) {
        pair = m_label_pair_get(ep->vpc, number, told);
        m_label_set_unref(ep->vpc, told);
    } else if (old && old->number == number && ep->labels_vpc == ep->vpc
               && !ep->up.object->endpoint->has_policy_label) {
        pair = m_label_pair_get(ep->vpc, number, old->set);
    } else {
        pair = m_label_pair_get(ep->vpc, number, ep->labels);
    }
    return pair;
}

void
model_policy_update_labels(struct model *model, struct m_endpoint *ep)
{
    struct m_vpc *old_vpc = ep->labels_vpc;
    struct m_label_set *old_set = ep->labels;
    struct m_label_pair *old_pair = ep->pair;

    if (!ep->up.object || !ep->vpc) {
        model_policy_release_labels(model, ep);
        return;
    }
    ep->labels = m_label_set_get(ep->vpc,
                                 &ep->up.object->endpoint->meta.labels);
    ep->pair = m_endpoint_get_pair(ep);
    ep->labels_vpc = ep->vpc;
    if (old_vpc) {
        m_label_pair_unref(old_vpc, old_pair);
        m_label_set_unref(old_vpc, old_set);
        hmapx_add(&model->policy_vpcs, old_vpc);
    }
    hmapx_add(&model->policy_vpcs, ep->vpc);
    hmapx_add(&model->relabelled, ep);
}

static void
m_endpoint_set_group(struct model *, struct m_endpoint *,
                     struct m_policy_group *);

void
model_policy_release_labels(struct model *model, struct m_endpoint *ep)
{
    if (ep->labels_vpc) {
        m_label_pair_unref(ep->labels_vpc, ep->pair);
        m_label_set_unref(ep->labels_vpc, ep->labels);
        hmapx_add(&model->policy_vpcs, ep->labels_vpc);
        ep->labels_vpc = NULL;
        ep->labels = NULL;
        ep->pair = NULL;
    }
    m_endpoint_set_group(model, ep, NULL);
    hmapx_find_and_delete(&model->relabelled, ep);
}

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
m_policy_create(const char *name OVS_UNUSED)
{
    struct m_policy *policy = xzalloc(sizeof *policy);

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
        if (model->complete && !vpc->up.object) {
            problem = xasprintf("spec.vpc: VPC %s does not exist", def->vpc);
        }
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

static int
compare_policies(const void *a_, const void *b_)
{
    const struct m_policy *const *a = a_;
    const struct m_policy *const *b = b_;

    return strcmp((*a)->up.name, (*b)->up.name);
}

/* The policies of 'vpc' that select 'set', by name. */
static struct m_policy **
m_vpc_select(const struct m_vpc *vpc, const struct m_label_set *set, size_t *n)
{
    struct m_policy **policies = xcalloc(hmapx_count(&vpc->policies) + 1,
                                         sizeof *policies);
    struct hmapx_node *node;

    *n = 0;
    HMAPX_FOR_EACH (node, &vpc->policies) {
        struct m_policy *policy = node->data;

        if (policy->up.object
            && label_selector_matches(&policy->up.object->policy->selector,
                                      &set->labels)) {
            policies[(*n)++] = policy;
        }
    }
    qsort(policies, *n, sizeof *policies, compare_policies);
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

    group->id = hash_string(group->key, hash_string(group->vpc->up.name, 0));
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

/* The group of the policies that select endpoints with 'set', or NULL if none
 * does. */
static struct m_policy_group *
m_policy_group_get(struct model *model, struct m_vpc *vpc,
                   const struct m_label_set *set)
{
    struct m_policy_group *group;
    struct m_policy **policies;
    size_t n;

    policies = m_vpc_select(vpc, set, &n);
    if (!n) {
        free(policies);
        return NULL;
    }

    char *key = policies_to_key(policies, n);
    uint32_t hash = hash_string(key, hash_string(vpc->up.name, 0));
    HMAP_FOR_EACH_WITH_HASH (group, vpc_node, hash, &vpc->policy_groups) {
        if (!strcmp(group->key, key)) {
            free(key);
            free(policies);
            return group;
        }
    }

    group = xzalloc(sizeof *group);
    group->vpc = vpc;
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

/* Moves 'ep' to 'group', which may be NULL.  The last endpoint takes its group
 * with it. */
static void
m_endpoint_set_group(struct model *model, struct m_endpoint *ep,
                     struct m_policy_group *group)
{
    struct m_policy_group *old = ep->group;

    if (old == group) {
        return;
    }
    if (group) {
        group->n_endpoints++;
        group->vpc->n_selected++;
        model_touch_vpc(model, group->vpc);
        hmapx_add(&model->policy_vpcs, group->vpc);
    }
    ep->group = group;
    model_touch_endpoint(model, ep);
    if (old) {
        old->vpc->n_selected--;
        model_touch_vpc(model, old->vpc);
        if (!--old->n_endpoints) {
            m_policy_group_destroy(model, old);
        }
    }
}

static void
model_update_group(struct model *model, struct m_endpoint *ep)
{
    bool maybe = (ep->vpc && ep->labels && m_endpoint_is_local(ep)
                  && !hmapx_is_empty(&ep->vpc->policies));

    m_endpoint_set_group(model, ep, maybe
                         ? m_policy_group_get(model, ep->vpc, ep->labels)
                         : NULL);
}

static int
compare_sources(const void *a_, const void *b_)
{
    const struct policy_source *a = a_;
    const struct policy_source *b = b_;

    return a->number < b->number ? -1 : a->number > b->number;
}

struct policy_source *
model_policy_get_sources(const struct m_vpc *vpc, size_t *n)
{
    struct policy_source *sources = xcalloc(hmap_count(&vpc->label_pairs) + 1,
                                            sizeof *sources);
    const struct m_label_pair *pair;

    *n = 0;
    HMAP_FOR_EACH (pair, node, &vpc->label_pairs) {
        sources[*n].number = pair->number;
        sources[(*n)++].labels = &pair->set->labels;
    }
    qsort(sources, *n, sizeof *sources, compare_sources);
    return sources;
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
    policy_compile(defs, group->n_policies, sources, n_sources, &program);
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

/* Compiles the groups of 'vpc' that need it. */
static void
model_compile_vpc(struct model *model, struct m_vpc *vpc)
{
    bool all = vpc->policies_changed || vpc->pairs_changed;
    struct policy_source *sources = NULL;
    struct m_policy_group *group;
    size_t n = 0;

    HMAP_FOR_EACH (group, vpc_node, &vpc->policy_groups) {
        if (all || !group->compiled) {
            if (!sources) {
                sources = model_policy_get_sources(vpc, &n);
            }
            m_policy_group_compile(model, group, sources, n);
        }
    }
    free(sources);
    vpc->policies_changed = vpc->pairs_changed = false;
}

void
model_policy_run(struct model *model)
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
        model_update_group(model, node->data);
    }
    hmapx_clear(&model->relabelled);
    HMAPX_FOR_EACH (node, &model->policy_vpcs) {
        model_compile_vpc(model, node->data);
    }
    hmapx_clear(&model->policy_vpcs);
}
