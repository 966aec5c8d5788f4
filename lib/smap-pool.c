/* Maps of strings, each kept once: see smap-pool.h.
 *
 * The pool is no state that anybody could notice: a map is found by what is in
 * it.  It is for one thread.  The empty map is there always, and not
 * counted. */

#include <config.h>

#include "lib/smap-pool.h"

#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "smap.h"
#include "util.h"

struct pooled {
    struct hmap_node node;          /* In 'pool', by the hash of 'smap'. */
    struct smap smap;
    size_t n_refs;
};

static struct hmap pool = HMAP_INITIALIZER(&pool);
static const struct smap empty = SMAP_INITIALIZER(&empty);

/* Does not depend on the order. */
static uint32_t
hash_smap(const struct smap *smap)
{
    const struct smap_node *node;
    uint32_t hash = 0;

    SMAP_FOR_EACH (node, smap) {
        hash += hash_string(node->value, hash_string(node->key, 0));
    }
    return hash_finish(hash, 0);
}

const struct smap *
smap_pool_take(struct smap *smap)
{
    uint32_t hash = hash_smap(smap);
    struct pooled *p;

    if (smap_is_empty(smap)) {
        smap_destroy(smap);
        return &empty;
    }
    HMAP_FOR_EACH_WITH_HASH (p, node, hash, &pool) {
        if (smap_equal(&p->smap, smap)) {
            p->n_refs++;
            smap_destroy(smap);
            return &p->smap;
        }
    }
    p = xmalloc(sizeof *p);
    smap_init(&p->smap);
    hmap_swap(&p->smap.map, &smap->map);
    smap_destroy(smap);
    p->n_refs = 1;
    hmap_insert(&pool, &p->node, hash);
    return &p->smap;
}

void
smap_pool_release(const struct smap *smap)
{
    struct pooled *p;

    if (!smap || smap == &empty) {
        return;
    }
    p = CONTAINER_OF(smap, struct pooled, smap);
    if (!--p->n_refs) {
        hmap_remove(&pool, &p->node);
        smap_destroy(&p->smap);
        free(p);
    }
}
