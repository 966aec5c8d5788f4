/* Exponential backoff with jitter. */

#include <config.h>

#include "agent/retry.h"

#include "random.h"
#include "util.h"

/* See the header. */
long long int
retry_failed(struct retry *retry)
{
    unsigned int shift = MIN(retry->n_failures, 16);
    int max = MIN(RETRY_MIN_MS << shift, RETRY_MAX_MS);

    if (retry->n_failures < UINT_MAX) {
        retry->n_failures++;
    }
    return max / 2 + random_range(max / 2 + 1);
}
