/* All objects in memory, and the recent changes of them.
 *
 * Fed only with what the database has (db.c), in the order of
 * resourceVersions; everything that is read is read here. */
#ifndef GA_STORE_H
#define GA_STORE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/nvad/object.h"

struct store;

/* A change.  At least one of 'old' and 'new' is nonnull. */
struct store_event {
    uint64_t rv;                    /* When it became so. */
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
 * the history of 'kind' was forgotten. */
typedef void store_listener(void *aux, enum resource_kind,
                            const struct store_event *event);
void store_add_listener(struct store *, store_listener *, void *aux);

void store_put(struct store *, struct object *);
void store_remove(struct store *, const struct object *, uint64_t rv);
void store_set_rv(struct store *, uint64_t rv);
void store_set_loaded(struct store *, uint64_t rv);
void store_forget_history(struct store *, uint64_t rv);

bool store_is_loaded(const struct store *);
uint64_t store_get_rv(const struct store *);
size_t store_count(const struct store *, enum resource_kind);
const struct object *store_find(const struct store *, enum resource_kind,
                                const char *name);
const struct object *store_find_uuid(const struct store *,
                                     const struct uuid *);
void store_for_each(const struct store *,
                    void (*)(const struct object *, void *aux), void *aux);

struct snapshot *store_snapshot(struct store *, enum resource_kind);
struct snapshot *store_snapshot_at(struct store *, enum resource_kind,
                                   uint64_t rv);
void snapshot_unref(struct snapshot *);
size_t snapshot_find_after(const struct snapshot *, const char *name);

/* History.  Events of a kind have consecutive numbers. */
bool store_position_after(const struct store *, enum resource_kind,
                          uint64_t rv, uint64_t *seq);
uint64_t store_end(const struct store *, enum resource_kind);
bool store_get_event(const struct store *, enum resource_kind, uint64_t seq,
                     struct store_event *);

#endif /* utilities/nvad/store.h */
