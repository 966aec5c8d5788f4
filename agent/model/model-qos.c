/* QoS: see model-qos.h.
 *
 * An endpoint has one policy.  If several select it, it is the oldest, so that
 * a policy that comes later changes nothing for those who have one, and what
 * holds follows from the objects alone.
 *
 * A policy whose class is missing is in force without it: no class is less of
 * a fault than no limits. */

#include <config.h>

#include "agent/model/model-qos.h"

#include <stdlib.h>

#include "agent/model/claim-key.h"
#include "agent/model/model-label.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "util.h"

/* Classes. */

static struct entity *
m_qos_class_create(const char *name)
{
    struct m_qos_class *class = entity_alloc(sizeof *class, name);

    hmapx_init(&class->policies);
    return &class->up;
}

const struct m_qos_class *
m_qos_find_class(const struct model *model, uint32_t number)
{
    struct claim_key key = claim_key_qos_class(number);
    struct entity *owner = entity_find_holder(model, &key);

    return owner ? M_CAST(m_qos_class, owner) : NULL;
}

static void
m_qos_class_resolve(struct model *model, struct entity *entity)
{
    struct m_qos_class *class = M_CAST(m_qos_class, entity);
    const struct qos_class *def = entity->object ? entity->object->qos_class
                                                 : NULL;
    struct claim_keys keys, used;
    struct hmapx_node *node;
    char *problem;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    if (def) {
        claim_keys_add(&keys, claim_key_qos_class(def->number));
    }
    problem = entity_claim(model, entity, &keys,
                           &used);
    class->valid = def && !problem;
    entity_set_problem(model, entity, problem);
    HMAPX_FOR_EACH (node, &class->policies) {
        struct m_qos_policy *policy = node->data;

        entity_set_dirty(model, &policy->up);
    }
    model_touch_qos_class(model, class);
    model_touch_plugged(model);     /* Endpoints name classes by number. */
}

static bool
m_qos_class_is_referenced(const struct model *model OVS_UNUSED,
                          const struct entity *entity)
{
    return !hmapx_is_empty(&M_CAST(m_qos_class, entity)->policies);
}

static void
m_qos_class_release(struct model *model, struct entity *entity)
{
    model_touch_forget(model, M_CAST(m_qos_class, entity));
}

static void
m_qos_class_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    struct m_qos_class *class = M_CAST(m_qos_class, entity);

    hmapx_destroy(&class->policies);
    free(class);
}

const struct entity_class m_qos_class_class = {
    .kind = MODEL_QOS_CLASS,
    .name = "QoSClass",
    .create = m_qos_class_create,
    .resolve = m_qos_class_resolve,
    .is_referenced = m_qos_class_is_referenced,
    .release = m_qos_class_release,
    .destroy = m_qos_class_destroy,
};

/* Policies. */

static struct entity *
m_qos_policy_create(const char *name)
{
    struct m_qos_policy *policy = entity_alloc(sizeof *policy, name);

    selection_init(&policy->selection, policy);
    return &policy->up;
}

struct m_qos_policy *
m_qos_find_of_set(const struct m_label_set *set)
{
    struct m_qos_policy *best = NULL;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &set->selectable.selections) {
        const struct selection *selection = node->data;
        struct entity *entity = selection->owner;

        if (entity->class == &m_qos_policy_class && entity->object
            && (!best || entity_compare(entity, &best->up) < 0)) {
            best = M_CAST(m_qos_policy, entity);
        }
    }
    return best;
}

struct m_qos_policy *
m_qos_find(const struct m_endpoint *ep)
{
    return ep->labels ? m_qos_find_of_set(ep->labels) : NULL;
}

bool
m_qos_get_number(const struct m_endpoint *ep, uint32_t *number)
{
    const struct endpoint *def = ep->up.object ? ep->up.object->endpoint
                                               : NULL;
    const struct m_qos_policy *policy = m_qos_find(ep);
    const struct qos_class *class = m_qos_class_get_def(
        policy ? policy->class : NULL);

    if (def && def->has_qos_class) {
        *number = def->qos_class;
    } else if (class) {
        *number = class->number;
    } else {
        return false;
    }
    return true;
}

