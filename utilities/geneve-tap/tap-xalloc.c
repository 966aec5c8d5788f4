/* What lib/negotiation.c and lib/neg-source.c need of Open vSwitch's library,
 * with which geneve-tap is not linked.  Weak, because its fuzzer is. */

#include <config.h>

#include "util.h"

#include <string.h>
#include <syslog.h>

#include "utilities/geneve-tap/tap-alloc.h"

#pragma weak xmalloc
#pragma weak xrealloc
#pragma weak xmemdup
#pragma weak ovs_assert_failure

void *
xmalloc(size_t size)
{
    return tap_alloc_check(malloc(size ? size : 1));
}

void *
xrealloc(void *p, size_t size)
{
    return tap_alloc_check(realloc(p, size ? size : 1));
}

void *
xmemdup(const void *p, size_t size)
{
    return memcpy(xmalloc(size), p, size);
}

void
ovs_assert_failure(const char *where, const char *function,
                   const char *condition)
{
    syslog(LOG_CRIT, "%s: assertion %s failed in %s()", where, condition,
           function);
    abort();
}
