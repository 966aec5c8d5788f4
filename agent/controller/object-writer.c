/* The writer: see the header.
 *
 * An entry is an object that somebody wants to have a status, to exist or to
 * be gone.  It has at most one request in flight; what is asked for meanwhile
 * is looked at when that one is done, so any number of changes become one
 * write.  States:
 *
 * IDLE: nothing to do, until something is asked for or the object changes:
 * then QUEUED.
 *
 * QUEUED: it will be compared with the cache as soon as fewer than
 * MAX_IN_FLIGHT requests are under way.  Nothing differs: IDLE.
 * Else a request is sent: IN_FLIGHT.
 *
 * IN_FLIGHT: done well: SETTLING, or IDLE if it is not compared with the
 * cache.  The server says that this cannot be written (no such object, it is
 * wrong, or newer than what a careful write is for): IDLE, because only a
 * change helps.  Anything else: WAITING.  An
 * object that should be gone and is: the entry goes.
 *
 * SETTLING: our own write may not have come back to the cache.  Until the
 * cache has the version that the server gave our write, or the time that
 * takes is over, what is compared is the server's answer ('answer').  Then:
 * QUEUED.
 *
 * WAITING: until 'until', then QUEUED.  After a failure; or because somebody
 * else keeps overwriting what we write: the second and later writes of the
 * same thing have waits between them that double. */

#include <config.h>

#include "agent/controller/object-writer-private.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/objects.h"
#include "agent/controller/rest.h"
#include "agent/controller/status-patch.h"
#include "hash.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(object_writer);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

/* Entries. */

static uint32_t
entry_hash(enum resource_kind kind, const char *name)
{
    return hash_string(name, kind);
}

static struct entry *
entry_find(const struct object_writer *p, enum resource_kind kind,
           const char *name)
{
    struct entry *e;

    HMAP_FOR_EACH_WITH_HASH (e, node, entry_hash(kind, name), &p->entries) {
        if (e->kind == kind && !strcmp(e->name, name)) {
            return e;
        }
    }
    return NULL;
}

static struct entry *
entry_get(struct object_writer *p, enum resource_kind kind, const char *name)
{
    struct entry *e = entry_find(p, kind, name);

    if (!e) {
        e = xzalloc(sizeof *e);
        e->p = p;
        e->kind = kind;
        e->name = xstrdup(name);
        ovs_list_init(&e->list_node);
        hmap_insert(&p->entries, &e->node, entry_hash(kind, name));
    }
    return e;
}

/* Takes 'error', NULL for none.  Says so if it is another than before. */
void
entry_set_error(struct entry *e, char *error)
{
    if (error && (!e->error || strcmp(e->error, error))) {
        VLOG_WARN_RL(&rl, "%s %s: not written: %s",
                     resource_type_get(e->kind)->singular, e->name, error);
    }
    free(e->error);
    e->error = error;
}

/* Moves 'e' to 'state', and to the list that goes with it. */
void
entry_set_state(struct entry *e, enum entry_state state)
{
    e->p->n_in_flight -= e->state == ENTRY_IN_FLIGHT;
    e->p->n_in_flight += state == ENTRY_IN_FLIGHT;
    e->state = state;

    ovs_list_remove(&e->list_node);
    ovs_list_init(&e->list_node);
    if (state == ENTRY_QUEUED) {
        ovs_list_push_back(&e->p->queue, &e->list_node);
    } else if (state == ENTRY_SETTLING || state == ENTRY_WAITING) {
        ovs_list_push_back(&e->p->timed, &e->list_node);
    }
}

/* Cancels what is in flight. */
void
entry_destroy(struct entry *e)
{
    rest_cancel(e->request);
    entry_set_state(e, ENTRY_IDLE);
    hmap_remove(&e->p->entries, &e->node);
    json_destroy(e->status);
    json_destroy(e->object);
    json_destroy(e->sent);
    json_destroy(e->written);
    json_destroy(e->answer);
    free(e->error);
    free(e->name);
    free(e);
}

