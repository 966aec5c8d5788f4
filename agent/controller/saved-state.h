/* The last known state, kept on disk for an agent that starts while its
 * controller is away.
 *
 * What the controller had is saved some seconds after it changed, and when the
 * agent ends.  At the start it is read back into scopes of the objects' cache.
 * Whether it is put into force is the caller's decision. */
#ifndef GA_SAVED_STATE_H
#define GA_SAVED_STATE_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct json;
struct object;
struct objects;
struct objects_scope;

/* The state is in 'dir'/state.json; NULL: there is none.  The cache is
 * borrowed. */
struct saved_state *saved_state_create(struct objects *, const char *dir);

/* Waits for a write that is under way.  NULL is fine. */
void saved_state_destroy(struct saved_state *);

/* Finds the state that was saved on node 'system_id' with the controller at
 * 'url', if there is one.  The state of another node or controller is not
 * used.  A damaged file is put aside.  Returns whether there is a state.
 *
 * The objects, which may be many, are not read yet, unless an earlier version
 * wrote the file. */
bool saved_state_load(struct saved_state *, const char *system_id,
                      const char *url);

/* Whether a state has been loaded and is still there. */
bool saved_state_is_loaded(const struct saved_state *);

/* Reads the objects, and feeds them to the cache, except for those that it
 * has: these are newer.  Returns false, and unloads the state, if it turns out
 * to be damaged. */
bool saved_state_apply(struct saved_state *);

/* Drops what was loaded, and takes it out of the cache. */
void saved_state_unload(struct saved_state *);

/* Of what was loaded: when it was saved (RFC 3339); whether all objects of a
 * kind that belong to a VPC were known, or whether an endpoint exists; how
 * many objects of a kind there are. */
const char *saved_state_get_time(const struct saved_state *);
bool saved_state_has_vpc(const struct saved_state *, enum resource_kind,
                         const char *vpc);
bool saved_state_has_endpoint(const struct saved_state *, const char *name);
size_t saved_state_count(const struct saved_state *, enum resource_kind);

/* Of what was loaded: what saved_state_notes_cb() returned when it was saved,
 * or NULL. */
const struct json *saved_state_get_notes(const struct saved_state *);

/* What to save in place of an object: a new value for the caller to destroy,
 * or NULL for the object as it is. */
typedef struct json *saved_state_amend_cb(const struct object *, void *aux);

/* What to save besides the objects, at the end of a save: taken. */
typedef struct json *saved_state_notes_cb(void *aux);

/* Both have the same 'aux', and may be NULL. */
void saved_state_set_amend(struct saved_state *, saved_state_amend_cb *,
                           saved_state_notes_cb *, void *aux);

/* The cache has changed. */
void saved_state_touch(struct saved_state *);

/* Whether it is time to save.  Then the caller, if the cache is as the
 * controller is, calls saved_state_save(). */
bool saved_state_is_due(const struct saved_state *);

/* Saves the whole cache, little by little.  'keys' (taken) is an array of
 * what is in the cache as a whole: saved_state_vpc_key() of objects of VPCs,
 * and "endpoint=NAME". */
void saved_state_save(struct saved_state *, const char *system_id,
                      const char *url, struct json *keys);
char *saved_state_vpc_key(enum resource_kind, const char *vpc);

/* Goes on with a save.  'may_save' is whether the caller would save what is
 * due. */
void saved_state_run(struct saved_state *);
void saved_state_wait(const struct saved_state *, bool may_save);

/* Completes the save that is under way, and waits for the disk. */
void saved_state_finish(struct saved_state *);

/* Whether something changed since the last save began. */
bool saved_state_is_dirty(const struct saved_state *);

/* What is wrong with the file: 'object' is "file PATH". */
void saved_state_for_each_problem(const struct saved_state *,
                                  void (*cb)(const char *object,
                                             const char *message, void *aux),
                                  void *aux);

#endif /* agent/controller/saved-state.h */
