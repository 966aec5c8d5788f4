/* The publisher: see the header.
 *
 * An entry is an object that somebody wants to have a status or to exist.  It
 * has at most one request in flight; what is asked for meanwhile is looked at
 * when that one is done, so any number of changes become one write.  States:
 *
 * IDLE: nothing to do, until something is asked for or the object changes:
 * then QUEUED.
 *
 * QUEUED: it will be compared with the cache as soon as fewer than
 * MAX_IN_FLIGHT requests are under way.  Nothing differs: IDLE.  Else a
 * request is sent: IN_FLIGHT.
 *
 * IN_FLIGHT: done well: SETTLING.  The server says that this cannot be
 * written (no such object, or it is wrong): IDLE, because only a change helps.
 * Anything else: WAITING.
 *
 * SETTLING: our own write may not have come back to the cache.  Until the
 * cache has the version that the server gave our write, or SETTLE_MS have
 * passed, what is compared is the server's answer ('answer').  Then: QUEUED.
 *
 * WAITING: until 'until', then QUEUED.  After a failure; or because somebody
 * else keeps overwriting what we write: the second and later writes of the
 * same thing have waits between them that double. */

#include <config.h>

#include "agent/publisher.h"

#include <stdlib.h>
#include <string.h>

#include "agent/objects.h"
#include "agent/rest.h"
#include "agent/retry.h"
#include "hash.h"
#include "lib/json-util.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(publisher);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

#define MAX_IN_FLIGHT 8
#define IDLE_MS 15000               /* A server silent for so long is gone. */
#define MAX_ANSWER (8 * 1024 * 1024)
#define SETTLE_MS 2000
#define FIGHT_MIN_MS 1000           /* Between writes of the same thing. */
#define FIGHT_MAX_MS 30000
#define PEACE_MS 60000              /* A fight is over after so long. */

enum entry_state {
    ENTRY_IDLE,
    ENTRY_QUEUED,
    ENTRY_IN_FLIGHT,
    ENTRY_SETTLING,
    ENTRY_WAITING,
};

struct entry {
    struct hmap_node node;          /* In struct publisher's 'entries'. */
    struct ovs_list list_node;      /* In 'queue' or 'timed', or empty. */
    struct publisher *p;
    enum resource_kind kind;
    char *name;
    struct json *status;            /* Wanted, or NULL. */
    struct json *object;            /* To create, or NULL. */

    enum entry_state state;
    long long int until;            /* ENTRY_SETTLING, ENTRY_WAITING. */
    struct rest_request *request;   /* ENTRY_IN_FLIGHT. */
    bool creating;                  /* 'request' is a POST. */
    bool dirty;                     /* Changed while ENTRY_IN_FLIGHT. */
    struct json *answer;            /* The object after our last write, until
                                     * that has settled; else NULL. */
    long long int answer_until;
    bool exists;                    /* The server said so, though the cache
                                     * does not have it yet. */

    struct json *sent;              /* 'status' when 'request' was made. */
    struct json *written;           /* 'sent' of the last good write. */
    long long int written_at;
    unsigned int n_same;            /* Writes of 'written' in a row. */
    struct retry retry;
    char *error;                    /* Of the last request, or NULL. */
};

struct publisher {
    struct rest *rest;
    const struct objects *objects;
    char *url;                      /* Or NULL. */
    struct hmap entries;            /* Contains "struct entry"s. */
    struct ovs_list queue;          /* ENTRY_QUEUED. */
    struct ovs_list timed;          /* ENTRY_SETTLING, ENTRY_WAITING. */
    unsigned int n_in_flight;
};

/* Comparing. */

/* Returns 'json' without the null members of its objects: a merge patch
 * deletes those, so they never are in what is read back. */
static struct json *
strip_nulls(const struct json *json)
{
    const struct shash_node *node;
    struct json *result;

    if (json->type != JSON_OBJECT) {
        return json_clone(json);
    }
    result = json_object_create();
    SHASH_FOR_EACH (node, json->object) {
        const struct json *member = node->data;

        if (member->type != JSON_NULL) {
            json_object_put(result, node->name, strip_nulls(member));
        }
    }
    return result;
}

