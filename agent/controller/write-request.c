/* Requests: see write-request.h.
 *
 * Only what differs is written.  The second and later writes of the same thing
 * in a row mean that somebody else keeps overwriting it: they have waits
 * between them that double ("a fight"). */

#include <config.h>

#include "agent/controller/write-request.h"

#include <string.h>

#include "agent/controller/object-version.h"
#include "agent/controller/rest-result.h"
#include "agent/controller/rest-url.h"
#include "agent/controller/rest.h"
#include "agent/controller/status-patch.h"
#include "agent/controller/write-entry.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(write_request);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 20);

#define IDLE_MS 15000               /* A server silent for so long is gone. */
#define WHOLE_MS 30000              /* So is one that sends drops. */
#define MAX_ANSWER (8 * 1024 * 1024)
#define SETTLE_MS 2000
#define FIGHT_MIN_MS 1000           /* Between writes of the same thing. */
#define FIGHT_MAX_MS 30000
#define PEACE_MS 60000              /* A fight is over after so long. */

static void
wait_for(struct write_entry *e, long long int ms)
{
    write_entry_set_state_until(e, WRITE_WAITING, time_msec() + ms);
}

/* 'sent' is written now.  Counts how often that was so without a pause. */
static void
note_written(struct write_entry *e)
{
    if (e->written && json_equal(e->written, e->sent)
        && time_msec() < e->written_at + PEACE_MS) {
        e->n_same++;
    } else {
        json_util_set(&e->written, json_clone(e->sent));
        e->n_same = 1;
    }
    e->written_at = time_msec();
}

/* A write of an object that is compared with the cache was done.  Takes
 * 'object', which is what the server has now. */
static void
write_done(struct write_entry *e, struct json *object)
{
    write_entry_set_error(e, NULL);
    retry_reset(&e->retry);
    json_util_set(&e->answer, object);
    e->answer_until = time_msec() + SETTLE_MS;
    write_entry_set_state_until(e, WRITE_SETTLING, e->answer_until);
}

/* A write of an object that is not compared with the cache was done. */
static void
write_done_whole(struct write_entry *e)
{
    write_entry_set_error(e, NULL);
    retry_reset(&e->retry);
    note_written(e);
    write_entry_set_state(e, WRITE_IDLE);
}

/* Whether 'object' is what a server may say of what was done. */
static bool
is_answer(const struct write_entry *e, const struct json *object)
{
    const char *kind = resource_get_class(e->kind)->kind;

    return (object->type == JSON_OBJECT
            && (resource_meta_is_kind(object, kind, false)
                || (e->method == WRITE_METHOD_DELETE
                    && !strcmp(json_util_string(object, "kind", ""),
                               "Status"))));
}

/* The object that a good answer has, for the caller to destroy; NULL if it has
 * none, and so does not come from a server of ours. */
static struct json *
parse_answer(const struct write_entry *e, const struct rest_result *result)
{
    char *error;
    struct json *object = json_util_parse(result->body, result->n, &error);

    free(error);
    if (object && !is_answer(e, object)) {
        json_destroy(object);
        return NULL;
    }
    return object;
}

/* The server did what it was asked, and has 'object' (taken) now. */
static void
take_success(struct write_entry *e, struct json *object)
{
    if (e->method == WRITE_METHOD_CREATE) {
        VLOG_INFO("%s %s: created", resource_get_class(e->kind)->singular,
                  e->name);
    }
    e->exists = e->method != WRITE_METHOD_DELETE;
    if (e->sent) {
        if (e->method != WRITE_METHOD_STATUS) {
            json_destroy(object);
            write_done_whole(e);
            return;
        }
        note_written(e);
    }
    if (e->method == WRITE_METHOD_DELETE) {
        json_destroy(object);
        write_entry_set_error(e, NULL);
        write_entry_set_state(e, WRITE_IDLE);
        return;
    }
    write_done(e, object);
    if (e->method == WRITE_METHOD_CREATE) {
        e->n_same = 0;
        write_entry_set_state(e, WRITE_QUEUED);
    }
}

