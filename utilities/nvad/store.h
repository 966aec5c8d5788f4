/* All objects, in memory, and their recent changes.
 *
 * The store is only fed with what the database has (db.c), in the order of
 * resourceVersions.  All reading is done here. */
#ifndef GA_STORE_H
#define GA_STORE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/nvad/object.h"

struct store;

/* A change.  At least one of 'old' and 'new' is nonnull. */
struct store_event {
    uint64_t rv;                    /* When it happened. */
    struct object *old;             /* NULL: it was created. */
    struct object *new;             /* NULL: it was deleted. */
};

/* All objects of a kind at some resourceVersion, sorted by name. */
struct snapshot {
    unsigned int ref_cnt;
    struct object **objects;
    size_t n;
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

/* Returns all objects of the kind as they are now, for the caller to unref.
 * Until the next change, it is the same snapshot. */
struct snapshot *store_snapshot(struct store *, enum resource_kind);

/* As store_snapshot(), for the objects as they were at 'rv'.  Returns NULL if
 * the history does not go back that far. */
struct snapshot *store_snapshot_at(struct store *, enum resource_kind,
                                   uint64_t rv);

/* NULL is fine. */
void snapshot_unref(struct snapshot *);

/* The index of the first object whose name comes after 'name'. */
size_t snapshot_find_after(const struct snapshot *, const char *name);

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
