/* `agentctl status' as a table: rows of (what, state, details), from the
 * controller to the switch and the remotes; then alarms and refused
 * objects. */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* Names of NVEs that a withdrawal's line shows. */
#define WAITING_MAX 5

static void
add_status_row(struct text_table *table, const char *label,
               enum text_style style, const char *state, struct ds *details)
{
    text_table_add_row(table);
    text_table_add_cell(table, STYLE_DIM, label);
    text_table_add_cell(table, style, state);
    text_table_add_cell(table, STYLE_PLAIN, ds_cstr(details));
    ds_clear(details);
}

static void
add_controller_notes(struct text_table *table, const struct json *notes)
{
    struct ds details = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; notes && i < cell_array_n(notes); i++) {
        const struct json *note = notes->array.elems[i];

        if (note->type == JSON_STRING) {
            ds_put_format(&details, "note: %s", json_string(note));
            add_status_row(table, "", STYLE_PLAIN, "", &details);
        }
    }
    ds_destroy(&details);
}

static void
add_controller_row(struct text_table *table, const struct json *json)
{
    const struct json *controller = json_util_get(json, "controller");
    const char *url = json_util_string(controller, "url", NULL);
    const char *state = json_util_string(controller, "state", "?");
    const char *since = json_util_string(controller, "since", NULL);
    const char *error = json_util_string(controller, "lastError", NULL);
    const char *saved = json_util_string(controller, "savedAt", NULL);
    struct ds details = DS_EMPTY_INITIALIZER;

    if (!url) {
        ds_put_cstr(&details, "set external_ids:nve-controller in the "
                    "Open_vSwitch table");
        add_status_row(table, "controller", STYLE_BAD, "none", &details);
    } else {
        ds_put_cstr(&details, url);
        ds_put_cstr(&details,
                    json_util_boolean(controller, "synced", false)
                    ? ", everything read" : ", not everything read yet");
        if (since) {
            ds_put_format(&details, ", since %s", since);
        }
        add_status_row(table, "controller", text_style_for_status(state),
                       state, &details);
        if (saved) {
            ds_put_format(&details, "in force is the last known state, of %s",
                          saved);
            add_status_row(table, "", STYLE_BAD, "", &details);
        }
        if (error) {
            ds_put_format(&details, "last error: %s", error);
            add_status_row(table, "", STYLE_PLAIN, "", &details);
        }
        add_controller_notes(table, json_util_get(controller, "notes"));
    }
    ds_destroy(&details);
}

static void
add_database_row(struct text_table *table, const struct json *json)
{
    const struct json *ovsdb = json_util_get(json, "ovsdb");
    const char *state = json_util_string(ovsdb, "state", "?");
    struct ds details = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&details, json_util_string(ovsdb, "remote", ""));
    add_status_row(table, "database", text_style_for_status(state), state,
                   &details);
    ds_destroy(&details);
}

static void
add_switch_row(struct text_table *table, const struct json *json)
{
    const struct json *of = json_util_get(json, "openflow");
    const struct json *errors = json_util_get(of, "errors");
    const char *state = json_util_string(of, "state", "?");
    int64_t n_errors = errors && errors->type == JSON_ARRAY
                       ? (int64_t) cell_array_n(errors)
                       : cell_integer(of, "errors", 0);
    size_t n_map = cell_array_n(json_util_get(of, "tlvMap"));
    struct ds details = DS_EMPTY_INITIALIZER;

    ds_put_format(&details, "%s: ", json_util_string(of, "bridge", "?"));
    ds_put_format(&details, "%"PRId64" of ",
                  cell_integer(of, "installed", 0));
    cell_put_count(&details, cell_integer(of, "flows", 0), "flow", "flows");
    ds_put_cstr(&details, " installed, ");
    cell_put_count(&details, n_map, "option mapped", "options mapped");
    if (n_errors) {
        ds_put_cstr(&details, ", ");
        cell_put_count(&details, n_errors, "error", "errors");
    }
    add_status_row(table, "switch", text_style_for_status(state), state,
                   &details);
    ds_destroy(&details);
}

