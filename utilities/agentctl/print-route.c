/* `route list' as a table: a line for each way of a route. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

static char *
format_via(const struct json *via, bool several)
{
    const char *type = json_util_string(via, "type", "?");
    const char *name = json_util_string(via, "name", NULL);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, type);
    if (name) {
        ds_put_format(&s, " %s", name);
    }
    if (several) {
        ds_put_format(&s, " (%"PRId64")", cell_integer(via, "weight", 1));
    }
    if (name && !json_util_boolean(via, "usable", true)) {
        ds_put_cstr(&s, ", not usable");
    }
    return ds_steal_cstr(&s);
}

/* The first row of a route says for what it is. */
static void
add_via_row(struct text_table *table, const struct json *route,
            const struct json *via, bool first, bool several)
{
    text_table_add_row(table);
    if (first) {
        const char *from = json_util_string(route, "from", NULL);

        cell_add(table, STYLE_BOLD, route, "name");
        cell_add(table, STYLE_PLAIN, route, "vpc");
        cell_add(table, STYLE_PLAIN, route, "destination");
        text_table_add_cell(table, STYLE_PLAIN,
                            !from ? "endpoints" : from[0] ? from : "all");
        cell_add(table, STYLE_PLAIN, route, "here");
        cell_add(table, STYLE_PLAIN, route, "priority");
    } else {
        for (int i = 0; i < 6; i++) {
            text_table_add_cell(table, STYLE_PLAIN, "");
        }
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN, format_via(via, several));
    cell_add(table, STYLE_PLAIN, via, "nve");
    if (first) {
        cell_add_status(table, route, "state");
    }
}

static void
print_route_messages(const struct json *json,
                     const struct text_format *format, struct ds *ds)
{
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *route = cell_array_at(json, i);
        const char *message = json_util_string(route, "message", "");

        if (message[0]) {
            char *text = xasprintf("%s: %s",
                                   json_util_string(route, "name", "?"),
                                   message);

            text_put_indented(ds, format, STYLE_NOTICE, 0, text);
            free(text);
        }
    }
}

void
print_route_list(const struct json *json, const struct text_format *format,
                 struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No routes: what is for no subnet of a VPC goes to "
                    "its gateway, if it has one.\n");
        return;
    }

    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_LEFT, "DESTINATION");
    text_table_add_column(table, COLUMN_FOLD, "FROM");
    text_table_add_column(table, COLUMN_RIGHT, "HERE");
    text_table_add_column(table, COLUMN_RIGHT, "PRIO");
    text_table_add_column(table, COLUMN_FOLD, "VIA");
    text_table_add_column(table, COLUMN_LEFT, "NVE");
    text_table_add_column(table, COLUMN_LEFT, "STATE");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *route = cell_array_at(json, i);
        const struct json *vias = json_util_get(route, "via");

        for (size_t j = 0; j < cell_array_n(vias); j++) {
            add_via_row(table, route, cell_array_at(vias, j), !j,
                        cell_array_n(vias) > 1);
        }
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    text_put_indented(ds, format, STYLE_DIM, 0,
                      "HERE: endpoints of this node that it is for");
    print_route_messages(json, format, ds);
}
