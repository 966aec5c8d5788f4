/* The state on disk: see saved-state.h.
 *
 * A save has three steps, none of which lets the daemon wait:
 *
 * COLLECTING: the objects are turned into text, a few in each turn.  What
 * changes meanwhile makes another save due.  All done: WRITING.
 *
 * WRITING: a thread computes the checksum, writes the file and waits for the
 * disk.  Done: IDLE.
 *
 * IDLE: a change makes the next save due, SAVE_INTERVAL_MS after the last
 * one, or later if that took long: saves get at most a twentieth of the
 * time. */

#include <config.h>

#include "agent/controller/saved-state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/controller/objects.h"
#include "agent/controller/state-file.h"
#include "latch.h"
#include "lib/ga-version.h"
#include "lib/json-util.h"
#include "lib/rfc3339.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(saved_state);

#define SAVE_INTERVAL_MS 10000
#define FIRST_SAVE_MS 1000          /* After the first change. */
#define OBJECTS_PER_TURN 250

enum save_step { SAVE_IDLE, SAVE_COLLECTING, SAVE_WRITING };

struct saved_state {
    struct objects *objects;
    char *path;                     /* NULL: nothing is saved or loaded. */

    /* What was loaded. */
    struct json *loaded;            /* The file's header, or NULL: none. */
    struct json *loaded_body;       /* The objects, or NULL: not read yet. */
    struct objects_scope *scopes[RES_N_KINDS]; /* Once they are in the cache;
                                     * all, or all NULL. */
    char *time;
    struct sset keys;

    /* Saving. */
    enum save_step step;
    bool dirty;
    long long int due;              /* time_msec(), if 'dirty'. */
    long long int save_start;       /* time_msec() of the last one. */
    long long int next_save;        /* Not before this time_msec(). */
    struct json *header;            /* In SAVE_COLLECTING. */
    struct objects_position position; /* In SAVE_COLLECTING. */
    saved_state_amend_cb *amend;    /* Or NULL. */
    saved_state_notes_cb *get_notes; /* Or NULL. */
    void *amend_aux;
    size_t counts[RES_N_KINDS];     /* Of objects in 'body'. */
    int last_kind;                  /* Of the last object in 'body', or -1. */
    struct ds body;
    pthread_t thread;               /* In SAVE_WRITING. */
    struct latch written;           /* Set by the thread at its end. */
    char *write_error;              /* The thread's result; or NULL. */
    char *save_error;               /* Of the last save, until one works. */

    char *load_error;               /* Until a good file was written. */
};

struct saved_state *
saved_state_create(struct objects *objects, const char *dir)
{
    struct saved_state *ss = xzalloc(sizeof *ss);

    ss->objects = objects;
    sset_init(&ss->keys);
    ds_init(&ss->body);
    latch_init(&ss->written);
    if (dir) {
        if (mkdir(dir, 0700) && errno != EEXIST) {
            VLOG_WARN("%s: %s", dir, ovs_strerror(errno));
        }
        ss->path = xasprintf("%s/state.json", dir);
    }
    return ss;
}

void
saved_state_destroy(struct saved_state *ss)
{
    if (ss) {
        saved_state_finish(ss);
        saved_state_unload(ss);
        sset_destroy(&ss->keys);
        ds_destroy(&ss->body);
        latch_destroy(&ss->written);
        free(ss->write_error);
        free(ss->save_error);
        free(ss->load_error);
        free(ss->path);
        free(ss);
    }
}

/* Loading. */

/* Keeps a file that cannot be used for whoever wants to know why.  Takes
 * 'error'. */
static void
put_aside(struct saved_state *ss, char *error)
{
    char *bad = xasprintf("%s.bad-%lld", ss->path, time_wall_msec() / 1000);
    bool moved = !rename(ss->path, bad);

    free(ss->load_error);
    ss->load_error = xasprintf(
        "the last known state cannot be used: it %s; %s%s%sthe next save "
        "replaces it", error, moved ? "it was put aside as " : "",
        moved ? bad : "", moved ? "; " : "");
    VLOG_ERR("%s: %s", ss->path, ss->load_error);
    free(error);
    free(bad);
}

