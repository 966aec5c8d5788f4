/* `agentctl remote list' and `agentctl remote show' as tables.
 *
 * The two directions of a remote are negotiated separately, as tunnels are
 * unidirectional (RFC 8926, section 4.4.4).  So `remote show' has two parts:
 * what we send, and what the remote will send us.  In both, every option of a
 * profile has one line; those on the wire come first, numbered in wire
 * order. */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/option.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/type-props.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* Elements of a list that a cell of `remote list' shows. */
#define LIST_MAX 3

/* "advertised+restrict" is long, so it gets a space where it can be folded. */
static void
add_source_cell(struct text_table *table, const struct json *remote)
{
    const char *source = json_util_string(remote, "source", "");
    size_t n = strcspn(source, "+");

    text_table_add_format(table, STYLE_PLAIN, "%.*s%s%s", (int) n, source,
                          source[n] ? " " : "", source + n);
}

/* Whether one of our withdrawals waits for one of 'remotes'. */
static bool
any_is_waited_for(const struct json *remotes)
{
    for (size_t i = 0; i < cell_array_n(remotes); i++) {
        if (!json_util_boolean(cell_array_at(remotes, i), "applied", true)) {
            return true;
        }
    }
    return false;
}

/* Whether one of 'remotes' is reached by another encapsulation than
 * Geneve. */
static bool
any_is_special(const struct json *remotes)
{
    for (size_t i = 0; i < cell_array_n(remotes); i++) {
        if (strcmp(json_util_string(cell_array_at(remotes, i),
                                    "encapsulation", "geneve"), "geneve")) {
            return true;
        }
    }
    return false;
}

/* Says, below the list, why some remotes cannot be reached. */
static void
print_out_of_reach(const struct json *remotes,
                   const struct text_format *format, struct ds *ds)
{
    for (size_t i = 0; i < cell_array_n(remotes); i++) {
        const struct json *remote = cell_array_at(remotes, i);
        const char *reason = json_util_string(remote, "outOfReach", NULL);

        if (reason) {
            char *s = xasprintf("%s cannot be reached: %s",
                                json_util_string(remote, "name", "?"),
                                reason);

            text_put_indented(ds, format, STYLE_BAD, 0, s);
            free(s);
        }
    }
}

static void
add_remote_row(struct text_table *table, const struct json *remote,
               bool show_applied, bool show_encapsulation)
{
    size_t n_alarms = cell_array_n(json_util_get(remote, "alarms"));

    text_table_add_row(table);
    cell_add(table, STYLE_PLAIN, remote, "name");
    cell_add_status(table, remote, "status");
    if (show_applied) {
        bool applied = json_util_boolean(remote, "applied", true);

        text_table_add_cell(table, applied ? STYLE_PLAIN : STYLE_BUSY,
                            applied ? "yes" : "no");
    }
    if (show_encapsulation) {
        cell_add(table, STYLE_PLAIN, remote, "encapsulation");
    }
    add_source_cell(table, remote);
    if (!show_applied) {
        cell_add_list(table, STYLE_PLAIN, remote, "underlayIPs", LIST_MAX);
    }
    cell_add_list(table, STYLE_PLAIN, remote, "profiles", LIST_MAX);
    cell_add_list(table, STYLE_PLAIN, remote, "vpcs", LIST_MAX);
    text_table_add_format(table, n_alarms ? STYLE_BAD : STYLE_PLAIN,
                          "%"PRIuSIZE, n_alarms);
}

/* While one of our withdrawals waits, the column APPLIED takes the place of
 * UNDERLAY, because 80 columns have no room for both.  There is a column
 * ENCAP only where there is something to say. */
void
print_remote_list(const struct json *json, const struct text_format *format,
                  struct ds *ds)
{
    bool show_applied = any_is_waited_for(json);
    bool show_encapsulation = any_is_special(json);
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No remotes: nobody else is in the VPCs of this "
                    "node.\n");
        return;
    }

    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "STATUS");
    if (show_applied) {
        text_table_add_column(table, COLUMN_LEFT, "APPLIED");
    }
    if (show_encapsulation) {
        text_table_add_column(table, COLUMN_LEFT, "ENCAP");
    }
    text_table_add_column(table, COLUMN_FOLD, "SOURCE");
    if (!show_applied) {
        text_table_add_column(table, COLUMN_FOLD, "UNDERLAY");
    }
    text_table_add_column(table, COLUMN_FOLD, "PROFILES");
    text_table_add_column(table, COLUMN_FOLD, "VPCS");
    text_table_add_column(table, COLUMN_RIGHT, "ALARMS");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        add_remote_row(table, cell_array_at(json, i), show_applied,
                       show_encapsulation);
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    print_out_of_reach(json, format, ds);
}

/* `remote show'. */

