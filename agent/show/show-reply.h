/* What the answers of all commands have in common. */
#ifndef GA_SHOW_REPLY_H
#define GA_SHOW_REPLY_H 1

#include "agent/model/entity.h"
#include "openvswitch/shash.h"

struct json;
struct unixctl_conn;

/* Answers with 'json', which is taken. */
void show_reply_json(struct unixctl_conn *, struct json *);

/* Answers with 'error', which is taken: a sentence that says what to do. */
void show_reply_error(struct unixctl_conn *, char *error);

/* The entities of a kind, by name, for a list.  Stores them in 'entities', and
 * returns its nodes in order; the caller frees both. */
const struct shash_node **show_reply_sort(const struct model *,
                                          enum model_kind,
                                          struct shash *entities);

/* Calls 'show' for some entities of a kind, in no order, from 'cursor' on
 * ("0": from the start), and puts the cursor for the next question into
 * 'answer' as "next", or null.  So an answer about all of them is no longer
 * than a page, and to make it does not hold up all else: less than 5 ms.
 *
 * If entities have come or gone meanwhile, everything may start over: whoever
 * asks then gets some again, and misses none. */
void show_reply_page(const struct model *, enum model_kind,
                     const char *cursor,
                     void (*show)(const struct entity *, void *aux),
                     void *aux, struct json *answer);

#endif /* agent/show/show-reply.h */
