/* Claims to what only one object at a time can have: VNIs, addresses, option
 * keys.
 *
 * Several objects may claim the same key.  Which of them holds it follows from
 * the objects alone, never from the order in which they came, so that every
 * agent, whenever it started, comes to the same holder.  In this order:
 *
 * 1. one whose status says that the key is in use: an object that is edited to
 *    a key takes it from nobody who uses it;
 * 2. the one with the earliest creationTimestamp: a late duplicate disturbs
 *    nobody;
 * 3. the one with the least uid, then the least name: times are in seconds,
 *    and objects from a file have none.
 *
 * What an object lacks comes last.  Claimants have different names: the order
 * is total.  When the holder goes, the next one holds the key. */
#ifndef GA_CLAIMS_H
#define GA_CLAIMS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct claim;
struct claim_key;
struct claim_keys;

struct claims {
    struct hmap claims;             /* Contains "struct claim"s. */
};

/* When an object was made, and which of those of that time it is. */
struct claim_age {
    uint64_t time;                  /* As a decimal number, YYYYMMDDhhmmss. */
    uint8_t uid[16];
    char *text;                     /* NULL, or both as text, for what does not
                                     * have these forms. */
};

/* Embedded in what claims.  Kind and name together are unique among all. */
struct claimant {
    struct claim *claims;
    size_t n_claims;
    const char *kind;
    const char *name;
    struct claim_age age;
    void *owner;                    /* For callbacks. */
};

void claims_init(struct claims *);

/* All claimants must have been destroyed. */
void claims_destroy(struct claims *);

/* Borrows 'kind' and 'name', which messages show. */
void claimant_init(struct claimant *, const char *kind, const char *name,
                   void *owner);

/* Sets what an object has for its life.  One that is made anew under the same
 * name has others: they count from the next claims_set() on. */
void claimant_set_identity(struct claimant *, const char *timestamp,
                           const char *uid);

/* Returns less than 0 if 'a' comes before 'b' where neither has a key in use:
 * if it is older. */
int claimant_compare(const struct claimant *a, const struct claimant *b);

/* Makes 'c' claim just 'keys'.  Those that are in 'used', too, are in use.
 * Calls 'changed' with the owner of each other claimant that thereby won or
 * lost a key. */
void claims_set(struct claims *, struct claimant *c,
                const struct claim_keys *keys, const struct claim_keys *used,
                void (*changed)(void *owner, void *aux), void *aux);

/* As claims_set() with no keys, and frees what 'c' has. */
void claimant_destroy(struct claims *, struct claimant *c,
                      void (*changed)(void *owner, void *aux), void *aux);

/* Returns the claimant that holds 'key' instead of 'c', or NULL if 'c' holds
 * it or nobody does. */
const struct claimant *claims_get_rival(const struct claims *,
                                        const struct claimant *c,
                                        const struct claim_key *key);

/* Returns the owner of the claimant that holds 'key', or NULL. */
void *claims_get_owner(const struct claims *, const struct claim_key *);

#endif /* agent/model/claims.h */