/* The object does not exist. */
static void
take_not_found(struct write_entry *e, const struct rest_result *result)
{
    e->exists = false;
    json_util_set(&e->answer, NULL);
    json_util_set(&e->written, NULL);
    if (e->method == WRITE_METHOD_DELETE) {
        write_entry_set_error(e, NULL);
        write_entry_set_state(e, WRITE_IDLE);
    } else {
        write_entry_set_error(e, rest_result_to_string(result));
        if (e->object) {
            wait_for(e, retry_failed(&e->retry, 0));
        } else {
            write_entry_set_state(e, WRITE_IDLE);
        }
    }
}

static void
take_answer(struct write_entry *e, const struct rest_result *result)
{
    if (rest_result_is_ok(result)) {
        struct json *object = parse_answer(e, result);

        if (object) {
            take_success(e, object);
        } else {
            write_entry_set_error(e, xasprintf(
                "HTTP status %d, but the answer is none of a controller",
                result->status));
            wait_for(e, retry_failed(&e->retry, 0));
        }
    } else if (result->status == 409 && e->method == WRITE_METHOD_CREATE) {
        e->exists = true;           /* Somebody else made it. */
        write_entry_set_error(e, NULL);
        write_entry_set_state(e, WRITE_QUEUED);
    } else if (result->status == 409 && e->method == WRITE_METHOD_STATUS
               && e->careful) {
        /* The cache will have the newer version: that makes a change. */
        write_entry_set_error(e, NULL);
        write_entry_set_state(e, WRITE_IDLE);
    } else if (result->status == 404 && e->method != WRITE_METHOD_CREATE) {
        take_not_found(e, result);
    } else {
        write_entry_set_error(e, rest_result_to_string(result));
        if (result->status == 400 || result->status == 413
            || result->status == 422) {
            write_entry_set_state(e, WRITE_IDLE);
        } else {
            wait_for(e, retry_failed(&e->retry, result->retry_after));
        }
    }
}

static void
done_cb(const struct rest_result *result, void *e_)
{
    struct write_entry *e = e_;

    e->request = NULL;
    take_answer(e, result);
    if (e->dirty) {
        e->dirty = false;
        write_entry_touch(e, !rest_result_is_ok(result));
    }
    if (e->goal == WRITE_GOAL_ABSENT && e->method == WRITE_METHOD_DELETE
        && e->state == WRITE_IDLE && !e->error) {
        write_entry_destroy(e);
    }
}

/* What is to be written. */

static void
set_sent(struct write_entry *e, const struct json *sent)
{
    json_util_set(&e->sent, json_nullable_clone(sent));
}

/* How long to wait before the same thing is written once more. */
static long long int
fight_delay(const struct write_entry *e)
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

/* The body that brings 'patch', which is taken, to the status. */
static struct json *
make_status_body(struct write_entry *e, struct json *patch)
{
    struct json *body = json_object_create();

    json_object_put(body, "status", patch);
    if (e->careful) {
        struct json *object = write_entry_get_object(e);
        struct json *metadata = json_object_create();

        json_object_put_string(metadata, "resourceVersion",
                               object_version_find(object));
        json_object_put(body, "metadata", metadata);
        json_destroy(object);
    }
    return body;
}

/* For WRITE_GOAL_STATUS of an object that exists; 'object' is NULL if the
 * cache does not have it yet. */
static bool
choose_status(struct write_entry *e, const struct json *object,
              enum write_method *method, struct json **body)
{
    struct json *patch;
    long long int delay;

    if (!e->status || (!object && e->careful)) {
        return false;
    }
    patch = status_patch_make(json_util_get(object, "status"), e->status);
    if (!patch) {
        write_entry_set_error(e, NULL);
        return false;
    }
    delay = fight_delay(e);
    if (delay > 0) {
        VLOG_WARN_RL(&rl, "%s %s: somebody else writes its status too",
                     resource_get_class(e->kind)->singular, e->name);
        json_destroy(patch);
        wait_for(e, delay);
        return false;
    }
    set_sent(e, e->status);
    *method = WRITE_METHOD_STATUS;
    *body = make_status_body(e, patch);
    return true;
}