/* Something changed for 'e': look at it again.  What waits after failures
 * goes on waiting if 'patient'. */
void
entry_touch(struct entry *e, bool patient)
{
    switch (e->state) {
    case ENTRY_IDLE:
        entry_set_state(e, ENTRY_QUEUED);
        break;
    case ENTRY_WAITING:
    case ENTRY_SETTLING:
        if (!patient) {
            entry_set_state(e, ENTRY_QUEUED);
        }
        break;
    case ENTRY_IN_FLIGHT:
        e->dirty = true;
        break;
    case ENTRY_QUEUED:
        break;
    }
}

/* Its resourceVersion, "" if 'object' is NULL. */
const char *
object_version(const struct json *object)
{
    return json_util_string(json_util_get(object, "metadata"),
                            "resourceVersion", "");
}

/* The newest version of the object that we know, or NULL. */
const struct json *
entry_get_object(struct entry *e)
{
    const struct json *object = objects_get_json(e->p->objects, e->kind,
                                                 e->name);

    if (e->answer && (time_msec() >= e->answer_until
                      || !strcmp(object_version(object),
                                 object_version(e->answer)))) {
        json_destroy(e->answer);
        e->answer = NULL;
    }
    return e->answer ? e->answer : object;
}

/* The writer. */

/* Neither is taken; both must outlive the writer.  It writes nothing until
 * it has a URL. */
struct object_writer *
object_writer_create(struct rest *rest, const struct objects *objects)
{
    struct object_writer *p = xzalloc(sizeof *p);

    p->rest = rest;
    p->objects = objects;
    hmap_init(&p->entries);
    ovs_list_init(&p->queue);
    ovs_list_init(&p->timed);
    return p;
}

/* Requests in flight are cancelled: the server may have done them or not.
 * NULL is fine. */
void
object_writer_destroy(struct object_writer *p)
{
    struct entry *e;

    if (!p) {
        return;
    }
    HMAP_FOR_EACH_SAFE (e, node, &p->entries) {
        entry_destroy(e);
    }
    hmap_destroy(&p->entries);
    free(p->url);
    free(p);
}

/* See the header. */
void
object_writer_set_url(struct object_writer *p, const char *url)
{
    struct entry *e;

    free(p->url);
    p->url = nullable_xstrdup(url);
    HMAP_FOR_EACH (e, node, &p->entries) {
        rest_cancel(e->request);
        e->request = NULL;
        e->dirty = e->exists = false;
        e->n_same = 0;
        json_destroy(e->written);
        e->written = NULL;
        json_destroy(e->answer);
        e->answer = NULL;
        retry_reset(&e->retry);
        entry_set_error(e, NULL);
        entry_set_state(e, ENTRY_QUEUED);
    }
}

static void
set_status(struct object_writer *p, enum resource_kind kind, const char *name,
           struct json *status, bool careful)
{
    struct entry *e = entry_get(p, kind, name);
    struct json *wanted = status_normalize(status);

    json_destroy(status);
    e->careful = careful;
    if (e->status && json_equal(e->status, wanted)) {
        json_destroy(wanted);
        return;
    }
    json_destroy(e->status);
    e->status = wanted;
    retry_reset(&e->retry);
    entry_touch(e, false);
}

/* See the header. */
void
object_writer_set_status(struct object_writer *p, enum resource_kind kind,
                         const char *name, struct json *status)
{
    set_status(p, kind, name, status, false);
}

/* See the header. */
void
object_writer_release_status(struct object_writer *p, enum resource_kind kind,
                             const char *name, struct json *status)
{
    set_status(p, kind, name, status, true);
}

/* See the header. */
bool
object_writer_has(const struct object_writer *p, enum resource_kind kind,
                  const char *name)
{
    return entry_find(p, kind, name) != NULL;
}

