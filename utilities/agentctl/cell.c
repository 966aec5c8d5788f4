/* Cells of tables: see cell.h. */

#include <config.h>

#include "utilities/agentctl/cell.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

size_t
cell_array_n(const struct json *array)
{
    return array && array->type == JSON_ARRAY ? json_array(array)->n : 0;
}

const struct json *
cell_array_at(const struct json *array, size_t i)
{
    return i < cell_array_n(array) ? json_array(array)->elems[i] : NULL;
}

int64_t
cell_integer(const struct json *object, const char *name, int64_t dflt)
{
    int64_t value;

    return json_util_integer(object, name, &value) ? value : dflt;
}

/* Appends a value of any type, as people write it. */
static void
put_value(struct ds *ds, const struct json *value, size_t max)
{
    if (!value || value->type == JSON_NULL) {
        return;
    }
    switch (value->type) {
    case JSON_STRING:
        ds_put_cstr(ds, json_string(value));
        break;
    case JSON_TRUE:
        ds_put_cstr(ds, "yes");
        break;
    case JSON_FALSE:
        ds_put_cstr(ds, "no");
        break;
    case JSON_ARRAY:
        cell_join(ds, value, ", ", max);
        break;
    case JSON_NULL:
    case JSON_OBJECT:
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_N_TYPES:
    case JSON_SERIALIZED_OBJECT:
    default:
        json_to_ds(value, JSSF_SORT, ds);
        break;
    }
}

void
cell_join(struct ds *ds, const struct json *array, const char *separator,
          size_t max)
{
    size_t n = cell_array_n(array);
    size_t shown = max && n > max ? max : n;

    for (size_t i = 0; i < shown; i++) {
        if (i) {
            ds_put_cstr(ds, separator);
        }
        put_value(ds, cell_array_at(array, i), 0);
    }
    if (shown < n) {
        ds_put_format(ds, " +%"PRIuSIZE, n - shown);
    }
}

char *
cell_joined(const struct json *array, const char *separator, size_t max)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    cell_join(&ds, array, separator, max);
    return ds_steal_cstr(&ds);
}

void
cell_add_list(struct text_table *table, enum text_style style,
              const struct json *object, const char *name, size_t max)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    put_value(&ds, json_util_get(object, name), max);
    text_table_add_cell_nocopy(table, style, ds_steal_cstr(&ds));
}

void
cell_add(struct text_table *table, enum text_style style,
         const struct json *object, const char *name)
{
    cell_add_list(table, style, object, name, 0);
}

void
cell_add_status(struct text_table *table, const struct json *object,
                const char *name)
{
    const char *status = json_util_string(object, name, NULL);

    text_table_add_cell(table, text_style_for_status(status), status);
}

char *
cell_alarm(const struct json *alarm)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (alarm && alarm->type == JSON_OBJECT) {
        const char *reason = json_util_string(alarm, "reason", "");
        const char *message = json_util_string(alarm, "message", "");

        ds_put_format(&ds, "%s%s%s", reason, *reason && *message ? ": " : "",
                      message);
    } else {
        put_value(&ds, alarm, 0);
    }
    return ds_steal_cstr(&ds);
}

char *
cell_duration(int64_t seconds)
{
    int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

    if (days) {
        return xasprintf("%"PRId64" d %"PRId64" h", days, hours % 24);
    } else if (hours) {
        return xasprintf("%"PRId64" h %"PRId64" min", hours, minutes % 60);
    } else if (minutes) {
        return xasprintf("%"PRId64" min %"PRId64" s", minutes, seconds % 60);
    }
    return xasprintf("%"PRId64" s", seconds);
}

void
cell_add_large(struct text_table *table, const struct json *object,
               const char *name)
{
    static const char units[] = "MGTPE";
    int64_t number = cell_integer(object, name, -1);
    double scaled = number / 1e6;
    size_t unit = 0;

    if (number < 1000000) {
        cell_add(table, STYLE_PLAIN, object, name);
        return;
    }
    while (scaled >= 999.95) {
        scaled /= 1000;
        unit++;
    }
    text_table_add_format(table, STYLE_PLAIN, "%.1f%c", scaled, units[unit]);
}

void
cell_put_count(struct ds *ds, int64_t n, const char *singular,
               const char *plural)
{
    ds_put_format(ds, "%"PRId64" %s", n, n == 1 ? singular : plural);
}
