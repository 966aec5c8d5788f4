/* Claims: see claims.h.
 *
 * Each key has a list of the claims to it, that of its holder first.  The list
 * has one member unless somebody made a mistake, so insertion walks it.
 *
 * Invariant: a claim is in one key's list and in one claimant's list, and a
 * key without claims does not exist. */

#include <config.h>

#include "agent/model/claims.h"

#include <string.h>

#include "svec.h"
#include "util.h"

struct claim_key {
    struct ovs_list claims;         /* The holder's is the first. */
};

struct claim {
    struct ovs_list key_node;       /* In struct claim_key's 'claims'. */
    struct ovs_list claimant_node;  /* In struct claimant's 'claims'. */
    struct claimant *claimant;
    struct claim_key *key;
    char *key_name;
    uint64_t seq;
};

void
claims_init(struct claims *claims)
{
    shash_init(&claims->keys);
    claims->next_seq = 1;
}

void
claims_destroy(struct claims *claims)
{
    ovs_assert(shash_is_empty(&claims->keys));
    shash_destroy(&claims->keys);
}

void
claimant_init(struct claimant *c, const char *name, void *owner)
{
    ovs_list_init(&c->claims);
    c->name = xstrdup(name);
    c->timestamp = xstrdup("");
    c->owner = owner;
}

void
claimant_set_timestamp(struct claimant *c, const char *timestamp)
{
    if (strcmp(c->timestamp, timestamp)) {
        free(c->timestamp);
        c->timestamp = xstrdup(timestamp);
    }
}

static bool
claim_is_older(const struct claim *a, const struct claim *b)
{
    const char *ta = a->claimant->timestamp;
    const char *tb = b->claimant->timestamp;

    /* RFC 3339 times in UTC sort as strings. */
    if (ta[0] && tb[0] && strcmp(ta, tb)) {
        return strcmp(ta, tb) < 0;
    }
    return a->seq < b->seq;
}

static struct claim *
claim_key_get_holder(const struct claim_key *key)
{
    return CONTAINER_OF(ovs_list_front(&key->claims), struct claim, key_node);
}

static void
claim_insert(struct claims *claims, struct claimant *c, const char *key_name,
             void (*changed)(void *owner, void *aux), void *aux)
{
    struct claim_key *key = shash_find_data(&claims->keys, key_name);
    struct claim *claim = xzalloc(sizeof *claim);
    struct claim *other;

    claim->claimant = c;
    claim->key_name = xstrdup(key_name);
    claim->seq = claims->next_seq++;
    ovs_list_push_back(&c->claims, &claim->claimant_node);

    if (!key) {
        key = xzalloc(sizeof *key);
        ovs_list_init(&key->claims);
        shash_add(&claims->keys, key_name, key);
        ovs_list_push_back(&key->claims, &claim->key_node);
        claim->key = key;
        return;
    }
    claim->key = key;

    struct claim *holder = claim_key_get_holder(key);
    struct ovs_list *before = &key->claims;
    LIST_FOR_EACH (other, key_node, &key->claims) {
        if (claim_is_older(claim, other)) {
            before = &other->key_node;
            break;
        }
    }
    ovs_list_insert(before, &claim->key_node);
    if (claim_key_get_holder(key) == claim) {
        changed(holder->claimant->owner, aux);
    }
}

static void
claim_remove(struct claims *claims, struct claim *claim,
             void (*changed)(void *owner, void *aux), void *aux)
{
    struct claim_key *key = claim->key;
    bool held = claim_key_get_holder(key) == claim;

    ovs_list_remove(&claim->key_node);
    ovs_list_remove(&claim->claimant_node);
    if (ovs_list_is_empty(&key->claims)) {
        shash_find_and_delete_assert(&claims->keys, claim->key_name);
        free(key);
    } else if (held) {
        changed(claim_key_get_holder(key)->claimant->owner, aux);
    }
    free(claim->key_name);
    free(claim);
}

void
claims_set(struct claims *claims, struct claimant *c, const struct svec *keys,
           void (*changed)(void *owner, void *aux), void *aux)
{
    struct claim *claim;

    LIST_FOR_EACH_SAFE (claim, claimant_node, &c->claims) {
        if (!svec_contains(keys, claim->key_name)) {
            claim_remove(claims, claim, changed, aux);
        }
    }
    for (size_t i = 0; i < keys->n; i++) {
        bool has = false;

        LIST_FOR_EACH (claim, claimant_node, &c->claims) {
            if (!strcmp(claim->key_name, keys->names[i])) {
                has = true;
                break;
            }
        }
        if (!has) {
            claim_insert(claims, c, keys->names[i], changed, aux);
        }
    }
}

void
claimant_destroy(struct claims *claims, struct claimant *c,
                 void (*changed)(void *owner, void *aux), void *aux)
{
    struct claim *claim;

    LIST_FOR_EACH_SAFE (claim, claimant_node, &c->claims) {
        claim_remove(claims, claim, changed, aux);
    }
    free(c->name);
    free(c->timestamp);
}

const char *
claims_get_rival(const struct claims *claims, const struct claimant *c,
                 const char *key_name)
{
    const struct claim_key *key = shash_find_data(&claims->keys, key_name);

    if (!key) {
        return NULL;
    }
    const struct claimant *holder = claim_key_get_holder(key)->claimant;
    return holder == c ? NULL : holder->name;
}

void *
claims_get_owner(const struct claims *claims, const char *key_name)
{
    const struct claim_key *key = shash_find_data(&claims->keys, key_name);

    return key ? claim_key_get_holder(key)->claimant->owner : NULL;
}
