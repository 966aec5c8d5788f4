/* The source of objects and the sink of status, tied together: see
 * controller.h.
 *
 * When the URL changes, the old source is left at once, but its objects are
 * kept as 'retired': they stay in use until everything that is wanted has been
 * listed at the new place.  So the data path does not see that the address
 * changes, or that another replica of the server is used.  The last known
 * state on disk is taken for such a former source. */

#include <config.h>

#include "agent/controller/controller.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/controller-urls.h"
#include "agent/controller/file-source.h"
#include "agent/controller/last-known.h"
#include "agent/controller/object-streams.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/controller/rest.h"
#include "agent/controller/server-probe.h"
#include "lib/rfc3339.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(controller);

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
    struct object_streams *streams;
    struct object_writer *writer;

    char *url;                      /* As given, or NULL. */
    struct controller_urls *urls;   /* Or NULL: not REST. */
    long long int url_patience_ms;
    char *url_error;                /* Why 'url' is of no use, or NULL. */
    struct server_probe_tuning probe_tuning;
    struct server_probe *probe;     /* Exists if 'urls' does. */
    struct file_source *files;      /* Or NULL. */

    struct last_known *last_known;  /* Or NULL. */

    /* What former sources had, apart from the streams. */
    struct file_source **retired_files;
    size_t n_retired_files, allocated_retired_files;

    uint64_t seqno;
    enum controller_state state;
    long long int since;            /* Wall clock, ms. */
    char *last_error;               /* Or NULL. */
};

/* What is wanted. */

void
controller_watch_vpc(struct controller *c, const char *vpc, bool wanted)
{
    object_streams_watch_vpc(c->streams, vpc, wanted);
}

void
controller_watch_acks(struct controller *c, const char *nve, bool wanted)
{
    object_streams_watch_acks(c->streams, nve, wanted);
}

void
controller_watch_endpoint(struct controller *c, const char *endpoint,
                          bool wanted)
{
    object_streams_watch_endpoint(c->streams, endpoint, wanted);
}

bool
controller_is_current(const struct controller *c)
{
    return (c->files ? file_source_is_synced(c->files)
            : object_streams_are_synced(c->streams));
}

bool
controller_is_synced(const struct controller *c)
{
    return last_known_in_force(c->last_known) || controller_is_current(c);
}

uint64_t
controller_get_seqno(const struct controller *c)
{
    return c->seqno;
}

/* Whether all objects of a kind of 'vpc' are known. */
static bool
has_vpc(const struct controller *c, enum resource_kind kind, const char *vpc)
{
    return (c->files ? file_source_is_synced(c->files)
            : (object_streams_have_vpc(c->streams, kind, vpc)
               || last_known_has_vpc(c->last_known, kind, vpc)));
}

bool
controller_vpc_is_synced(const struct controller *c, const char *vpc)
{
    return has_vpc(c, RES_ENDPOINT, vpc);
}

bool
controller_policies_are_synced(const struct controller *c, const char *vpc)
{
    return has_vpc(c, RES_VPC_POLICY, vpc);
}

bool
controller_vpc_has(const struct controller *c, const char *vpc,
                   const char *endpoint)
{
    return c->files || object_streams_vpc_has(c->streams, vpc, endpoint);
}

const char *
controller_policies_get_error(const struct controller *c, const char *vpc)
{
    return object_streams_get_vpc_error(c->streams, RES_VPC_POLICY, vpc);
}

bool
controller_endpoint_is_resolved(const struct controller *c,
                                const char *endpoint)
{
    return (c->files ? file_source_is_synced(c->files)
            : (object_streams_have_endpoint(c->streams, endpoint)
               || last_known_has_endpoint(c->last_known, endpoint)));
}

/* Former sources. */

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

/* Drops what only former sources had. */
static void
drop_retired(struct controller *c)
{
    object_streams_drop_retired(c->streams);
    for (size_t i = 0; i < c->n_retired_files; i++) {
        file_source_destroy(c->retired_files[i]);
    }
    c->n_retired_files = 0;
}