static void
take_objects(struct saved_state *ss, enum resource_kind kind,
             const struct json *objects)
{
    for (size_t i = 0; objects && objects->type == JSON_ARRAY
                       && i < objects->array.n; i++) {
        const struct json *item = objects->array.elems[i];
        const char *name = json_util_string(json_util_get(item, "metadata"),
                                            "name", NULL);

        if (name && !objects_get(ss->objects, kind, name)) {
            objects_scope_upsert(ss->scopes[kind], item);
        }
    }
}

static void
take_header(struct saved_state *ss, const struct json *header)
{
    const struct json *keys = json_util_get(header, "keys");

    ss->loaded = json_clone(header);
    ss->time = xstrdup(json_util_string(header, "saved", "?"));
    for (size_t i = 0; keys && keys->type == JSON_ARRAY
                       && i < keys->array.n; i++) {
        const struct json *key = keys->array.elems[i];

        if (key->type == JSON_STRING) {
            sset_add(&ss->keys, key->string);
        }
    }
    VLOG_INFO("%s: there is a state of %s", ss->path, ss->time);
}

static bool
header_matches(const struct json *header, const char *system_id,
               const char *url)
{
    return (!strcmp(json_util_string(header, "systemId", ""), system_id)
            && !strcmp(json_util_string(header, "controller", ""), url));
}

/* Reads the objects of the state whose header has been loaded.  Returns false,
 * and unloads it, if they cannot be used. */
static bool
read_body(struct saved_state *ss)
{
    struct json *header = NULL;
    char *error;

    if (ss->loaded_body) {
        return true;
    }
    error = state_file_read(ss->path, &header, &ss->loaded_body);
    if (!error && (!header || !json_equal(header, ss->loaded))) {
        error = xstrdup("has been replaced since the agent started");
    }
    json_destroy(header);
    if (error) {
        put_aside(ss, error);
        saved_state_unload(ss);
        return false;
    }
    return true;
}

bool
saved_state_load(struct saved_state *ss, const char *system_id,
                 const char *url)
{
    struct json *header;
    char *error;

    if (!ss->path || ss->loaded) {
        return saved_state_is_loaded(ss);
    }
    error = state_file_read(ss->path, &header, NULL);
    if (error) {
        put_aside(ss, error);
    } else if (header && !header_matches(header, system_id, url)) {
        VLOG_WARN("%s: not used: it is of node \"%s\" with controller %s",
                  ss->path, json_util_string(header, "systemId", ""),
                  json_util_string(header, "controller", ""));
    } else if (header) {
        take_header(ss, header);
        if (!json_util_get(header, "counts")) {
            read_body(ss);
        }
    }
    json_destroy(header);
    return saved_state_is_loaded(ss);
}

bool
saved_state_is_loaded(const struct saved_state *ss)
{
    return ss->loaded != NULL;
}

bool
saved_state_apply(struct saved_state *ss)
{
    if (!ss->loaded || !read_body(ss)) {
        return false;
    }
    for (int i = 0; i < RES_N_KINDS; i++) {
        if (!ss->scopes[i]) {
            ss->scopes[i] = objects_scope_create(ss->objects, i);
            take_objects(ss, i, json_util_get(ss->loaded_body,
                                              resource_get_class(i)->plural));
        }
    }
    return true;
}

void
saved_state_unload(struct saved_state *ss)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_destroy(ss->scopes[i]);
        ss->scopes[i] = NULL;
    }
    json_destroy(ss->loaded);
    json_destroy(ss->loaded_body);
    ss->loaded = ss->loaded_body = NULL;
    sset_clear(&ss->keys);
    free(ss->time);
    ss->time = NULL;
}

