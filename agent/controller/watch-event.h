/* A line of a watch, as a Kubernetes API server sends it.
 *
 * Pure functions from text to a structure. */
#ifndef GA_WATCH_EVENT_H
#define GA_WATCH_EVENT_H 1

#include <stddef.h>

#include "lib/resource.h"

struct json;

enum watch_event_type {
    WATCH_EVENT_UPSERT,             /* ADDED or MODIFIED. */
    WATCH_EVENT_DELETE,             /* DELETED. */
    WATCH_EVENT_BOOKMARK,           /* BOOKMARK: only 'version' is news. */
    WATCH_EVENT_ERROR,              /* ERROR. */
};

/* One of the first four owns all else. */
struct watch_event {
    struct json *json;
    struct endpoint *endpoint;      /* The object, if it is plain: see
                                     * lib/endpoint-decode.h... */
    struct nve *nve;                /* ...or lib/nve-decode.h... */
    char *text;                     /* ...which has also made that. */
    char *gone;                     /* Two texts: 'name' and 'version', of an
                                     * object that is deleted. */
    enum watch_event_type type;
    const struct json *object;      /* If 'json' is nonnull. */
    const char *name;               /* Of an object that is no bookmark. */
    const char *version;            /* metadata.resourceVersion, or NULL. */

    /* WATCH_EVENT_ERROR. */
    const char *message;
    int code;                       /* As a status of HTTP, or 0. */
};

/* Returns NULL, with the event in '*event', or a message for the caller to
 * free.  Events of objects of another kind or API version are refused. */
char *watch_event_parse(const char *line, size_t n, enum resource_kind,
                        struct watch_event *event);
void watch_event_destroy(struct watch_event *);

/* The caller has taken 'endpoint', or 'nve' and 'text'. */
void watch_event_release_plain(struct watch_event *);

#endif /* agent/controller/watch-event.h */
