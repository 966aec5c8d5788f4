/* Sources of receive tables, and how they compete.
 *
 * This is the part of the negotiation's step 1 that comes when the tables have
 * been read.  It needs neither JSON nor anything else of Open vSwitch's
 * library but memory, as negotiation.c does: geneve-tap uses both without that
 * library. */

#include <config.h>

#include "lib/neg-receive.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

const char *
neg_source_to_string(enum neg_source source, bool restricted)
{
    switch (source) {
    case NEG_SRC_MULTICAST: return "multicast";
    case NEG_SRC_ADVERTISED:
        return restricted ? "advertised+restrict" : "advertised";
    case NEG_SRC_LAST_GOOD:
        return restricted ? "last-good+restrict" : "last-good";
    case NEG_SRC_MALFORMED: return "malformed";
    case NEG_SRC_NONE: return "none";
    case NEG_SRC_STATIC: return "static";
    default: OVS_NOT_REACHED();
    }
}

/* Narrows the remote's table to what 'by' allows, too.  Order and "required"
 * stay the remote's.  What it requires but may not get is noted, because it
 * will drop our packets then. */
static void
receive_restrict(struct neg_receive *receive, const struct recv_table *by)
{
    struct recv_table *table = &receive->table;
    size_t n_left = 0;

    for (size_t i = 0; i < table->n_entries; i++) {
        struct recv_entry entry = table->entries[i];
        const struct recv_entry *limit = recv_table_find(by, entry.key);

        if (limit) {
            entry.min_len = MAX(entry.min_len, limit->min_len);
            entry.max_len = MIN(entry.max_len, limit->max_len);
        }
        if (limit && entry.min_len <= entry.max_len) {
            table->entries[n_left++] = entry;
        } else if (entry.required) {
            receive->lost_required = xrealloc(
                receive->lost_required, (receive->n_lost_required + 1)
                * sizeof *receive->lost_required);
            receive->lost_required[receive->n_lost_required++] = entry.key;
        }
    }
    table->n_entries = n_left;
    table->limits = neg_limits_min(table->limits, by->limits);
    receive->restricted = true;
}

static void
receive_replace(struct neg_receive *receive, struct recv_table *table)
{
    free(receive->table.entries);
    receive->table = *table;
    *table = (struct recv_table) RECV_TABLE_INITIALIZER;
    receive->source = NEG_SRC_STATIC;
}

bool
neg_receive_apply_table(struct neg_receive *receive, const char *mode,
                        struct recv_table *table)
{
    bool from_remote = (receive->source == NEG_SRC_ADVERTISED
                        || receive->source == NEG_SRC_LAST_GOOD);

    if (!strcmp(mode, "replace")) {
        receive_replace(receive, table);
    } else if (!strcmp(mode, "fallback")) {
        if (!from_remote) {
            receive_replace(receive, table);
        }
    } else if (!strcmp(mode, "restrict")) {
        if (from_remote) {
            receive_restrict(receive, table);
        }
    } else {
        return false;
    }
    return true;
}
