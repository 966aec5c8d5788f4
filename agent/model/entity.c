/* Entities of all kinds: see entity.h. */

#include <config.h>

#include "agent/model/entity.h"

#include "agent/alarms.h"
#include "agent/model/claim-key.h"
#include "hash.h"
#include "util.h"

void
entity_set_clear(struct hmapx *set)
{
    if (!hmapx_is_empty(set)) {
        hmapx_destroy(set);
        hmapx_init(set);
    }
}

/* Its object's; all-zero if it has none. */
static struct resource_age
entity_get_age(const struct entity *entity)
{
    const struct resource_meta *meta = (entity->object
                                        ? entity->object->parsed : NULL);

    return meta ? meta->age : (struct resource_age) { .time = 0 };
}

int
entity_compare(const struct entity *a, const struct entity *b)
{
    struct resource_age a_age = entity_get_age(a);
    struct resource_age b_age = entity_get_age(b);
    int cmp = resource_age_compare(&a_age, &b_age);

    if (!cmp) {
        cmp = strcmp(a->class->name, b->class->name);
    }
    return cmp ? cmp : strcmp(a->name, b->name);
}

int
entity_compare_claimants(const struct claimant *a, const struct claimant *b)
{
    return entity_compare(CONTAINER_OF(a, struct entity, claimant),
                          CONTAINER_OF(b, struct entity, claimant));
}

struct entity *
entity_find(const struct model *model, enum model_kind kind, const char *name)
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

/* Gives 'entity' a number that no other entity has, for use in flows.  It
 * follows from the name, not from a counter: an agent that restarts comes to
 * the same flows. */
static void
entity_alloc_id(struct model *model, struct entity *entity)
{
    const struct entity *other;

    entity->id = hash_string(entity->name, entity->class->kind);
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
entity_create(struct model *model, enum model_kind kind, const char *name)
{
    const struct entity_class *class = model->classes[kind];
    struct entity *entity = class->create(name);

    entity->class = class;
    entity->name = xstrdup(name);
    ovs_list_init(&entity->dirty_node);
    hmap_insert(&model->entities[kind], &entity->node, hash_string(name, 0));
    if (class->has_id) {
        entity_alloc_id(model, entity);
    }
    return entity;
}

struct entity *
entity_get(struct model *model, enum model_kind kind, const char *name)
{
    struct entity *entity = entity_find(model, kind, name);

    return entity ? entity : entity_create(model, kind, name);
}

void
entity_set_dirty(struct model *model, struct entity *entity)
{
    if (ovs_list_is_empty(&entity->dirty_node)) {
        ovs_list_push_back(&model->dirty[entity->class->kind],
                           &entity->dirty_node);
    }
}

void
entity_set_dirty_at(struct model *model, struct entity *entity,
                    long long int when)
{
    entity->resolve_at = when;
    hmapx_add(&model->timed, entity);
}

/* A callback of claims.h: 'entity' won or lost a key by what another one
 * did. */
static void
entity_rival_changed(struct claimant *claimant, void *model)
{
    entity_set_dirty(model, CONTAINER_OF(claimant, struct entity, claimant));
}

void
entity_maybe_gone(struct model *model, struct entity *entity)
{
    hmapx_add(&model->maybe_gone, entity);
}

void
entity_destroy(struct model *model, struct entity *entity)
{
    char *name = entity->name;      /* Its flows' owners have it, too. */

    entity->object = NULL;
    entity->class->release(model, entity);
    claimant_destroy(&model->claims, &entity->claimant, entity_rival_changed,
                     model);
    ovs_list_remove(&entity->dirty_node);
    if (entity->id) {
        hmap_remove(&model->ids, &entity->id_node);
    }
    hmap_remove(&model->entities[entity->class->kind], &entity->node);
    hmapx_find_and_delete(&model->maybe_gone, entity);
    hmapx_find_and_delete(&model->timed, entity);
    entity_set_problem(model, entity, NULL);
    entity->class->destroy(model, entity);
    free(name);
}

void
entity_set_problem_as(struct model *model, struct entity *entity,
                      const char *reason, char *problem)
{
    if (nullable_string_is_equal(entity->problem, problem)) {
        free(problem);
        return;
    }
    free(entity->problem);
    entity->problem = problem;

    char *object = xasprintf("%s %s", entity->class->name, entity->name);
    alarms_begin(model->alarms, object);
    if (problem) {
        alarms_raise(model->alarms, object, object, reason, "%s", problem);
    }
    alarms_end(model->alarms, object);
    free(object);
}

void
entity_set_problem(struct model *model, struct entity *entity, char *problem)
{
    entity_set_problem_as(model, entity, "refused", problem);
}

struct entity *
entity_find_holder(const struct model *model, const struct claim_key *key)
{
    struct claimant *holder = claims_get_holder(&model->claims, key);

    return holder ? CONTAINER_OF(holder, struct entity, claimant) : NULL;
}

const struct entity *
entity_find_rival(const struct model *model, const struct entity *entity,
                  const struct claim_key *key)
{
    const struct entity *holder = entity_find_holder(model, key);

    return holder != entity ? holder : NULL;
}

char *
entity_claim(struct model *model, struct entity *entity,
             struct claim_keys *keys, struct claim_keys *used)
{
    char *problem = NULL;

    claims_set(&model->claims, &entity->claimant, keys, used,
               entity_rival_changed, model);
    for (size_t i = 0; i < keys->n && !problem; i++) {
        const struct entity *rival = entity_find_rival(model, entity,
                                                       &keys->array[i]);

        if (rival) {
            char *key = claim_key_describe(&keys->array[i]);

            problem = xasprintf("%s belongs to %s %s already", key,
                                rival->class->name, rival->name);
            free(key);
        }
    }
    claim_keys_destroy(keys);
    claim_keys_destroy(used);
    return problem;
}