const char *
saved_state_get_time(const struct saved_state *ss)
{
    return ss->time;
}

char *
saved_state_vpc_key(enum resource_kind kind, const char *vpc)
{
    return xasprintf("%s vpc=%s", resource_get_class(kind)->plural, vpc);
}

/* Takes 'key'. */
static bool
has_key(const struct saved_state *ss, char *key)
{
    bool has = sset_contains(&ss->keys, key);

    free(key);
    return has;
}

bool
saved_state_has_vpc(const struct saved_state *ss, enum resource_kind kind,
                    const char *vpc)
{
    return has_key(ss, saved_state_vpc_key(kind, vpc));
}

bool
saved_state_has_endpoint(const struct saved_state *ss, const char *name)
{
    return has_key(ss, xasprintf("endpoint=%s", name));
}

size_t
saved_state_count(const struct saved_state *ss, enum resource_kind kind)
{
    const char *plural = resource_get_class(kind)->plural;
    const struct json *list;
    int64_t n = 0;

    if (ss->loaded_body) {
        list = json_util_get(ss->loaded_body, plural);
        return list && list->type == JSON_ARRAY ? list->array.n : 0;
    }
    json_util_integer(json_util_get(ss->loaded, "counts"), plural, &n);
    return MAX(n, 0);
}

const struct json *
saved_state_get_notes(const struct saved_state *ss)
{
    return json_util_get(ss->loaded, "notes");
}

/* Saving. */

void
saved_state_set_amend(struct saved_state *ss, saved_state_amend_cb *amend,
                      saved_state_notes_cb *get_notes, void *aux)
{
    ss->amend = amend;
    ss->get_notes = get_notes;
    ss->amend_aux = aux;
}

void
saved_state_touch(struct saved_state *ss)
{
    if (ss->path && !ss->dirty) {
        ss->dirty = true;
        ss->due = MAX(ss->next_save, time_msec() + FIRST_SAVE_MS);
    }
}

bool
saved_state_is_dirty(const struct saved_state *ss)
{
    return ss->dirty;
}

bool
saved_state_is_due(const struct saved_state *ss)
{
    return ss->step == SAVE_IDLE && ss->dirty && time_msec() >= ss->due;
}

static struct json *
make_header(const char *system_id, const char *url, struct json *keys)
{
    char *now = rfc3339_from_msec(time_wall_msec());
    struct json *header = json_object_create();

    json_object_put_string(header, "agent", GA_VERSION);
    json_object_put_string(header, "systemId", system_id);
    json_object_put_string(header, "controller", url);
    json_object_put_string(header, "saved", now);
    json_object_put(header, "keys", keys);
    free(now);
    return header;
}

void
saved_state_save(struct saved_state *ss, const char *system_id,
                 const char *url, struct json *keys)
{
    ovs_assert(ss->step == SAVE_IDLE);
    ss->step = SAVE_COLLECTING;
    ss->dirty = false;
    ss->save_start = time_msec();
    ss->header = make_header(system_id, url, keys);
    memset(&ss->position, 0, sizeof ss->position);
    memset(ss->counts, 0, sizeof ss->counts);
    ss->last_kind = -1;
    ds_clear(&ss->body);
    ds_put_char(&ss->body, '{');
}

static void *
write_thread(void *ss_)
{
    struct saved_state *ss = ss_;

    ss->write_error = state_file_write(ss->path, ss->header,
                                       ds_cstr_ro(&ss->body),
                                       ss->body.length);
    latch_set(&ss->written);
    return NULL;
}

/* Appends an object to {"vpcs": [...], "nves": [...]}.  Of one that is not
 * valid, its last valid version is saved. */