/* Returns the merge patch (RFC 7396) that makes 'from' (NULL if absent) into
 * 'to', or NULL if they are the same. */
static struct json *
diff(const struct json *from, const struct json *to)
{
    const struct shash_node *node;
    struct json *patch;

    if (from && json_equal(from, to)) {
        return NULL;
    }
    if (!from || from->type != JSON_OBJECT || to->type != JSON_OBJECT) {
        return json_clone(to);
    }

    patch = json_object_create();
    SHASH_FOR_EACH (node, from->object) {
        if (!json_util_get(to, node->name)) {
            json_object_put(patch, node->name, json_null_create());
        }
    }
    SHASH_FOR_EACH (node, to->object) {
        struct json *member = diff(json_util_get(from, node->name),
                                   node->data);

        if (member) {
            json_object_put(patch, node->name, member);
        }
    }
    return patch;
}

/* The patch that gives 'status' (NULL if absent) the members of 'wanted', or
 * NULL if it has them.  A null in 'wanted' wants that member gone. */
static struct json *
status_patch(const struct json *status, const struct json *wanted)
{
    struct json *patch = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, wanted->object) {
        const struct json *old = json_util_get(status, node->name);
        const struct json *new = node->data;
        struct json *member;

        if (new->type == JSON_NULL) {
            member = old ? json_null_create() : NULL;
        } else {
            member = diff(old, new);
        }
        if (member) {
            json_object_put(patch, node->name, member);
        }
    }
    if (shash_is_empty(patch->object)) {
        json_destroy(patch);
        patch = NULL;
    }
    return patch;
}

/* Entries. */

static uint32_t
entry_hash(enum resource_kind kind, const char *name)
{
    return hash_string(name, kind);
}

