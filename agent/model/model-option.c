/* GeneveOptions: see model-option.h. */

#include <config.h>

#include "agent/model/model-option.h"

#include "agent/model/claim-key.h"
#include "util.h"

const struct geneve_option *
m_option_get_def(const struct m_option *option)
{
    return (option->up.object && !option->up.problem
            ? option->up.object->option : NULL);
}

static struct entity *
m_option_create(const char *name)
{
    struct m_option *option = entity_alloc(sizeof *option, name);

    hmapx_init(&option->profiles);
    return &option->up;
}

static void
m_option_resolve(struct model *model, struct entity *entity)
{
    struct m_option *option = M_CAST(m_option, entity);
    const struct object *object = option->up.object;
    struct claim_keys keys, used;   /* They never change: none is used. */
    struct hmapx_node *node;

    claim_keys_init(&keys);
    claim_keys_init(&used);
    if (object) {
        claim_keys_add(&keys, claim_key_option(object->option->key));
    }
    entity_set_problem(model, &option->up,
                       entity_claim(model, &option->up, &keys, &used));
    HMAPX_FOR_EACH (node, &option->profiles) {
        struct m_profile *profile = node->data;
        entity_set_dirty(model, &profile->up);
    }
}

static bool
m_option_is_referenced(const struct model *model OVS_UNUSED,
                       const struct entity *entity)
{
    return !hmapx_is_empty(&M_CAST(m_option, entity)->profiles);
}

static void
m_option_release(struct model *model OVS_UNUSED,
                 struct entity *entity OVS_UNUSED)
{
    /* It refers to nothing. */
}

static void
m_option_destroy(struct model *model OVS_UNUSED, struct entity *entity)
{
    struct m_option *option = M_CAST(m_option, entity);

    hmapx_destroy(&option->profiles);
    free(option);
}

const struct entity_class m_option_class = {
    .kind = MODEL_OPTION,
    .name = "GeneveOption",
    .create = m_option_create,
    .resolve = m_option_resolve,
    .is_referenced = m_option_is_referenced,
    .release = m_option_release,
    .destroy = m_option_destroy,
};
