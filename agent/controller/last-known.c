/* The use of the saved state: see last-known.h. */

#include <config.h>

#include "agent/controller/last-known.h"

#include <stdlib.h>

#include "agent/controller/object-streams.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(last_known);

/* How long a controller that cannot be reached has at the start; one that is
 * merely slow has twice as long. */
#define PATIENCE_MS 5000

struct last_known {
    struct saved_state *saved;
    char *system_id;                /* Or NULL. */
    long long int patience_ms;
    bool load_tried;
    long long int loaded_at;        /* time_msec(). */
    bool in_force;
    size_t n_streams;               /* At the last save. */
};

struct last_known *
last_known_create(struct objects *objects, const char *dir,
                  long long int patience_ms)
{
    struct last_known *lk = xzalloc(sizeof *lk);

    lk->saved = saved_state_create(objects, dir);
    lk->patience_ms = patience_ms ? patience_ms : PATIENCE_MS;
    return lk;
}

void
last_known_set_system_id(struct last_known *lk, const char *system_id)
{
    if (lk && !nullable_string_is_equal(system_id, lk->system_id)) {
        free(lk->system_id);
        lk->system_id = nullable_xstrdup(system_id);
    }
}

void
last_known_set_amend(struct last_known *lk, saved_state_amend_cb *amend,
                     saved_state_notes_cb *get_notes, void *aux)
{
    if (lk) {
        saved_state_set_amend(lk->saved, amend, get_notes, aux);
    }
}

const struct json *
last_known_get_notes(const struct last_known *lk)
{
    return lk ? saved_state_get_notes(lk->saved) : NULL;
}

/* Loading. */

void
last_known_load(struct last_known *lk, const struct last_known_source *source)
{
    if (!lk || lk->load_tried || !source->url || !lk->system_id) {
        return;
    }
    lk->load_tried = true;
    lk->loaded_at = time_msec();
    if (saved_state_load(lk->saved, lk->system_id, source->url)) {
        object_streams_expect(source->streams, lk->saved);
    }
}

static long long int
force_time(const struct last_known *lk, const struct last_known_source *source)
{
    return lk->loaded_at + lk->patience_ms * (source->failing ? 1 : 2);
}

static void
run_loaded(struct last_known *lk, const struct last_known_source *source)
{
    if (source->current) {
        if (lk->in_force) {
            VLOG_INFO("the controller's objects replace the last known state");
        }
        lk->in_force = false;
        saved_state_unload(lk->saved);
    } else if (!lk->in_force && time_msec() >= force_time(lk, source)) {
        lk->in_force = saved_state_apply(lk->saved);
        if (lk->in_force) {
            VLOG_WARN("the state of %s is in force, until the controller "
                      "answers", saved_state_get_time(lk->saved));
        }
    }
}

/* Saving. */

static bool
may_save(const struct last_known *lk, const struct last_known_source *source)
{
    return source->url && lk->system_id && source->current;
}

static void
save(struct last_known *lk, const struct last_known_source *source)
{
    lk->n_streams = object_streams_count(source->streams);
    saved_state_save(lk->saved, lk->system_id, source->url,
                     object_streams_get_keys(source->streams));
}

void
last_known_touch(struct last_known *lk)
{
    if (lk) {
        saved_state_touch(lk->saved);
    }
}

void
last_known_save(struct last_known *lk, const struct last_known_source *source)
{
    if (lk) {
        saved_state_finish(lk->saved);
        if (saved_state_is_dirty(lk->saved) && may_save(lk, source)) {
            save(lk, source);
            saved_state_finish(lk->saved);
        }
    }
}

void
last_known_destroy(struct last_known *lk)
{
    if (lk) {
        saved_state_destroy(lk->saved);
        free(lk->system_id);
        free(lk);
    }
}

void
last_known_run(struct last_known *lk, const struct last_known_source *source)
{
    if (!lk) {
        return;
    }
    if (saved_state_is_loaded(lk->saved)) {
        run_loaded(lk, source);
    }
    if (may_save(lk, source)) {
        if (object_streams_count(source->streams) != lk->n_streams) {
            saved_state_touch(lk->saved);
        }
        if (saved_state_is_due(lk->saved)) {
            save(lk, source);
        }
    }
    saved_state_run(lk->saved);
}

void
last_known_wait(const struct last_known *lk,
                const struct last_known_source *source)
{
    if (lk) {
        if (saved_state_is_loaded(lk->saved) && !lk->in_force) {
            poll_timer_wait_until(force_time(lk, source));
        }
        saved_state_wait(lk->saved, may_save(lk, source));
    }
}

/* Asking. */

const char *
last_known_in_force(const struct last_known *lk)
{
    return lk && lk->in_force ? saved_state_get_time(lk->saved) : NULL;
}

bool
last_known_has_vpc(const struct last_known *lk, enum resource_kind kind,
                   const char *vpc)
{
    return lk && lk->in_force && saved_state_has_vpc(lk->saved, kind, vpc);
}

bool
last_known_has_endpoint(const struct last_known *lk, const char *name)
{
    return lk && lk->in_force && saved_state_has_endpoint(lk->saved, name);
}

void
last_known_for_each_problem(const struct last_known *lk,
                            void (*cb)(const char *object,
                                       const char *message, void *aux),
                            void *aux)
{
    if (lk) {
        saved_state_for_each_problem(lk->saved, cb, aux);
    }
}
