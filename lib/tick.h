/* When to look again at what says nothing of its own.
 *
 * Open vSwitch tells nobody when some of its state changes, so several modules
 * look at a part of it each second or so.  They all do at the same moments,
 * and a daemon that has nothing else to do wakes up once for all of them, and
 * once for all answers, since nobody waits for those. */
#ifndef GA_TICK_H
#define GA_TICK_H 1

/* How long an answer may go unheard: msec.  Most are there by then, and the
 * processor still has in its caches what asked. */
#define TICK_PATIENCE 2

/* The next of these moments after 'now', for who looks every 'interval', in
 * the unit of both. */
static inline long long int
tick_next(long long int now, long long int interval)
{
    return (now / interval + 1) * interval;
}

#endif /* lib/tick.h */
