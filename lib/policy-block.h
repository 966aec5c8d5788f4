/* What is left of an IP block when parts of it are excepted, as prefixes. */
#ifndef GA_POLICY_BLOCK_H
#define GA_POLICY_BLOCK_H 1

#include <stddef.h>

#include "lib/ip-prefix.h"

struct policy_peer;

struct policy_prefixes {
    struct ip_prefix *prefixes;
    size_t n, allocated;
};

/* Adds the prefixes that have just the addresses of 'peer', which is of type
 * POLICY_PEER_BLOCK: the fewest, and no two have an address in common.  One
 * exception makes as many prefixes as it is longer than the block, at most; n
 * exceptions, the sum of that.
 *
 * An all-zero structure has none; free() its 'prefixes'. */
void policy_block_add(struct policy_prefixes *, const struct policy_peer *);

#endif /* lib/policy-block.h */
