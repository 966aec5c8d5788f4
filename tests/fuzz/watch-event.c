/* A line of a watch, from whoever says to be the controller. */

#include <config.h>

#include "agent/controller/watch-event.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz-kind.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct watch_event event;
    char *error = watch_event_parse((const char *) data, n,
                                    fuzz_kind_find(data, n), &event);

    if (error) {
        free(error);
        return;
    }
    if (event.type == WATCH_EVENT_UPSERT || event.type == WATCH_EVENT_DELETE) {
        ovs_assert(!event.object != !event.endpoint && event.name);
    }
    watch_event_destroy(&event);
}
