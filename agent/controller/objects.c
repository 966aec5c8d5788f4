/* The cache of resources: see objects.h.
 *
 * An object is in 'by_name' of its kind from its first upsert until
 * objects_run() has reported that it is gone.  It lives as long as any scope
 * has it.  Lists are mark and sweep: begin_list starts a new generation,
 * upserts move members into it, end_list drops the others.
 *
 * A version that readers were told of ('seen') lives until they have been told
 * of its successor: see 'before' in struct object.  Invariants:
 *
 *   - exists is false exactly if members is NULL; such an object is in
 *     'changed'.
 *   - extra->refused is nonnull exactly if it is in the list 'refused', and
 *     extra->unknown if it is in the list 'unknown'.
 *   - extra->text is NULL unless extra->refused is nonnull.
 *   - outside objects_run(), before is nonnull only if seen is false.
 *
 * No operation costs more because there are more objects. */

#include <config.h>

#include "agent/controller/objects.h"

#include <string.h>

#include "agent/controller/object-members.h"
#include "agent/controller/object-parse.h"
#include "agent/controller/object-text.h"
#include "agent/controller/object-version.h"
#include "hash.h"
#include "lib/endpoint-decode.h"
#include "lib/json-scan.h"
#include "lib/json-util.h"
#include "lib/printable.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(objects);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 60);

/* Linked by 'changed_next'. */
struct object_queue {
    struct object *first;
    struct object **end;            /* Where the next one is linked. */
};

struct objects {
    struct hmap by_name[RES_N_KINDS]; /* Contains "struct object"s. */
    struct object_queue changed;    /* Oldest change first. */
    struct ovs_list refused;        /* Of refused_node, oldest first. */
    struct ovs_list unknown;        /* Of unknown_node, oldest first. */
    struct ovs_list scopes;         /* Of "struct objects_scope"s. */
};

struct objects_scope {
    struct ovs_list node;           /* In struct objects' 'scopes'. */
    struct objects *objects;
    enum resource_kind kind;
    struct object_members members;
};

/* Objects. */

static struct object *
object_find(const struct objects *objects, enum resource_kind kind,
            const char *name, uint32_t hash)
{
    struct object *object;

    HMAP_FOR_EACH_WITH_HASH (object, node, hash, &objects->by_name[kind]) {
        if (!strcmp(object->name, name)) {
            return object;
        }
    }
    return NULL;
}

static struct object *
object_create(struct objects *objects, enum resource_kind kind,
              const char *name, uint32_t hash)
{
    size_t n = strlen(name) + 1;
    struct object *object = xzalloc(sizeof *object + n);

    object->kind = kind;
    memcpy(object->name, name, n);
    hmap_insert(&objects->by_name[kind], &object->node, hash);
    return object;
}

static void
object_destroy(struct objects *objects, struct object *object)
{
    hmap_remove(&objects->by_name[object->kind], &object->node);
    object_version_destroy_extra(object);
    resource_destroy(object->kind, object->parsed);
    resource_destroy(object->kind, object->before);
    free(object->text);
    free(object);
}

