/* The streams of objects that come from a REST server: those that are always
 * wanted, and those that are wanted on demand. */
#ifndef GA_OBJECT_STREAMS_H
#define GA_OBJECT_STREAMS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/resource.h"

struct json;
struct object_streams;
struct objects;
struct rest;
struct saved_state;

/* The cache and the client are borrowed. */
struct object_streams *object_streams_create(struct objects *, struct rest *);

/* Drops the objects that only these streams have.  NULL is fine. */
void object_streams_destroy(struct object_streams *);

/* Mirrors the server at 'base_url' from now on, or none if that is NULL.  What
 * was there before stays until object_streams_drop_retired(). */
void object_streams_connect(struct object_streams *, const char *base_url);

/* The next server should have what has been saved. */
void object_streams_expect(struct object_streams *,
                           const struct saved_state *);

/* What has been listed, as keys for a saved state: an array for the caller to
 * destroy; and how much is wanted, which tells whether the former may have
 * changed. */
struct json *object_streams_get_keys(const struct object_streams *);
size_t object_streams_count(const struct object_streams *);

/* The server was found dead: all streams try it again. */
void object_streams_server_died(struct object_streams *, const char *error);

/* 'news' says whether rest_run() has had any since the last time.  Returns
 * whether what can be asked of the streams may have changed. */
bool object_streams_run(struct object_streams *, bool news);
void object_streams_wait(struct object_streams *);

/* Drops what the streams have no more since they changed. */
void object_streams_drop_retired(struct object_streams *);

/* What is wanted, see controller.h. */
void object_streams_watch_vpc(struct object_streams *, const char *vpc,
                              bool wanted);
void object_streams_watch_acks(struct object_streams *, const char *nve,
                               bool wanted);
void object_streams_watch_endpoint(struct object_streams *,
                                   const char *endpoint, bool wanted);

/* Whether all that is wanted, the objects of that kind of a VPC, or an
 * endpoint that is watched by its name, have been listed at least once. */
bool object_streams_are_synced(const struct object_streams *);
bool object_streams_have_vpc(const struct object_streams *,
                             enum resource_kind, const char *vpc);
bool object_streams_have_endpoint(const struct object_streams *,
                                  const char *endpoint);

/* Whether the stream with the endpoints of 'vpc' has this one. */
bool object_streams_vpc_has(const struct object_streams *, const char *vpc,
                            const char *endpoint);

/* What went wrong last with the objects of that kind of 'vpc', or with any
 * stream; or NULL. */
const char *object_streams_get_vpc_error(const struct object_streams *,
                                         enum resource_kind,
                                         const char *vpc);
const char *object_streams_get_error(const struct object_streams *);

/* Whether each stream has an error. */
bool object_streams_fail(const struct object_streams *);

/* Calls 'cb' with what people should know of how the server works. */
void object_streams_for_each_note(const struct object_streams *,
                                  void (*cb)(const char *note, void *aux),
                                  void *aux);

#endif /* agent/controller/object-streams.h */