static void
add_tunnel_row(struct text_table *table, const struct json *json)
{
    const struct json *ports = json_util_path(json, "ovsdb", "tunnels", NULL);
    struct ds details = DS_EMPTY_INITIALIZER;
    int64_t mtu = cell_integer(json, "underlayMTU", 0);

    ds_put_cstr(&details, "from ");
    cell_join(&details, json_util_get(json, "encapIPs"), ", ", 0);
    if (!cell_array_n(json_util_get(json, "encapIPs"))) {
        ds_put_cstr(&details, "nowhere: set external_ids:nve-encap-ip");
    }
    if (mtu) {
        ds_put_format(&details, ", underlay MTU %"PRId64, mtu);
    }
    if (ports) {
        ds_put_format(&details, ", %"PRId64" of ",
                      cell_integer(ports, "ready", 0));
        cell_put_count(&details, cell_integer(ports, "wanted", 0),
                       "port ready", "ports ready");
    }
    add_status_row(table, "tunnels", STYLE_PLAIN,
                   json_util_string(json, "tunnelMode", "?"), &details);
    ds_clear(&details);
    if (json_util_get(json, "encapsulations")) {
        struct ds names = DS_EMPTY_INITIALIZER;

        cell_join(&names, json_util_get(json, "encapsulations"), ", ", 0);
        add_status_row(table, "reached by", STYLE_PLAIN, ds_cstr(&names),
                       &details);
        ds_destroy(&names);
    }
    ds_destroy(&details);
}

/* Appends an option of "receive" with its length, and '!' if it is
 * required. */
static void
put_receive_option(struct ds *ds, const struct json *option)
{
    const struct json *length = json_util_get(option, "length");

    ds_put_cstr(ds, json_util_string(option, "option", "?"));
    if (cell_array_n(length) == 2) {
        ds_put_cstr(ds, "(");
        cell_join(ds, length, "-", 0);
        ds_put_cstr(ds, ")");
    } else if (length) {
        ds_put_format(ds, "(%"PRId64")", cell_integer(option, "length", 0));
    }
    if (json_util_boolean(option, "required", false)) {
        ds_put_char(ds, '!');
    }
}

static void
add_receive_row(struct text_table *table, const struct json *json)
{
    const struct json *receive = json_util_get(json, "receive");
    const struct json *options = json_util_get(receive, "options");
    bool published = json_util_boolean(receive, "published", false);
    int64_t max_options = cell_integer(receive, "maxOptions", -1);
    int64_t max_bytes = cell_integer(receive, "maxOptionBytes", -1);
    struct ds details = DS_EMPTY_INITIALIZER;

    cell_put_count(&details, cell_array_n(options), "option", "options");
    ds_put_format(&details, ", order %s",
                  json_util_string(receive, "order", "any"));
    if (max_options >= 0) {
        ds_put_format(&details, ", at most %"PRId64" of them", max_options);
    }
    if (max_bytes >= 0) {
        ds_put_format(&details, ", at most %"PRId64" bytes", max_bytes);
    }
    add_status_row(table, "receive", published ? STYLE_GOOD : STYLE_BUSY,
                   published ? "published" : "to publish", &details);

    for (size_t i = 0; i < cell_array_n(options); i++) {
        ds_put_cstr(&details, i ? " " : "");
        put_receive_option(&details, cell_array_at(options, i));
    }
    if (details.length) {
        add_status_row(table, "", STYLE_PLAIN, "", &details);
    }
    ds_destroy(&details);
}

static void
add_endpoint_row(struct text_table *table, const struct json *json)
{
    const struct json *endpoints = json_util_get(json, "endpoints");
    int64_t n_blocked = cell_integer(endpoints, "blocked", 0);
    struct ds details = DS_EMPTY_INITIALIZER;
    char *local = xasprintf("%"PRId64" local",
                            cell_integer(endpoints, "local", 0));

    ds_put_format(&details, "%"PRId64" on other nodes, %"PRId64" blocked",
                  cell_integer(endpoints, "remote", 0), n_blocked);
    add_status_row(table, "endpoints", n_blocked ? STYLE_BAD : STYLE_PLAIN,
                   local, &details);
    free(local);
    ds_destroy(&details);
}

