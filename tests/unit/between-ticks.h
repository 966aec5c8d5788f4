/* Tests of what looks at something at certain moments (lib/tick.h). */
#ifndef GA_TESTS_BETWEEN_TICKS_H
#define GA_TESTS_BETWEEN_TICKS_H 1

#include "openvswitch/poll-loop.h"
#include "timeval.h"

/* Returns at once if there is none of these moments, for who looks every
 * 'interval' ms, within the next 'ms', and else behind it. */
static inline void
wait_between_ticks(long long int interval, long long int ms)
{
    while (time_msec() % interval > interval - ms) {
        poll_timer_wait(interval - time_msec() % interval);
        poll_block();
    }
}

#endif /* tests/unit/between-ticks.h */
