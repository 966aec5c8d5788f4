/* Writes the status of objects, and a few objects of our own, to the
 * controller.
 *
 * Level-triggered: a caller says what an object's status should have, as
 * often as it likes, and the writer sees to it, also when somebody else
 * overwrites it.  The writer compares with the objects' cache.  It learns that
 * the cache has changed from object_writer_object_changed(). */
#ifndef GA_OBJECT_WRITER_H
#define GA_OBJECT_WRITER_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct json;
struct objects;
struct rest;
struct write_gate;

/* All are borrowed, and must outlive the writer.  It writes nothing until it
 * has a URL and the gate (NULL: there is none) is open for WRITE_OWN_NAME.
 * Whoever wants anything else written asks for WRITE_OBJECTS first. */
struct object_writer *object_writer_create(struct rest *,
                                           const struct objects *,
                                           const struct write_gate *);

/* Requests in flight are cancelled: the server may have done them or not.
 * NULL is fine. */
void object_writer_destroy(struct object_writer *);

/* Starts the writes that are due; the rest happens in rest_run(). */
void object_writer_run(struct object_writer *);
void object_writer_wait(struct object_writer *);

/* Where to write, or NULL for nowhere.  Everything is looked at again. */
void object_writer_set_url(struct object_writer *, const char *base_url);

/* The status of object 'name' should have the members of 'status' (taken),
 * each with exactly that value, or not at all if that is null.  Other members
 * are left alone.  As long as the object does not exist nothing happens. */
void object_writer_set_status(struct object_writer *, enum resource_kind,
                              const char *name, struct json *status);

/* The same, for a caller that gives something up: nothing is written to an
 * object that is newer on the server than in the cache, because that would
 * take back what somebody else has just taken over. */
void object_writer_release_status(struct object_writer *, enum resource_kind,
                                  const char *name, struct json *status);

/* The object should exist: if it does not, it is created from 'object' (taken;
 * NULL: it need not exist any more). */
void object_writer_ensure_object(struct object_writer *, enum resource_kind,
                                 const char *name, struct json *object);

/* The object should have the members of 'object' (taken): it is created, or
 * changed by a merge patch.  For objects that are not mirrored here: the cache
 * is not looked at, and what was written once is not written again. */
void object_writer_put_object(struct object_writer *, enum resource_kind,
                              const char *name, struct json *object);

/* The object should not exist: it is deleted, once.  Whatever else was wanted
 * of it is forgotten. */
void object_writer_delete_object(struct object_writer *, enum resource_kind,
                                 const char *name);

/* Nothing is wanted of the object any more; what was written stays there. */
void object_writer_clear(struct object_writer *, enum resource_kind,
                         const char *name);

/* Whether anything is wanted of the object, done or not. */
bool object_writer_has(const struct object_writer *, enum resource_kind,
                       const char *name);

/* The cache has another version of this object, or it is gone from there. */
void object_writer_object_changed(struct object_writer *, enum resource_kind,
                                  const char *name);

/* Whether all is written that was asked for.  What is written counts even
 * before the cache has it; what has failed does not. */
bool object_writer_is_idle(const struct object_writer *);

/* What could not be written: 'object' is "endpoint NAME". */
void object_writer_for_each_problem(const struct object_writer *,
                                    void (*cb)(const char *object,
                                               const char *message,
                                               void *aux),
                                    void *aux);

#endif /* agent/controller/object-writer.h */
