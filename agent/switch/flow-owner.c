/* Owners of flows.  What changes an owner's flows is in flow-table.c. */

#include <config.h>

#include "agent/switch/flow-owner.h"

#include <stdarg.h>
#include <stdlib.h>

#include "util.h"

void
flow_owner_init(struct flow_owner *owner, uint32_t cookie,
                const char *name_format, ...)
{
    va_list args;

    *owner = (struct flow_owner) { .cookie = cookie };
    va_start(args, name_format);
    owner->name = xvasprintf(name_format, args);
    va_end(args);
}

void
flow_owner_init_part(struct flow_owner *owner, uint32_t cookie,
                     const char *prefix, char *const *part)
{
    *owner = (struct flow_owner) {
        .prefix = prefix,
        .part = part,
        .cookie = cookie,
    };
}

void
flow_owner_uninit(struct flow_owner *owner)
{
    ovs_assert(!owner->flows);
    free(owner->name);
}

char *
flow_owner_get_name(const struct flow_owner *owner)
{
    return (owner->name ? xstrdup(owner->name)
            : xasprintf("%s%s", owner->prefix, *owner->part));
}