void
m_qos_get_sender(const struct m_endpoint *ep, struct endpoint *sender)
{
    *sender = *ep->up.object->endpoint;
    sender->has_qos_class = m_qos_get_number(ep, &sender->qos_class);
}

/* Touches the endpoints here that 'policy' selects. */
static void
touch_selected(struct model *model, const struct m_qos_policy *policy)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &policy->selection.selectables) {
        const struct m_label_set *set = CONTAINER_OF(
            node->data, struct m_label_set, selectable);

        struct m_endpoint *ep;

        LIST_FOR_EACH (ep, set_node, &set->endpoints) {
            if (m_endpoint_is_local(ep)) {
                model_touch_endpoint(model, ep);
            }
        }
    }
}

static void
m_qos_policy_set_refs(struct model *model, struct m_qos_policy *policy,
                      struct m_vpc *vpc, struct m_qos_class *class)
{
    if (policy->vpc && policy->vpc != vpc) {
        hmapx_find_and_delete(&policy->vpc->qos_policies, policy);
        entity_maybe_gone(model, &policy->vpc->up);
    }
    if (policy->class && policy->class != class) {
        hmapx_find_and_delete(&policy->class->policies, policy);
        entity_maybe_gone(model, &policy->class->up);
    }
    policy->vpc = vpc;
    policy->class = class;
    if (vpc) {
        hmapx_add(&vpc->qos_policies, policy);
    }
    if (class) {
        hmapx_add(&class->policies, policy);
    }
}

/* Returns what is wrong with 'policy', for the caller to free, or NULL. */
static char *
find_problem(const struct model *model, const struct m_qos_policy *policy,
             const struct qos_policy *def)
{
    if (!model->complete) {
        return NULL;
    } else if (!policy->vpc->up.object) {
        return m_vpc_get_fault(model, policy->vpc);
    } else if (policy->class && !policy->class->up.object) {
        return xasprintf("spec.class: QoSClass %s does not exist; the limits "
                         "are in force", def->class_name);
    } else if (policy->class && !policy->class->valid) {
        return xasprintf("spec.class: QoSClass %s is refused; the limits are "
                         "in force", def->class_name);
    }
    return NULL;
}

static void
m_qos_policy_resolve(struct model *model, struct entity *entity)
{
    struct m_qos_policy *policy = M_CAST(m_qos_policy, entity);
    const struct qos_policy *def = m_qos_policy_get_def(policy);
    struct m_qos_class *class = NULL;
    struct m_vpc *vpc = NULL;

    touch_selected(model, policy);
    if (def) {
        vpc = M_CAST(m_vpc, entity_get(model, MODEL_VPC, def->vpc));
        if (def->class_name) {
            class = M_CAST(m_qos_class, entity_get(model, MODEL_QOS_CLASS,
                                                   def->class_name));
        }
    }
    m_qos_policy_set_refs(model, policy, vpc, class);
    entity_set_problem(model, entity,
                       def ? find_problem(model, policy, def) : NULL);
    selection_set(&policy->selection, vpc ? &vpc->label_index : NULL,
                  def ? &def->selector : NULL);
    touch_selected(model, policy);
    model_touch_qos_policy(model, policy);
}

static bool
m_qos_policy_is_referenced(const struct model *model OVS_UNUSED,
                           const struct entity *entity OVS_UNUSED)
{
    return false;
}

static void
m_qos_policy_release(struct model *model, struct entity *entity)
{
    struct m_qos_policy *policy = M_CAST(m_qos_policy, entity);

    selection_set(&policy->selection, NULL, NULL);
    m_qos_policy_set_refs(model, policy, NULL, NULL);
    model_touch_forget(model, policy);
}

static void
m_qos_policy_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    struct m_qos_policy *policy = M_CAST(m_qos_policy, entity);

    selection_destroy(&policy->selection);
    free(policy);
}

const struct entity_class m_qos_policy_class = {
    .kind = MODEL_QOS_POLICY,
    .name = "QoSPolicy",
    .create = m_qos_policy_create,
    .resolve = m_qos_policy_resolve,
    .is_referenced = m_qos_policy_is_referenced,
    .release = m_qos_policy_release,
    .destroy = m_qos_policy_destroy,
};
