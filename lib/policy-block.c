/* A switch can match what is in a prefix, but not what is in none.  So a block
 * is halved, again and again, until each half has either nothing to except or
 * is excepted as a whole. */

#include <config.h>

#include "lib/policy-block.h"

#include <stdlib.h>

#include "lib/resource-vpc-policy.h"
#include "packets.h"
#include "util.h"

static void
policy_block_push(struct policy_prefixes *ps, const struct ip_prefix *p)
{
    if (ps->n >= ps->allocated) {
        ps->prefixes = x2nrealloc(ps->prefixes, &ps->allocated,
                                  sizeof *ps->prefixes);
    }
    ps->prefixes[ps->n++] = *p;
}

/* The upper half of a prefix whose lower half is 'half'. */
static struct ip_prefix
policy_block_upper(const struct ip_prefix *half)
{
    struct ip_prefix upper = *half;
    unsigned int bit = half->plen - 1 + (half->is_ipv6 ? 0 : 96);

    upper.addr.s6_addr[bit / 8] |= 0x80 >> bit % 8;
    return upper;
}

/* Moves those of the 'n' prefixes that overlap 'half' to the front.  Returns
 * how many they are. */
static size_t
policy_block_partition(struct ip_prefix *prefixes, size_t n,
                       const struct ip_prefix *half)
{
    size_t n_front = 0;

    for (size_t i = 0; i < n; i++) {
        if (ip_prefix_overlaps(&prefixes[i], half)) {
            struct ip_prefix tmp = prefixes[n_front];

            prefixes[n_front++] = prefixes[i];
            prefixes[i] = tmp;
        }
    }
    return n_front;
}

/* Adds 'p' but for the 'n' prefixes in 'except', all of which overlap it, and
 * changes the order of these.  The depth is that of a prefix length. */
static void
policy_block_split(struct policy_prefixes *ps, const struct ip_prefix *p,
                   struct ip_prefix *except, size_t n)
{
    struct ip_prefix lower = *p;
    struct ip_prefix upper;
    size_t n_lower;

    for (size_t i = 0; i < n; i++) {
        if (except[i].plen <= p->plen) {
            return;
        }
    }
    if (!n) {
        policy_block_push(ps, p);
        return;
    }
    lower.plen++;
    upper = policy_block_upper(&lower);
    n_lower = policy_block_partition(except, n, &lower);
    policy_block_split(ps, &lower, except, n_lower);
    policy_block_split(ps, &upper, except + n_lower, n - n_lower);
}

void
policy_block_add(struct policy_prefixes *ps, const struct policy_peer *peer)
{
    struct ip_prefix *except = xmemdup(peer->except,
                                       peer->n_except * sizeof *except);

    policy_block_split(ps, &peer->block, except, peer->n_except);
    free(except);
}