static void
put_object(const struct object *object, void *ss_)
{
    struct saved_state *ss = ss_;
    struct json *json;

    if (!object->parsed) {
        return;
    }
    if (ss->last_kind == (int) object->kind) {
        ds_put_cstr(&ss->body, ",\n");
    } else {
        ds_put_format(&ss->body, "%s\"%s\":[\n",
                      ss->last_kind >= 0 ? "],\n" : "",
                      resource_get_class(object->kind)->plural);
        ss->last_kind = object->kind;
    }
    ss->counts[object->kind]++;
    json = ss->amend ? ss->amend(object, ss->amend_aux) : NULL;
    if (!json) {
        json = object_valid_to_json(object);
    }
    json_to_ds(json, 0, &ss->body);
    json_destroy(json);
}

/* Puts into the header what is known when all objects are text. */
static void
complete_header(struct saved_state *ss)
{
    struct json *counts = json_object_create();

    for (int i = 0; i < RES_N_KINDS; i++) {
        json_object_put(counts, resource_get_class(i)->plural,
                        json_integer_create(ss->counts[i]));
    }
    json_object_put(ss->header, "counts", counts);
    if (ss->get_notes) {
        json_object_put(ss->header, "notes", ss->get_notes(ss->amend_aux));
    }
}

/* Turns up to 'n' more objects into text. */
static void
collect(struct saved_state *ss, size_t n)
{
    if (objects_for_some(ss->objects, &ss->position, n, put_object, ss)) {
        return;
    }
    ds_put_cstr(&ss->body, ss->last_kind >= 0 ? "]}\n" : "}\n");
    complete_header(ss);
    ss->step = SAVE_WRITING;
    ss->thread = ovs_thread_create("state", write_thread, ss);
}

/* The thread is at its end. */
static void
write_done(struct saved_state *ss)
{
    xpthread_join(ss->thread, NULL);
    latch_poll(&ss->written);
    ss->step = SAVE_IDLE;
    ss->next_save = time_msec() + MAX(SAVE_INTERVAL_MS, 20 * (
        time_msec() - ss->save_start));
    if (ss->dirty) {
        ss->due = ss->next_save;
    }
    ss->header = NULL;
    ds_destroy(&ss->body);
    ds_init(&ss->body);
    if (ss->write_error && !ss->save_error) {
        VLOG_WARN("%s: the state cannot be saved: %s", ss->path,
                  ss->write_error);
    }
    free(ss->save_error);
    ss->save_error = ss->write_error;
    ss->write_error = NULL;
    if (ss->save_error) {
        saved_state_touch(ss);
    } else {
        free(ss->load_error);
        ss->load_error = NULL;
    }
}

void
saved_state_run(struct saved_state *ss)
{
    if (ss->step == SAVE_COLLECTING) {
        collect(ss, OBJECTS_PER_TURN);
    } else if (ss->step == SAVE_WRITING && latch_is_set(&ss->written)) {
        write_done(ss);
    }
}

void
saved_state_wait(const struct saved_state *ss, bool may_save)
{
    if (ss->step == SAVE_COLLECTING) {
        poll_immediate_wake();
    } else if (ss->step == SAVE_WRITING) {
        latch_wait(&ss->written);
    } else if (ss->dirty && may_save) {
        poll_timer_wait_until(ss->due);
    }
}

void
saved_state_finish(struct saved_state *ss)
{
    if (ss->step == SAVE_COLLECTING) {
        collect(ss, SIZE_MAX);
    }
    if (ss->step == SAVE_WRITING) {
        write_done(ss);
    }
}

void
saved_state_for_each_problem(const struct saved_state *ss,
                             void (*cb)(const char *object,
                                        const char *message, void *aux),
                             void *aux)
{
    char *object = xasprintf("file %s", ss->path ? ss->path : "");

    if (ss->load_error) {
        cb(object, ss->load_error, aux);
    }
    if (ss->save_error) {
        char *message = xasprintf("the state cannot be saved: %s; an agent "
                                  "that starts without its controller will "
                                  "have an old one or none", ss->save_error);

        cb(object, message, aux);
        free(message);
    }
    free(object);
}