/* For WRITE_GOAL_STATUS.  A server's answer that has not settled is looked at
 * again when it should have. */
static bool
choose_status_or_create(struct write_entry *e, enum write_method *method,
                        struct json **body)
{
    struct json *object = write_entry_get_object(e);
    bool chosen;

    if (e->answer) {
        write_entry_set_state_until(e, WRITE_SETTLING, e->answer_until);
    }
    if (object) {
        e->exists = true;
    }
    if (e->exists) {
        chosen = choose_status(e, object, method, body);
        json_destroy(object);
        return chosen;
    }
    if (!e->object) {
        return false;
    }
    set_sent(e, NULL);
    *method = WRITE_METHOD_CREATE;
    *body = json_clone(e->object);
    return true;
}

/* Decides what 'e' has to write now.  Returns false if that is nothing, with
 * 'e' in the state that follows. */
static bool
choose(struct write_entry *e, enum write_method *method, struct json **body)
{
    *body = NULL;
    switch (e->goal) {
    case WRITE_GOAL_STATUS:
        return choose_status_or_create(e, method, body);
    case WRITE_GOAL_WHOLE:
        if (e->written && json_equal(e->written, e->object)) {
            return false;
        }
        set_sent(e, e->object);
        *method = e->exists ? WRITE_METHOD_CHANGE : WRITE_METHOD_CREATE;
        *body = json_clone(e->object);
        return true;
    case WRITE_GOAL_ABSENT:
        set_sent(e, NULL);
        *method = WRITE_METHOD_DELETE;
        return true;
    }
    OVS_NOT_REACHED();
}

/* Sending. */

static char *
make_url(const struct write_entry *e, const char *base_url)
{
    const char *plural = resource_get_class(e->kind)->plural;
    char *name, *url;

    if (e->method == WRITE_METHOD_CREATE) {
        return xasprintf("%s%s/%s", base_url, RESOURCE_API_PATH, plural);
    }
    name = rest_url_escape(e->name);
    url = xasprintf("%s%s/%s/%s%s", base_url, RESOURCE_API_PATH, plural, name,
                    e->method == WRITE_METHOD_STATUS ? "/status" : "");
    free(name);
    return url;
}

/* 'body' is NULL for WRITE_METHOD_DELETE. */
static void
send_request(struct write_entry *e, struct rest *rest, const char *base_url,
             enum write_method method, const struct json *body)
{
    static const char *const verbs[] = {
        [WRITE_METHOD_CREATE] = "POST", [WRITE_METHOD_STATUS] = "PATCH",
        [WRITE_METHOD_CHANGE] = "PATCH", [WRITE_METHOD_DELETE] = "DELETE",
    };

    e->method = method;
    e->dirty = false;

    char *text = body ? json_util_to_line(body) : NULL;
    char *url = make_url(e, base_url);
    struct rest_params params = {
        .method = verbs[method],
        .url = url,
        .content_type = (!body ? NULL
                         : method == WRITE_METHOD_CREATE ? "application/json"
                         : "application/merge-patch+json"),
        .body = text,
        .max_body = MAX_ANSWER,
        .idle_ms = IDLE_MS,
        .whole_ms = WHOLE_MS,
        .done = done_cb,
        .aux = e,
    };

    e->request = rest_start(rest, &params);
    write_entry_set_state(e, WRITE_IN_FLIGHT);
    free(text);
    free(url);
}

void
write_request_start(struct write_entry *e, struct rest *rest,
                    const char *base_url)
{
    enum write_method method;
    struct json *body;

    write_entry_set_state(e, WRITE_IDLE);
    if (base_url && choose(e, &method, &body)) {
        send_request(e, rest, base_url, method, body);
        json_destroy(body);
    }
}
