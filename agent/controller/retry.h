/* When to try again: exponential backoff with jitter.
 *
 * OVS's own "struct backoff" has no jitter, but many agents that lost the same
 * server must not come back in step. */
#ifndef GA_RETRY_H
#define GA_RETRY_H 1

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 30000

struct retry {
    unsigned int n_failures;        /* In a row. */
};

/* Returns how many milliseconds to wait after one more failure: between half
 * and all of RETRY_MIN_MS * 2^n, or the 'min_s' seconds that a server asked
 * for, and up to a quarter more, if that is longer; never more than
 * RETRY_MAX_MS. */
long long int retry_failed(struct retry *, int min_s);

static inline void
retry_reset(struct retry *retry)
{
    retry->n_failures = 0;
}

#endif /* agent/controller/retry.h */
