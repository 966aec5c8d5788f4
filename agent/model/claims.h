/* Things that belong to one object at a time: VNIs, addresses, option keys.
 *
 * Several objects may claim the same key.  The older one has it (by
 * creationTimestamp where both have one and they differ, else by who came
 * first), so that a late duplicate disturbs nobody, and when it goes the next
 * one gets it. */
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

/* Embedded in what claims; 'name' is for messages. */
struct claimant {
    struct ovs_list claims;         /* Contains "struct claim"s. */
    char *name;
    char *timestamp;                /* RFC 3339, or "". */
    void *owner;
};

void claims_init(struct claims *);
void claims_destroy(struct claims *);

void claimant_init(struct claimant *, const char *name, void *owner);
void claimant_set_timestamp(struct claimant *, const char *);

/* Makes 'c' claim just the keys in 'keys' (sorted, unique).  Calls 'changed'
 * with the owner of each claimant, other than 'c', that won or lost a key by
 * it. */
void claims_set(struct claims *, struct claimant *c, const struct svec *keys,
                void (*changed)(void *owner, void *aux), void *aux);

/* As claims_set() with no keys, and frees what 'c' has. */
void claimant_destroy(struct claims *, struct claimant *c,
                      void (*changed)(void *owner, void *aux), void *aux);

/* The name of the claimant that has 'key' instead of 'c', or NULL if 'c' has
 * it or nobody does. */
const char *claims_get_rival(const struct claims *, const struct claimant *,
                             const char *key);
/* The owner of the claimant that has 'key', or NULL. */
void *claims_get_owner(const struct claims *, const char *key);

#endif /* agent/model/claims.h */
