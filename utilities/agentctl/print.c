/* The daemon's answers as tables, but for `status' (see print-status.c) and
 * those about remotes (print-remote.c), policies (agentctl-policy.c) and
 * packets (print-trace.c). */

#include <config.h>

#include "utilities/agentctl/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/option.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/text-table.h"
#include "util.h"

/* Characters of an option's value source that `option list' shows: a constant
 * may have 124 bytes. */
#define VALUE_MAX 24

/* `option list'. */

static void
add_value_cell(struct text_table *table, const struct json *option)
{
    const char *value = json_util_string(option, "value", NULL);

    if (value && strlen(value) > VALUE_MAX) {
        text_table_add_format(table, STYLE_PLAIN, "%.*s...", VALUE_MAX - 3,
                              value);
    } else {
        text_table_add_cell(table, STYLE_PLAIN, value);
    }
}

/* The profiles that use an option; '*': they require it. */
static void
add_profiles_cell(struct text_table *table, const struct json *option)
{
    const struct json *profiles = json_util_get(option, "profiles");
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < cell_array_n(profiles); i++) {
        const struct json *profile = cell_array_at(profiles, i);

        ds_put_format(&ds, "%s%s%s", i ? ", " : "",
                      json_util_string(profile, "name", "?"),
                      json_util_boolean(profile, "required", false)
                      ? "*" : "");
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN, ds_steal_cstr(&ds));
}

static void
add_option_row(struct text_table *table, const struct json *option)
{
    bool advertised = json_util_boolean(option, "advertised", false);
    const char *key = json_util_string(option, "option", "?");

    text_table_add_row(table);
    cell_add(table, STYLE_PLAIN, option, "name");
    text_table_add_format(table, STYLE_PLAIN, "%s%s", key,
                          json_util_boolean(option, "critical", false)
                          ? "!" : "");
    cell_add(table, STYLE_PLAIN, option, "length");
    cell_add(table, STYLE_PLAIN, option, "index");
    text_table_add_cell(table, advertised ? STYLE_GOOD : STYLE_PLAIN,
                        advertised ? "yes" : "no");
    add_value_cell(table, option);
    add_profiles_cell(table, option);
}

void
print_option_list(const struct json *json, const struct text_format *format,
                  struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No options are defined.\n");
        return;
    }

    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "OPTION");
    text_table_add_column(table, COLUMN_RIGHT, "LEN");
    text_table_add_column(table, COLUMN_RIGHT, "IDX");
    text_table_add_column(table, COLUMN_LEFT, "RECV");
    text_table_add_column(table, COLUMN_FOLD, "VALUE");
    text_table_add_column(table, COLUMN_FOLD, "PROFILES");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        add_option_row(table, cell_array_at(json, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    text_put_indented(ds, format, STYLE_DIM, 0,
                      "IDX: tun_metadata index on the bridge; RECV: "
                      "advertised by this node; !: critical; *: required by "
                      "the profile");
}

/* `plan list': the order is what matters, so a plan is a paragraph. */

static void
print_plan(const struct json *plan, const struct text_format *format,
           struct ds *ds)
{
    const struct json *order = json_util_get(plan, "order");
    const struct json *remotes = json_util_get(plan, "remotes");
    const char *reason = json_util_string(plan, "reason", NULL);
    struct text_table *table = text_table_create(4);
    struct ds line = DS_EMPTY_INITIALIZER;

    ds_put_format(&line, "plan %"PRId64" on %s",
                  cell_integer(plan, "plan", 0),
                  json_util_string(plan, "bridge", "?"));
    text_put(ds, format, STYLE_BOLD, ds_cstr(&line));
    ds_put_char(ds, '\n');
    ds_clear(&line);
    if (reason && reason[0]) {
        text_put_indented(ds, format, STYLE_PLAIN, 2, reason);
    }

    text_table_add_column(table, COLUMN_RIGHT, "#");
    text_table_add_column(table, COLUMN_LEFT, "OPTION");
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_RIGHT, "LEN");
    text_table_add_column(table, COLUMN_RIGHT, "IDX");
    for (size_t i = 0; i < cell_array_n(order); i++) {
        const struct json *option = cell_array_at(order, i);

        text_table_add_row(table);
        text_table_add_format(table, STYLE_PLAIN, "%"PRIuSIZE, i + 1);
        cell_add(table, STYLE_PLAIN, option, "option");
        cell_add(table, STYLE_PLAIN, option, "name");
        cell_add(table, STYLE_PLAIN, option, "length");
        cell_add(table, STYLE_PLAIN, option, "index");
    }
    if (text_table_n_rows(table)) {
        text_table_format(table, format, ds);
    } else {
        text_put_indented(ds, format, STYLE_DIM, 4, "no options");
    }
    text_table_destroy(table);

    cell_put_count(&line, cell_array_n(remotes), "remote", "remotes");
    ds_put_cstr(&line, cell_array_n(remotes) ? ": " : "");
    cell_join(&line, remotes, ", ", 0);
    text_put_indented(ds, format, STYLE_PLAIN, 2, ds_cstr(&line));
    ds_destroy(&line);
}

