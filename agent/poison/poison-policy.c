/* The policy of healing.
 *
 * 'due' says that the datapath is poisoned, as far as is known: bad packets
 * came since it was purged last.  The budget is a token bucket, in
 * milliseconds, of POISON_PURGE_BURST tokens. */

#include <config.h>

#include "agent/poison/poison-policy.h"

#include <string.h>

#include "util.h"

#define BUDGET_MAX \
    (POISON_PURGE_BURST * (long long int) POISON_PURGE_REFILL_MS)

void
poison_policy_init(struct poison_policy *p, long long int now)
{
    memset(p, 0, sizeof *p);
    p->budget = BUDGET_MAX;
    p->budget_at = now;
}

void
poison_policy_restarted(struct poison_policy *p)
{
    p->counter = 0;
    p->n_ahead = 0;
    p->due = false;
}

void
poison_policy_skip(struct poison_policy *p, unsigned long long value)
{
    p->has_counter = true;
    p->counter = value;
    p->n_ahead = 0;
}

void
poison_policy_counter(struct poison_policy *p, unsigned long long value,
                      long long int now)
{
    /* If the counter fell, the switch was restarted. */
    unsigned long long rise = value - (value < p->counter ? 0 : p->counter);
    unsigned long long known;

    if (!p->has_counter) {
        rise = 0;
    }
    p->has_counter = true;
    p->counter = value;
    if (!rise) {
        return;
    }
    known = MIN(rise, p->n_ahead);
    p->n_ahead -= known;
    p->n_bad += rise - known;
    p->seen_at = now;
    if (!p->purged_at || now - p->purged_at >= POISON_LAG_MS) {
        p->due = true;
    }
}

void
poison_policy_logged(struct poison_policy *p, unsigned int n,
                     long long int now)
{
    if (n) {
        p->n_bad += n;
        p->n_ahead += n;
        p->seen_at = now;
        p->due = true;
    }
}

bool
poison_policy_must_look(struct poison_policy *p, long long int now)
{
    if (p->n_ahead && !p->due && poison_policy_is_alarming(p, now)
        && now - p->purged_at >= POISON_LAG_MS
        && now - p->looked_at >= POISON_LOOK_MS) {
        p->looked_at = now;
        return true;
    }
    return false;
}

void
poison_policy_found(struct poison_policy *p, unsigned int n,
                    long long int now)
{
    poison_policy_logged(p, n, now);
}

static void
poison_policy_refill(struct poison_policy *p, long long int now)
{
    p->budget = MIN(BUDGET_MAX, p->budget + (now - p->budget_at));
    p->budget_at = now;
}

bool
poison_policy_must_purge(struct poison_policy *p, long long int now)
{
    poison_policy_refill(p, now);
    if (!p->due) {
        return false;
    }
    if ((!p->purged_at || now - p->purged_at >= POISON_PURGE_GAP_MS)
        && p->budget >= POISON_PURGE_REFILL_MS) {
        return true;
    }
    /* Count occasions, not the seconds until the purge. */
    if (p->seen_at == now) {
        p->n_suppressed++;
    }
    return false;
}

void
poison_policy_purged(struct poison_policy *p, long long int now)
{
    poison_policy_refill(p, now);
    p->budget -= POISON_PURGE_REFILL_MS;
    p->purged_at = now;
    p->due = false;
    p->n_purges++;
}

bool
poison_policy_is_alarming(const struct poison_policy *p, long long int now)
{
    return p->seen_at && now - p->seen_at < POISON_QUIET_MS;
}
