/* Claims to what only one object at a time can have: VNIs, addresses, option
 * keys.
 *
 * Several objects may claim the same key.  Which of them holds it follows from
 * the objects alone, never from the order in which they came, so that every
 * agent, whenever it started, comes to the same holder.  In this order:
 *
 * 1. one whose status says that the key is in use: an object that is edited to
 *    a key takes it from nobody who uses it;
 * 2. the one that comes first in an order of all claimants, which the user
 *    gives: see entity_compare().
 *
 * When the holder goes, the next one holds the key. */
#ifndef GA_CLAIMS_H
#define GA_CLAIMS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct claim_set;
struct claim_key;
struct claim_keys;
struct claimant;

struct claims {
    struct hmap holders;            /* Contains "struct claim"s... */
    struct hmap losers;             /* ...and those that do not hold. */
    int (*compare)(const struct claimant *, const struct claimant *);
    uint32_t basis;                 /* Of hashes of keys: random. */
};

/* Embedded in what claims. */
struct claimant {
    struct claim_set *claims;       /* NULL: it claims nothing. */
};

/* 'compare' returns less than 0 if the first claimant comes before the second
 * one, and 0 only if both are the same one.  Where it puts a claimant may
 * change, if claims_set() is called for that then. */
void claims_init(struct claims *,
                 int (*compare)(const struct claimant *,
                                const struct claimant *));

/* All claimants must have been destroyed. */
void claims_destroy(struct claims *);

/* Makes 'c' claim just 'keys'.  Those that are in 'used', too, are in use.
 * Calls 'changed' for each other claimant of a key that thereby has another
 * holder. */
void claims_set(struct claims *, struct claimant *c,
                const struct claim_keys *keys, const struct claim_keys *used,
                void (*changed)(struct claimant *, void *aux), void *aux);

/* As claims_set() with no keys, and frees what 'c' has. */
void claimant_destroy(struct claims *, struct claimant *c,
                      void (*changed)(struct claimant *, void *aux),
                      void *aux);

/* Returns the claimant that holds 'key', or NULL. */
struct claimant *claims_get_holder(const struct claims *,
                                   const struct claim_key *);

#endif /* agent/model/claims.h */