/* What each reason of the negotiation means.  "The receiver" is the remote or
 * us, by direction. */
static const char *
reason_in_words(const char *reason)
{
    static const struct {
        const char *reason, *words;
    } table[] = {
        { "duplicate", "the sender's profile names it twice" },
        { "invalid-length", "its length is not a multiple of 4, or over 124" },
        { "multicast", "options are never sent to multicast" },
        { "encapsulation", "packets go by an encapsulation that has no "
          "options" },
        { "type-mismatch", "the receiver knows it with the other critical bit "
          "only" },
        { "unsupported", "the receiver does not take it" },
        { "length", "the receiver takes it with another length" },
        { "max-options", "it would be one option too many" },
        { "max-bytes", "its bytes do not fit" },
        { "plan", "the wire order that the receiver wants has no place for "
          "it" },
        { "value", "the endpoint has no value for it" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (!strcmp(table[i].reason, reason)) {
            return table[i].words;
        }
    }
    return NULL;
}

/* The name of option 'key' in the answer of ga/option-list, or "". */
static const char *
option_name(const struct json *options, const char *key)
{
    for (size_t i = 0; i < cell_array_n(options); i++) {
        const struct json *option = cell_array_at(options, i);

        if (!strcmp(json_util_string(option, "option", ""), key)) {
            return json_util_string(option, "name", "");
        }
    }
    return "";
}

static void
add_option_row(struct text_table *table, const struct json *options,
               const char *position, const char *key, enum text_style style,
               const char *note)
{
    text_table_add_row(table);
    text_table_add_cell(table, style, position);
    text_table_add_cell(table, style, key);
    text_table_add_cell(table, style, option_name(options, key));
    text_table_add_cell(table, style, note);
}

static void
add_omitted_row(struct text_table *table, const struct json *options,
                const struct json *omitted)
{
    const struct json *key = cell_array_at(omitted, 0);
    const struct json *why = cell_array_at(omitted, 1);
    const char *reason, *words;
    char *note;

    if (!key || key->type != JSON_STRING || !why
        || why->type != JSON_STRING) {
        return;
    }
    reason = json_string(why);
    words = reason_in_words(reason);
    note = words ? xasprintf("left out: %s (%s)", words, reason)
                 : xasprintf("left out: %s", reason);
    add_option_row(table, options, "-", json_string(key), STYLE_NOTICE, note);
    free(note);
}

/* The options of one profile: sent, left out, missing. */
static struct text_table *
make_option_table(const struct json *entry, const struct json *options)
{
    const struct json *sent = json_util_get(entry, "options");
    const struct json *omitted = json_util_get(entry, "omitted");
    const struct json *missing = json_util_get(entry, "missingRequired");
    struct text_table *table = text_table_create(4);

    text_table_add_column(table, COLUMN_RIGHT, NULL);
    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    for (size_t i = 0; i < cell_array_n(sent); i++) {
        const struct json *element = cell_array_at(sent, i);

        if (element->type == JSON_STRING) {
            const char *text = json_string(element);
            struct opt_key key = { 0, 0 };
            char position[INT_STRLEN(size_t) + 1];

            snprintf(position, sizeof position, "%"PRIuSIZE, i + 1);
            add_option_row(table, options, position, text, STYLE_PLAIN,
                           opt_key_from_string(text, &key)
                           && opt_key_is_critical(key) ? "critical" : "");
        }
    }
    for (size_t i = 0; i < cell_array_n(omitted); i++) {
        add_omitted_row(table, options, cell_array_at(omitted, i));
    }
    for (size_t i = 0; i < cell_array_n(missing); i++) {
        const struct json *key = cell_array_at(missing, i);

        if (key->type == JSON_STRING) {
            add_option_row(table, options, "!", json_string(key), STYLE_BAD,
                           "missing: the receiver drops packets without it");
        }
    }
    return table;
}

/* What follows the status in the line of a profile. */
static void
put_entry_details(const struct json *entry, bool blocked, struct ds *ds)
{
    const char *order = json_util_string(entry, "order", NULL);
    int64_t mtu = cell_integer(entry, "mtu", 0);
    int64_t plan = cell_integer(entry, "plan", -1);
    int64_t packets = cell_integer(entry, "packets", -1);
    const char *separator = "  ";

    if (mtu) {
        ds_put_format(ds, "%sMTU %"PRId64, separator, mtu);
        separator = ", ";
    }
    if (order) {
        ds_put_format(ds, "%sorder %s", separator, order);
        separator = ", ";
    }
    if (plan >= 0) {
        ds_put_format(ds, "%splan %"PRId64, separator, plan);
        separator = ", ";
    }
    if (packets >= 0) {
        ds_put_cstr(ds, separator);
        cell_put_count(ds, packets, "packet", "packets");
        ds_put_cstr(ds, blocked ? " dropped" : "");
    }
}

/* One profile in one direction. */
static void
print_entry(const struct json *entry, const struct json *options,
            const struct text_format *format, struct ds *ds)
{
    const char *status = json_util_string(entry, "status", "?");
    bool blocked = !strcmp(status, "blocked");
    struct text_table *table = make_option_table(entry, options);

    ds_put_cstr(ds, "  profile ");
    text_put(ds, format, STYLE_BOLD,
             json_util_string(entry, "profile", "(none)"));
    ds_put_cstr(ds, ": ");
    text_put(ds, format, text_style_for_status(status), status);
    put_entry_details(entry, blocked, ds);
    ds_put_char(ds, '\n');
    if (blocked) {
        text_put_indented(ds, format, STYLE_BAD, 4,
                          "no packet is sent at all");
    } else if (!text_table_n_rows(table)) {
        text_put_indented(ds, format, STYLE_DIM, 4, "no options");
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
}

static void
print_direction(const char *heading, const struct json *entries,
                const struct json *options, const struct text_format *format,
                struct ds *ds)
{
    ds_put_char(ds, '\n');
    text_put(ds, format, STYLE_BOLD, heading);
    ds_put_char(ds, '\n');
    for (size_t i = 0; i < cell_array_n(entries); i++) {
        print_entry(cell_array_at(entries, i), options, format, ds);
    }
    if (!cell_array_n(entries)) {
        text_put_indented(ds, format, STYLE_DIM, 2,
                          "nothing: no VPC in common");
    }
}

static void
add_fact(struct text_table *table, const char *label,
         const struct json *json, const char *name)
{
    if (json_util_get(json, name)) {
        text_table_add_row(table);
        text_table_add_cell(table, STYLE_DIM, label);
        cell_add(table, STYLE_PLAIN, json, name);
    }
}

/* The remote itself: where it is, who said what it takes, alarms. */
static void
print_facts(const struct json *json, const struct text_format *format,
            struct ds *ds)
{
    const struct json *alarms = json_util_get(json, "alarms");
    struct text_table *table = text_table_create(2);

    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    add_fact(table, "underlay", json, "underlayIPs");
    if (cell_array_n(json_util_get(json, "underlayIPs")) > 1) {
        add_fact(table, "send to", json, "sendTo");
    }
    add_fact(table, "by", json, "encapsulation");
    add_fact(table, "source", json, "source");
    add_fact(table, "VPCs", json, "vpcs");
    add_fact(table, "ofport", json, "ofport");
    if (!json_util_boolean(json, "applied", true)) {
        text_table_add_row(table);
        text_table_add_cell(table, STYLE_DIM, "applied");
        text_table_add_cell(table, STYLE_BUSY, "not yet: it may still send "
                            "what this node withdraws (agentctl status)");
    }
    if (json_util_string(json, "outOfReach", NULL)) {
        text_table_add_row(table);
        text_table_add_cell(table, STYLE_DIM, "unreachable");
        cell_add(table, STYLE_BAD, json, "outOfReach");
    }
    if (json_util_string(json, "unreachable", NULL)) {
        text_table_add_row(table);
        text_table_add_cell(table, STYLE_DIM, "unreachable");
        cell_add(table, STYLE_BAD, json, "unreachable");
    }
    for (size_t i = 0; i < cell_array_n(alarms); i++) {
        text_table_add_row(table);
        text_table_add_cell(table, STYLE_DIM, i ? "" : "alarms");
        text_table_add_cell_nocopy(table, STYLE_BAD,
                                   cell_alarm(cell_array_at(alarms, i)));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
}

void
print_remote_show(const struct json *json, const struct json *options,
                  const struct text_format *format, struct ds *ds)
{
    const char *name = json_util_string(json, "name", "?");
    char *to = xasprintf("We send to %s", name);
    char *from = xasprintf("%s sends to us", name);

    ds_put_cstr(ds, "Remote ");
    text_put(ds, format, STYLE_BOLD, name);
    ds_put_char(ds, '\n');
    print_facts(json, format, ds);
    print_direction(to, json_util_get(json, "transmit"), options, format, ds);
    print_direction(from, json_util_get(json, "receive"), options, format,
                    ds);
    free(to);
    free(from);
}
