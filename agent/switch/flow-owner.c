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
flow_owner_init_described(struct flow_owner *owner, uint32_t cookie,
                          char *(*describe)(const struct flow_owner *))
{
    *owner = (struct flow_owner) {
        .describe = describe,
        .cookie = cookie,
        .is_described = true,
    };
}

void
flow_owner_uninit(struct flow_owner *owner)
{
    ovs_assert(!owner->flows);
    if (!owner->is_described) {
        free(owner->name);
    }
}

char *
flow_owner_get_name(const struct flow_owner *owner)
{
    return (owner->is_described ? owner->describe(owner)
            : xstrdup(owner->name));
}