/* See the header. */
void
object_writer_ensure_object(struct object_writer *p, enum resource_kind kind,
                            const char *name, struct json *object)
{
    struct entry *e = entry_get(p, kind, name);

    if (e->object && object && json_equal(e->object, object)) {
        json_destroy(object);
        return;
    }
    json_destroy(e->object);
    e->object = object;
    entry_touch(e, false);
}

/* See the header. */
void
object_writer_put_object(struct object_writer *p, enum resource_kind kind,
                         const char *name, struct json *object)
{
    struct entry *e = entry_get(p, kind, name);

    if (e->goal == GOAL_WHOLE && json_equal(e->object, object)) {
        json_destroy(object);
        return;
    }
    e->goal = GOAL_WHOLE;
    json_destroy(e->object);
    e->object = object;
    retry_reset(&e->retry);
    entry_touch(e, false);
}

/* See the header. */
void
object_writer_delete_object(struct object_writer *p, enum resource_kind kind,
                            const char *name)
{
    struct entry *e = entry_get(p, kind, name);

    if (e->goal != GOAL_ABSENT) {
        e->goal = GOAL_ABSENT;
        json_destroy(e->written);
        e->written = NULL;
        retry_reset(&e->retry);
        entry_touch(e, false);
    }
}

/* See the header. */
void
object_writer_clear(struct object_writer *p, enum resource_kind kind,
                    const char *name)
{
    struct entry *e = entry_find(p, kind, name);

    if (e) {
        entry_destroy(e);
    }
}

/* See the header. */
void
object_writer_object_changed(struct object_writer *p, enum resource_kind kind,
                             const char *name)
{
    struct entry *e = entry_find(p, kind, name);

    if (!e || e->goal != GOAL_STATUS) {
        return;
    }
    if (!objects_get_json(p->objects, kind, name)) {
        e->exists = false;
        json_destroy(e->answer);
        e->answer = NULL;
    }
    entry_get_object(e);            /* Perhaps our last write has settled. */
    entry_touch(e, e->state == ENTRY_WAITING);
}

/* Starts the writes that are due; the rest happens in rest_run(). */
void
object_writer_run(struct object_writer *p)
{
    long long int now = time_msec();
    struct entry *e;

    LIST_FOR_EACH_SAFE (e, list_node, &p->timed) {
        if (now >= e->until) {
            entry_set_state(e, ENTRY_QUEUED);
        }
    }
    while (p->n_in_flight < MAX_IN_FLIGHT
           && !ovs_list_is_empty(&p->queue)) {
        entry_compare(CONTAINER_OF(ovs_list_front(&p->queue), struct entry,
                                   list_node));
    }
}

/* See object_writer_run(). */
void
object_writer_wait(struct object_writer *p)
{
    const struct entry *e;

    LIST_FOR_EACH (e, list_node, &p->timed) {
        poll_timer_wait_until(e->until);
    }
    if (p->n_in_flight < MAX_IN_FLIGHT
        && !ovs_list_is_empty(&p->queue)) {
        poll_immediate_wake();
    }
}

/* See the header.  Settling counts as written; what has failed does not. */
bool
object_writer_is_idle(const struct object_writer *p)
{
    const struct entry *e;

    LIST_FOR_EACH (e, list_node, &p->timed) {
        if (e->state == ENTRY_WAITING) {
            return false;
        }
    }
    return !p->n_in_flight && ovs_list_is_empty(&p->queue);
}

/* See the header. */
void
object_writer_for_each_problem(const struct object_writer *p,
                               void (*cb)(const char *object,
                                          const char *message, void *aux),
                               void *aux)
{
    const struct entry *e;

    HMAP_FOR_EACH (e, node, &p->entries) {
        if (e->error) {
            char *object = xasprintf("%s %s",
                                     resource_type_get(e->kind)->singular,
                                     e->name);

            cb(object, e->error, aux);
            free(object);
        }
    }
}
