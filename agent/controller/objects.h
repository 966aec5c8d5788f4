/* A cache of the resources, as the controller or the files have them.
 *
 * Sources feed it through *scopes*.  A scope is one stream of objects of one
 * kind: what one list and watch brings, or one file.  An object is in the
 * cache as long as any scope has it.  Each object is parsed once, when it
 * comes.  If it is not valid, it is refused: its last valid version stays in
 * use, if it had one, and its faults can be listed.  Of a kind that must not
 * be without force (resource_parse_faulty()), a substitute is used until there
 * is a valid version. */
#ifndef GA_OBJECTS_H
#define GA_OBJECTS_H 1

#include <stdbool.h>

#include "lib/resource.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct json;
struct object_members;
struct objects;
struct objects_scope;

/* There is one for each endpoint of a VPC that is here. */
struct object {
    struct hmap_node node;          /* In struct objects' 'by_name'. */
    struct object *changed_next;    /* In struct objects' 'changed'. */
    enum resource_kind kind : 8;
    bool exists : 1;                /* If not, it has been deleted. */
    bool is_changed : 1;            /* It is in 'changed'. */
    bool is_faulty : 1;             /* Its source says so. */
    bool is_substitute : 1;         /* 'parsed' is not what the object says,
                                     * but what is safe to use instead. */
    bool seen : 1;                  /* A reader was told of 'parsed'. */
    unsigned int generation;        /* Of the list that mentioned it last. */
    struct object_extra *extra;     /* NULL: it never had any. */

    /* The scope that has it; NULL if none has.  If there are others, 'extra'
     * has them.  See object-members.h. */
    struct object_members *members;
    struct ovs_list member_node;    /* In the 'objects' of 'members'. */

    /* What 'parsed' was made of: see object-text.h.  NULL: it is all in
     * 'parsed'. */
    char *text;

    /* During the callback of objects_run(): the version that the last call
     * for this object had, or NULL.  It lives until the callback returns, so
     * a reader may keep pointers into 'parsed' from one call to the next. */
    void *before;

    /* The last valid version, or a substitute, or NULL. */
    union {
        void *parsed;
        struct geneve_option *option;
        struct option_profile *profile;
        struct vpc *vpc;
        struct nve *nve;
        struct endpoint *endpoint;
        struct advertisement_ack *ack;
        struct vpc_policy *policy;
        struct external_network *extnet;
        struct vpc_gateway *gateway;
        struct floating_ip *fip;
        struct vpc_route *route;
        struct load_balancer *lb;
        struct qos_policy *qos_policy;
        struct qos_class *qos_class;
    };

    char name[];
};

/* What few objects have. */
struct object_extra {
    struct object *object;
    struct ovs_list refused_node;   /* In 'refused', or not in a list. */
    struct ovs_list unknown_node;   /* In 'unknown', or not in a list. */
    char *refused;                  /* Why its present version is not in use,
                                     * or NULL. */
    char *unknown;                  /* Members of the present version that mean
                                     * nothing to this agent, or NULL. */
    char *version;                  /* Of a version that is refused; else
                                     * NULL. */
    char *text;                     /* The present version, if it is refused
                                     * and 'parsed' was not made of it; else
                                     * NULL. */
    struct ovs_list also_in;        /* Of "struct membership"s: in scopes that
                                     * have it besides its 'members'. */
};

/* What its 'extra' says, or NULL. */
static inline const char *
object_get_refused(const struct object *object)
{
    return object->extra ? object->extra->refused : NULL;
}

static inline const char *
object_get_unknown(const struct object *object)
{
    return object->extra ? object->extra->unknown : NULL;
}

struct objects *objects_create(void);

/* Frees the cache with all scopes that are left.  NULL is fine. */
void objects_destroy(struct objects *);

/* For sources. */

struct objects_scope *objects_scope_create(struct objects *,
                                           enum resource_kind);

/* Deletes what only this scope has, and frees it.  NULL is fine. */
void objects_scope_destroy(struct objects_scope *);

/* The scope has this object, or has another version of it.
 *
 * An object
 * without a valid name is refused like any other, under the name that it has
 * ("" if none).  If a version differs from the last one in nothing but
 * metadata.resourceVersion or managedFields, readers see it, but are not told
 * of a change. */
void objects_scope_upsert(struct objects_scope *, const struct json *);

/* The same for what endpoint_decode() has returned, which is taken. */
void objects_scope_upsert_endpoint(struct objects_scope *,
                                   struct endpoint *);

/* The same for the two that nve_decode() has returned, which are taken. */
void objects_scope_upsert_nve(struct objects_scope *, struct nve *,
                              char *text);

/* The same for a version in which the source itself found faults: it is
 * refused for these, too. */
void objects_scope_refuse(struct objects_scope *, const struct json *,
                          const struct field_errors *faults);

/* The scope does not have the object any more.  It need not have had it. */
void objects_scope_delete(struct objects_scope *, const char *name);

/* How many objects the scope has. */
size_t objects_scope_count(const struct objects_scope *);
bool objects_scope_has(const struct objects_scope *, const char *name);

/* Between these two, a source upserts all that the scope has.  What was not
 * mentioned is deleted in the end.  A list that breaks off may begin anew. */
void objects_scope_begin_list(struct objects_scope *);
void objects_scope_end_list(struct objects_scope *);

/* For readers. */

/* Returns NULL for what is gone, even before objects_run() has said so. */
const struct object *objects_get(const struct objects *, enum resource_kind,
                                 const char *name);

/* The object as it came last, whether it is valid or not; NULL if it is gone.
 * Made for the caller, who destroys it. */
struct json *object_to_json(const struct object *);

/* The same of what 'parsed' was made of, which is not NULL. */
struct json *object_valid_to_json(const struct object *);

/* Its metadata.resourceVersion, or "" if it has none, or is gone. */
const char *object_get_version(const struct object *);

/* Calls 'cb' once for each object that changed since the last call, oldest
 * change first.  If the object is gone, 'exists' is false and its 'parsed' is
 * the last valid version; it is freed afterwards.  If it was deleted and
 * created anew in between, that is one change.
 *
 * 'cb' may upsert, delete, create and destroy scopes.  What that changes is
 * for the next call; objects_wait() makes sure that there is one. */
void objects_run(struct objects *,
                 void (*cb)(struct object *, void *aux), void *aux);
void objects_wait(struct objects *);

/* Calls 'cb' for up to 'n' more of the objects that are there, kind by kind,
 * starting from an all-zero position.  Returns false if there are no more.
 * What changes between the calls may come twice or not at all. */
struct objects_position {
    unsigned int kind;
    struct hmap_position within;
};
bool objects_for_some(const struct objects *, struct objects_position *,
                      size_t n, void (*cb)(const struct object *, void *aux),
                      void *aux);

/* Every refused object, oldest first. */
void objects_for_each_refused(const struct objects *,
                              void (*cb)(const struct object *, void *aux),
                              void *aux);

/* Every object in use with members that are unknown, oldest first. */
void objects_for_each_unknown(const struct objects *,
                              void (*cb)(const struct object *, void *aux),
                              void *aux);

#endif /* agent/controller/objects.h */
