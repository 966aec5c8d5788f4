/* `qos list' as tables: the policies, and the classes. */

#include <config.h>

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* Adds "20000 kbps +2000, 500 pps". */
static void
add_limits_cell(struct text_table *table, const struct json *policy,
                const char *direction)
{
    const struct json *limits = json_util_get(policy, direction);
    int64_t kbps = cell_integer(limits, "kbps", 0);
    int64_t burst = cell_integer(limits, "burst", 0);
    int64_t pps = cell_integer(limits, "pps", 0);
    struct ds s = DS_EMPTY_INITIALIZER;

    if (kbps) {
        ds_put_format(&s, "%"PRId64" kbps", kbps);
    }
    if (burst) {
        ds_put_format(&s, " +%"PRId64, burst);
    }
    if (pps) {
        ds_put_format(&s, "%s%"PRId64" pps", kbps ? ", " : "", pps);
    }
    text_table_add_cell(table, STYLE_PLAIN, s.length ? ds_cstr(&s) : "-");
    ds_destroy(&s);
}

static void
add_policy_row(struct text_table *table, const struct json *policy)
{
    const char *selector = json_util_string(policy, "selector", "");

    text_table_add_row(table);
    cell_add(table, STYLE_BOLD, policy, "name");
    cell_add(table, STYLE_PLAIN, policy, "vpc");
    text_table_add_cell(table, STYLE_PLAIN, selector[0] ? selector : "all");
    cell_add(table, STYLE_PLAIN, policy, "here");
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(policy, "class", "-"));
    cell_add(table, STYLE_PLAIN, policy, "model");
    add_limits_cell(table, policy, "egress");
    add_limits_cell(table, policy, "ingress");
    cell_add_status(table, policy, "state");
}

static void
add_class_row(struct text_table *table, const struct json *class)
{
    text_table_add_row(table);
    cell_add(table, STYLE_BOLD, class, "name");
    cell_add(table, STYLE_PLAIN, class, "number");
    cell_add(table, STYLE_PLAIN, class, "dscp");
    cell_add(table, STYLE_PLAIN, class, "queue");
    cell_add_status(table, class, "state");
}

static void
put_messages(const struct json *list, const struct text_format *format,
             struct ds *ds)
{
    for (size_t i = 0; i < cell_array_n(list); i++) {
        const struct json *object = cell_array_at(list, i);
        const char *message = json_util_string(object, "message", "");

        if (message[0]) {
            char *text = xasprintf("%s: %s",
                                   json_util_string(object, "name", "?"),
                                   message);

            text_put_indented(ds, format, STYLE_NOTICE, 0, text);
            free(text);
        }
    }
}

static void
put_policies(const struct json *policies, const struct text_format *format,
             struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(policies)) {
        ds_put_cstr(ds, "No policies: nothing is limited.\n");
        return;
    }
    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "POLICY");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_FOLD, "FOR");
    text_table_add_column(table, COLUMN_RIGHT, "HERE");
    text_table_add_column(table, COLUMN_LEFT, "CLASS");
    text_table_add_column(table, COLUMN_LEFT, "MODEL");
    text_table_add_column(table, COLUMN_FOLD, "EGRESS");
    text_table_add_column(table, COLUMN_FOLD, "INGRESS");
    text_table_add_column(table, COLUMN_LEFT, "STATE");
    for (size_t i = 0; i < cell_array_n(policies); i++) {
        add_policy_row(table, cell_array_at(policies, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    put_messages(policies, format, ds);
}

static void
put_classes(const struct json *classes, const struct text_format *format,
            struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(classes)) {
        return;
    }
    ds_put_char(ds, '\n');
    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "CLASS");
    text_table_add_column(table, COLUMN_RIGHT, "NUMBER");
    text_table_add_column(table, COLUMN_RIGHT, "DSCP");
    text_table_add_column(table, COLUMN_RIGHT, "QUEUE");
    text_table_add_column(table, COLUMN_LEFT, "STATE");
    for (size_t i = 0; i < cell_array_n(classes); i++) {
        add_class_row(table, cell_array_at(classes, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    put_messages(classes, format, ds);
}

void
print_qos_list(const struct json *json, const struct text_format *format,
               struct ds *ds)
{
    put_policies(json_util_get(json, "policies"), format, ds);
    put_classes(json_util_get(json, "classes"), format, ds);
}
