/* What has to survive a restart of the agent and is not in the switch's flows
 * alone stands in the database, where people can see it. */

#include <config.h>

#include "agent/node/bridge-note.h"

#include "agent/node/rows.h"
#include "lib/nullable-string.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

#define KEY "nve-nat-zones"

void
bridge_note_init(struct bridge_note *note)
{
    *note = (struct bridge_note) { .value = NULL };
}

void
bridge_note_destroy(struct bridge_note *note)
{
    free(note->value);
}

bool
bridge_note_set(struct bridge_note *note, const char *value)
{
    bool changed = nullable_string_replace(&note->value,
                                           nullable_xstrdup(value));

    changed |= !note->set;
    note->set = true;
    note->dirty |= changed;
    return changed;
}

void
bridge_note_read(struct bridge_note *note, const struct rows *rows)
{
    if (note->set) {
        note->dirty = true;
    } else if (rows->bridge) {
        nullable_string_replace(&note->value, nullable_xstrdup(
                                    smap_get(&rows->bridge->external_ids,
                                             KEY)));
    }
}

bool
bridge_note_write(struct bridge_note *note, const struct rows *rows)
{
    note->dirty = note->set && rows->bridge
                  && rows_put_bridge_external_id(rows->bridge, KEY,
                                                 note->value);
    return note->dirty;
}
