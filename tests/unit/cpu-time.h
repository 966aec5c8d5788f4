/* What of the processor's time this process has taken. */
#ifndef GA_TESTS_CPU_TIME_H
#define GA_TESTS_CPU_TIME_H 1

#include <sys/resource.h>

/* In ms. */
static inline long long int
cpu_time_msec(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return ((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000
            + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
}

#endif /* tests/unit/cpu-time.h */
