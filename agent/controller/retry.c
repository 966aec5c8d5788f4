/* When to try again: see retry.h. */

#include <config.h>

#include "agent/controller/retry.h"

#include "random.h"
#include "util.h"

long long int
retry_failed(struct retry *retry, int min_s)
{
    unsigned int shift = MIN(retry->n_failures, 16);
    int delay, max = MIN(RETRY_MIN_MS << shift, RETRY_MAX_MS);
    int asked = MIN(min_s, RETRY_MAX_MS / 1000) * 1000;

    if (retry->n_failures < UINT_MAX) {
        retry->n_failures++;
    }
    delay = max / 2 + random_range(max / 2 + 1);
    asked += random_range(asked / 4 + 1);
    return MIN(RETRY_MAX_MS, MAX(delay, asked));
}