static struct entry *
entry_find(const struct publisher *p, enum resource_kind kind,
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
entry_get(struct publisher *p, enum resource_kind kind, const char *name)
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

static void
set_error(struct entry *e, char *error)
{
    if (error && (!e->error || strcmp(e->error, error))) {
        VLOG_WARN_RL(&rl, "%s %s: not written: %s",
                     resource_type_get(e->kind)->singular, e->name, error);
    }
    free(e->error);
    e->error = error;
}

static void
set_state(struct entry *e, enum entry_state state)
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

static void
entry_destroy(struct entry *e)
{
    rest_cancel(e->request);
    set_state(e, ENTRY_IDLE);
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
static void
entry_touch(struct entry *e, bool patient)
{
    switch (e->state) {
    case ENTRY_IDLE:
        set_state(e, ENTRY_QUEUED);
        break;
    case ENTRY_WAITING:
    case ENTRY_SETTLING:
        if (!patient) {
            set_state(e, ENTRY_QUEUED);
        }
        break;
    case ENTRY_IN_FLIGHT:
        e->dirty = true;
        break;
    case ENTRY_QUEUED:
        break;
    }
}

static const char *
version_of(const struct json *object)
{
    return json_util_string(json_util_get(object, "metadata"),
                            "resourceVersion", "");
}

/* Requests. */

static void
wait_for(struct entry *e, long long int ms)
{
    e->until = time_msec() + ms;
    set_state(e, ENTRY_WAITING);
}

/* 'sent' is written now.  Counts how often that was done without a pause. */
static void
note_written(struct entry *e)
{
    if (e->written && json_equal(e->written, e->sent)
        && time_msec() < e->written_at + PEACE_MS) {
        e->n_same++;
    } else {
        json_destroy(e->written);
        e->written = json_clone(e->sent);
        e->n_same = 1;
    }
    e->written_at = time_msec();
}

/* A write was done; takes 'object', which is what the server has now, or NULL
 * if it did not say. */
static void
write_done(struct entry *e, struct json *object)
{
    set_error(e, NULL);
    retry_reset(&e->retry);
    json_destroy(e->answer);
    e->answer = object;
    e->answer_until = e->until = time_msec() + SETTLE_MS;
    set_state(e, ENTRY_SETTLING);
}

/* The newest version of the object that we know, or NULL. */
static const struct json *
current_object(struct entry *e)
{
    const struct json *object = objects_get_json(e->p->objects, e->kind,
                                                 e->name);

    if (e->answer && (time_msec() >= e->answer_until
                      || !strcmp(version_of(object),
                                 version_of(e->answer)))) {
        json_destroy(e->answer);
        e->answer = NULL;
    }
    return e->answer ? e->answer : object;
}

static void
take_answer(struct entry *e, const struct rest_result *result)
{
    char *error;

    if (rest_result_is_ok(result)) {
        e->exists = true;
        write_done(e, json_util_parse(result->body, result->n, &error));
        free(error);
        if (e->creating) {
            VLOG_INFO("%s %s: created", resource_type_get(e->kind)->singular,
                      e->name);
            e->n_same = 0;
            set_state(e, ENTRY_QUEUED);
        } else {
            note_written(e);
        }
    } else if (e->creating && result->status == 409) {
        e->exists = true;           /* Somebody else made it. */
        set_error(e, NULL);
        set_state(e, ENTRY_QUEUED);
    } else {
        set_error(e, rest_result_to_string(result));
        if (result->status == 404 && !e->creating) {
            e->exists = false;
            json_destroy(e->answer);
            e->answer = NULL;
            if (e->object) {
                wait_for(e, retry_failed(&e->retry, 0));
            } else {
                set_state(e, ENTRY_IDLE);
            }
        } else if (result->status == 400 || result->status == 413
                   || result->status == 422) {
            set_state(e, ENTRY_IDLE);
        } else {
            wait_for(e, retry_failed(&e->retry, result->retry_after));
        }
    }
}

static void
done_cb(const struct rest_result *result, void *e_)
{
    struct entry *e = e_;

    e->request = NULL;
    take_answer(e, result);
    if (e->dirty) {
        e->dirty = false;
        entry_touch(e, !rest_result_is_ok(result));
    }
}

/* Sends 'body', which it takes. */
static void
start_request(struct entry *e, bool create, struct json *body)
{
    const char *plural = resource_type_get(e->kind)->plural;
    char *name = rest_escape(e->name);
    char *url = (create
                 ? xasprintf("%s%s/%s", e->p->url, RESOURCE_API_PATH, plural)
                 : xasprintf("%s%s/%s/%s/status", e->p->url,
                             RESOURCE_API_PATH, plural, name));
    char *text = json_util_to_line(body);
    struct rest_params params = {
        .method = create ? "POST" : "PATCH",
        .url = url,
        .content_type = (create ? "application/json"
                         : "application/merge-patch+json"),
        .body = text,
        .max_body = MAX_ANSWER,
        .idle_ms = IDLE_MS,
        .done = done_cb,
        .aux = e,
    };

    e->creating = create;
    e->dirty = false;
    e->request = rest_start(e->p->rest, &params);
    set_state(e, ENTRY_IN_FLIGHT);
    json_destroy(body);
    free(text);
    free(url);
    free(name);
}

/* How long to wait before the same thing is written once more. */
static long long int
fight_delay(const struct entry *e)
{
    long long int delay = FIGHT_MIN_MS;

    if (!e->n_same || !json_equal(e->written, e->status)
        || time_msec() >= e->written_at + PEACE_MS) {
        return 0;
    }
    for (unsigned int i = 1; i < e->n_same && delay < FIGHT_MAX_MS; i++) {
        delay *= 2;
    }
    return MAX(0, e->written_at + MIN(delay, FIGHT_MAX_MS) - time_msec());
}

/* Sends 'patch', which it takes, unless that has to wait. */
static void
write_status(struct entry *e, struct json *patch)
{
    long long int delay = fight_delay(e);
    struct json *body;

    if (delay > 0) {
        VLOG_WARN_RL(&rl, "%s %s: somebody else writes its status too",
                     resource_type_get(e->kind)->singular, e->name);
        json_destroy(patch);
        wait_for(e, delay);
        return;
    }

    json_destroy(e->sent);
    e->sent = json_clone(e->status);
    body = json_object_create();
    json_object_put(body, "status", patch);
    start_request(e, false, body);
}

/* Compares 'e', which was queued, with the cache, and writes what differs. */
static void
entry_compare(struct entry *e)
{
    const struct json *object = current_object(e);
    struct json *patch;

    if (e->answer) {
        e->until = e->answer_until;
        set_state(e, ENTRY_SETTLING);
    } else {
        set_state(e, ENTRY_IDLE);
    }
    if (!e->p->url) {
        return;
    }
    if (object) {
        e->exists = true;
    } else if (!e->exists) {
        if (e->object) {
            start_request(e, true, json_clone(e->object));
        }
        return;
    }
    if (e->status) {
        patch = status_patch(json_util_get(object, "status"), e->status);
        if (patch) {
            write_status(e, patch);
        } else {
            set_error(e, NULL);
        }
    }
}

/* The publisher. */

/* Neither is taken; both must outlive the publisher.  It writes nothing until
 * it has a URL. */
struct publisher *
publisher_create(struct rest *rest, const struct objects *objects)
{
    struct publisher *p = xzalloc(sizeof *p);

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
publisher_destroy(struct publisher *p)
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
publisher_set_url(struct publisher *p, const char *url)
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
        set_error(e, NULL);
        set_state(e, ENTRY_QUEUED);
    }
}

/* See the header. */
void
publisher_set_status(struct publisher *p, enum resource_kind kind,
                     const char *name, struct json *status)
{
    struct entry *e = entry_get(p, kind, name);
    const struct shash_node *node;
    struct json *wanted = json_object_create();

    SHASH_FOR_EACH (node, json_object(status)) {
        json_object_put(wanted, node->name, strip_nulls(node->data));
    }
    json_destroy(status);
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
publisher_set_object(struct publisher *p, enum resource_kind kind,
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
publisher_clear(struct publisher *p, enum resource_kind kind,
                const char *name)
{
    struct entry *e = entry_find(p, kind, name);

    if (e) {
        entry_destroy(e);
    }
}

/* See the header. */
void
publisher_object_changed(struct publisher *p, enum resource_kind kind,
                         const char *name)
{
    struct entry *e = entry_find(p, kind, name);

    if (!e) {
        return;
    }
    if (!objects_get_json(p->objects, kind, name)) {
        e->exists = false;
        json_destroy(e->answer);
        e->answer = NULL;
    }
    current_object(e);              /* Perhaps our last write has settled. */
    entry_touch(e, e->state == ENTRY_WAITING);
}

/* Starts the writes that are due; the rest happens in rest_run(). */
void
publisher_run(struct publisher *p)
{
    long long int now = time_msec();
    struct entry *e;

    LIST_FOR_EACH_SAFE (e, list_node, &p->timed) {
        if (now >= e->until) {
            set_state(e, ENTRY_QUEUED);
        }
    }
    while (p->n_in_flight < MAX_IN_FLIGHT && !ovs_list_is_empty(&p->queue)) {
        entry_compare(CONTAINER_OF(ovs_list_front(&p->queue), struct entry,
                                   list_node));
    }
}

/* See publisher_run(). */
void
publisher_wait(struct publisher *p)
{
    const struct entry *e;

    LIST_FOR_EACH (e, list_node, &p->timed) {
        poll_timer_wait_until(e->until);
    }
    if (p->n_in_flight < MAX_IN_FLIGHT && !ovs_list_is_empty(&p->queue)) {
        poll_immediate_wake();
    }
}

/* See the header.  Settling counts as written; what has failed does not. */
bool
publisher_is_idle(const struct publisher *p)
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
publisher_for_each_problem(const struct publisher *p,
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
