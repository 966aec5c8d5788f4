/* Claims: see claims.h.
 *
 * Each key has a list of the claims to it, in order, that of its holder first.
 * The list has one member unless somebody made a mistake, so insertion walks
 * it.
 *
 * Invariant: a claim is in one key's list and in one claimant's list, and a
 * key without claims does not exist. */

#include <config.h>

#include "agent/model/claims.h"

#include <string.h>

#include "lib/nullable-string.h"
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
    bool used;                      /* The object's status says so. */
};

void
claims_init(struct claims *claims)
{
    shash_init(&claims->keys);
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
    c->uid = xstrdup("");
    c->owner = owner;
}

void
claimant_set_identity(struct claimant *c, const char *timestamp,
                      const char *uid)
{
    nullable_string_replace(&c->timestamp, xstrdup(timestamp));
    nullable_string_replace(&c->uid, xstrdup(uid));
}

/* As strcmp(), but an empty string comes last. */
static int
compare_filled(const char *a, const char *b)
{
    if (!a[0] || !b[0]) {
        return !a[0] - !b[0];
    }
    return strcmp(a, b);
}

int
claimant_compare(const struct claimant *a, const struct claimant *b)
{
    /* RFC 3339 times in UTC sort as strings. */
    int cmp = compare_filled(a->timestamp, b->timestamp);

    if (!cmp) {
        cmp = compare_filled(a->uid, b->uid);
    }
    return cmp ? cmp : strcmp(a->name, b->name);
}

/* Less than 0: 'a' comes before 'b'. */
static int
claim_compare(const struct claim *a, const struct claim *b)
{
    return (a->used != b->used ? (a->used ? -1 : 1)
            : claimant_compare(a->claimant, b->claimant));
}

static struct claim *
claim_key_get_holder(const struct claim_key *key)
{
    return CONTAINER_OF(ovs_list_front(&key->claims), struct claim, key_node);
}

/* Puts 'claim' into the list of its key, where it belongs. */
static void
claim_link(struct claim *claim)
{
    struct ovs_list *before = &claim->key->claims;
    struct claim *other;

    LIST_FOR_EACH (other, key_node, &claim->key->claims) {
        if (claim_compare(claim, other) < 0) {
            before = &other->key_node;
            break;
        }
    }
    ovs_list_insert(before, &claim->key_node);
}

static void
claim_insert(struct claims *claims, struct claimant *c, const char *key_name,
             bool used, void (*changed)(void *owner, void *aux), void *aux)
{
    struct claim_key *key = shash_find_data(&claims->keys, key_name);
    struct claim *claim = xzalloc(sizeof *claim);
    struct claim *holder = NULL;

    if (key) {
        holder = claim_key_get_holder(key);
    } else {
        key = xzalloc(sizeof *key);
        ovs_list_init(&key->claims);
        shash_add(&claims->keys, key_name, key);
    }
    claim->claimant = c;
    claim->key = key;
    claim->key_name = xstrdup(key_name);
    claim->used = used;
    ovs_list_push_back(&c->claims, &claim->claimant_node);
    claim_link(claim);
    if (holder && claim_key_get_holder(key) == claim) {
        changed(holder->claimant->owner, aux);
    }
}

/* Puts 'claim' in its place after it or its claimant changed. */
static void
claim_move(struct claim *claim, bool used,
           void (*changed)(void *owner, void *aux), void *aux)
{
    struct claim *old = claim_key_get_holder(claim->key);
    struct claim *new;

    claim->used = used;
    ovs_list_remove(&claim->key_node);
    claim_link(claim);
    new = claim_key_get_holder(claim->key);
    if (new != old) {
        changed((new == claim ? old : new)->claimant->owner, aux);
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

/* Returns the claim of 'c' to the key, or NULL. */
static struct claim *
claimant_find(const struct claimant *c, const char *key_name)
{
    struct claim *claim;

    LIST_FOR_EACH (claim, claimant_node, &c->claims) {
        if (!strcmp(claim->key_name, key_name)) {
            return claim;
        }
    }
    return NULL;
}

void
claims_set(struct claims *claims, struct claimant *c, const struct svec *keys,
           const struct svec *used, void (*changed)(void *owner, void *aux),
           void *aux)
{
    struct claim *claim;

    LIST_FOR_EACH_SAFE (claim, claimant_node, &c->claims) {
        if (!svec_contains(keys, claim->key_name)) {
            claim_remove(claims, claim, changed, aux);
        }
    }
    for (size_t i = 0; i < keys->n; i++) {
        const char *key_name = keys->names[i];
        bool is_used = svec_contains(used, key_name);

        claim = claimant_find(c, key_name);
        if (claim) {
            claim_move(claim, is_used, changed, aux);
        } else {
            claim_insert(claims, c, key_name, is_used, changed, aux);
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
    free(c->uid);
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
