/* When a router sends advertisements that nobody asked for.
 *
 * A schedule has two states:
 *
 *   initial     a few at short intervals: the host is new, or what it is told
 *               has changed.  When they have been sent: steady.
 *   steady      one at a time between a third of the interval and all of it.
 *               When what is told changes: initial, at once, but for the least
 *               time between two multicasts. */

#include <config.h>

#include "lib/ra-schedule.h"

#include <limits.h>

#include "util.h"

void
ra_schedule_init(struct ra_schedule *s)
{
    *s = (struct ra_schedule) { .last = LLONG_MIN / 2, .next = LLONG_MAX };
}

static long long int
get_earliest(const struct ra_schedule *s, long long int now)
{
    return MAX(now, s->last + RA_MIN_DELAY);
}

void
ra_schedule_change(struct ra_schedule *s, uint32_t interval,
                   long long int now)
{
    s->interval = interval;
    s->n_initial = RA_N_INITIAL;
    s->next = get_earliest(s, now);
}

void
ra_schedule_sent(struct ra_schedule *s, long long int now, uint32_t random)
{
    uint32_t min = MAX(s->interval / 3, RA_MIN_DELAY);
    uint32_t range = s->interval > min ? s->interval - min + 1 : 1;
    uint32_t delay = min + random % range;

    s->n_initial -= s->n_initial > 0;
    s->last = now;
    s->next = now + (s->n_initial ? MIN(delay, RA_MAX_INITIAL_INTERVAL)
                     : delay);
}

void
ra_schedule_solicit(struct ra_schedule *s, long long int now)
{
    s->next = MIN(s->next, get_earliest(s, now));
}
