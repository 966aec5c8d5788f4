/* Claims: see claims.h.
 *
 * There is a claim for each key of each claimant, in the array of the claimant
 * and in the map of all.  Of those to one key one holds it.  There are two or
 * more only if somebody made a mistake, so whoever wants to know the holder
 * looks at all of them.
 *
 * There are several claims for each endpoint, so they are small.  A key is not
 * kept: 128 bits of its hash stand for it, which with a basis that is another
 * one in each run nobody can make equal for two keys.
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

#define TIME_FORM "dddd-dd-ddTdd:dd:ddZ"
#define UID_FORM "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

struct claim_id {
    size_t low;
    uint64_t high;
};

struct claim {
    struct hmap_node node;          /* In struct claims, by the id's 'low'. */
    uint64_t high;                  /* The rest of the id. */
    struct claimant *claimant;
    bool used;                      /* The object's status says so. */
    bool holds;
};

/* What is told of a change. */
struct listener {
    void (*changed)(void *owner, void *aux);
    void *aux;
};

void
claims_init(struct claims *claims)
{
    hmap_init(&claims->claims);
}

void
claims_destroy(struct claims *claims)
{
    ovs_assert(hmap_is_empty(&claims->claims));
    hmap_destroy(&claims->claims);
}

/* Ages. */

/* Reads a time.  Returns 0 if 's' has another form. */
static uint64_t
parse_time(const char *s)
{
    uint64_t time = 0;

    for (const char *form = TIME_FORM; *form; s++, form++) {
        if (*form != 'd') {
            if (*s != *form) {
                return 0;
            }
        } else if (*s >= '0' && *s <= '9') {
            time = time * 10 + (*s - '0');
        } else {
            return 0;
        }
    }
    return *s ? 0 : time;
}

/* Reads a uid in lower case.  Returns false if 's' has another form. */
static bool
parse_uid(const char *s, uint8_t uid[16])
{
    size_t n = 0;

    for (const char *form = UID_FORM; *form; s++, form++) {
        if (*form != 'x') {
            if (*s != *form) {
                return false;
            }
        } else if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f')) {
            uid[n / 2] = uid[n / 2] << 4 | (*s <= '9' ? *s - '0'
                                           : *s - 'a' + 10);
            n++;
        } else {
            return false;
        }
    }
    return !*s;
}

/* An age without time or uid is text, so that it can come last. */
static struct claim_age
age_make(const char *timestamp, const char *uid)
{
    struct claim_age age = { .time = parse_time(timestamp) };

    if (!age.time || !parse_uid(uid, age.uid)) {
        age = (struct claim_age) { .time = 0 };
        if (timestamp[0] || uid[0]) {
            age.text = xasprintf("%s\n%s", timestamp, uid);
        }
    }
    return age;
}

/* The two texts of an age, each for the caller to free. */
static void
age_to_text(const struct claim_age *age, char **timestamp, char **uid)
{
    unsigned long long int t = age->time;
    const uint8_t *u = age->uid;

    if (age->text) {
        size_t n = strcspn(age->text, "\n");

        *timestamp = xmemdup0(age->text, n);
        *uid = xstrdup(age->text + n + 1);
        return;
    } else if (!t) {
        *timestamp = xstrdup("");
        *uid = xstrdup("");
        return;
    }
    *timestamp = xasprintf("%04llu-%02llu-%02lluT%02llu:%02llu:%02lluZ",
                           t / 10000000000, t / 100000000 % 100,
                           t / 1000000 % 100, t / 10000 % 100,
                           t / 100 % 100, t % 100);
    *uid = xasprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                     "%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4],
                     u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13],
                     u[14], u[15]);
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

static int
age_compare(const struct claim_age *a, const struct claim_age *b)
{
    char *a_time, *a_uid, *b_time, *b_uid;
    int cmp;

    if (a->time && b->time) {
        return (a->time != b->time ? (a->time < b->time ? -1 : 1)
                : memcmp(a->uid, b->uid, sizeof a->uid));
    }
    age_to_text(a, &a_time, &a_uid);
    age_to_text(b, &b_time, &b_uid);

    /* RFC 3339 times in UTC sort as strings. */
    cmp = compare_filled(a_time, b_time);
    if (!cmp) {
        cmp = compare_filled(a_uid, b_uid);
    }
    free(a_time);
    free(a_uid);
    free(b_time);
    free(b_uid);
    return cmp;
}

/* Claimants. */

void
claimant_init(struct claimant *c, const char *kind, const char *name,
              void *owner)
{
    *c = (struct claimant) {
        .kind = kind,
        .name = name,
        .age = age_make("", ""),
        .owner = owner,
    };
}

void
claimant_set_identity(struct claimant *c, const char *timestamp,
                      const char *uid)
{
    free(c->age.text);
    c->age = age_make(timestamp, uid);
}

