/* Memory: what is asked for is there, or the program ends. */
#ifndef GA_TAP_ALLOC_H
#define GA_TAP_ALLOC_H 1

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static inline void *
tap_alloc_check(void *p)
{
    if (!p) {
        syslog(LOG_CRIT, "out of memory");
        abort();
    }
    return p;
}

/* Zeroed. */
static inline void *
tap_alloc(size_t n, size_t size)
{
    return tap_alloc_check(calloc(n ? n : 1, size));
}

static inline char *
tap_alloc_string(const char *s)
{
    return tap_alloc_check(strdup(s));
}

/* Makes room for one more element in 'array' of 'n'. */
static inline void *
tap_alloc_more(void *array, size_t n, size_t size)
{
    return tap_alloc_check(reallocarray(array, n + 1, size));
}

#endif /* utilities/geneve-tap/tap-alloc.h */