static void
add_remotes_row(struct text_table *table, const struct json *json)
{
    static const char *words[] = {
        "ok", "degraded", "optionless", "blocked", "unreachable", "pending"
    };
    const struct json *remotes = json_util_get(json, "remotes");
    int64_t total = cell_integer(remotes, "total", 0);
    struct ds details = DS_EMPTY_INITIALIZER;
    enum text_style style = STYLE_GOOD;
    char *count;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        int64_t n = cell_integer(remotes, words[i], 0);

        if (n) {
            ds_put_format(&details, "%s%"PRId64" %s",
                          details.length ? ", " : "", n, words[i]);
            style = text_style_for_status(words[i]);
        }
    }
    count = xasprintf("%"PRId64, total);
    add_status_row(table, "remotes", total ? style : STYLE_PLAIN, count,
                   &details);
    free(count);
    ds_destroy(&details);
}

/* How many bad packets have been seen, and who sent them. */
static void
add_poisoning_row(struct text_table *table, const struct json *json)
{
    const struct json *poisoning = json_util_get(json, "poisoning");
    const struct json *senders = json_util_get(poisoning, "senders");
    const char *state = json_util_string(poisoning, "state", "?");
    const char *seen = json_util_string(poisoning, "lastSeen", NULL);
    int64_t n_bad = cell_integer(poisoning, "badPackets", 0);
    int64_t n_withheld = cell_integer(poisoning, "suppressedPurges", 0);
    bool recent = cell_array_n(senders) > 0;
    struct ds details = DS_EMPTY_INITIALIZER;
    char *count;

    if (!poisoning) {
        return;
    }
    if (!strcmp(state, "unreachable") || !strcmp(state, "waiting")) {
        ds_put_format(&details, "ovs-vswitchd %s",
                      state[0] == 'u' ? "cannot be asked" : "does not answer");
    } else {
        ds_put_cstr(&details, state);
    }
    if (seen) {
        ds_put_cstr(&details, ", ");
        cell_put_count(&details, cell_integer(poisoning, "purges", 0),
                       "purge", "purges");
        if (n_withheld) {
            ds_put_format(&details, " and %"PRId64" withheld", n_withheld);
        }
        ds_put_format(&details, ", last seen %s", seen);
    }
    count = xasprintf("%"PRId64, n_bad);
    add_status_row(table, "bad packets",
                   recent ? STYLE_BAD : n_bad ? STYLE_PLAIN : STYLE_GOOD,
                   count, &details);
    free(count);

    for (size_t i = 0; i < cell_array_n(senders); i++) {
        const struct json *sender = cell_array_at(senders, i);
        const char *nve = json_util_string(sender, "nve", NULL);

        ds_put_format(&details, "from %s%s%s, VNI %"PRId64,
                      nve ? nve : "", nve ? ", " : "",
                      json_util_string(sender, "address", "?"),
                      cell_integer(sender, "vni", 0));
        add_status_row(table, "", STYLE_PLAIN, "", &details);
    }
    ds_destroy(&details);
}

/* What is received longer than it is advertised, and who is waited for. */
static void
add_withdrawal_row(struct text_table *table, const struct json *withdrawal)
{
    const struct json *options = json_util_get(withdrawal, "options");
    const struct json *required = json_util_get(withdrawal, "required");
    const struct json *names = json_util_get(withdrawal, "waitingFor");
    const char *until = json_util_string(withdrawal, "until", NULL);
    struct ds details = DS_EMPTY_INITIALIZER;

    if (cell_array_n(options)) {
        cell_join(&details, options, ", ", 0);
        ds_put_cstr(&details, " still received");
    }
    if (cell_array_n(required)) {
        ds_put_cstr(&details, details.length ? "; " : "");
        cell_join(&details, required, ", ", 0);
        ds_put_cstr(&details, " not required yet");
    }
    if (until) {
        ds_put_format(&details, ", until %s at the latest", until);
    }
    if (cell_array_n(names)) {
        ds_put_cstr(&details, ", waiting for ");
        cell_join(&details, names, ", ", WAITING_MAX);
    }
    add_status_row(table, "withdrawal", STYLE_BUSY,
                   until ? "published" : "to publish", &details);
    ds_destroy(&details);
}