static void
object_queue_init(struct object_queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

/* Puts 'object' into the queue of what changed, unless it is there. */
static void
object_mark_changed(struct objects *objects, struct object *object)
{
    if (!object->is_changed) {
        object->is_changed = true;
        object->changed_next = NULL;
        *objects->changed.end = object;
        objects->changed.end = &object->changed_next;
    }
}

/* Makes 'parsed', which may be NULL, the version in use. */
static void
object_set_parsed(struct object *object, void *parsed)
{
    if (object->seen) {
        object->before = object->parsed;
    } else {
        resource_destroy(object->kind, object->parsed);
    }
    object->seen = false;
    object->parsed = parsed;
}

/* Takes 'why', the reason why the present version of 'object' is refused, or
 * NULL if it is not. */
static void
object_set_refused(struct objects *objects, struct object *object, char *why)
{
    struct object_extra *x;
    char *description;

    if (!why && !object_get_refused(object)) {
        return;
    }
    x = object_version_make_extra(object);
    description = object_version_describe(object);
    if (!why) {
        VLOG_INFO_RL(&rl, "%s: no longer refused", description);
        ovs_list_remove(&x->refused_node);
        ovs_list_init(&x->refused_node);
    } else if (!x->refused || strcmp(x->refused, why)) {
        VLOG_WARN_RL(&rl, "%s: refused%s: %s", description,
                     object->parsed && !object->is_substitute
                     ? ", its last valid version stays" : "", why);
    }
    free(description);
    if (why && !x->refused) {
        ovs_list_push_back(&objects->refused, &x->refused_node);
    }
    free(x->refused);
    x->refused = why;
}

/* Takes 'unknown', the members of the present version of 'object' that mean
 * nothing here, or NULL.  Logs them once, not with each version. */
static void
object_set_unknown(struct objects *objects, struct object *object,
                   char *unknown)
{
    struct object_extra *x;

    if (!unknown && !object_get_unknown(object)) {
        return;
    }
    x = object_version_make_extra(object);
    if (!unknown) {
        ovs_list_remove(&x->unknown_node);
        ovs_list_init(&x->unknown_node);
    } else if (!x->unknown || strcmp(x->unknown, unknown)) {
        char *description = object_version_describe(object);

        VLOG_WARN_RL(&rl, "%s: has members that this version does not know, "
                     "and ignores: %s", description, unknown);
        free(description);
    }
    if (unknown && !x->unknown) {
        ovs_list_push_back(&objects->unknown, &x->unknown_node);
    }
    free(x->unknown);
    x->unknown = unknown;
}

/* Whether 'json' may follow the version in use. */
static bool
object_may_become(const struct object *object, const struct json *json,
                  struct field_errors *errors)
{
    struct json *valid;
    bool ok;

    if (!object->exists || !object->parsed || object->is_substitute
        || !resource_get_class(object->kind)->check_update) {
        return true;
    }
    valid = object_valid_to_json(object);
    ok = resource_validate_update(object->kind, valid, json, errors);
    json_destroy(valid);
    return ok;
}

/* 'json' has the 'text' (taken), which differs from the present version.
 * 'faults' are what its source has found, or NULL. */
static void
object_update(struct objects *objects, struct object *object,
              const struct json *json, char *text,
              const struct field_errors *faults)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    const char *warning;
    void *parsed, *use;
    size_t i;

    parsed = object_parse(object->kind, json, faults, &errors, &warnings);
    if (parsed && !object_may_become(object, json, &errors)) {
        resource_destroy(object->kind, parsed);
        parsed = NULL;
    }
    SVEC_FOR_EACH (i, warning, &warnings) {
        char *description = object_version_describe(object);
        char *printable = printable_make(warning);

        VLOG_WARN_RL(&rl, "%s: %s", description, printable);
        free(printable);
        free(description);
    }

    use = parsed;
    if (parsed || !object->exists || object->is_substitute) {
        /* A new object gets no content from an earlier one of its name. */
        use = parsed ? parsed : resource_parse_faulty(object->kind, json);
        object->is_substitute = !parsed && use;
        object_set_parsed(object, use);
        object_version_set_text(object, NULL, true);
    }
    object_version_set_text(object, text, use != NULL);
    object->exists = true;
    object_set_refused(objects, object, parsed ? NULL : object_parse_explain(
                           &errors, object->is_substitute));
    object_set_unknown(objects, object, parsed ? object_parse_find_unknown(
                           object->kind, json) : NULL);
    object_version_set(object, object_version_find(json));
    object->is_faulty = faults != NULL;
    object_mark_changed(objects, object);

    field_errors_destroy(&errors);
    svec_destroy(&warnings);
}

/* Scopes. */

struct objects_scope *
objects_scope_create(struct objects *objects, enum resource_kind kind)
{
    struct objects_scope *scope = xzalloc(sizeof *scope);

    scope->objects = objects;
    scope->kind = kind;
    object_members_init(&scope->members);
    ovs_list_push_back(&objects->scopes, &scope->node);
    return scope;
}

