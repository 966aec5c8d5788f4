/* Claims: see claims.h.
 *
 * There is a claim for each key of each claimant, in the set of the claimant
 * and in one of two maps: of those to one key one holds it, and the others
 * lose.  There are two or more only if somebody made a mistake, but that may
 * be the same one for thousands of objects.  All who lose are told when the
 * key has another holder, and then each claims again.  So that compares it
 * with the holder alone.
 *
 * There are several claims for each endpoint, so they are small.  A key is not
 * kept: 96 bits of its hash stand for it.  The hash has another basis in each
 * run, so that nobody can make two keys that have the same.
 *
 * Invariant: of the claims to a key, just one holds it. */

#include <config.h>

#include "agent/model/claims.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/claim-key.h"
#include "hash.h"
#include "random.h"
#include "util.h"

struct claim_id {
    size_t low;
    uint32_t high;
};

struct claim {
    struct hmap_node node;          /* In 'holders' or 'losers' of struct
                                     * claims, by the id's 'low'. */
    struct claimant *claimant;
    uint32_t high;                  /* The rest of the id. */
    bool used;                      /* The object's status says so. */
    bool holds;
};

/* The claims of a claimant. */
struct claim_set {
    size_t n;
    struct claim array[];
};

/* What is told of a change. */
struct listener {
    void (*changed)(struct claimant *, void *aux);
    void *aux;
};

void
claims_init(struct claims *claims,
            int (*compare)(const struct claimant *, const struct claimant *))
{
    hmap_init(&claims->holders);
    hmap_init(&claims->losers);
    claims->compare = compare;
    claims->basis = random_uint32();
}

void
claims_destroy(struct claims *claims)
{
    ovs_assert(hmap_is_empty(&claims->holders));
    ovs_assert(hmap_is_empty(&claims->losers));
    hmap_destroy(&claims->holders);
    hmap_destroy(&claims->losers);
}

/* Claims. */

/* Less than 0: 'a' comes before 'b'. */
static int
claim_compare(const struct claims *claims, const struct claim *a,
              const struct claim *b)
{
    return (a->used != b->used ? (a->used ? -1 : 1)
            : claims->compare(a->claimant, b->claimant));
}

static struct claim_id
claim_id_make(const struct claims *claims, const struct claim_key *key)
{
    uint32_t basis = claims->basis;
    ovs_u128 value, within;

    hash_bytes128(&key->value, sizeof key->value, basis + key->kind, &value);
    hash_bytes128(key->within, strlen(key->within), ~basis, &within);
    return (struct claim_id) { value.u64.lo ^ within.u64.lo,
                               value.u64.hi ^ within.u64.hi };
}

#define CLAIMS_FOR_EACH(CLAIM, ID, MAP)                    \
    HMAP_FOR_EACH_WITH_HASH (CLAIM, node, (ID).low, (MAP)) \
        if ((CLAIM)->high == (ID).high)

static struct claim *
find_holder(const struct claims *claims, struct claim_id id)
{
    struct claim *claim;

    CLAIMS_FOR_EACH (claim, id, &claims->holders) {
        return claim;
    }
    return NULL;
}

static void
claim_insert(struct claims *claims, struct claim *claim, size_t low)
{
    hmap_insert(claim->holds ? &claims->holders : &claims->losers,
                &claim->node, low);
}

static void
claim_remove(struct claims *claims, struct claim *claim)
{
    hmap_remove(claim->holds ? &claims->holders : &claims->losers,
                &claim->node);
}

static void
claim_set_holds(struct claims *claims, struct claim *claim, bool holds)
{
    claim_remove(claims, claim);
    claim->holds = holds;
    claim_insert(claims, claim, claim->node.hash);
}

/* Returns the claim to which the key belongs, after something about 'mine'
 * changed, or that was taken away (NULL).  'old' holds the key, or is NULL.
 * If 'mine' comes before 'old', yet another one may come before both: 'old'
 * may have another place in the order now, and that be told later. */
static struct claim *
find_best(const struct claims *claims, struct claim_id id, struct claim *mine,
          struct claim *old)
{
    struct claim *best = old;
    struct claim *claim;

