/* Lists: GET of a collection. */
#ifndef GA_LIST_H
#define GA_LIST_H 1

#include <stdint.h>

#include "lib/resource.h"

struct http_request;
struct selector;
struct store;

struct list_query {
    enum resource_kind kind;
    const struct selector *selector;
    uint64_t limit;                 /* 0: all. */
    const char *token;              /* Previous page's "continue", or "". */
    uint64_t rv;                    /* At least this version; 0: any. */
    bool exact;                     /* Exactly that version. */
};

/* Answers the request with the list, or the page of it, that is asked for. */
void list_reply(const struct store *, struct http_request *,
                const struct list_query *);

#endif /* utilities/nvad/list.h */
