/* Writes the status of objects, and a few objects of our own, to the
 * controller.
 *
 * Level-triggered: a caller says what an object's status should have, as
 * often as it likes, and the publisher sees to it, also when somebody else
 * overwrites it.  It compares with the objects' cache, so it learns of such
 * changes from publisher_object_changed(). */
#ifndef GA_PUBLISHER_H
#define GA_PUBLISHER_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct json;
struct objects;
struct rest;

struct publisher *publisher_create(struct rest *, const struct objects *);
void publisher_destroy(struct publisher *);
void publisher_run(struct publisher *);
void publisher_wait(struct publisher *);

/* Where to write, or NULL for nowhere; everything is looked at again. */
void publisher_set_url(struct publisher *, const char *base_url);

/* The status of object 'name' should have the members of 'status' (taken),
 * each with exactly that value, or none if that is null.  Others are left
 * alone.  As long as the object does not exist nothing happens. */
void publisher_set_status(struct publisher *, enum resource_kind,
                          const char *name, struct json *status);

/* The same, for who gives something up: a write that meets a newer version of
 * the object than the cache has is not done.  It would take back what somebody
 * else has just taken over. */
void publisher_release_status(struct publisher *, enum resource_kind,
                              const char *name, struct json *status);

/* The object should exist: if it does not, it is created from 'object' (taken;
 * NULL: no longer). */
void publisher_set_object(struct publisher *, enum resource_kind,
                          const char *name, struct json *object);

/* For our own NVE. */
static inline void
publisher_create_nve(struct publisher *p, const char *name,
                     struct json *object)
{
    publisher_set_object(p, RES_NVE, name, object);
}

/* The object should have the members of 'object' (taken): it is created, or
 * changed by a merge patch.  For objects that are not mirrored here: the cache
 * is not looked at, and what was written once is not written again. */
void publisher_put_object(struct publisher *, enum resource_kind,
                          const char *name, struct json *object);

/* The object should not exist: it is deleted, once.  Whatever else was wanted
 * of it is forgotten. */
void publisher_delete_object(struct publisher *, enum resource_kind,
                             const char *name);

/* Whether anything is wanted of the object, done or not. */
bool publisher_has(const struct publisher *, enum resource_kind,
                   const char *name);

/* The object does not matter any more; what was written stays there. */
void publisher_clear(struct publisher *, enum resource_kind,
                     const char *name);

/* The cache has another version of this object, or it is gone from there. */
void publisher_object_changed(struct publisher *, enum resource_kind,
                              const char *name);

/* Whether all is written that was asked for. */
bool publisher_is_idle(const struct publisher *);

/* What could not be written: 'object' is "endpoint NAME". */
void publisher_for_each_problem(const struct publisher *,
                                void (*cb)(const char *object,
                                           const char *message, void *aux),
                                void *aux);

#endif /* agent/controller/publisher.h */
