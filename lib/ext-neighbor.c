/* As a host's neighbour cache (RFC 4861, section 7.3), but simpler: it asks
 * whether or not somebody sends, so that a gateway that takes over has what it
 * needs, and the last MAC stays when there is no answer.  To send to a router
 * that may be there is better than not to. */

#include <config.h>

#include "lib/ext-neighbor.h"

#include "packets.h"
#include "util.h"

void
ext_neighbor_init(struct ext_neighbor *n, long long int now)
{
    *n = (struct ext_neighbor) {
        .state = EXT_NEIGHBOR_INCOMPLETE,
        .next = now,
    };
}

void
ext_neighbor_adopt(struct ext_neighbor *n, struct eth_addr mac,
                   long long int now)
{
    *n = (struct ext_neighbor) {
        .state = EXT_NEIGHBOR_PROBE,
        .mac = mac,
        .next = now,
    };
}

bool
ext_neighbor_heard(struct ext_neighbor *n, struct eth_addr mac,
                   long long int now)
{
    bool changed = !eth_addr_equals(n->mac, mac);

    n->state = EXT_NEIGHBOR_REACHABLE;
    n->mac = mac;
    n->n_asked = 0;
    n->next = now + EXT_NEIGHBOR_REFRESH;
    return changed;
}

void
ext_neighbor_want(struct ext_neighbor *n, long long int now)
{
    if (n->state == EXT_NEIGHBOR_FAILED) {
        /* 'next' is EXT_NEIGHBOR_RETRY after the last question. */
        n->next = MIN(n->next, MAX(now, n->next - EXT_NEIGHBOR_RETRY
                                   + EXT_NEIGHBOR_INTERVAL));
    }
}

enum ext_neighbor_question
ext_neighbor_run(struct ext_neighbor *n, long long int now)
{
    if (now < n->next) {
        return EXT_NEIGHBOR_NONE;
    }
    if (n->state == EXT_NEIGHBOR_REACHABLE) {
        n->state = EXT_NEIGHBOR_PROBE;
    }
    if (n->n_asked >= EXT_NEIGHBOR_TRIES) {
        n->state = EXT_NEIGHBOR_FAILED;
    }
    n->n_asked++;
    n->next = now + (n->state == EXT_NEIGHBOR_FAILED
                     ? EXT_NEIGHBOR_RETRY : EXT_NEIGHBOR_INTERVAL);
    /* It may have another MAC now, so only the first question goes to the old
     * one. */
    return (n->n_asked == 1 && !eth_addr_is_zero(n->mac)
            ? EXT_NEIGHBOR_ASK_IT : EXT_NEIGHBOR_ASK_ALL);
}
