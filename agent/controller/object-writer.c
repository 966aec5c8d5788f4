/* The writer of objects: see object-writer.h.
 *
 * What is wanted of each object is an entry (write-entry.h).  Those that are
 * due get their turn here, at most MAX_IN_FLIGHT of them at a time. */

#include <config.h>

#include "agent/controller/object-writer.h"

#include <stdlib.h>

#include "agent/controller/write-entry.h"
#include "agent/controller/write-request.h"
#include "agent/write-gate.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

#define MAX_IN_FLIGHT 8

struct object_writer {
    struct rest *rest;
    const struct write_gate *gate;  /* Or NULL. */
    char *base_url;                 /* Or NULL. */
    struct write_entries entries;
};

struct object_writer *
object_writer_create(struct rest *rest, const struct objects *objects,
                     const struct write_gate *gate)
{
    struct object_writer *w = xzalloc(sizeof *w);

    w->rest = rest;
    w->gate = gate;
    write_entries_init(&w->entries, objects);
    return w;
}

void
object_writer_destroy(struct object_writer *w)
{
    if (w) {
        write_entries_destroy(&w->entries);
        free(w->base_url);
        free(w);
    }
}

void
object_writer_set_url(struct object_writer *w, const char *base_url)
{
    free(w->base_url);
    w->base_url = nullable_xstrdup(base_url);
    write_entries_restart(&w->entries);
}

/* What is wanted. */

void
object_writer_set_status(struct object_writer *w, enum resource_kind kind,
                         const char *name, struct json *status)
{
    write_entry_set_status(write_entry_get(&w->entries, kind, name), status,
                           false);
}

void
object_writer_release_status(struct object_writer *w, enum resource_kind kind,
                             const char *name, struct json *status)
{
    write_entry_set_status(write_entry_get(&w->entries, kind, name), status,
                           true);
}

void
object_writer_ensure_object(struct object_writer *w, enum resource_kind kind,
                            const char *name, struct json *object)
{
    write_entry_ensure_object(write_entry_get(&w->entries, kind, name),
                              object);
}

void
object_writer_put_object(struct object_writer *w, enum resource_kind kind,
                         const char *name, struct json *object)
{
    write_entry_put_object(write_entry_get(&w->entries, kind, name), object);
}

void
object_writer_delete_object(struct object_writer *w, enum resource_kind kind,
                            const char *name)
{
    write_entry_delete_object(write_entry_get(&w->entries, kind, name));
}

bool
object_writer_has(const struct object_writer *w, enum resource_kind kind,
                  const char *name)
{
    return write_entry_find(&w->entries, kind, name) != NULL;
}

void
object_writer_clear(struct object_writer *w, enum resource_kind kind,
                    const char *name)
{
    struct write_entry *e = write_entry_find(&w->entries, kind, name);

    if (e) {
        write_entry_destroy(e);
    }
}

void
object_writer_object_changed(struct object_writer *w, enum resource_kind kind,
                             const char *name)
{
    struct write_entry *e = write_entry_find(&w->entries, kind, name);

    if (e) {
        write_entry_object_changed(e);
    }
}

/* The work. */

static bool
may_send(const struct object_writer *w)
{
    return ((!w->gate || write_gate_is_open(w->gate, WRITE_OWN_NAME))
            && w->entries.n_in_flight < MAX_IN_FLIGHT
            && !ovs_list_is_empty(&w->entries.queue));
}

void
object_writer_run(struct object_writer *w)
{
    write_entries_run(&w->entries);
    while (may_send(w)) {
        struct write_entry *e = CONTAINER_OF(
            ovs_list_front(&w->entries.queue), struct write_entry, list_node);

        write_request_start(e, w->rest, w->base_url);
    }
}

void
object_writer_wait(struct object_writer *w)
{
    write_entries_wait(&w->entries);
    if (may_send(w)) {
        poll_immediate_wake();
    }
}

bool
object_writer_is_idle(const struct object_writer *w)
{
    const struct write_entry *e;

    LIST_FOR_EACH (e, list_node, &w->entries.timed) {
        if (e->state == WRITE_WAITING) {
            return false;
        }
    }
    return !w->entries.n_in_flight && ovs_list_is_empty(&w->entries.queue);
}

void
object_writer_for_each_problem(const struct object_writer *w,
                               void (*cb)(const char *object,
                                          const char *message, void *aux),
                               void *aux)
{
    const struct write_entry *e;

    HMAP_FOR_EACH (e, node, &w->entries.by_name) {
        if (e->error) {
            char *object = write_entry_to_string(e);

            cb(object, e->error, aux);
            free(object);
        }
    }
}
