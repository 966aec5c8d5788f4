/* `service list' and `service show' as tables. */

#include <config.h>

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* Adds "10.0.0.100, 198.51.100.30". */
static void
add_addresses_cell(struct text_table *table, const struct json *service)
{
    const char *external = json_util_string(service, "externalAddress", NULL);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, json_util_string(service, "address", "?"));
    if (external) {
        ds_put_format(&s, ", %s", external);
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN, ds_steal_cstr(&s));
}

/* Adds "TCP 80 to 8080, UDP 53". */
static void
add_ports_cell(struct text_table *table, const struct json *service)
{
    const struct json *ports = json_util_get(service, "ports");
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < cell_array_n(ports); i++) {
        const struct json *port = cell_array_at(ports, i);
        int64_t number = cell_integer(port, "port", 0);
        int64_t target = cell_integer(port, "targetPort", number);

        ds_put_format(&s, "%s%s %"PRId64, i ? ", " : "",
                      json_util_string(port, "protocol", "?"), number);
        if (target != number) {
            ds_put_format(&s, " to %"PRId64, target);
        }
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN, ds_steal_cstr(&s));
}

static void
put_message(const struct json *service, const struct text_format *format,
            struct ds *ds)
{
    const char *message = json_util_string(service, "message", "");

    if (message[0]) {
        char *text = xasprintf("%s: %s",
                               json_util_string(service, "name", "?"),
                               message);

        text_put_indented(ds, format, STYLE_NOTICE, 0, text);
        free(text);
    }
}

static struct text_table *
make_service_table(void)
{
    struct text_table *table = text_table_create(0);

    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_FOLD, "ADDRESS");
    text_table_add_column(table, COLUMN_FOLD, "PORTS");
    text_table_add_column(table, COLUMN_RIGHT, "TAKING");
    text_table_add_column(table, COLUMN_RIGHT, "HERE");
    text_table_add_column(table, COLUMN_LEFT, "STATE");
    return table;
}

static void
add_service_row(struct text_table *table, const struct json *service)
{
    text_table_add_row(table);
    cell_add(table, STYLE_BOLD, service, "name");
    cell_add(table, STYLE_PLAIN, service, "vpc");
    add_addresses_cell(table, service);
    add_ports_cell(table, service);
    text_table_add_cell_nocopy(
        table, STYLE_PLAIN,
        xasprintf("%"PRId64"/%"PRId64, cell_integer(service, "taking", 0),
                  cell_integer(service, "nBackends", 0)));
    cell_add(table, STYLE_PLAIN, service, "here");
    cell_add_status(table, service, "state");
}

void
print_service_list(const struct json *json, const struct text_format *format,
                   struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No services: no LoadBalancer is of a VPC of this "
                    "node.\n");
        return;
    }
    table = make_service_table();
    for (size_t i = 0; i < cell_array_n(json); i++) {
        add_service_row(table, cell_array_at(json, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    text_put_indented(ds, format, STYLE_DIM, 0, "TAKING: backends that take "
                      "connections, of all; HERE: those on this node");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        put_message(cell_array_at(json, i), format, ds);
    }
}

/* One service. */

static void
put_fact(struct ds *ds, const struct text_format *format, char *text)
{
    text_put_indented(ds, format, STYLE_PLAIN, 0, text);
    free(text);
}

static void
put_facts(const struct json *service, const struct text_format *format,
          struct ds *ds)
{
    const struct json *check = json_util_get(service, "healthCheck");
    const char *selector = json_util_string(service, "selector", "");
    const char *gateway = json_util_string(service, "gateway", NULL);

    put_fact(ds, format, xasprintf(
        "Backends: %s; affinity %s; drained for %"PRId64" s",
        selector[0] ? selector : "all endpoints",
        json_util_string(service, "affinity", "?"),
        cell_integer(service, "drainSeconds", 0)));
    if (check) {
        int64_t port = cell_integer(check, "port", 0);
        char *where = (port ? xasprintf(" port %"PRId64, port)
                       : xstrdup(""));

        put_fact(ds, format, xasprintf(
            "Health: %s%s%s%s every %"PRId64" ms, %"PRId64" failures",
            json_util_string(check, "protocol", "?"), where,
            json_util_string(check, "path", NULL) ? ", " : "",
            json_util_string(check, "path", ""),
            cell_integer(check, "intervalMs", 0),
            cell_integer(check, "failures", 0)));
        free(where);
    }
    if (gateway) {
        put_fact(ds, format, xasprintf(
            "Outside: by gateway %s, answers %s", gateway,
            json_util_string(service, "return", "?")));
    }
}

static void
add_backend_row(struct text_table *table, const struct json *backend)
{
    text_table_add_row(table);
    cell_add(table, STYLE_BOLD, backend, "endpoint");
    cell_add(table, STYLE_PLAIN, backend, "ip");
    cell_add(table, STYLE_PLAIN, backend, "nve");
    cell_add(table, STYLE_PLAIN, backend, "weight");
    cell_add_status(table, backend, "state");
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(backend, "return", "-"));
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(backend, "option", "-"));
    text_table_add_cell(table, STYLE_PLAIN,
                        json_util_string(backend, "check", "-"));
}

void
print_service(const struct json *service, const struct text_format *format,
              struct ds *ds)
{
    const struct json *backends = json_util_get(service, "backends");
    struct text_table *table = make_service_table();

    add_service_row(table, service);
    text_table_format(table, format, ds);
    text_table_destroy(table);
    put_facts(service, format, ds);
    put_message(service, format, ds);
    if (!cell_array_n(backends)) {
        ds_put_cstr(ds, "\nNo backends: clients are refused.\n");
        return;
    }
    ds_put_char(ds, '\n');
    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "ENDPOINT");
    text_table_add_column(table, COLUMN_LEFT, "ADDRESS");
    text_table_add_column(table, COLUMN_LEFT, "NVE");
    text_table_add_column(table, COLUMN_RIGHT, "WEIGHT");
    text_table_add_column(table, COLUMN_LEFT, "STATE");
    text_table_add_column(table, COLUMN_LEFT, "RETURN");
    text_table_add_column(table, COLUMN_LEFT, "OPTION");
    text_table_add_column(table, COLUMN_FOLD, "CHECK");
    for (size_t i = 0; i < cell_array_n(backends); i++) {
        add_backend_row(table, cell_array_at(backends, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
}
