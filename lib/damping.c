/* Damping: a bucket of tokens that are handed out at once and come back one by
 * one. */

#include <config.h>

#include "lib/damping.h"

static void
refill(struct damping *d, long long int now)
{
    while (d->n_used && now - d->refilled >= DAMPING_REFILL) {
        d->n_used--;
        d->refilled += DAMPING_REFILL;
    }
}

void
damping_note_change(struct damping *d, long long int now)
{
    d->changed = now;
}

bool
damping_take(struct damping *d, long long int now)
{
    refill(d, now);
    if (d->state == DAMPING_SUPPRESSED) {
        return false;
    } else if (d->n_used >= DAMPING_BURST) {
        d->state = DAMPING_SUPPRESSED;
        return false;
    }
    if (!d->n_used++) {
        d->refilled = now;
    }
    return true;
}

bool
damping_run(struct damping *d, long long int now)
{
    if (d->state == DAMPING_USABLE || now < damping_get_reusable(d)) {
        return false;
    }
    d->state = DAMPING_USABLE;
    return true;
}

long long int
damping_get_reusable(const struct damping *d)
{
    return d->changed + DAMPING_REUSE_AFTER;
}
