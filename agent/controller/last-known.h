/* The last known state: when it is loaded, put into force, and saved.
 *
 * An agent that starts while its controller cannot be reached goes on with
 * what the controller has told before (saved-state.h).  It counts as listed
 * until the controller itself has listed everything.
 *
 * Where the controller answers in time the state is not used at all: it may be
 * older than what the switch has, and going back and forth would be a change
 * for the traffic. */
#ifndef GA_LAST_KNOWN_H
#define GA_LAST_KNOWN_H 1

#include <stdbool.h>

#include "agent/controller/saved-state.h"
#include "lib/resource.h"

struct object_streams;
struct objects;

/* How the source of objects is. */
struct last_known_source {
    const char *url;                /* Of the controller; NULL: none. */
    bool current;                   /* It has listed everything. */
    bool failing;                   /* It cannot be reached, or refuses. */
    struct object_streams *streams;
};

/* The state is kept in 'dir', and put into force 'patience_ms' (0: some
 * seconds) after it was loaded.  The cache is borrowed. */
struct last_known *last_known_create(struct objects *, const char *dir,
                                     long long int patience_ms);

/* In all that follows, NULL in place of the structure is fine: no state is
 * kept. */

/* Saves what the last save does not have, and waits for the disk. */
void last_known_save(struct last_known *, const struct last_known_source *);
void last_known_destroy(struct last_known *);

/* See saved_state_set_amend(). */
void last_known_set_amend(struct last_known *, saved_state_amend_cb *,
                          saved_state_notes_cb *, void *aux);

/* What saved_state_notes_cb() returned in an earlier run, as long as that
 * run's state is loaded, or NULL. */
const struct json *last_known_get_notes(const struct last_known *);

/* This node's name, or NULL if it has none at present. */
void last_known_set_system_id(struct last_known *, const char *);

/* To be called when the URL is set, before the streams are connected: loads
 * the state, once. */
void last_known_load(struct last_known *, const struct last_known_source *);

void last_known_run(struct last_known *, const struct last_known_source *);
void last_known_wait(const struct last_known *,
                     const struct last_known_source *);

/* The cache, or what saved_state_notes_cb() returns, has changed. */
void last_known_touch(struct last_known *);

/* The time of the state that is in force (RFC 3339), or NULL. */
const char *last_known_in_force(const struct last_known *);

/* Whether a state is in force in which all objects of a kind of a VPC, or an
 * endpoint, were known. */
bool last_known_has_vpc(const struct last_known *, enum resource_kind,
                        const char *vpc);
bool last_known_has_endpoint(const struct last_known *, const char *name);

/* What is wrong with the file: 'object' is "file PATH". */
void last_known_for_each_problem(const struct last_known *,
                                 void (*cb)(const char *object,
                                            const char *message, void *aux),
                                 void *aux);

#endif /* agent/controller/last-known.h */