/* The last known state. */

void
controller_keep_state(struct controller *c, const char *dir,
                      long long int patience_ms)
{
    c->last_known = last_known_create(c->objects, dir, patience_ms);
}

void
controller_amend_state(struct controller *c, saved_state_amend_cb *amend,
                       saved_state_notes_cb *get_notes, void *aux)
{
    last_known_set_amend(c->last_known, amend, get_notes, aux);
}

const struct json *
controller_get_notes(const struct controller *c)
{
    return last_known_get_notes(c->last_known);
}

void
controller_touch_notes(struct controller *c)
{
    last_known_touch(c->last_known);
}

void
controller_set_system_id(struct controller *c, const char *system_id)
{
    last_known_set_system_id(c->last_known, system_id);
}

static struct last_known_source
describe_source(const struct controller *c)
{
    return (struct last_known_source) {
        .url = c->urls ? c->url : NULL,
        .current = controller_is_current(c),
        .failing = c->state == CONTROLLER_BACKOFF,
        .streams = c->streams,
    };
}

void
controller_save_state(struct controller *c)
{
    struct last_known_source source = describe_source(c);

    last_known_save(c->last_known, &source);
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
    } else if (c->urls) {
        error = object_streams_get_error(c->streams);
        state = (error ? CONTROLLER_BACKOFF
                 : object_streams_are_synced(c->streams)
                 ? CONTROLLER_CONNECTED : CONTROLLER_CONNECTING);
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
    c->url_patience_ms = CONTROLLER_URLS_PATIENCE_MS;
    c->writer = object_writer_create(c->rest, objects, gate);
    c->streams = object_streams_create(objects, c->rest);
    c->since = time_wall_msec();
    return c;
}

void
controller_tune_probe(struct controller *c,
                      const struct server_probe_tuning *tuning,
                      long long int url_patience_ms)
{
    c->probe_tuning = *tuning;
    c->url_patience_ms = url_patience_ms;
}

void
controller_destroy(struct controller *c)
{
    if (!c) {
        return;
    }
    last_known_destroy(c->last_known);
    drop_retired(c);
    object_streams_destroy(c->streams);
    file_source_destroy(c->files);
    object_writer_destroy(c->writer);
    server_probe_destroy(c->probe);
    rest_destroy(c->rest);
    free(c->retired_files);
    free(c->url);
    controller_urls_destroy(c->urls);
    free(c->url_error);
    free(c->last_error);
    free(c);
}

/* Turns to the server that is in use now, or to none. */
static void
connect_server(struct controller *c)
{
    const char *base_url = c->urls ? controller_urls_get(c->urls) : NULL;

    server_probe_destroy(c->probe);
    c->probe = (base_url ? server_probe_create(c->rest, base_url,
                                               &c->probe_tuning)
                : NULL);
    object_streams_connect(c->streams, base_url);
    object_writer_set_url(c->writer, base_url);
    update_state(c);
}

/* Sets 'urls', 'files' or 'url_error' from 'url'. */
static void
parse_url(struct controller *c)
{
    if (!c->url) {
        return;
    }
    if (!strncmp(c->url, "file:", 5)) {
        const char *path = file_source_path_of_url(c->url);

        if (path) {
            c->files = file_source_create(c->objects, path);
        } else {
            c->url_error = xasprintf("\"%.200s\" is not of the form "
                                     "file:///PATH", c->url);
        }
    } else {
        c->urls = controller_urls_create(c->url, c->url_patience_ms,
                                         &c->url_error);
    }
    if (c->url_error) {
        VLOG_ERR("nve-controller: %s", c->url_error);
    }
}

