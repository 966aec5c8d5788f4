/* The source of objects and the sink of status, tied together.
 *
 * A *stream* is a scope of the objects' cache with the reflector that feeds
 * it.  When the URL changes, the reflectors go at once and their scopes become
 * 'retired': the objects in them stay in use until everything that is wanted
 * has been listed at the new place, so that a change of address, or from one
 * replica to another, is not seen in the data path. */

#include <config.h>

#include "agent/controller/controller.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/file-source.h"
#include "agent/controller/objects.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/reflector.h"
#include "agent/controller/rest.h"
#include "agent/controller/rest-url.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(controller);

static const enum resource_kind static_kinds[] = {
    RES_GENEVE_OPTION, RES_OPTION_PROFILE, RES_VPC, RES_NVE
};

enum controller_state {
    CONTROLLER_NONE,                /* No URL. */
    CONTROLLER_INVALID,             /* One that is no use. */
    CONTROLLER_FILE,
    CONTROLLER_CONNECTING,
    CONTROLLER_CONNECTED,           /* All watches are open. */
    CONTROLLER_BACKOFF,             /* Some are not. */
};

struct stream {
    enum resource_kind kind;
    char *label_selector, *field_selector; /* Or NULL. */
    struct objects_scope *scope;
    struct reflector *reflector;    /* NULL without a REST controller. */
};

struct controller {
    struct objects *objects;
    struct rest *rest;
    struct object_writer *writer;

    char *url;                      /* As given, or NULL. */
    char *base_url;                 /* REST: without a '/' at the end. */
    char *url_error;                /* Why 'url' is no use, or NULL. */
    struct file_source *files;      /* Or NULL. */

    struct shash streams;           /* Key -> struct stream. */
    struct objects_scope **retired;
    size_t n_retired, allocated_retired;
    struct file_source **retired_files;
    size_t n_retired_files, allocated_retired_files;

    enum controller_state state;
    long long int since;            /* Wall clock, ms. */
    char *last_error;               /* Or NULL. */
};

/* Streams.  Their keys are "vpcs", "vpc=NAME", "endpoint=NAME" and
 * "acks=NAME". */

/* Starts or stops the reflector of a stream, as the URL has it. */
static void
stream_connect(struct controller *c, struct stream *s)
{
    reflector_destroy(s->reflector);
    s->reflector = NULL;
    if (c->base_url) {
        s->reflector = reflector_create(c->rest, s->scope, s->kind,
                                        c->base_url, s->label_selector,
                                        s->field_selector, NULL);
    }
}

/* Takes the selectors. */
static void
stream_add(struct controller *c, const char *key, enum resource_kind kind,
           char *label_selector, char *field_selector)
{
    struct stream *s = xzalloc(sizeof *s);

    s->kind = kind;
    s->label_selector = label_selector;
    s->field_selector = field_selector;
    s->scope = objects_scope_create(c->objects, kind);
    shash_add(&c->streams, key, s);
    stream_connect(c, s);
}

static void
stream_destroy(struct stream *s)
{
    reflector_destroy(s->reflector);
    objects_scope_destroy(s->scope);
    free(s->label_selector);
    free(s->field_selector);
    free(s);
}

/* Keeps what 's' has while a new scope takes its place. */
static void
stream_retire(struct controller *c, struct stream *s)
{
    reflector_destroy(s->reflector);
    s->reflector = NULL;
    if (c->n_retired >= c->allocated_retired) {
        c->retired = x2nrealloc(c->retired, &c->allocated_retired,
                                sizeof *c->retired);
    }
    c->retired[c->n_retired++] = s->scope;
    s->scope = objects_scope_create(c->objects, s->kind);
}

static bool
stream_is_synced(const struct controller *c, const char *key)
{
    const struct stream *s = shash_find_data(&c->streams, key);

    if (c->files) {
        return file_source_is_synced(c->files);
    }
    return (s && s->reflector
            && (reflector_is_synced(s->reflector)
                || (s->kind == RES_VPC_POLICY
                    && reflector_is_unknown(s->reflector))));
}

/* Drops what only former sources had. */
static void
drop_retired(struct controller *c)
{
    for (size_t i = 0; i < c->n_retired; i++) {
        objects_scope_destroy(c->retired[i]);
    }
    c->n_retired = 0;
    for (size_t i = 0; i < c->n_retired_files; i++) {
        file_source_destroy(c->retired_files[i]);
    }
    c->n_retired_files = 0;
}

/* State. */

static void
set_last_error(struct controller *c, const char *error)
{
    if (!error ? c->last_error != NULL
        : !c->last_error || strcmp(c->last_error, error)) {
        free(c->last_error);
        c->last_error = nullable_xstrdup(error);
    }
}

/* The state of all reflectors together; sets '*error' to one that one of them
 * has. */
