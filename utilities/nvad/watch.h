/* Watches: streams of changes. */
#ifndef GA_WATCH_H
#define GA_WATCH_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/resource.h"

struct http_request;
struct selector;
struct store;
struct watchers;

struct watch_query {
    enum resource_kind kind;
    struct selector *selector;      /* Is taken over. */
    uint64_t rv;                    /* Start after it. */
    bool initial;                   /* First, all present objects. */
    bool bookmarks;
    bool mark_initial_end;          /* By the first bookmark. */
    int64_t timeout_s;              /* 0: no end. */
};

struct watchers *watchers_create(struct store *, int bookmark_interval_ms);

/* All streams must have been closed. */
void watchers_destroy(struct watchers *);

/* Wakes watchers that are due for a bookmark, or for their end. */
void watchers_run(struct watchers *);
void watchers_wait(struct watchers *);
size_t watchers_count(const struct watchers *);

/* Answers the request with the stream that is asked for.  Returns false, and
 * does nothing, if the history does not go back to 'rv'. */
bool watch_reply(struct watchers *, struct http_request *,
                 const struct watch_query *);

#endif /* utilities/nvad/watch.h */
