/* Step 1 of the negotiation.
 *
 * A remote's advertisement, the last good one and the operator's static table
 * compete; RFC 9638, section 7, asks for the last of them ("configurable for
 * each remote NVE").  Whichever wins, the alarms of all tables that were read
 * are reported, so that a fault shows even while another table is in force. */

#include <config.h>

#include "lib/neg-receive.h"

#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
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

static const struct json *
null_to_absent(const struct json *json)
{
    return json && json->type != JSON_NULL ? json : NULL;
}

bool
neg_receive_is_good(const struct json *advertisement)
{
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;
    bool good;

    if (!null_to_absent(advertisement)) {
        return false;
    }
    good = recv_table_from_json(advertisement, &table, &alarms);
    recv_table_destroy(&table);
    svec_destroy(&alarms);
    return good;
}

static void
receive_from_advertisement(struct neg_receive *receive,
                           const struct json *advertisement,
                           const struct json *last_good)
{
    if (!null_to_absent(advertisement)) {
        receive->source = NEG_SRC_NONE;
    } else if (recv_table_from_json(advertisement, &receive->table,
                                    &receive->alarms)) {
        receive->source = NEG_SRC_ADVERTISED;
    } else {
        /* The last good table's alarms were reported when it came. */
        struct svec ignored = SVEC_EMPTY_INITIALIZER;

        recv_table_destroy(&receive->table);
        receive->source = (null_to_absent(last_good)
                           && recv_table_from_json(last_good, &receive->table,
                                                   &ignored)
                           ? NEG_SRC_LAST_GOOD : NEG_SRC_MALFORMED);
        svec_destroy(&ignored);
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
    recv_table_destroy(&receive->table);
    receive->table = *table;
    *table = (struct recv_table) RECV_TABLE_INITIALIZER;
    receive->source = NEG_SRC_STATIC;
}

/* Applies a table that is sound.  Its mode may be unknown. */
static void
receive_apply_mode(struct neg_receive *receive, const char *mode,
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
        svec_add(&receive->alarms, "static:mode");
    }
}

static void
receive_apply_static(struct neg_receive *receive, const struct json *static_)
{
    const char *mode = json_util_string(static_, "mode", "");
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;
    const char *alarm;
    size_t i;

    bool good = (!strcmp(mode, "restrict")
                 ? recv_table_from_restrict_json(static_, &table, &alarms)
                 : recv_table_from_json(static_, &table, &alarms));
    SVEC_FOR_EACH (i, alarm, &alarms) {
        svec_add_nocopy(&receive->alarms, xasprintf("static:%s", alarm));
    }
    if (good) {
        receive_apply_mode(receive, mode, &table);
    }
    recv_table_destroy(&table);
    svec_destroy(&alarms);
}

/* The encapsulation of the table in force. */
static const struct encapsulation *
find_encapsulation(const struct neg_receive *receive,
                   const struct json *advertisement,
                   const struct json *static_)
{
    const struct encapsulation *e = recv_table_get_encapsulation(
        receive->source == NEG_SRC_STATIC ? static_
        : null_to_absent(advertisement));

    return e ? e : encapsulation_default();
}

void
neg_receive_init(struct neg_receive *receive, bool multicast,
                 const struct json *advertisement,
                 const struct json *last_good, const struct json *static_)
{
    *receive = (struct neg_receive) {
        .encapsulation = encapsulation_default(),
        .source = NEG_SRC_MULTICAST,
        .table = RECV_TABLE_INITIALIZER,
        .alarms = SVEC_EMPTY_INITIALIZER,
    };
    if (multicast) {
        return;
    }
    receive_from_advertisement(receive, advertisement, last_good);
    if (null_to_absent(static_)) {
        receive_apply_static(receive, static_);
    }
    receive->encapsulation = find_encapsulation(receive, advertisement,
                                                static_);
    svec_sort(&receive->alarms);
}

void
neg_receive_destroy(struct neg_receive *receive)
{
    recv_table_destroy(&receive->table);
    svec_destroy(&receive->alarms);
    free(receive->lost_required);
    receive->lost_required = NULL;
    receive->n_lost_required = 0;
}