static enum controller_state
rest_state(const struct controller *c, const char **error)
{
    enum controller_state state = CONTROLLER_CONNECTED;
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &c->streams) {
        const struct stream *s = node->data;
        const char *e = reflector_get_error(s->reflector);

        if (e) {
            *error = e;
            state = CONTROLLER_BACKOFF;
        } else if (!reflector_is_synced(s->reflector)
                   && state == CONTROLLER_CONNECTED) {
            state = CONTROLLER_CONNECTING;
        }
    }
    return state;
}

static void
take_first_problem(const char *object, const char *message, void *errorp_)
{
    char **errorp = errorp_;

    if (!*errorp) {
        *errorp = xasprintf("%s: %s", object, message);
    }
}

static void
update_state(struct controller *c)
{
    enum controller_state state;
    const char *error = NULL;
    char *problem = NULL;

    if (c->url_error) {
        state = CONTROLLER_INVALID;
        error = c->url_error;
    } else if (c->files) {
        state = CONTROLLER_FILE;
        file_source_for_each_problem(c->files, take_first_problem, &problem);
        error = problem;
    } else if (c->base_url) {
        state = rest_state(c, &error);
    } else {
        state = CONTROLLER_NONE;
    }
    set_last_error(c, error);
    free(problem);
    if (state != c->state) {
        c->state = state;
        c->since = time_wall_msec();
    }
}

static const char *
state_to_string(enum controller_state state)
{
    switch (state) {
    case CONTROLLER_NONE:
        return "none";
    case CONTROLLER_INVALID:
        return "invalid";
    case CONTROLLER_FILE:
        return "file";
    case CONTROLLER_CONNECTING:
        return "connecting";
    case CONTROLLER_CONNECTED:
        return "connected";
    case CONTROLLER_BACKOFF:
        return "backoff";
    }
    OVS_NOT_REACHED();
}

/* The controller. */

/* See the header. */
struct controller *
controller_create(struct objects *objects, const struct rest_auth *auth)
{
    struct controller *c = xzalloc(sizeof *c);

    c->objects = objects;
    c->rest = rest_create(auth);
    c->writer = object_writer_create(c->rest, objects);
    shash_init(&c->streams);
    c->since = time_wall_msec();
    for (size_t i = 0; i < ARRAY_SIZE(static_kinds); i++) {
        stream_add(c, resource_get_class(static_kinds[i])->plural,
                   static_kinds[i], NULL, NULL);
    }
    return c;
}

/* Drops all objects.  NULL is fine. */
void
controller_destroy(struct controller *c)
{
    struct shash_node *node;

    if (!c) {
        return;
    }
    drop_retired(c);
    SHASH_FOR_EACH (node, &c->streams) {
        stream_destroy(node->data);
    }
    shash_destroy(&c->streams);
    file_source_destroy(c->files);
    object_writer_destroy(c->writer);
    rest_destroy(c->rest);
    free(c->retired);
    free(c->retired_files);
    free(c->url);
    free(c->base_url);
    free(c->url_error);
    free(c->last_error);
    free(c);
}

/* Stops listening to the present source, keeping what it has told. */
static void
retire_source(struct controller *c)
{
    struct shash_node *node;

    if (c->base_url) {
        SHASH_FOR_EACH (node, &c->streams) {
            stream_retire(c, node->data);
        }
    }
    if (c->files) {
        if (c->n_retired_files >= c->allocated_retired_files) {
            c->retired_files = x2nrealloc(c->retired_files,
                                          &c->allocated_retired_files,
                                          sizeof *c->retired_files);
        }
        c->retired_files[c->n_retired_files++] = c->files;
        c->files = NULL;
    }
}

/* "file:///PATH" or "file://localhost/PATH" (RFC 8089); NULL if that is not
 * what 'url' is. */
static const char *
path_of_file_url(const char *url)
{
    if (!strncmp(url, "file:///", 8)) {
        return url + 7;
    }
    if (!strncmp(url, "file://localhost/", 17)) {
        return url + 16;
    }
    return NULL;
}

/* Sets 'base_url', 'files' or 'url_error' from 'url'. */
static void
parse_url(struct controller *c)
{
    if (!c->url) {
        return;
    }
    if (!strncmp(c->url, "file:", 5)) {
        const char *path = path_of_file_url(c->url);

        if (path) {
            c->files = file_source_create(c->objects, path);
        } else {
            c->url_error = xasprintf("\"%.200s\" is not of the form "
                                     "file:///PATH", c->url);
        }
    } else if (rest_url_check(c->url, &c->url_error)) {
        c->base_url = rest_url_strip(c->url);
    }
    if (c->url_error) {
        VLOG_ERR("no controller: %s", c->url_error);
    }
}

/* See the header. */
void
controller_set_url(struct controller *c, const char *url)
{
    struct shash_node *node;

    if (url ? c->url && !strcmp(url, c->url) : !c->url) {
        return;
    }
    VLOG_INFO("objects come from %s", url ? url : "nowhere");
    retire_source(c);
    free(c->url);
    c->url = nullable_xstrdup(url);
    free(c->base_url);
    c->base_url = NULL;
    free(c->url_error);
    c->url_error = NULL;
    parse_url(c);

    SHASH_FOR_EACH (node, &c->streams) {
        stream_connect(c, node->data);
    }
    object_writer_set_url(c->writer, c->base_url);
    update_state(c);
}

