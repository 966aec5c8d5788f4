/* The resources as the controller or the file has them: a cache.
 *
 * Sources feed it through *scopes*.  A scope is one stream of objects of one
 * kind (one list+watch, one file); an object is here as long as any scope has
 * it.  Each object is parsed once, when it comes.  One that is refused stays
 * at its last valid version, if it had one, and its faults can be listed:
 * nothing else is disturbed. */
#ifndef GA_OBJECTS_H
#define GA_OBJECTS_H 1

#include <stdbool.h>

#include "lib/resource.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct json;
struct objects;
struct objects_scope;

/* One object.  'parsed' is NULL if it never was valid. */
struct object {
    struct hmap_node node;          /* In struct objects' 'by_name'. */
    struct ovs_list changed_node;   /* In 'changed', or not in a list. */
    struct ovs_list refused_node;   /* In 'refused', or not in a list. */
    enum resource_kind kind;
    char *name;
    struct json *json;              /* As it came last; NULL: deleted. */
    char *refused;                  /* Why 'json' is not in use, or NULL. */
    unsigned int n_scopes;          /* Scopes that have it. */
    struct json *valid;             /* What 'parsed' was made of. */
    bool seen;                      /* A reader was told of 'parsed'. */

    /* During the callback of objects_run(): the version that the last call
     * for this object had, or NULL.  It lives until the callback returns, so
     * a reader may keep pointers into 'parsed' from one call to the next. */
    void *before;
    union {
        void *parsed;
        struct geneve_option *option;
        struct option_profile *profile;
        struct vpc *vpc;
        struct nve *nve;
        struct endpoint *endpoint;
        struct advertisement_ack *ack;
        struct vpc_policy *policy;
    };
};

struct objects *objects_create(void);
void objects_destroy(struct objects *);

/* For sources.
 *
 * Upserted JSON is shared, not copied: whoever passes it on may not change it
 * afterwards.  An object without a valid name is refused like any other, under
 * the name it has ("" if none).  A version that differs from the last one in
 * nothing but metadata.resourceVersion or managedFields is no change: readers
 * are not told, but see it.
 *
 * Between begin_list and end_list a source upserts all that a scope has;
 * end_list deletes what was not mentioned. */
struct objects_scope *objects_scope_create(struct objects *,
                                           enum resource_kind);
void objects_scope_destroy(struct objects_scope *);
void objects_scope_upsert(struct objects_scope *, const struct json *);
void objects_scope_delete(struct objects_scope *, const char *name);
void objects_scope_begin_list(struct objects_scope *);
void objects_scope_end_list(struct objects_scope *);

/* For readers.  These return NULL for what is gone, even before objects_run()
 * has said so. */
const struct object *objects_get(const struct objects *, enum resource_kind,
                                 const char *name);
const struct json *objects_get_json(const struct objects *,
                                    enum resource_kind, const char *name);

/* Calls 'cb' once for each object that changed since the last call, oldest
 * change first, with the object (json is NULL and parsed is the last valid
 * version if it is gone), then forgets what is gone.  A deletion and
 * re-creation in between is one change.
 *
 * 'cb' may upsert, delete, create and destroy scopes; what that changes is for
 * the next call, and objects_wait() sees to it that there is one. */
void objects_run(struct objects *,
                 void (*cb)(struct object *, void *aux), void *aux);
void objects_wait(struct objects *);

/* Every refused object, oldest first. */
void objects_for_each_refused(const struct objects *,
                              void (*cb)(const struct object *, void *aux),
                              void *aux);

#endif /* agent/controller/objects.h */