/* Alarms or refused objects: for each a line that says what it is about and,
 * indented, the message. */
static void
print_problems(const struct json *problems, const char *singular,
               const char *plural, const struct text_format *format,
               struct ds *ds)
{
    size_t n = cell_array_n(problems);
    struct ds line = DS_EMPTY_INITIALIZER;

    if (!n) {
        return;
    }
    cell_put_count(&line, n, singular, plural);
    ds_put_char(ds, '\n');
    text_put(ds, format, STYLE_BAD, ds_cstr(&line));
    ds_put_char(ds, '\n');

    for (size_t i = 0; i < n; i++) {
        const struct json *problem = cell_array_at(problems, i);
        const char *since = json_util_string(problem, "since", NULL);

        ds_clear(&line);
        if (json_util_get(problem, "kind")) {
            ds_put_format(&line, "%s %s",
                          json_util_string(problem, "kind", "?"),
                          json_util_string(problem, "name", "?"));
        } else {
            ds_put_format(&line, "%s, %s",
                          json_util_string(problem, "object", "?"),
                          json_util_string(problem, "reason", "?"));
        }
        if (since) {
            ds_put_format(&line, ", since %s", since);
        }
        text_put_indented(ds, format, STYLE_BOLD, 2, ds_cstr(&line));
        text_put_indented(ds, format, STYLE_PLAIN, 4,
                          json_util_string(problem, "message", ""));
    }
    ds_destroy(&line);
}

static void
print_title(const struct json *json, const struct text_format *format,
            struct ds *ds)
{
    const struct json *agent = json_util_get(json, "agent");
    const char *system_id = json_util_string(json, "systemId", NULL);
    char *uptime = cell_duration(cell_integer(agent, "uptime", 0));

    ds_put_cstr(ds, "geneve-agentd ");
    text_put(ds, format, STYLE_PLAIN, json_util_string(json, "version", "?"));
    ds_put_cstr(ds, " on ");
    text_put(ds, format, system_id ? STYLE_BOLD : STYLE_BAD,
             system_id ? system_id
             : "a node without a name (set external_ids:system-id)");
    ds_put_format(ds, ", up %s, pid %"PRId64"\n", uptime,
                  cell_integer(agent, "pid", 0));
    free(uptime);
}

void
print_status(const struct json *json, const struct text_format *format,
             struct ds *ds)
{
    const struct json *withdrawals = json_util_get(json, "withdrawals");
    struct text_table *table = text_table_create(2);

    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    add_controller_row(table, json);
    add_database_row(table, json);
    add_switch_row(table, json);
    add_tunnel_row(table, json);
    add_receive_row(table, json);
    for (size_t i = 0; i < cell_array_n(withdrawals); i++) {
        add_withdrawal_row(table, cell_array_at(withdrawals, i));
    }
    add_endpoint_row(table, json);
    add_remotes_row(table, json);
    add_poisoning_row(table, json);

    print_title(json, format, ds);
    text_table_format(table, format, ds);
    if (!json_util_boolean(json, "complete", true)) {
        text_put_indented(ds, format, STYLE_BUSY, 2,
                          "Not everything is known yet.  Nothing in the "
                          "switch is changed until it is.");
    }
    text_table_destroy(table);
    print_problems(json_util_get(json, "alarms"), "alarm", "alarms", format,
                   ds);
    print_problems(json_util_get(json, "refused"), "refused object",
                   "refused objects", format, ds);
    print_problems(json_util_get(json, "unknownMembers"),
                   "object with unknown members",
                   "objects with unknown members", format, ds);
}
