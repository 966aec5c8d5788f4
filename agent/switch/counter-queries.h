/* Questions to the switch about counters, each answered exactly once. */
#ifndef GA_COUNTER_QUERIES_H
#define GA_COUNTER_QUERIES_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/types.h"

/* 'a' and 'b' are the two numbers that were asked for. */
typedef void counter_queries_cb(bool ok, uint64_t a, uint64_t b, void *aux);

struct counter_queries {
    struct hmap sent;               /* Contains "struct counter_query"s. */
    struct ovs_list lost;           /* Likewise: to be answered "no". */
};

void counter_queries_init(struct counter_queries *);
void counter_queries_destroy(struct counter_queries *);
void counter_queries_add(struct counter_queries *, ovs_be32 xid,
                         counter_queries_cb *, void *aux);
void counter_queries_add_lost(struct counter_queries *, counter_queries_cb *,
                              void *aux);
bool counter_queries_answer(struct counter_queries *, ovs_be32 xid, bool ok,
                            uint64_t a, uint64_t b);
void counter_queries_lose(struct counter_queries *);
void counter_queries_run(struct counter_queries *);
void counter_queries_wait(const struct counter_queries *);

#endif /* agent/switch/counter-queries.h */