    if (old && mine != old && claim_compare(claims, old, mine) < 0) {
        return old;
    }
    CLAIMS_FOR_EACH (claim, id, &claims->losers) {
        if (!best || claim_compare(claims, claim, best) < 0) {
            best = claim;
        }
    }
    return best;
}

/* Gives the key to whom it belongs, after something about 'c' and its claim
 * 'mine' to it changed.  Those who lose as before say who has it, so they are
 * told, too. */
static void
settle(struct claims *claims, struct claim_id id, const struct claimant *c,
       struct claim *mine, const struct listener *listener)
{
    struct claim *old = find_holder(claims, id);
    struct claim *new = find_best(claims, id, mine, old);
    struct claim *claim;

    if (new == old) {
        return;
    }
    if (old) {
        claim_set_holds(claims, old, false);
    }
    claim_set_holds(claims, new, true);
    if (new->claimant != c) {
        listener->changed(new->claimant, listener->aux);
    }
    CLAIMS_FOR_EACH (claim, id, &claims->losers) {
        if (claim->claimant != c) {
            listener->changed(claim->claimant, listener->aux);
        }
    }
}

static bool
has_id(const struct claim_id *ids, size_t n, const struct claim *claim)
{
    for (size_t i = 0; i < n; i++) {
        if (ids[i].low == claim->node.hash && ids[i].high == claim->high) {
            return true;
        }
    }
    return false;
}

/* Gives 'c' new claims, to 'ids'.  Takes their place for what 'c' held
 * before. */
static void
replace_claims(struct claims *claims, struct claimant *c,
               const struct claim_id *ids, size_t n,
               const struct listener *listener)
{
    struct claim_set *old_set = c->claims;
    size_t n_old = old_set ? old_set->n : 0;
    struct claim *old = old_set ? old_set->array : NULL;

    c->claims = NULL;
    if (n) {
        c->claims = xzalloc(sizeof *c->claims + n * sizeof(struct claim));
        c->claims->n = n;
    }
    for (size_t i = 0; i < n_old; i++) {
        claim_remove(claims, &old[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct claim *claim = &c->claims->array[i];

        claim->high = ids[i].high;
        claim->claimant = c;
        for (size_t j = 0; j < n_old; j++) {
            claim->holds |= (old[j].holds && has_id(&ids[i], 1, &old[j]));
        }
        claim_insert(claims, claim, ids[i].low);
    }
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].holds && !has_id(ids, n, &old[i])) {
            struct claim_id id = { old[i].node.hash, old[i].high };

            settle(claims, id, c, NULL, listener);
        }
    }
    free(old_set);
}

static bool
has_claims(const struct claimant *c, const struct claim_id *ids, size_t n)
{
    size_t n_claims = c->claims ? c->claims->n : 0;

    for (size_t i = 0; i < n && n == n_claims; i++) {
        if (!has_id(&ids[i], 1, &c->claims->array[i])) {
            return false;
        }
    }
    return n == n_claims;
}

void
claims_set(struct claims *claims, struct claimant *c,
           const struct claim_keys *keys, const struct claim_keys *used,
           void (*changed)(struct claimant *, void *aux), void *aux)
{
    const struct listener listener = { changed, aux };
    struct claim_id *ids = xmalloc(MAX(keys->n, 1) * sizeof *ids);

    for (size_t i = 0; i < keys->n; i++) {
        ids[i] = claim_id_make(claims, &keys->array[i]);
    }
    if (!has_claims(c, ids, keys->n)) {
        replace_claims(claims, c, ids, keys->n, &listener);
    }
    for (size_t i = 0; i < keys->n; i++) {
        struct claim *mine = &c->claims->array[i];

        mine->used = claim_keys_contain(used, &keys->array[i]);
        settle(claims, ids[i], c, mine, &listener);
    }
    free(ids);
}

void
claimant_destroy(struct claims *claims, struct claimant *c,
                 void (*changed)(struct claimant *, void *aux), void *aux)
{
    const struct listener listener = { changed, aux };

    replace_claims(claims, c, NULL, 0, &listener);
}

struct claimant *
claims_get_holder(const struct claims *claims, const struct claim_key *key)
{
    const struct claim *holder = find_holder(claims,
                                             claim_id_make(claims, key));

    return holder ? holder->claimant : NULL;
}