/* Does what can be done without waiting.  It changes the objects, so
 * objects_run() should follow. */
void
controller_run(struct controller *c)
{
    struct shash_node *node;

    rest_run(c->rest);
    SHASH_FOR_EACH (node, &c->streams) {
        struct stream *s = node->data;

        if (s->reflector) {
            reflector_run(s->reflector);
        }
    }
    if (c->files) {
        file_source_run(c->files);
    }
    object_writer_run(c->writer);
    if ((c->n_retired || c->n_retired_files) && controller_is_synced(c)) {
        drop_retired(c);
    }
    update_state(c);
}

/* See controller_run(). */
void
controller_wait(struct controller *c)
{
    struct shash_node *node;

    rest_wait(c->rest);
    SHASH_FOR_EACH (node, &c->streams) {
        struct stream *s = node->data;

        if (s->reflector) {
            reflector_wait(s->reflector);
        }
    }
    if (c->files) {
        file_source_wait(c->files);
    }
    object_writer_wait(c->writer);
}

/* What is wanted. */

static void
watch(struct controller *c, enum resource_kind kind, const char *what,
      const char *name, bool wanted, const char *selector, bool by_label)
{
    char *key = xasprintf("%s=%s", what, name);
    struct shash_node *node = shash_find(&c->streams, key);

    if (wanted && !node) {
        char *s = xasprintf("%s=%s", selector, name);

        stream_add(c, key, kind, by_label ? s : NULL, by_label ? NULL : s);
    } else if (!wanted && node) {
        stream_destroy(node->data);
        shash_delete(&c->streams, node);
    }
    free(key);
}

/* See the header. */
void
controller_watch_vpc(struct controller *c, const char *vpc, bool wanted)
{
    watch(c, RES_ENDPOINT, "vpc", vpc, wanted, RESOURCE_LABEL_VPC, true);
    watch(c, RES_VPC_POLICY, "policies", vpc, wanted, RESOURCE_LABEL_VPC,
          true);
}

/* See the header. */
void
controller_watch_acks(struct controller *c, const char *nve, bool wanted)
{
    watch(c, RES_ADVERTISEMENT_ACK, "acks", nve, wanted, RESOURCE_LABEL_NVE,
          true);
}

/* See the header. */
void
controller_watch_endpoint(struct controller *c, const char *endpoint,
                          bool wanted)
{
    watch(c, RES_ENDPOINT, "endpoint", endpoint, wanted, "metadata.name",
          false);
}

/* See the header. */
bool
controller_is_synced(const struct controller *c)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &c->streams) {
        const struct stream *s = node->data;

        if (s->kind != RES_ADVERTISEMENT_ACK
            && !stream_is_synced(c, node->name)) {
            return false;
        }
    }
    return true;
}

/* See the header. */
bool
controller_vpc_is_synced(const struct controller *c, const char *vpc)
{
    char *key = xasprintf("vpc=%s", vpc);
    bool synced = stream_is_synced(c, key);

    free(key);
    return synced;
}

/* See the header. */
bool
controller_policies_are_synced(const struct controller *c, const char *vpc)
{
    char *key = xasprintf("policies=%s", vpc);
    bool synced = stream_is_synced(c, key);

    free(key);
    return synced;
}

/* See the header. */
bool
controller_endpoint_is_resolved(const struct controller *c,
                                const char *endpoint)
{
    char *key = xasprintf("endpoint=%s", endpoint);
    bool synced = stream_is_synced(c, key);

    free(key);
    return synced;
}

/* See the header. */
struct object_writer *
controller_get_writer(struct controller *c)
{
    return c->writer;
}

/* What it tells. */

static void
put_nullable(struct json *json, const char *name, const char *value)
{
    json_object_put(json, name,
                    value ? json_string_create(value) : json_null_create());
}

/* See the header. */
struct json *
controller_status_json(const struct controller *c)
{
    struct json *json = json_object_create();
    char *since = xastrftime_msec("%Y-%m-%dT%H:%M:%SZ", c->since, true);

    put_nullable(json, "url", c->url);
    json_object_put_string(json, "state", state_to_string(c->state));
    json_object_put_string(json, "since", since);
    put_nullable(json, "lastError", c->last_error);
    json_object_put(json, "synced",
                    json_boolean_create(controller_is_synced(c)));
    free(since);
    return json;
}

/* See the header. */
void
controller_for_each_problem(const struct controller *c,
                            void (*cb)(const char *object,
                                       const char *message, void *aux),
                            void *aux)
{
    if (c->files) {
        file_source_for_each_problem(c->files, cb, aux);
    } else if (c->last_error) {
        cb("controller", c->last_error, aux);
    }
    object_writer_for_each_problem(c->writer, cb, aux);
}
