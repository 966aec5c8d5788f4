/* Times as text: see rfc3339.h. */

#include <config.h>

#include "lib/rfc3339.h"

#include "openvswitch/dynamic-string.h"

char *
rfc3339_from_msec(long long int msec)
{
    return xastrftime_msec("%Y-%m-%dT%H:%M:%SZ", msec, true);
}
