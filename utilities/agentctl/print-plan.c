/* `plan list': the order is what matters, so a plan is a paragraph. */

#include <config.h>

#include <inttypes.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

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
