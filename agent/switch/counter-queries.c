/* Queries that wait for their answer, by transaction id. */

#include <config.h>

#include "agent/switch/counter-queries.h"

#include <stdlib.h>

#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How long the switch may take after its last answer: ms.  Somebody waits, who
 * would rather have no number than none at all. */
#define PATIENCE 3000

struct counter_query {
    struct hmap_node node;          /* In 'sent'; its hash is the
                                     * transaction id. */
    struct ovs_list list_node;      /* In 'lost'. */
    counter_queries_cb *cb;
    void *aux;
};

void
counter_queries_init(struct counter_queries *qs)
{
    hmap_init(&qs->sent);
    ovs_list_init(&qs->lost);
}

void
counter_queries_destroy(struct counter_queries *qs)
{
    counter_queries_lose(qs);
    counter_queries_run(qs);
    hmap_destroy(&qs->sent);
}

static struct counter_query *
query_create(counter_queries_cb *cb, void *aux)
{
    struct counter_query *q = xmalloc(sizeof *q);

    q->cb = cb;
    q->aux = aux;
    return q;
}

void
counter_queries_add(struct counter_queries *qs, ovs_be32 xid,
                    counter_queries_cb *cb, void *aux)
{
    struct counter_query *q = query_create(cb, aux);

    if (hmap_is_empty(&qs->sent)) {
        qs->patience_ends = time_msec() + PATIENCE;
    }
    hmap_insert(&qs->sent, &q->node, (OVS_FORCE uint32_t) xid);
}

void
counter_queries_add_lost(struct counter_queries *qs, counter_queries_cb *cb,
                         void *aux)
{
    ovs_list_push_back(&qs->lost, &query_create(cb, aux)->list_node);
}

bool
counter_queries_answer(struct counter_queries *qs, ovs_be32 xid, bool ok,
                       uint64_t a, uint64_t b)
{
    struct hmap_node *node = hmap_first_with_hash(&qs->sent,
                                                  (OVS_FORCE uint32_t) xid);

    if (!node) {
        return false;
    }

    struct counter_query *q = CONTAINER_OF(node, struct counter_query, node);

    qs->patience_ends = time_msec() + PATIENCE;
    hmap_remove(&qs->sent, node);
    q->cb(ok, ok ? a : 0, ok ? b : 0, q->aux);
    free(q);
    return true;
}

bool
counter_queries_are_open(const struct counter_queries *qs)
{
    return !hmap_is_empty(&qs->sent);
}

void
counter_queries_lose(struct counter_queries *qs)
{
    struct counter_query *q;

    HMAP_FOR_EACH_POP (q, node, &qs->sent) {
        ovs_list_push_back(&qs->lost, &q->list_node);
    }
}

void
counter_queries_run(struct counter_queries *qs)
{
    struct ovs_list lost;
    struct counter_query *q;

    if (!hmap_is_empty(&qs->sent) && time_msec() >= qs->patience_ends) {
        counter_queries_lose(qs);
    }
    /* A callback may add to the list. */
    ovs_list_init(&lost);
    ovs_list_push_back_all(&lost, &qs->lost);
    LIST_FOR_EACH_POP (q, list_node, &lost) {
        q->cb(false, 0, 0, q->aux);
        free(q);
    }
}

void
counter_queries_wait(const struct counter_queries *qs)
{
    if (!ovs_list_is_empty(&qs->lost)) {
        poll_immediate_wake();
    } else if (!hmap_is_empty(&qs->sent)) {
        poll_timer_wait_until(qs->patience_ends);
    }
}
