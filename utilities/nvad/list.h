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
    const char *token;              /* "continue" of the page before, or "" */
    uint64_t rv;                    /* 0: whatever there is. */
    bool exact;                     /* 'rv' and no other. */
};

void list_reply(struct store *, struct http_request *,
                const struct list_query *);

#endif /* utilities/nvad/list.h */
