/* A stream of objects: those of one kind that selectors select, mirrored from
 * a REST server into a scope of the objects' cache.
 *
 * It outlives the servers: it can be connected to another one. */
#ifndef GA_OBJECT_STREAM_H
#define GA_OBJECT_STREAM_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct objects;
struct objects_scope;
struct rest;

/* The cache and the client are borrowed.  A selector may be NULL. */
struct object_stream *object_stream_create(struct objects *, struct rest *,
                                           enum resource_kind,
                                           const char *label_selector,
                                           const char *field_selector);

/* An empty first list of the next server would be a surprise. */
void object_stream_expect_objects(struct object_stream *);

/* Drops the objects that only this stream has. */
void object_stream_destroy(struct object_stream *);

/* Mirrors the server at 'base_url' from now on, or none if that is NULL.
 * Objects stay until the server has listed its own. */
void object_stream_connect(struct object_stream *, const char *base_url);

/* Disconnects the stream, and returns the scope with its objects for the
 * caller to destroy.  The stream goes on with an empty one. */
struct objects_scope *object_stream_retire(struct object_stream *);

/* The server was found dead: the stream tries it again. */
void object_stream_server_died(struct object_stream *, const char *error);

void object_stream_run(struct object_stream *);

/* When object_stream_run() has something to do: time_msec(), or LLONG_MAX. */
long long int object_stream_get_retry_time(const struct object_stream *);

enum resource_kind object_stream_get_kind(const struct object_stream *);

/* Whether a server may do without the kind: one that is older than it, and so
 * does not know it, has no objects of it. */
bool object_stream_is_optional(enum resource_kind);

/* Whether the server that the stream is connected to has listed everything at
 * least once, or may do without the kind and does not know it. */
bool object_stream_is_synced(const struct object_stream *);

/* Whether the server that the stream is connected to does not know the kind,
 * or a field of its field selector. */
bool object_stream_is_unknown(const struct object_stream *);
bool object_stream_is_selector_refused(const struct object_stream *);

/* Whether the stream has the object 'name'. */
bool object_stream_has(const struct object_stream *, const char *name);

/* What went wrong last, or NULL.  The stream must be connected. */
const char *object_stream_get_error(const struct object_stream *);

#endif /* agent/controller/object-stream.h */