void
print_plan_list(const struct json *json, const struct text_format *format,
                struct ds *ds)
{
    for (size_t i = 0; i < cell_array_n(json); i++) {
        if (i) {
            ds_put_char(ds, '\n');
        }
        print_plan(cell_array_at(json, i), format, ds);
    }
    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No plan yet.\n");
    }
}

/* `endpoint list'. */

static void
add_message(struct text_table *table, const struct json *endpoint,
            const char *message)
{
    text_table_add_row(table);
    cell_add(table, STYLE_PLAIN, endpoint, "name");
    text_table_add_cell(table, STYLE_PLAIN, message);
}

/* What was dropped of what it sent. */
static void
add_drops(struct text_table *table, const struct json *endpoint)
{
    static const struct {
        const char *member, *why;
    } drops[] = {
        { "spoofed", "that it may not send: not from its addresses, "
          "unsolicited ARP or ND, a server's or router's, or with a VLAN "
          "tag" },
        { "bumDropped", "that were beyond its rate of broadcasts and "
          "multicasts (nve-bum-rate)" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(drops); i++) {
        int64_t n = cell_integer(endpoint, drops[i].member, 0);

        if (n) {
            struct ds message = DS_EMPTY_INITIALIZER;

            cell_put_count(&message, n, "packet", "packets");
            ds_put_format(&message, " dropped %s", drops[i].why);
            add_message(table, endpoint, ds_cstr(&message));
            ds_destroy(&message);
        }
    }
}

/* Who selects it, and what that kept out. */
static void
add_policies(struct text_table *table, const struct json *endpoint)
{
    const struct json *policies = json_util_get(endpoint, "policies");

    if (cell_array_n(policies)) {
        struct ds message = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&message, "selected by ");
        cell_join(&message, policies, ", ", 0);
        ds_put_cstr(&message, "; ");
        cell_put_count(&message, cell_integer(endpoint, "denied", 0),
                       "packet", "packets");
        ds_put_cstr(&message, " not let in");
        add_message(table, endpoint, ds_cstr(&message));
        ds_destroy(&message);
    }
}

/* What has a message does not fit in the line of its endpoint. */
static void
print_messages(const struct json *json, const struct text_format *format,
               struct ds *ds)
{
    struct text_table *table = text_table_create(2);

    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *endpoint = cell_array_at(json, i);
        const char *message = json_util_string(endpoint, "message", "");

        if (message[0]) {
            add_message(table, endpoint, message);
        }
        add_drops(table, endpoint);
        add_policies(table, endpoint);
    }
    if (text_table_n_rows(table)) {
        ds_put_char(ds, '\n');
        text_put(ds, format, STYLE_BOLD, "Messages");
        ds_put_char(ds, '\n');
        text_table_format(table, format, ds);
    }
    text_table_destroy(table);
}

/* The IP addresses, then the MAC: a line each if the table is narrow. */
static void
add_addresses_cell(struct text_table *table, const struct json *endpoint)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    const char *mac = json_util_string(endpoint, "mac", "");

    cell_join(&ds, json_util_get(endpoint, "ips"), " ", 0);
    ds_put_format(&ds, "%s%s", ds.length && mac[0] ? " " : "", mac);
    text_table_add_cell_nocopy(table, STYLE_PLAIN, ds_steal_cstr(&ds));
}

