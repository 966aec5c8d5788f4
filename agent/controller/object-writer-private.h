/* What object-writer.c (what is wanted, and when it is looked at) and
 * object-writer-write.c (the requests) share.  For nobody else. */
#ifndef GA_OBJECT_WRITER_PRIVATE_H
#define GA_OBJECT_WRITER_PRIVATE_H 1

#include "agent/controller/object-writer.h"

#include "agent/controller/retry.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct rest_request;

#define MAX_IN_FLIGHT 8

/* See object-writer.c. */
enum entry_state {
    ENTRY_IDLE,
    ENTRY_QUEUED,
    ENTRY_IN_FLIGHT,
    ENTRY_SETTLING,
    ENTRY_WAITING,
};

enum entry_goal {
    GOAL_STATUS,                    /* Exists, has 'status'. */
    GOAL_WHOLE,                     /* Is 'object'. */
    GOAL_ABSENT,                    /* Does not exist. */
};

enum entry_method {
    METHOD_CREATE,                  /* POST */
    METHOD_STATUS,                  /* PATCH of /status */
    METHOD_CHANGE,                  /* PATCH */
    METHOD_DELETE,                  /* DELETE */
};

struct entry {
    struct hmap_node node;          /* In struct object_writer's 'entries'. */
    struct ovs_list list_node;      /* In 'queue' or 'timed', or empty. */
    struct object_writer *p;
    enum resource_kind kind;
    char *name;
    enum entry_goal goal;
    struct json *status;            /* Wanted, or NULL. */
    bool careful;                   /* Only of the version that we know. */
    struct json *object;            /* To create or to put, or NULL. */

    enum entry_state state;
    long long int until;            /* ENTRY_SETTLING, ENTRY_WAITING. */
    struct rest_request *request;   /* ENTRY_IN_FLIGHT. */
    enum entry_method method;       /* Of 'request'. */
    bool dirty;                     /* Changed while ENTRY_IN_FLIGHT. */
    struct json *answer;            /* The object after our last write, until
                                     * that has settled; else NULL. */
    long long int answer_until;
    bool exists;                    /* The server said so, though the cache
                                     * does not have it yet. */

    struct json *sent;              /* What 'request' will have written. */
    struct json *written;           /* 'sent' of the last good write. */
    long long int written_at;
    unsigned int n_same;            /* Writes of 'written' in a row. */
    struct retry retry;
    char *error;                    /* Of the last request, or NULL. */
};

struct object_writer {
    struct rest *rest;
    const struct objects *objects;
    char *url;                      /* Or NULL. */
    struct hmap entries;            /* Contains "struct entry"s. */
    struct ovs_list queue;          /* ENTRY_QUEUED. */
    struct ovs_list timed;          /* ENTRY_SETTLING, ENTRY_WAITING. */
    unsigned int n_in_flight;
};

/* object-writer.c. */
void entry_destroy(struct entry *);
void entry_set_state(struct entry *, enum entry_state);
void entry_set_error(struct entry *, char *error);
void entry_touch(struct entry *, bool patient);
const struct json *entry_get_object(struct entry *);
const char *object_version(const struct json *object);

/* object-writer-write.c. */
void entry_compare(struct entry *);

#endif /* agent/controller/object-writer-private.h */
