/* `nat list' as a table. */

#include <config.h>

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

static void
add_string(struct text_table *table, const struct json *nat,
           const char *member)
{
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(nat, member, "-"));
}

/* Adds "web-1 10.0.0.1", or the prefix of a gateway's sources. */
static void
add_inside(struct text_table *table, const struct json *nat)
{
    const char *endpoint = json_util_string(nat, "endpoint", "");
    const char *inside = json_util_string(nat, "inside", "");

    text_table_add_cell_nocopy(
        table, STYLE_PLAIN, xasprintf("%s%s%s", endpoint,
                                      endpoint[0] && inside[0] ? " " : "",
                                      inside));
}

static void
add_row(struct text_table *table, const struct json *nat)
{
    bool blocked = json_util_string(nat, "message", "")[0];

    text_table_add_row(table);
    add_string(table, nat, "address");
    add_string(table, nat, "kind");
    add_string(table, nat, "name");
    add_inside(table, nat);
    add_string(table, nat, "vpc");
    add_string(table, nat, "nve");
    text_table_add_cell(table, blocked ? STYLE_NOTICE : STYLE_PLAIN,
                        blocked ? "blocked"
                        : json_util_string(nat, "here", "-"));
}

void
print_nat_list(const struct json *json, const struct text_format *format,
               struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No external addresses: neither floating IPs nor "
                    "gateways that translate.\n");
        return;
    }
    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "ADDRESS");
    text_table_add_column(table, COLUMN_LEFT, "KIND");
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_FOLD, "INSIDE");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_LEFT, "NVE");
    text_table_add_column(table, COLUMN_LEFT, "HERE");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        add_row(table, cell_array_at(json, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *nat = cell_array_at(json, i);
        const char *message = json_util_string(nat, "message", "");

        if (message[0]) {
            char *text = xasprintf("%s: %s",
                                   json_util_string(nat, "name", "?"),
                                   message);

            text_put_indented(ds, format, STYLE_NOTICE, 0, text);
            free(text);
        }
    }
}
