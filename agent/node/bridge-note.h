/* A note on the integration bridge's row: external_ids:nve-nat-zones, which
 * conntrack zone each external address of this node has. */
#ifndef GA_BRIDGE_NOTE_H
#define GA_BRIDGE_NOTE_H 1

#include <stdbool.h>

struct rows;

struct bridge_note {
    char *value;                    /* Wanted; before the first set(), what an
                                     * earlier run left, or NULL. */
    bool set;                       /* bridge_note_set() was called. */
    bool dirty;
};

void bridge_note_init(struct bridge_note *);
void bridge_note_destroy(struct bridge_note *);

/* Wants 'value' (NULL: nothing).  Returns true if that is a change. */
bool bridge_note_set(struct bridge_note *, const char *value);

/* The bridge's row may have changed. */
void bridge_note_read(struct bridge_note *, const struct rows *);

/* Writes what differs; true if there was anything. */
bool bridge_note_write(struct bridge_note *, const struct rows *);

#endif /* agent/node/bridge-note.h */
