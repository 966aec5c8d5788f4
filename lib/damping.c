/* Damping: see damping.h.
 *
 * A bucket of tokens that are handed out at once and come back one by one. */

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
    if (d->state == DAMPING_HELD) {
        return false;
    } else if (d->n_used >= DAMPING_BURST) {
        d->state = DAMPING_HELD;
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
    if (d->state == DAMPING_FREE || now < damping_get_calm(d)) {
        return false;
    }
    d->state = DAMPING_FREE;
    return true;
}

long long int
damping_get_calm(const struct damping *d)
{
    return d->changed + DAMPING_CALM;
}
