/* The source of objects and the sink of status, tied together: see
 * controller.h.
 *
 * There is an object stream for each kind that is always mirrored, and for
 * each thing that is watched on demand.  When the URL changes, the streams
 * leave the old server at once, but the scopes with its objects are kept as
 * 'retired': the objects stay in use until everything that is wanted has been
 * listed at the new place.  So the data path does not see that the address
 * changes, or that another replica of the server is used. */

#include <config.h>

#include "agent/controller/controller.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/file-source.h"
#include "agent/controller/object-stream.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/controller/rest.h"
#include "agent/controller/rest-url.h"
#include "agent/controller/server-probe.h"
#include "lib/rfc3339.h"
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
    CONTROLLER_INVALID,             /* A URL that is of no use. */
    CONTROLLER_FILE,
    CONTROLLER_CONNECTING,
    CONTROLLER_CONNECTED,           /* All streams go well. */
    CONTROLLER_BACKOFF,             /* Some of them do not. */
};

struct controller {
    struct objects *objects;
    struct rest *rest;
    struct object_writer *writer;

    char *url;                      /* As given, or NULL. */
    char *base_url;                 /* REST: without a '/' at the end. */
    char *url_error;                /* Why 'url' is of no use, or NULL. */
    struct server_probe_tuning probe_tuning;
    struct server_probe *probe;     /* Exists if 'base_url' does. */
    struct file_source *files;      /* Or NULL. */

    /* "vpcs" and the like, "vpc=NAME", "policies=NAME", "endpoint=NAME",
     * "acks=NAME" -> struct object_stream. */
    struct shash streams;

    /* What former sources had. */
    struct objects_scope **retired;
    size_t n_retired, allocated_retired;
    struct file_source **retired_files;
    size_t n_retired_files, allocated_retired_files;

    enum controller_state state;
    long long int since;            /* Wall clock, ms. */
    char *last_error;               /* Or NULL. */
};

/* Streams. */

static void
add_stream(struct controller *c, const char *key, enum resource_kind kind,
           const char *label_selector, const char *field_selector)
{
    struct object_stream *s = object_stream_create(
        c->objects, c->rest, kind, label_selector, field_selector);

    shash_add(&c->streams, key, s);
    object_stream_connect(s, c->base_url);
}

/* Whether the stream with that key, which may not exist, has everything. */
static bool
is_synced(const struct controller *c, const char *key)
{
    const struct object_stream *s = shash_find_data(&c->streams, key);

    return (c->files ? file_source_is_synced(c->files)
            : s && object_stream_is_synced(s));
}

/* The same for the stream "WHAT=NAME". */
static bool
is_synced_for(const struct controller *c, const char *what, const char *name)
{
    char *key = xasprintf("%s=%s", what, name);
    bool synced = is_synced(c, key);

    free(key);
    return synced;
}

/* Starts or ends the stream "WHAT=NAME". */
static void
watch(struct controller *c, enum resource_kind kind, const char *what,
      const char *name, bool wanted, const char *selector, bool by_label)
{
    char *key = xasprintf("%s=%s", what, name);
    struct shash_node *node = shash_find(&c->streams, key);

    if (wanted && !node) {
        char *s = xasprintf("%s=%s", selector, name);

        add_stream(c, key, kind, by_label ? s : NULL, by_label ? NULL : s);
        free(s);
    } else if (!wanted && node) {
        object_stream_destroy(node->data);
        shash_delete(&c->streams, node);
    }
    free(key);
}

void
controller_watch_vpc(struct controller *c, const char *vpc, bool wanted)
{
    watch(c, RES_ENDPOINT, "vpc", vpc, wanted, RESOURCE_LABEL_VPC, true);
    watch(c, RES_VPC_POLICY, "policies", vpc, wanted, RESOURCE_LABEL_VPC,
          true);
}

void
controller_watch_acks(struct controller *c, const char *nve, bool wanted)
{
    watch(c, RES_ADVERTISEMENT_ACK, "acks", nve, wanted, RESOURCE_LABEL_NVE,
          true);
}

void
controller_watch_endpoint(struct controller *c, const char *endpoint,
                          bool wanted)
{
    watch(c, RES_ENDPOINT, "endpoint", endpoint, wanted, "metadata.name",
          false);
}

bool
controller_is_synced(const struct controller *c)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &c->streams) {
        if (object_stream_get_kind(node->data) != RES_ADVERTISEMENT_ACK
            && !is_synced(c, node->name)) {
            return false;
        }
    }
    return true;
}

bool
controller_vpc_is_synced(const struct controller *c, const char *vpc)
{
    return is_synced_for(c, "vpc", vpc);
}

bool
controller_policies_are_synced(const struct controller *c, const char *vpc)
{
    return is_synced_for(c, "policies", vpc);
}

bool
controller_endpoint_is_resolved(const struct controller *c,
                                const char *endpoint)
{
    return is_synced_for(c, "endpoint", endpoint);
}

/* Former sources. */

static void
retire_scope(struct controller *c, struct objects_scope *scope)
{
    if (c->n_retired >= c->allocated_retired) {
        c->retired = x2nrealloc(c->retired, &c->allocated_retired,
                                sizeof *c->retired);
    }
    c->retired[c->n_retired++] = scope;
}

