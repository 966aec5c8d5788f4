/* Entries: see write-entry.h.
 *
 * Here is what is wanted, what is known, and when an entry is looked at.
 * write-request.c decides what has to be sent, and what the answer means. */

#include <config.h>

#include "agent/controller/write-entry.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/object-version.h"
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

VLOG_DEFINE_THIS_MODULE(write_entry);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

/* Finding entries. */

static uint32_t
write_entry_hash(enum resource_kind kind, const char *name)
{
    return hash_string(name, kind);
}

struct write_entry *
write_entry_find(const struct write_entries *all, enum resource_kind kind,
                 const char *name)
{
    struct write_entry *e;

    HMAP_FOR_EACH_WITH_HASH (e, node, write_entry_hash(kind, name),
                             &all->by_name) {
        if (e->kind == kind && !strcmp(e->name, name)) {
            return e;
        }
    }
    return NULL;
}

struct write_entry *
write_entry_get(struct write_entries *all, enum resource_kind kind,
                const char *name)
{
    struct write_entry *e = write_entry_find(all, kind, name);

    if (!e) {
        e = xzalloc(sizeof *e);
        e->all = all;
        e->kind = kind;
        e->name = xstrdup(name);
        ovs_list_init(&e->list_node);
        hmap_insert(&all->by_name, &e->node, write_entry_hash(kind, name));
    }
    return e;
}

void
write_entry_destroy(struct write_entry *e)
{
    rest_cancel(e->request);
    write_entry_set_state(e, WRITE_IDLE);
    hmap_remove(&e->all->by_name, &e->node);
    json_destroy(e->status);
    json_destroy(e->object);
    json_destroy(e->sent);
    json_destroy(e->written);
    json_destroy(e->answer);
    free(e->error);
    free(e->name);
    free(e);
}

char *
write_entry_to_string(const struct write_entry *e)
{
    return xasprintf("%s %s", resource_get_class(e->kind)->singular, e->name);
}

/* States. */

void
write_entry_set_state(struct write_entry *e, enum write_state state)
{
    struct write_entries *all = e->all;

    all->n_in_flight -= e->state == WRITE_IN_FLIGHT;
    all->n_in_flight += state == WRITE_IN_FLIGHT;
    e->state = state;

    ovs_list_remove(&e->list_node);
    ovs_list_init(&e->list_node);
    if (state == WRITE_QUEUED) {
        ovs_list_push_back(&all->queue, &e->list_node);
    } else if (state == WRITE_SETTLING || state == WRITE_WAITING) {
        ovs_list_push_back(&all->timed, &e->list_node);
    }
}

void
write_entry_set_state_until(struct write_entry *e, enum write_state state,
                            long long int until)
{
    e->until = until;
    write_entry_set_state(e, state);
}

void
write_entry_touch(struct write_entry *e, bool patient)
{
    switch (e->state) {
    case WRITE_IDLE:
        write_entry_set_state(e, WRITE_QUEUED);
        break;
    case WRITE_WAITING:
    case WRITE_SETTLING:
        if (!patient) {
            write_entry_set_state(e, WRITE_QUEUED);
        }
        break;
    case WRITE_IN_FLIGHT:
        e->dirty = true;
        break;
    case WRITE_QUEUED:
        break;
    }
}

void
write_entry_set_error(struct write_entry *e, char *error)
{
    if (error && (!e->error || strcmp(e->error, error))) {
        VLOG_WARN_RL(&rl, "%s %s: not written: %s",
                     resource_get_class(e->kind)->singular, e->name, error);
    }
    free(e->error);
    e->error = error;
}

/* What is known. */

/* Returns the cache's object, or NULL.  Drops an answer that has settled. */
static const struct object *
write_entry_settle(struct write_entry *e)
{
    const struct object *object = objects_get(e->all->objects, e->kind,
                                              e->name);
    const char *version = object ? object_get_version(object) : "";

    if (e->answer && (time_msec() >= e->answer_until
                      || !strcmp(version, object_version_find(e->answer)))) {
        json_util_set(&e->answer, NULL);
    }
    return object;
}

struct json *
write_entry_get_object(struct write_entry *e)
{
    const struct object *object = write_entry_settle(e);

    return (e->answer ? json_clone(e->answer)
            : object ? object_to_json(object) : NULL);
}

void
write_entry_object_changed(struct write_entry *e)
{
    if (e->goal != WRITE_GOAL_STATUS) {
        return;
    }
    if (!write_entry_settle(e)) {
        e->exists = false;
        json_util_set(&e->answer, NULL);
    }
    write_entry_touch(e, e->state == WRITE_WAITING);
}

/* What is wanted. */

void
write_entry_set_status(struct write_entry *e, struct json *status,
                       bool careful)
{
    struct json *wanted = status_patch_normalize(status);

    json_destroy(status);
    e->careful = careful;
    if (e->status && json_equal(e->status, wanted)) {
        json_destroy(wanted);
        return;
    }
    json_util_set(&e->status, wanted);
    retry_reset(&e->retry);
    write_entry_touch(e, false);
}

void
write_entry_ensure_object(struct write_entry *e, struct json *object)
{
    if (e->object && object && json_equal(e->object, object)) {
        json_destroy(object);
        return;
    }
    json_util_set(&e->object, object);
    write_entry_touch(e, false);
}

void
write_entry_put_object(struct write_entry *e, struct json *object)
{
    if (e->goal == WRITE_GOAL_WHOLE && json_equal(e->object, object)) {
        json_destroy(object);
        return;
    }
    e->goal = WRITE_GOAL_WHOLE;
    json_util_set(&e->object, object);
    retry_reset(&e->retry);
    write_entry_touch(e, false);
}

void
write_entry_delete_object(struct write_entry *e)
{
    if (e->goal != WRITE_GOAL_ABSENT) {
        e->goal = WRITE_GOAL_ABSENT;
        json_util_set(&e->written, NULL);
        retry_reset(&e->retry);
        write_entry_touch(e, false);
    }
}

/* All entries. */

void
write_entries_init(struct write_entries *all, const struct objects *objects)
{
    all->objects = objects;
    hmap_init(&all->by_name);
    ovs_list_init(&all->queue);
    ovs_list_init(&all->timed);
    all->n_in_flight = 0;
}

void
write_entries_destroy(struct write_entries *all)
{
    struct write_entry *e;

    HMAP_FOR_EACH_SAFE (e, node, &all->by_name) {
        write_entry_destroy(e);
    }
    hmap_destroy(&all->by_name);
}

void
write_entries_restart(struct write_entries *all)
{
    struct write_entry *e;

    HMAP_FOR_EACH (e, node, &all->by_name) {
        rest_cancel(e->request);
        e->request = NULL;
        e->dirty = e->exists = false;
        e->n_same = 0;
        json_util_set(&e->written, NULL);
        json_util_set(&e->answer, NULL);
        retry_reset(&e->retry);
        write_entry_set_error(e, NULL);
        write_entry_set_state(e, WRITE_QUEUED);
    }
}

void
write_entries_run(struct write_entries *all)
{
    long long int now = time_msec();
    struct write_entry *e;

    LIST_FOR_EACH_SAFE (e, list_node, &all->timed) {
        if (now >= e->until) {
            write_entry_set_state(e, WRITE_QUEUED);
        }
    }
}

void
write_entries_wait(const struct write_entries *all)
{
    const struct write_entry *e;

    LIST_FOR_EACH (e, list_node, &all->timed) {
        poll_timer_wait_until(e->until);
    }
}
