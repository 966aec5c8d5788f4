/* What the answers of all commands have in common. */
#ifndef GA_SHOW_REPLY_H
#define GA_SHOW_REPLY_H 1

#include "agent/model/entity.h"

struct json;
struct unixctl_conn;

/* Answers with 'json', which is taken. */
void show_reply_json(struct unixctl_conn *, struct json *);

/* Answers with 'error', which is taken: a sentence that says what to do. */
void show_reply_error(struct unixctl_conn *, char *error);

/* What a list shows of an entity: an object, or an array of several; NULL if
 * it does not show it. */
typedef struct json *show_reply_func(const struct entity *, void *aux);

/* What 'show' makes of the entities of a kind, sorted by name. */
struct json *show_reply_all(const struct model *, enum model_kind,
                            show_reply_func *show, void *aux);

/* Puts what 'show' makes of some entities of a kind, in no order, from
 * 'cursor' on ("0": from the start), into 'answer' as "items", and the cursor
 * for the next question as "next", or null.  So an answer about all of them is
 * no longer than a page, and to make it does not hold up all else: less than
 * 5 ms.
 *
 * If entities have come or gone meanwhile, everything may start over: whoever
 * asks then gets some again, and misses none. */
void show_reply_page(const struct model *, enum model_kind,
                     const char *cursor, show_reply_func *show, void *aux,
                     struct json *answer);

/* Answers with such a page. */
void show_reply_list(struct unixctl_conn *, const struct model *,
                     enum model_kind, const char *cursor,
                     show_reply_func *show, void *aux);

#endif /* agent/show/show-reply.h */
