/* Limits on answers: see packet-limit.h.
 *
 * Each endpoint has a token bucket.  A packet takes 1000 tokens, so that the
 * bucket gets whole tokens every millisecond. */

#include <config.h>

#include "agent/model/packet-limit.h"

/* Packets a second, and at once. */
#define RATE 50
#define BURST 50

void
packet_limit_init(struct packet_limit *limit)
{
    token_bucket_init(&limit->bucket, RATE, BURST * 1000);
    limit->n_dropped = 0;
}

bool
packet_limit_admit(struct packet_limit *limit)
{
    /* A bucket fills only when it is asked for more than it has, so one that
     * was not emptied would give nearly twice its burst.  Asking for more than
     * it can hold fills it and takes nothing. */
    token_bucket_withdraw(&limit->bucket, BURST * 1000 + 1);
    if (token_bucket_withdraw(&limit->bucket, 1000)) {
        return true;
    }
    limit->n_dropped++;
    return false;
}