void
print_endpoint_list(const struct json *json,
                    const struct text_format *format, struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No endpoints: no interface of this node has the "
                    "external_ids:iface-id of one.\n");
        return;
    }

    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_LEFT, "NVE");
    text_table_add_column(table, COLUMN_FOLD, "ADDRESSES");
    text_table_add_column(table, COLUMN_LEFT, "PHASE");
    text_table_add_column(table, COLUMN_RIGHT, "MTU");
    text_table_add_column(table, COLUMN_RIGHT, "LABEL");
    text_table_add_column(table, COLUMN_RIGHT, "SENT");
    text_table_add_column(table, COLUMN_RIGHT, "RECVD");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *endpoint = cell_array_at(json, i);
        bool local = json_util_boolean(endpoint, "local", false);

        text_table_add_row(table);
        cell_add(table, local ? STYLE_BOLD : STYLE_PLAIN, endpoint, "name");
        cell_add(table, STYLE_PLAIN, endpoint, "vpc");
        cell_add(table, STYLE_PLAIN, endpoint, "nve");
        add_addresses_cell(table, endpoint);
        cell_add_status(table, endpoint, "phase");
        cell_add(table, STYLE_PLAIN, endpoint, "mtu");
        cell_add(table, STYLE_PLAIN, endpoint, "policyLabel");
        cell_add_large(table, endpoint, "sent");
        cell_add_large(table, endpoint, "received");
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    print_messages(json, format, ds);
}

/* `explain'. */

static void
print_explain_line(const struct json *line, const struct text_format *format,
                   struct ds *ds)
{
    const char *option = json_util_string(line, "option", NULL);
    const char *name = json_util_string(line, "name", NULL);
    const char *rule = json_util_string(line, "rule", NULL);
    const char *said_by = json_util_string(line, "saidBy", NULL);
    bool sent = json_util_boolean(line, "sent", false);
    struct ds text = DS_EMPTY_INITIALIZER;

    if (option) {
        ds_put_format(&text, "  %s%s%s: ", option, name ? " " : "",
                      name ? name : "");
        text_put(ds, format, STYLE_BOLD, ds_cstr(&text));
        text_put(ds, format, sent ? STYLE_GOOD : STYLE_NOTICE,
                 sent ? "sent" : "not sent");
        ds_put_char(ds, '\n');
        ds_clear(&text);
    }
    text_put_indented(ds, format, STYLE_PLAIN, option ? 4 : 2,
                      json_util_string(line, "sentence", ""));
    if (rule || said_by) {
        ds_put_format(&text, "%s%s%s%s%s", rule ? "rule: " : "",
                      rule ? rule : "", rule && said_by ? "; " : "",
                      said_by ? "said by: " : "", said_by ? said_by : "");
        text_put_indented(ds, format, STYLE_DIM, option ? 4 : 2,
                          ds_cstr(&text));
    }
    ds_destroy(&text);
}

void
print_explain(const struct json *json, const struct text_format *format,
              struct ds *ds)
{
    const struct json *lines = json_util_get(json, "lines");
    const char *last = NULL;

    for (size_t i = 0; i < cell_array_n(lines); i++) {
        const struct json *line = cell_array_at(lines, i);
        const char *profile = json_util_string(line, "profile", "");

        if (!last || strcmp(last, profile)) {
            char *heading = profile[0]
                ? xasprintf("To %s, profile %s",
                            json_util_string(json, "remote", "?"), profile)
                : xasprintf("%s %s", json_util_get(line, "vpc")
                            ? "From" : "To",
                            json_util_string(json, "remote", "?"));

            ds_put_cstr(ds, last ? "\n" : "");
            text_put(ds, format, STYLE_BOLD, heading);
            ds_put_char(ds, '\n');
            free(heading);
            last = profile;
        }
        print_explain_line(line, format, ds);
    }
    if (!cell_array_n(lines)) {
        ds_put_cstr(ds, "Nothing is sent to this remote: no VPC in "
                    "common.\n");
    }
}
