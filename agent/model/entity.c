/* Entities of all kinds: see entity.h. */

#include <config.h>

#include "agent/model/entity.h"

#include <limits.h>

#include "agent/alarms.h"
#include "agent/model/claim-key.h"
#include "hash.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
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

/* Numbers. */

struct taken_id {
    struct hmap_node node;          /* In model's 'ids', by 'id'. */
    uint32_t id;
};

static struct taken_id *
find_id(const struct model *model, uint32_t id)
{
    struct taken_id *taken;

    HMAP_FOR_EACH_WITH_HASH (taken, node, hash_int(id, 0), &model->ids) {
        if (taken->id == id) {
            return taken;
        }
    }
    return NULL;
}

/* Gives 'entity' a number that no other entity has, for use in flows.  It
 * follows from the name, not from a counter: an agent that restarts comes to
 * the same flows. */
static void
entity_take_id(struct model *model, struct entity *entity)
{
    struct taken_id *taken = xmalloc(sizeof *taken);

    taken->id = hash_string(entity->name, entity->class->kind);
    while (!taken->id || find_id(model, taken->id)) {
        taken->id++;
    }
    hmap_insert(&model->ids, &taken->node, hash_int(taken->id, 0));
    entity->id = taken->id;
}

static void
entity_give_id_back(struct model *model, struct entity *entity)
{
    if (entity->id) {
        struct taken_id *taken = find_id(model, entity->id);

        hmap_remove(&model->ids, &taken->node);
        free(taken);
    }
}

/* The clock. */

struct timed {
    struct hmap_node node;          /* In model's 'timed', by 'entity'. */
    struct heap_node heap_node;     /* In model's 'times', by 'when'. */
    struct entity *entity;
    long long int when;             /* By time_msec(). */
};

/* The first of a heap is the one with the highest priority. */
static uint64_t
time_to_priority(long long int when)
{
    return LLONG_MAX - when;
}

static struct timed *
find_timed(const struct model *model, const struct entity *entity)
{
    struct timed *t;

    HMAP_FOR_EACH_WITH_HASH (t, node, hash_pointer(entity, 0),
                             &model->timed) {
        if (t->entity == entity) {
            return t;
        }
    }
    return NULL;
}

static void
timed_destroy(struct model *model, struct timed *t)
{
    if (t) {
        hmap_remove(&model->timed, &t->node);
        heap_remove(&model->times, &t->heap_node);
        free(t);
    }
}

void
entity_set_dirty_at(struct model *model, struct entity *entity,
                    long long int when)
{
    struct timed *t = find_timed(model, entity);

    if (!t) {
        t = xmalloc(sizeof *t);
        t->entity = entity;
        hmap_insert(&model->timed, &t->node, hash_pointer(entity, 0));
        heap_insert(&model->times, &t->heap_node, time_to_priority(when));
    } else {
        heap_change(&model->times, &t->heap_node, time_to_priority(when));
    }
    t->when = when;
}

void
entity_forget_time(struct model *model, struct entity *entity)
{
    timed_destroy(model, find_timed(model, entity));
}

long long int
entity_get_time(const struct model *model, const struct entity *entity)
{
    const struct timed *t = find_timed(model, entity);

    return t ? t->when : 0;
}

/* Returns the next one whose time comes, or NULL. */
static struct timed *
next_timed(const struct model *model)
{
    return (heap_is_empty(&model->times) ? NULL
            : CONTAINER_OF(heap_max(&model->times), struct timed, heap_node));
}

void
entity_run_timed(struct model *model)
{
    struct timed *t;

    while ((t = next_timed(model)) && time_msec() >= t->when) {
        entity_set_dirty(model, t->entity);
        timed_destroy(model, t);
    }
}

void
entity_wait_timed(const struct model *model)
{
    const struct timed *t = next_timed(model);

    if (t) {
        poll_timer_wait_until(t->when);
    }
}

/* Entities. */

void *
entity_alloc(size_t size, const char *name)
{
    size_t n = strlen(name) + 1;
    char *block = xzalloc(size + n);
    struct entity *entity = ALIGNED_CAST(struct entity *, block);

    entity->name = memcpy(block + size, name, n);
    return entity;
}

static struct entity *
entity_create(struct model *model, enum model_kind kind, const char *name)
{
    const struct entity_class *class = model->classes[kind];
    struct entity *entity = class->create(name);

    entity->class = class;
    ovs_list_init(&entity->dirty_node);
    hmap_insert(&model->entities[kind], &entity->node, hash_string(name, 0));
    if (kind == MODEL_NVE && nullable_string_is_equal(name, model->self)) {
        model->self_nve = entity;
    }
    if (class->has_id) {
        entity_take_id(model, entity);
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
    model->n_destroyed++;
    entity->object = NULL;
    entity->class->release(model, entity);
    claimant_destroy(&model->claims, &entity->claimant, entity_rival_changed,
                     model);
    ovs_list_remove(&entity->dirty_node);
    entity_give_id_back(model, entity);
    hmap_remove(&model->entities[entity->class->kind], &entity->node);
    if (entity == model->self_nve) {
        model->self_nve = NULL;
    }
    hmapx_find_and_delete(&model->maybe_gone, entity);
    timed_destroy(model, find_timed(model, entity));
    entity_set_problem(model, entity, NULL);
    entity->class->destroy(model, entity);
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
entity_describe_rival(const struct model *model, const struct entity *entity,
                      const struct claim_key *key, const char *field)
{
    const struct entity *rival = entity_find_rival(model, entity, key);
    char *text, *problem;

    if (!rival) {
        return NULL;
    }
    text = field ? claim_key_to_string(key) : claim_key_describe(key);
    problem = xasprintf("%s%s%s belongs to %s %s already", field ? field : "",
                        field ? ": " : "", text, rival->class->name,
                        rival->name);
    free(text);
    return problem;
}

char *
entity_claim(struct model *model, struct entity *entity,
             struct claim_keys *keys, struct claim_keys *used)
{
    char *problem = NULL;

    claims_set(&model->claims, &entity->claimant, keys, used,
               entity_rival_changed, model);
    for (size_t i = 0; i < keys->n && !problem; i++) {
        problem = entity_describe_rival(model, entity, &keys->array[i], NULL);
    }
    claim_keys_destroy(keys);
    claim_keys_destroy(used);
    return problem;
}