/* No scope has 'object' any more. */
static void
object_is_gone(struct object *object, void *objects)
{
    object->exists = false;
    object_set_refused(objects, object, NULL);
    object_set_unknown(objects, object, NULL);
    object_mark_changed(objects, object);
}

void
objects_scope_destroy(struct objects_scope *scope)
{
    if (scope) {
        object_members_drop(&scope->members, true, object_is_gone,
                            scope->objects);
        ovs_list_remove(&scope->node);
        free(scope);
    }
}

/* Puts the object of that name, which may be new, into the scope. */
static struct object *
scope_add(struct objects_scope *scope, const char *name)
{
    struct objects *objects = scope->objects;
    uint32_t hash = hash_string(name, 0);
    struct object *object = object_find(objects, scope->kind, name, hash);

    if (!object) {
        object = object_create(objects, scope->kind, name, hash);
    }
    object_members_add(&scope->members, object);
    return object;
}

/* Takes 'text', which is that of 'json'. */
static void
upsert_text(struct objects_scope *scope, const struct json *json, char *text,
            const struct field_errors *faults)
{
    struct object *object = scope_add(scope, json_util_string(
        json_util_get(json, "metadata"), "name", ""));

    if (object->exists && !faults && !object->is_faulty
        && object_version_is(object, text)) {
        object_version_set(object, object_version_find(json));
        free(text);
    } else {
        object_update(scope->objects, object, json, text, faults);
    }
}

/* Takes 'parsed', which differs from the present version and is plain, and its
 * 'text', which an endpoint has not. */
static void
object_update_plain(struct objects *objects, struct object *object,
                    void *parsed, char *text)
{
    const struct resource_meta *meta = parsed;

    object_set_parsed(object, parsed);
    object->is_substitute = false;
    object_version_set_text(object, text, true);
    object->exists = true;
    object_set_refused(objects, object, NULL);
    object_set_unknown(objects, object, NULL);
    object_version_set(object, meta->resource_version);
    object->is_faulty = false;
    object_mark_changed(objects, object);
}

void
objects_scope_upsert_endpoint(struct objects_scope *scope,
                              struct endpoint *ep)
{
    struct object *object = scope_add(scope, ep->meta.name);
    const struct endpoint *old = object->exists ? object->endpoint : NULL;

    if (old && strcmp(old->vpc, ep->vpc)) {
        struct json *json = endpoint_to_json(ep);

        upsert_text(scope, json, object_text_make(json), NULL);
        json_destroy(json);         /* It is refused. */
        endpoint_destroy(ep);
    } else if (old && !object->text && !object_get_refused(object)
               && endpoint_equals(old, ep)) {
        object_version_set(object, ep->meta.resource_version);
        endpoint_destroy(ep);
    } else {
        object_update_plain(scope->objects, object, ep, NULL);
    }
}

void
objects_scope_upsert_nve(struct objects_scope *scope, struct nve *nve,
                         char *text)
{
    struct object *object = scope_add(scope, nve->meta.name);

    if (object->exists && !object->is_faulty
        && object_version_is(object, text)) {
        object_version_set(object, nve->meta.resource_version);
        nve_destroy(nve);
        free(text);
    } else {
        object_update_plain(scope->objects, object, nve, text);
    }
}

/* An endpoint that is plain needs no text. */
void
objects_scope_upsert(struct objects_scope *scope, const struct json *json)
{
    char *text = object_text_make(json);
    struct json_scan scan = json_scan_start(text, strlen(text));
    struct endpoint *ep = scope->kind == RES_ENDPOINT ? endpoint_decode(&scan)
                                                     : NULL;

    if (ep) {
        resource_meta_set_version(&ep->meta, object_version_find(json));
        objects_scope_upsert_endpoint(scope, ep);
        free(text);
    } else {
        upsert_text(scope, json, text, NULL);
    }
}

void
objects_scope_refuse(struct objects_scope *scope, const struct json *json,
                     const struct field_errors *faults)
{
    upsert_text(scope, json, object_text_make(json), faults);
}