static void
retire_files(struct controller *c, struct file_source *files)
{
    if (c->n_retired_files >= c->allocated_retired_files) {
        c->retired_files = x2nrealloc(c->retired_files,
                                      &c->allocated_retired_files,
                                      sizeof *c->retired_files);
    }
    c->retired_files[c->n_retired_files++] = files;
}

/* Leaves the present source, but keeps its objects. */
static void
retire_source(struct controller *c)
{
    struct shash_node *node;

    if (c->base_url) {
        SHASH_FOR_EACH (node, &c->streams) {
            retire_scope(c, object_stream_retire(node->data));
        }
    }
    if (c->files) {
        retire_files(c, c->files);
        c->files = NULL;
    }
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
    if (!nullable_string_is_equal(error, c->last_error)) {
        free(c->last_error);
        c->last_error = nullable_xstrdup(error);
    }
}

/* The state of all streams together.  Sets '*error' if there is an error. */
static enum controller_state
get_rest_state(const struct controller *c, const char **error)
{
    enum controller_state state = CONTROLLER_CONNECTED;
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &c->streams) {
        const char *e = object_stream_get_error(node->data);

        if (e) {
            *error = e;
            state = CONTROLLER_BACKOFF;
        } else if (!object_stream_is_synced(node->data)
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
        state = get_rest_state(c, &error);
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

struct controller *
controller_create(struct objects *objects, const struct rest_auth *auth,
                  const struct write_gate *gate)
{
    struct controller *c = xzalloc(sizeof *c);

    c->objects = objects;
    c->rest = rest_create(auth);
    c->probe_tuning = server_probe_default_tuning;
    c->writer = object_writer_create(c->rest, objects, gate);
    shash_init(&c->streams);
    c->since = time_wall_msec();
    for (size_t i = 0; i < ARRAY_SIZE(static_kinds); i++) {
        add_stream(c, resource_get_class(static_kinds[i])->plural,
                   static_kinds[i], NULL, NULL);
    }
    return c;
}

void
controller_tune_probe(struct controller *c,
                      const struct server_probe_tuning *tuning)
{
    c->probe_tuning = *tuning;
}

void
controller_destroy(struct controller *c)
{
    struct shash_node *node;

    if (!c) {
        return;
    }
    drop_retired(c);
    SHASH_FOR_EACH (node, &c->streams) {
        object_stream_destroy(node->data);
    }
    shash_destroy(&c->streams);
    file_source_destroy(c->files);
    object_writer_destroy(c->writer);
    server_probe_destroy(c->probe);
    rest_destroy(c->rest);
    free(c->retired);
    free(c->retired_files);
    free(c->url);
    free(c->base_url);
    free(c->url_error);
    free(c->last_error);
    free(c);
}

/* The path of "file:///PATH" or "file://localhost/PATH" (RFC 8089).  NULL if
 * 'url' is not of that form. */
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
        c->probe = server_probe_create(c->rest, c->base_url,
                                       &c->probe_tuning);
    }
    if (c->url_error) {
        VLOG_ERR("nve-controller: %s", c->url_error);
    }
}

void
controller_set_url(struct controller *c, const char *url)
{
    struct shash_node *node;

    if (nullable_string_is_equal(url, c->url)) {
        return;
    }
    if (url) {
        VLOG_INFO("objects come from %s", url);
    } else {
        VLOG_INFO("no controller is set");
    }
    retire_source(c);
    server_probe_destroy(c->probe);
    c->probe = NULL;
    free(c->url);
    c->url = nullable_xstrdup(url);
    free(c->base_url);
    c->base_url = NULL;
    free(c->url_error);
    c->url_error = NULL;
    parse_url(c);

    SHASH_FOR_EACH (node, &c->streams) {
        object_stream_connect(node->data, c->base_url);
    }
    object_writer_set_url(c->writer, c->base_url);
    update_state(c);
}

static void
run_probe(struct controller *c)
{
    struct shash_node *node;

    if (c->probe && server_probe_run(c->probe)) {
        SHASH_FOR_EACH (node, &c->streams) {
            object_stream_server_died(node->data, "the server is silent: it "
                                      "accepts connections at most, and "
                                      "answers nothing");
        }
    }
}

void
controller_run(struct controller *c)
{
    struct shash_node *node;

    rest_run(c->rest);
    run_probe(c);
    SHASH_FOR_EACH (node, &c->streams) {
        object_stream_run(node->data);
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

void
controller_wait(struct controller *c)
{
    struct shash_node *node;

    rest_wait(c->rest);
    if (c->probe) {
        server_probe_wait(c->probe);
    }
    SHASH_FOR_EACH (node, &c->streams) {
        object_stream_wait(node->data);
    }
    if (c->files) {
        file_source_wait(c->files);
    }
    object_writer_wait(c->writer);
}

struct object_writer *
controller_get_writer(struct controller *c)
{
    return c->writer;
}

/* Reporting. */

static void
put_nullable(struct json *json, const char *name, const char *value)
{
    json_object_put(json, name,
                    value ? json_string_create(value) : json_null_create());
}

struct json *
controller_status_json(const struct controller *c)
{
    struct json *json = json_object_create();
    char *since = rfc3339_from_msec(c->since);

    put_nullable(json, "url", c->url);
    json_object_put_string(json, "state", state_to_string(c->state));
    json_object_put_string(json, "since", since);
    put_nullable(json, "lastError", c->last_error);
    json_object_put(json, "synced",
                    json_boolean_create(controller_is_synced(c)));
    free(since);
    return json;
}

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
