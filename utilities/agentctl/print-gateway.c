/* `gateway list' as a table. */

#include <config.h>

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* Adds "hv-1 active, hv-2 standby". */
static void
add_nodes_cell(struct text_table *table, const struct json *gateway)
{
    const struct json *nodes = json_util_get(gateway, "nodes");
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < cell_array_n(nodes); i++) {
        const struct json *node = cell_array_at(nodes, i);

        ds_put_format(&s, "%s%s %s", i ? ", " : "",
                      json_util_string(node, "nve", "?"),
                      json_util_string(node, "state", "?"));
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN,
                               s.length ? ds_steal_cstr(&s) : xstrdup("-"));
    ds_destroy(&s);
}

/* Adds "10.0.0.0/8 as 198.51.100.10". */
static void
add_snat_cell(struct text_table *table, const struct json *gateway)
{
    const struct json *snat = json_util_get(gateway, "snat");
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < cell_array_n(snat); i++) {
        const struct json *entry = cell_array_at(snat, i);

        ds_put_format(&s, "%s%s as %s", i ? ", " : "",
                      json_util_string(entry, "cidr", "?"),
                      json_util_string(entry, "address", "?"));
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN,
                               s.length ? ds_steal_cstr(&s)
                               : xstrdup(snat ? "routes" : "-"));
    ds_destroy(&s);
}

static void
add_row(struct text_table *table, const struct json *gateway)
{
    bool exhausted = json_util_boolean(gateway, "exhausted", false);
    const char *message = json_util_string(gateway, "message", "");
    const char *here = (message[0] ? "blocked"
                        : json_util_string(gateway, "here", "-"));

    text_table_add_row(table);
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(gateway, "name", "?"));
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(gateway, "vpc", "-"));
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(gateway, "externalNetwork", "-"));
    text_table_add_cell(table, message[0] ? STYLE_NOTICE : STYLE_PLAIN, here);
    add_nodes_cell(table, gateway);
    add_snat_cell(table, gateway);
    text_table_add_cell(table, exhausted ? STYLE_NOTICE : STYLE_PLAIN,
                        exhausted ? "exhausted" : "-");
}

void
print_gateway_list(const struct json *json, const struct text_format *format,
                   struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No gateways: no VPC has a way out.\n");
        return;
    }
    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_LEFT, "NETWORK");
    text_table_add_column(table, COLUMN_LEFT, "HERE");
    text_table_add_column(table, COLUMN_FOLD, "NODES");
    text_table_add_column(table, COLUMN_FOLD, "SNAT");
    text_table_add_column(table, COLUMN_LEFT, "PORTS");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        add_row(table, cell_array_at(json, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *gateway = cell_array_at(json, i);
        const char *message = json_util_string(gateway, "message", "");

        if (message[0]) {
            char *text = xasprintf("%s: %s",
                                   json_util_string(gateway, "name", "?"),
                                   message);

            text_put_indented(ds, format, STYLE_NOTICE, 0, text);
            free(text);
        }
    }
}
