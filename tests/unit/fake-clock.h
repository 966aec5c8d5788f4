/* The time of what is tested: it passes when a test says so.
 *
 * The program is linked with -Wl,--wrap=time_msec, so that all of it calls
 * this in place of the library's time_msec().  One file of it includes
 * this. */
#ifndef GA_TESTS_FAKE_CLOCK_H
#define GA_TESTS_FAKE_CLOCK_H 1

static long long int fake_clock_now = 1000 * 1000;

long long int __wrap_time_msec(void);

long long int
__wrap_time_msec(void)
{
    return fake_clock_now;
}

/* Lets 'msec' pass. */
static inline void
fake_clock_warp(long long int msec)
{
    fake_clock_now += msec;
}

#endif /* tests/unit/fake-clock.h */
