/* Questions to the switch about counters, each answered exactly once.
 *
 * A query that cannot be answered, because there is no connection, because it
 * is lost, or because the switch takes too long, is answered "no" by a later
 * counter_queries_run(), never from within the call that made it. */
#ifndef GA_COUNTER_QUERIES_H
#define GA_COUNTER_QUERIES_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/types.h"

/* The answer: 'a' and 'b' are the two numbers that were asked for, 0 unless
 * 'ok'. */
typedef void counter_queries_cb(bool ok, uint64_t a, uint64_t b, void *aux);

struct counter_queries {
    struct hmap sent;               /* Contains "struct counter_query"s. */
    struct ovs_list lost;           /* Likewise: to be answered "no". */
    long long int patience_ends;    /* Of all 'sent', if there are any:
                                     * time_msec(). */
};

void counter_queries_init(struct counter_queries *);

/* Answers all queries that are open with "no". */
void counter_queries_destroy(struct counter_queries *);

/* The request 'xid' was sent: 'cb' gets its answer. */
void counter_queries_add(struct counter_queries *, ovs_be32 xid,
                         counter_queries_cb *cb, void *aux);

/* No request can be sent: 'cb' gets "no". */
void counter_queries_add_lost(struct counter_queries *,
                              counter_queries_cb *cb, void *aux);

/* The request 'xid' was answered, with 'a' and 'b' if 'ok'.  Returns false if
 * it is none of these queries. */
bool counter_queries_answer(struct counter_queries *, ovs_be32 xid, bool ok,
                            uint64_t a, uint64_t b);

/* Whether the switch is expected to answer any. */
bool counter_queries_are_open(const struct counter_queries *);

/* The connection was lost. */
void counter_queries_lose(struct counter_queries *);

/* Answers the queries that are lost.  A callback may query again. */
void counter_queries_run(struct counter_queries *);
void counter_queries_wait(const struct counter_queries *);

#endif /* agent/switch/counter-queries.h */