void
controller_set_url(struct controller *c, const char *url)
{
    struct last_known_source source;

    if (nullable_string_is_equal(url, c->url)) {
        return;
    }
    VLOG_INFO("objects come from %s", url ? url : "nowhere");
    if (c->files) {
        retire_files(c, c->files);
        c->files = NULL;
    }
    free(c->url);
    c->url = nullable_xstrdup(url);
    controller_urls_destroy(c->urls);
    c->urls = NULL;
    free(c->url_error);
    c->url_error = NULL;
    parse_url(c);
    source = describe_source(c);
    last_known_load(c->last_known, &source);
    connect_server(c);
}

/* Goes on to the next server if this one fails altogether. */
static void
run_urls(struct controller *c)
{
    if (c->urls
        && controller_urls_run(c->urls, object_streams_fail(c->streams),
                               controller_is_current(c))) {
        connect_server(c);
    }
}

static void
run_probe(struct controller *c)
{
    if (c->probe && server_probe_run(c->probe)) {
        object_streams_server_died(c->streams, "the server is silent: it "
                                   "accepts connections at most, and answers "
                                   "nothing");
    }
}

void
controller_run(struct controller *c)
{
    struct last_known_source source;
    bool news = rest_run(c->rest);

    run_probe(c);
    c->seqno += object_streams_run(c->streams, news);
    run_urls(c);
    if (c->files) {
        file_source_run(c->files);
    }
    object_writer_run(c->writer);
    if (controller_is_current(c)) {
        drop_retired(c);
    }
    update_state(c);
    source = describe_source(c);
    last_known_run(c->last_known, &source);
}

void
controller_wait(struct controller *c)
{
    struct last_known_source source = describe_source(c);

    rest_wait(c->rest);
    if (c->probe) {
        server_probe_wait(c->probe);
        controller_urls_wait(c->urls);
    }
    object_streams_wait(c->streams);
    if (c->files) {
        file_source_wait(c->files);
    }
    object_writer_wait(c->writer);
    last_known_wait(c->last_known, &source);
}

void
controller_object_changed(struct controller *c, enum resource_kind kind,
                          const char *name)
{
    object_writer_object_changed(c->writer, kind, name);
    last_known_touch(c->last_known);
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

static void
add_note(const char *note, void *notes)
{
    json_array_add(notes, json_string_create(note));
}

struct json *
controller_status_json(const struct controller *c)
{
    const char *saved_at = last_known_in_force(c->last_known);
    struct json *notes = json_array_create_empty();
    struct json *json = json_object_create();
    char *since = rfc3339_from_msec(c->since);

    put_nullable(json, "url", c->urls ? controller_urls_get(c->urls)
                 : c->url);
    json_object_put_string(json, "state", state_to_string(c->state));
    json_object_put_string(json, "since", since);
    put_nullable(json, "lastError", c->last_error);
    json_object_put(json, "synced",
                    json_boolean_create(controller_is_synced(c)));
    put_nullable(json, "source", (saved_at ? "saved"
                                  : c->files ? "file"
                                  : c->urls ? "controller" : NULL));
    put_nullable(json, "savedAt", saved_at);
    object_streams_for_each_note(c->streams, add_note, notes);
    json_object_put(json, "notes", notes);
    free(since);
    return json;
}

void
controller_for_each_problem(const struct controller *c,
                            void (*cb)(const char *object,
                                       const char *message, void *aux),
                            void *aux)
{
    const char *saved_at = last_known_in_force(c->last_known);

    last_known_for_each_problem(c->last_known, cb, aux);
    if (c->files) {
        file_source_for_each_problem(c->files, cb, aux);
    } else if (saved_at) {
        char *message = xasprintf(
            "the last known state, of %s, is in force, and nothing is written "
            "to the controller, until it answers: %s",
            saved_at, (c->last_error ? c->last_error
                       : "it has not listed everything"));

        cb("controller", message, aux);
        free(message);
    } else if (c->last_error) {
        cb("controller", c->last_error, aux);
    }
    object_writer_for_each_problem(c->writer, cb, aux);
}
