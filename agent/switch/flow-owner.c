/* Owners of flows.  What changes an owner's flows is in flow-table.c. */

#include <config.h>

#include "agent/switch/flow-owner.h"

#include <stdarg.h>

#include "util.h"

void
flow_owner_init(struct flow_owner *owner, uint32_t cookie,
                const char *name_format, ...)
{
    va_list args;

    hmap_init(&owner->flows);
    va_start(args, name_format);
    owner->name = xvasprintf(name_format, args);
    va_end(args);
    owner->cookie = cookie;
    owner->revision = 0;
    owner->n_refused = 0;
    owner->n_groups = 0;
}
