/* All objects, in memory, and their recent changes.
 *
 * The store is only fed with what the database has (db.c), in the order of
 * resourceVersions.  All reading is done here. */
#ifndef GA_STORE_H
#define GA_STORE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "utilities/nvad/object-list.h"
#include "utilities/nvad/object.h"

struct store;

/* A change.  At least one of 'old' and 'new' is nonnull. */
struct store_event {
    uint64_t rv;                    /* When it happened. */
    struct object *old;             /* NULL: it was created. */
    struct object *new;             /* NULL: it was deleted. */
};

/* Bounds of the history of each kind. */
struct store_limits {
    size_t max_events;
    size_t max_bytes;               /* Of the objects' texts. */
};

struct store *store_create(const struct store_limits *);
void store_destroy(struct store *);

/* Is called for each change, after it was made.  'event' is NULL if instead
 * the history of the kind was forgotten. */
typedef void store_listener(void *aux, enum resource_kind,
                            const struct store_event *event);
void store_add_listener(struct store *, store_listener *, void *aux);

/* Changes. */

/* Adds an object, whose reference is taken, in place of the one that had its
 * name. */
void store_put(struct store *, struct object *);

/* Removes an object of the store, which was deleted at 'rv'. */
void store_remove(struct store *, const struct object *, uint64_t rv);

/* Notes that the store has everything up to 'rv'. */
void store_set_rv(struct store *, uint64_t rv);

/* Notes that the store has its initial contents, of 'rv'.  History begins
 * now. */
void store_set_loaded(struct store *, uint64_t rv);

/* To be called when the database is no longer the one that we knew: no client
 * may continue from a version before 'rv'. */
void store_forget_history(struct store *, uint64_t rv);

/* Objects. */

bool store_is_loaded(const struct store *);
uint64_t store_get_rv(const struct store *);
size_t store_count(const struct store *, enum resource_kind);
const struct object *store_find(const struct store *, enum resource_kind,
                                const char *name);
const struct object *store_find_uuid(const struct store *,
                                     const struct uuid *);

/* The callback must not change the store. */
void store_for_each(const struct store *,
                    void (*)(const struct object *, void *aux), void *aux);

/* Returns the objects of the kind, or, if 'part' is nonnull, of that part, as
 * they are now, for the caller to unref. */
struct snapshot *store_snapshot(struct store *, enum resource_kind,
                                const struct object_part *);

/* Goes through the objects of a kind, or, if a part is given, of that part, as
 * they were at some resourceVersion, in the order of their names.  The store
 * must not change meanwhile. */
struct store_cursor {
    const struct object_list *now;
    size_t i;                       /* Next in it. */
    const struct object_part *part; /* Or NULL. */

    /* What was different: for each name that changed since, the object that
     * had it, or NULL. */
    struct shash past;
    const struct shash_node **nodes; /* Of 'past', sorted. */
    size_t j;                       /* Next of them. */
};

/* Starts with the first object at 'rv' whose name comes after 'after', which
 * may be NULL.  Takes time proportional to what has changed since 'rv'.
 * Returns false if the history does not go back that far.
 * store_cursor_destroy() must follow in any case. */
bool store_cursor_init(struct store_cursor *, const struct store *,
                       enum resource_kind, const struct object_part *,
                       uint64_t rv, const char *after);
void store_cursor_destroy(struct store_cursor *);

/* Returns the next object, or NULL after the last. */
const struct object *store_cursor_next(struct store_cursor *);

/* How many objects there are yet to come. */
size_t store_cursor_count(const struct store_cursor *);

/* History.  Events of a kind have consecutive numbers. */

/* Sets '*seq' to the number of the first event after 'rv', which may be yet to
 * come.  Returns false if that event is no longer known, or if 'rv' has not
 * been reached here, so is of another history. */
bool store_position_after(const struct store *, enum resource_kind,
                          uint64_t rv, uint64_t *seq);

/* The number that the next event of the kind will have. */
uint64_t store_end(const struct store *, enum resource_kind);

/* Sets '*event' to event number 'seq' < store_end(); it stays valid until the
 * store changes.  Returns false if it fell out of the history. */
bool store_get_event(const struct store *, enum resource_kind, uint64_t seq,
                     struct store_event *event);

#endif /* utilities/nvad/store.h */
