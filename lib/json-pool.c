/* JSON, each value kept once: see json-pool.h.
 *
 * The pool is no state that anybody could notice: a value is found by what is
 * in it.  It is for one thread.  The reference count of Open vSwitch's JSON
 * cannot tell when a value is to leave the pool, as others may have references
 * that they destroy without us. */

#include <config.h>

#include "lib/json-pool.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "util.h"

struct pooled {
    struct hmap_node node;          /* In 'pool', by json_hash(). */
    struct hmap_node address_node;  /* In 'by_address': json_hash() is slow. */
    struct json *json;
    size_t n_taken;

    struct hmap_node text_node;     /* In 'by_text', if 'text' is nonnull. */
    char *text;                     /* One way to write it. */
};

static struct hmap pool = HMAP_INITIALIZER(&pool);
static struct hmap by_address = HMAP_INITIALIZER(&by_address);
static struct hmap by_text = HMAP_INITIALIZER(&by_text);

static struct pooled *
pool_find(const struct json *json, uint32_t hash)
{
    struct pooled *p;

    HMAP_FOR_EACH_WITH_HASH (p, node, hash, &pool) {
        if (json_equal(p->json, json)) {
            return p;
        }
    }
    return NULL;
}

static struct pooled *
pool_take(const struct json *json)
{
    uint32_t hash = json_hash(json, 0);
    struct pooled *p = pool_find(json, hash);

    if (!p) {
        p = xzalloc(sizeof *p);
        p->json = json_clone(json);
        hmap_insert(&pool, &p->node, hash);
        hmap_insert(&by_address, &p->address_node, hash_pointer(p->json, 0));
    }
    p->n_taken++;
    return p;
}

const struct json *
json_pool_take(const struct json *json)
{
    return json ? pool_take(json)->json : NULL;
}

static struct pooled *
find_text(const char *s, size_t n, uint32_t hash)
{
    struct pooled *p;

    HMAP_FOR_EACH_WITH_HASH (p, text_node, hash, &by_text) {
        if (!strncmp(p->text, s, n) && !p->text[n]) {
            return p;
        }
    }
    return NULL;
}

const struct json *
json_pool_take_text(const char *s, size_t n)
{
    uint32_t hash = hash_bytes(s, n, 0);
    struct pooled *p = find_text(s, n, hash);

    if (p) {
        p->n_taken++;
    } else {
        char *text = xmemdup0(s, n);
        struct json *json = json_from_string(text);

        p = pool_take(json);
        json_destroy(json);
        if (!p->text) {
            p->text = text;
            hmap_insert(&by_text, &p->text_node, hash);
        } else {
            free(text);
        }
    }
    return p->json;
}

static void
pooled_release(struct pooled *p)
{
    if (!--p->n_taken) {
        hmap_remove(&pool, &p->node);
        hmap_remove(&by_address, &p->address_node);
        if (p->text) {
            hmap_remove(&by_text, &p->text_node);
            free(p->text);
        }
        json_destroy(p->json);
        free(p);
    }
}

void
json_pool_release(const struct json *json)
{
    struct pooled *p;

    HMAP_FOR_EACH_WITH_HASH (p, address_node, hash_pointer(json, 0),
                             &by_address) {
        if (p->json == json) {
            pooled_release(p);
            return;
        }
    }
}
