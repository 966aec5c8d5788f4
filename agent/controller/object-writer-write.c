/* The writer's requests: what an entry has to write, and what the server's
 * answers mean.  object-writer.c has the states. */

#include <config.h>

#include "agent/controller/object-writer-private.h"

#include <string.h>

#include "agent/controller/rest.h"
#include "agent/controller/status-patch.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(object_writer_write);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

#define IDLE_MS 15000               /* A server silent for so long is gone. */
#define MAX_ANSWER (8 * 1024 * 1024)
#define SETTLE_MS 2000
#define FIGHT_MIN_MS 1000           /* Between writes of the same thing. */
#define FIGHT_MAX_MS 30000
#define PEACE_MS 60000              /* A fight is over after so long. */

static void
wait_for(struct entry *e, long long int ms)
{
    e->until = time_msec() + ms;
    entry_set_state(e, ENTRY_WAITING);
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
    entry_set_error(e, NULL);
    retry_reset(&e->retry);
    json_destroy(e->answer);
    e->answer = object;
    e->answer_until = e->until = time_msec() + SETTLE_MS;
    entry_set_state(e, ENTRY_SETTLING);
}

/* A write was done of what is not compared with the cache. */
static void
write_done_whole(struct entry *e)
{
    entry_set_error(e, NULL);
    retry_reset(&e->retry);
    note_written(e);
    entry_set_state(e, ENTRY_IDLE);
}

static void
take_success(struct entry *e, const struct rest_result *result)
{
    struct json *object;
    char *error;

    if (e->method == METHOD_CREATE) {
        VLOG_INFO("%s %s: created", resource_type_get(e->kind)->singular,
                  e->name);
    }
    e->exists = e->method != METHOD_DELETE;
    if (e->sent) {
        if (e->method != METHOD_STATUS) {
            write_done_whole(e);
            return;
        }
        note_written(e);
    }
    if (e->method == METHOD_DELETE) {
        entry_set_error(e, NULL);
        entry_set_state(e, ENTRY_IDLE);
        return;
    }
    object = json_util_parse(result->body, result->n, &error);
    free(error);
    write_done(e, object);
    if (e->method == METHOD_CREATE) {
        e->n_same = 0;
        entry_set_state(e, ENTRY_QUEUED);
    }
}

/* The object does not exist. */
static void
take_not_found(struct entry *e, const struct rest_result *result)
{
    e->exists = false;
    json_destroy(e->answer);
    e->answer = NULL;
    json_destroy(e->written);
    e->written = NULL;
    if (e->method == METHOD_DELETE) {
        entry_set_error(e, NULL);
        entry_set_state(e, ENTRY_IDLE);
    } else {
        entry_set_error(e, rest_result_to_string(result));
        if (e->object) {
            wait_for(e, retry_failed(&e->retry, 0));
        } else {
            entry_set_state(e, ENTRY_IDLE);
        }
    }
}

static void
take_answer(struct entry *e, const struct rest_result *result)
{
    if (rest_result_is_ok(result)) {
        take_success(e, result);
    } else if (result->status == 409 && e->method == METHOD_CREATE) {
        e->exists = true;           /* Somebody else made it. */
        entry_set_error(e, NULL);
        entry_set_state(e, ENTRY_QUEUED);
    } else if (result->status == 409 && e->method == METHOD_STATUS
               && e->careful) {
        entry_set_error(e, NULL);   /* The cache will have the newer one. */
        entry_set_state(e, ENTRY_IDLE);
    } else if (result->status == 404 && e->method != METHOD_CREATE) {
        take_not_found(e, result);
    } else {
        entry_set_error(e, rest_result_to_string(result));
        if (result->status == 400 || result->status == 413
            || result->status == 422) {
            entry_set_state(e, ENTRY_IDLE);
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
    if (e->goal == GOAL_ABSENT && e->method == METHOD_DELETE
        && e->state == ENTRY_IDLE && !e->error) {
        entry_destroy(e);
    }
}

static char *
make_url(const struct entry *e, enum entry_method method)
{
    const char *plural = resource_type_get(e->kind)->plural;
    char *name = rest_escape(e->name);
    char *url = xasprintf("%s%s/%s%s%s%s", e->p->url, RESOURCE_API_PATH,
                          plural, method == METHOD_CREATE ? "" : "/",
                          method == METHOD_CREATE ? "" : name,
                          method == METHOD_STATUS ? "/status" : "");

    free(name);
    return url;
}

/* Sends 'body', which it takes; NULL for METHOD_DELETE. */
static void
start_request(struct entry *e, enum entry_method method, struct json *body)
{
    static const char *const verbs[] = {
        [METHOD_CREATE] = "POST", [METHOD_STATUS] = "PATCH",
        [METHOD_CHANGE] = "PATCH", [METHOD_DELETE] = "DELETE",
    };
    char *text = body ? json_util_to_line(body) : NULL;
    char *url = make_url(e, method);
    struct rest_params params = {
        .method = verbs[method],
        .url = url,
        .content_type = (!body ? NULL
                         : method == METHOD_CREATE ? "application/json"
                         : "application/merge-patch+json"),
        .body = text,
        .max_body = MAX_ANSWER,
        .idle_ms = IDLE_MS,
        .done = done_cb,
        .aux = e,
    };

    e->method = method;
    e->dirty = false;
    e->request = rest_start(e->p->rest, &params);
    entry_set_state(e, ENTRY_IN_FLIGHT);
    json_destroy(body);
    free(text);
    free(url);
}

static void
set_sent(struct entry *e, const struct json *sent)
{
    json_destroy(e->sent);
    e->sent = json_nullable_clone(sent);
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

    set_sent(e, e->status);
    body = json_object_create();
    json_object_put(body, "status", patch);
    if (e->careful) {
        struct json *metadata = json_object_create();

        json_object_put_string(metadata, "resourceVersion",
                               object_version(entry_get_object(e)));
        json_object_put(body, "metadata", metadata);
    }
    start_request(e, METHOD_STATUS, body);
}

static void
compare_status(struct entry *e)
{
    const struct json *object = entry_get_object(e);
    struct json *patch;

    if (e->answer) {
        e->until = e->answer_until;
        entry_set_state(e, ENTRY_SETTLING);
    }
    if (!e->p->url) {
        return;
    }
    if (object) {
        e->exists = true;
    } else if (!e->exists) {
        if (e->object) {
            set_sent(e, NULL);
            start_request(e, METHOD_CREATE, json_clone(e->object));
        }
        return;
    }
    if (e->status && (object || !e->careful)) {
        patch = status_patch(json_util_get(object, "status"), e->status);
        if (patch) {
            write_status(e, patch);
        } else {
            entry_set_error(e, NULL);
        }
    }
}

/* Looks at 'e', which was queued, and writes what differs from what there
 * is. */
void
entry_compare(struct entry *e)
{
    entry_set_state(e, ENTRY_IDLE);
    switch (e->goal) {
    case GOAL_STATUS:
        compare_status(e);
        break;
    case GOAL_WHOLE:
        if (e->p->url && (!e->written || !json_equal(e->written,
                                                     e->object))) {
            set_sent(e, e->object);
            start_request(e, e->exists ? METHOD_CHANGE : METHOD_CREATE,
                          json_clone(e->object));
        }
        break;
    case GOAL_ABSENT:
        if (e->p->url) {
            set_sent(e, NULL);
            start_request(e, METHOD_DELETE, NULL);
        }
        break;
    }
}
