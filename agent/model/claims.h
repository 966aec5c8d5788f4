/* Claims to what only one object at a time can have: VNIs, addresses, option
 * keys.
 *
 * Several objects may claim the same key.  The oldest of them holds it, so
 * that a late duplicate disturbs nobody.  Older is the one with the earlier
 * creationTimestamp; if one has none or they are the same, the one that
 * claimed it first.  When the holder goes, the next one holds the key. */
#ifndef GA_CLAIMS_H
#define GA_CLAIMS_H 1

#include "openvswitch/list.h"
#include "openvswitch/shash.h"

struct claimant;
struct svec;

struct claims {
    struct shash keys;              /* Key -> "struct claim_key". */
    uint64_t next_seq;
};

/* Embedded in what claims. */
struct claimant {
    struct ovs_list claims;         /* Contains "struct claim"s. */
    char *name;                     /* For messages. */
    char *timestamp;                /* RFC 3339, or "". */
    void *owner;                    /* For callbacks. */
};

void claims_init(struct claims *);

/* All claimants must have been destroyed. */
void claims_destroy(struct claims *);

/* Copies 'name'. */
void claimant_init(struct claimant *, const char *name, void *owner);

/* Sets the creationTimestamp of the object, which does not change in its life.
 * To be called before claims_set(). */
void claimant_set_timestamp(struct claimant *, const char *timestamp);

/* Makes 'c' claim just the keys in 'keys' (sorted, unique).  Calls 'changed'
 * with the owner of each other claimant that thereby won or lost a key. */
void claims_set(struct claims *, struct claimant *c, const struct svec *keys,
                void (*changed)(void *owner, void *aux), void *aux);

/* As claims_set() with no keys, and frees what 'c' has. */
void claimant_destroy(struct claims *, struct claimant *c,
                      void (*changed)(void *owner, void *aux), void *aux);

/* Returns the name of the claimant that holds 'key' instead of 'c', or NULL if
 * 'c' holds it or nobody does. */
const char *claims_get_rival(const struct claims *, const struct claimant *,
                             const char *key);

/* Returns the owner of the claimant that holds 'key', or NULL. */
void *claims_get_owner(const struct claims *, const char *key);

#endif /* agent/model/claims.h */