int
claimant_compare(const struct claimant *a, const struct claimant *b)
{
    int cmp = age_compare(&a->age, &b->age);

    if (!cmp) {
        cmp = strcmp(a->kind, b->kind);
    }
    return cmp ? cmp : strcmp(a->name, b->name);
}

/* Claims. */

/* Less than 0: 'a' comes before 'b'. */
static int
claim_compare(const struct claim *a, const struct claim *b)
{
    return (a->used != b->used ? (a->used ? -1 : 1)
            : claimant_compare(a->claimant, b->claimant));
}

static struct claim_id
claim_id_make(const struct claim_key *key)
{
    static uint32_t basis;
    ovs_u128 value, within;

    if (!basis) {
        basis = random_uint32() | 1;
    }
    hash_bytes128(&key->value, sizeof key->value, basis + key->kind, &value);
    hash_bytes128(key->within, strlen(key->within), ~basis, &within);
    return (struct claim_id) { value.u64.lo ^ within.u64.lo,
                               value.u64.hi ^ within.u64.hi };
}

#define CLAIMS_FOR_EACH(CLAIM, ID, CLAIMS)                              \
    HMAP_FOR_EACH_WITH_HASH (CLAIM, node, (ID).low, &(CLAIMS)->claims)  \
        if ((CLAIM)->high == (ID).high)

static struct claim *
find_holder(const struct claims *claims, struct claim_id id)
{
    struct claim *claim;

    CLAIMS_FOR_EACH (claim, id, claims) {
        if (claim->holds) {
            return claim;
        }
    }
    return NULL;
}

/* Gives the key to whom it belongs, after something about it changed because
 * of 'c'. */
static void
settle(struct claims *claims, struct claim_id id, const struct claimant *c,
       const struct listener *listener)
{
    struct claim *old = NULL, *new = NULL;
    struct claim *claim;

    CLAIMS_FOR_EACH (claim, id, claims) {
        if (claim->holds) {
            old = claim;
        }
        if (!new || claim_compare(claim, new) < 0) {
            new = claim;
        }
    }
    if (new == old) {
        return;
    }
    if (old) {
        old->holds = false;
    }
    new->holds = true;
    if (new->claimant != c) {
        listener->changed(new->claimant->owner, listener->aux);
    } else if (old) {
        listener->changed(old->claimant->owner, listener->aux);
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
    struct claim *old = c->claims;
    size_t n_old = c->n_claims;

    c->claims = n ? xzalloc(n * sizeof *c->claims) : NULL;
    c->n_claims = n;
    for (size_t i = 0; i < n_old; i++) {
        hmap_remove(&claims->claims, &old[i].node);
    }
    for (size_t i = 0; i < n; i++) {
        struct claim *claim = &c->claims[i];

        claim->high = ids[i].high;
        claim->claimant = c;
        for (size_t j = 0; j < n_old; j++) {
            claim->holds |= (old[j].holds && has_id(&ids[i], 1, &old[j]));
        }
        hmap_insert(&claims->claims, &claim->node, ids[i].low);
    }
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].holds && !has_id(ids, n, &old[i])) {
            settle(claims, (struct claim_id) { old[i].node.hash,
                                               old[i].high }, c, listener);
        }
    }
    free(old);
}

static bool
has_claims(const struct claimant *c, const struct claim_id *ids, size_t n)
{
    for (size_t i = 0; i < n && n == c->n_claims; i++) {
        if (!has_id(&ids[i], 1, &c->claims[i])) {
            return false;
        }
    }
    return n == c->n_claims;
}

void
claims_set(struct claims *claims, struct claimant *c,
           const struct claim_keys *keys, const struct claim_keys *used,
           void (*changed)(void *owner, void *aux), void *aux)
{
    const struct listener listener = { changed, aux };
    struct claim_id *ids = xmalloc(MAX(keys->n, 1) * sizeof *ids);

    for (size_t i = 0; i < keys->n; i++) {
        ids[i] = claim_id_make(&keys->array[i]);
    }
    if (!has_claims(c, ids, keys->n)) {
        replace_claims(claims, c, ids, keys->n, &listener);
    }
    for (size_t i = 0; i < keys->n; i++) {
        c->claims[i].used = claim_keys_contain(used, &keys->array[i]);
        settle(claims, ids[i], c, &listener);
    }
    free(ids);
}

void
claimant_destroy(struct claims *claims, struct claimant *c,
                 void (*changed)(void *owner, void *aux), void *aux)
{
    const struct listener listener = { changed, aux };

    replace_claims(claims, c, NULL, 0, &listener);
    free(c->age.text);
}

const struct claimant *
claims_get_rival(const struct claims *claims, const struct claimant *c,
                 const struct claim_key *key)
{
    const struct claim *holder = find_holder(claims, claim_id_make(key));

    return holder && holder->claimant != c ? holder->claimant : NULL;
}

void *
claims_get_owner(const struct claims *claims, const struct claim_key *key)
{
    const struct claim *holder = find_holder(claims, claim_id_make(key));

    return holder ? holder->claimant->owner : NULL;
}