bool
objects_scope_has(const struct objects_scope *scope, const char *name)
{
    struct object *object = object_find(scope->objects, scope->kind, name,
                                        hash_string(name, 0));

    return object && object_members_have(&scope->members, object);
}

void
objects_scope_delete(struct objects_scope *scope, const char *name)
{
    struct object *object = object_find(scope->objects, scope->kind, name,
                                        hash_string(name, 0));

    if (object && object_members_remove(&scope->members, object)) {
        object_is_gone(object, scope->objects);
    }
}

size_t
objects_scope_count(const struct objects_scope *scope)
{
    return scope->members.n;
}

void
objects_scope_begin_list(struct objects_scope *scope)
{
    scope->members.generation++;
}

void
objects_scope_end_list(struct objects_scope *scope)
{
    object_members_drop(&scope->members, false, object_is_gone,
                        scope->objects);
}

/* The cache. */

struct objects *
objects_create(void)
{
    struct objects *objects = xzalloc(sizeof *objects);

    for (size_t i = 0; i < RES_N_KINDS; i++) {
        hmap_init(&objects->by_name[i]);
    }
    object_queue_init(&objects->changed);
    ovs_list_init(&objects->refused);
    ovs_list_init(&objects->unknown);
    ovs_list_init(&objects->scopes);
    return objects;
}

void
objects_destroy(struct objects *objects)
{
    struct objects_scope *scope;

    if (!objects) {
        return;
    }
    LIST_FOR_EACH_SAFE (scope, node, &objects->scopes) {
        objects_scope_destroy(scope);
    }
    for (size_t i = 0; i < RES_N_KINDS; i++) {
        struct object *object;

        HMAP_FOR_EACH_SAFE (object, node, &objects->by_name[i]) {
            object_destroy(objects, object);
        }
        hmap_destroy(&objects->by_name[i]);
    }
    free(objects);
}

const struct object *
objects_get(const struct objects *objects, enum resource_kind kind,
            const char *name)
{
    const struct object *object = object_find(objects, kind, name,
                                              hash_string(name, 0));

    return object && object->exists ? object : NULL;
}

void
objects_run(struct objects *objects,
            void (*cb)(struct object *, void *aux), void *aux)
{
    struct object *object = objects->changed.first;
    struct object *next;

    /* Changes that the callbacks make go to a new queue, and those of objects
     * that still wait stay where they are. */
    object_queue_init(&objects->changed);
    for (; object; object = next) {
        void *before = object->before;

        next = object->changed_next;
        object->is_changed = false;
        object->seen = true;
        cb(object, aux);

        if (object->before == before) {
            object->before = NULL;
        }
        resource_destroy(object->kind, before);
        if (!object->exists && !object->is_changed) {
            object_destroy(objects, object);
        }
    }
}

void
objects_wait(struct objects *objects)
{
    if (objects->changed.first) {
        poll_immediate_wake();
    }
}

bool
objects_for_some(const struct objects *objects, struct objects_position *pos,
                 size_t n, void (*cb)(const struct object *, void *aux),
                 void *aux)
{
    while (n && pos->kind < RES_N_KINDS) {
        struct hmap_node *node = hmap_at_position(&objects->by_name[pos->kind],
                                                  &pos->within);
        const struct object *object = CONTAINER_OF(node, struct object, node);

        if (!node) {
            pos->kind++;            /* 'within' is at its start again. */
        } else if (n-- && object->exists) {
            cb(object, aux);
        }
    }
    return pos->kind < RES_N_KINDS;
}

void
objects_for_each_refused(const struct objects *objects,
                         void (*cb)(const struct object *, void *aux),
                         void *aux)
{
    const struct object_extra *x;

    LIST_FOR_EACH (x, refused_node, &objects->refused) {
        cb(x->object, aux);
    }
}

void
objects_for_each_unknown(const struct objects *objects,
                         void (*cb)(const struct object *, void *aux),
                         void *aux)
{
    const struct object_extra *x;

    LIST_FOR_EACH (x, unknown_node, &objects->unknown) {
        cb(x->object, aux);
    }
}
