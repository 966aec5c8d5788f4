/* `option list' as a table. */

#include <config.h>

#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* Characters of an option's value source that `option list' shows: a constant
 * may have 124 bytes. */
#define VALUE_MAX 24

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

/* The profiles that use an option, with '*' if they require it. */
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
