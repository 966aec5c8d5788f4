/* One object that somebody wants to have a status, to exist or to be gone.
 *
 * An entry has at most one request in flight.  What is asked for meanwhile is
 * looked at when that request is done, so any number of changes become one
 * write.  States:
 *
 * IDLE: nothing to do.  Something is asked for, or the object changes:
 * QUEUED.
 *
 * QUEUED: it waits for its turn to be compared with the cache.  Nothing
 * differs: IDLE.  Otherwise a request is sent: IN_FLIGHT.
 *
 * IN_FLIGHT: the server did as asked: SETTLING, or IDLE if the object is not
 * compared with the cache.  The server says that this cannot be written (there
 * is no such object, the object is not valid, or it is newer than what a
 * careful write is for): IDLE, because only a change helps.  Anything else:
 * WAITING.
 *
 * SETTLING: the cache may not have our own write yet.  Until it has the
 * version that the server answered with, or has had the time to get it, the
 * server's answer is compared instead.  Then: QUEUED.
 *
 * WAITING: after a failure, or because somebody else keeps overwriting what
 * we write.  The time is over, or something else is asked for: QUEUED. */
#ifndef GA_WRITE_ENTRY_H
#define GA_WRITE_ENTRY_H 1

#include <stdbool.h>

#include "agent/controller/retry.h"
#include "lib/resource.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct json;
struct objects;
struct rest_request;

enum write_state {
    WRITE_IDLE,
    WRITE_QUEUED,
    WRITE_IN_FLIGHT,
    WRITE_SETTLING,
    WRITE_WAITING,
};

enum write_goal {
    WRITE_GOAL_STATUS,              /* Exists, has 'status'. */
    WRITE_GOAL_WHOLE,               /* Is 'object'. */
    WRITE_GOAL_ABSENT,              /* Does not exist. */
};

enum write_method {
    WRITE_METHOD_CREATE,            /* POST */
    WRITE_METHOD_STATUS,            /* PATCH of /status */
    WRITE_METHOD_CHANGE,            /* PATCH */
    WRITE_METHOD_DELETE,            /* DELETE */
};

/* All entries of one writer. */
struct write_entries {
    const struct objects *objects;  /* The cache. */
    struct hmap by_name;            /* Contains "struct write_entry"s. */
    struct ovs_list queue;          /* WRITE_QUEUED. */
    struct ovs_list timed;          /* WRITE_SETTLING, WRITE_WAITING. */
    unsigned int n_in_flight;
};

struct write_entry {
    struct hmap_node node;          /* In struct write_entries' 'by_name'. */
    struct ovs_list list_node;      /* In 'queue' or 'timed', or empty. */
    struct write_entries *all;
    enum resource_kind kind;
    char *name;

    /* What is wanted. */
    enum write_goal goal;
    struct json *status;            /* WRITE_GOAL_STATUS; NULL: any. */
    bool careful;                   /* Write 'status' to no version but the
                                     * one that is known. */
    struct json *object;            /* WRITE_GOAL_WHOLE; WRITE_GOAL_STATUS:
                                     * to create, or NULL. */

    enum write_state state;
    long long int until;            /* WRITE_SETTLING, WRITE_WAITING. */
    struct rest_request *request;   /* WRITE_IN_FLIGHT. */
    enum write_method method;       /* Of 'request'. */
    bool dirty;                     /* Changed while WRITE_IN_FLIGHT. */
    struct json *answer;            /* The object after our last write, until
                                     * that has settled.  Otherwise NULL. */
    long long int answer_until;
    bool exists;                    /* The server said so, though the cache
                                     * may not have the object yet. */

    struct json *sent;              /* What 'request' will have written. */
    struct json *written;           /* 'sent' of the last good write. */
    long long int written_at;
    unsigned int n_same;            /* Writes of 'written' in a row. */
    struct retry retry;
    char *error;                    /* Of the last request, or NULL. */
};

void write_entries_init(struct write_entries *, const struct objects *);

/* Cancels what is in flight. */
void write_entries_destroy(struct write_entries *);

/* Looks at all entries again, as if nothing had been written or tried. */
void write_entries_restart(struct write_entries *);

/* Queues the entries whose time is over; arranges to wake up for the next. */
void write_entries_run(struct write_entries *);
void write_entries_wait(const struct write_entries *);

/* The entry of an object: NULL if it has none, or a new one. */
struct write_entry *write_entry_find(const struct write_entries *,
                                     enum resource_kind, const char *name);
struct write_entry *write_entry_get(struct write_entries *,
                                    enum resource_kind, const char *name);

/* Cancels what is in flight. */
void write_entry_destroy(struct write_entry *);

/* What is wanted of the object from now on: see the functions of
 * object-writer.h that are named alike.  They take 'status' and 'object'. */
void write_entry_set_status(struct write_entry *, struct json *status,
                            bool careful);
void write_entry_ensure_object(struct write_entry *, struct json *object);
void write_entry_put_object(struct write_entry *, struct json *object);
void write_entry_delete_object(struct write_entry *);

/* The cache has another version of the object, or none. */
void write_entry_object_changed(struct write_entry *);

/* The newest version of the object that is known, or NULL, for the caller to
 * destroy. */
struct json *write_entry_get_object(struct write_entry *);

/* Something has changed: the entry is to be looked at again.  An entry that
 * waits goes on waiting if 'patient'. */
void write_entry_touch(struct write_entry *, bool patient);

/* Moves an entry to 'state', and to the list that goes with it; for 'until'
 * see the struct. */
void write_entry_set_state(struct write_entry *, enum write_state);
void write_entry_set_state_until(struct write_entry *, enum write_state,
                                 long long int until);

/* Takes 'error', NULL for none, and logs it if it is another one than
 * before. */
void write_entry_set_error(struct write_entry *, char *error);

/* "KIND NAME", for messages and for the caller to free. */
char *write_entry_to_string(const struct write_entry *);

#endif /* agent/controller/write-entry.h */
