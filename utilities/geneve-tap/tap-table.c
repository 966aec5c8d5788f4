/* Receive tables of others.
 *
 * Unlike the table in geneve-tap's own file (tap-json.c), where a fault is a
 * typing mistake and ends the program, such a table comes from anybody: what
 * can be used of it is used. */

#include <config.h>

#include "utilities/geneve-tap/tap-table.h"

#include <limits.h>
#include <string.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-config.h"

/* NULL if it is absent or null. */
static const json_t *
get(const json_t *json, const char *name)
{
    const json_t *member = json_object_get(json, name);

    return json_is_null(member) ? NULL : member;
}

/* A number without a fraction is an integer, however it is written. */
static bool
as_integer(const json_t *json, int64_t *value)
{
    double real = json_real_value(json);

    if (json_is_integer(json)) {
        *value = json_integer_value(json);
        return true;
    } else if (!json_is_real(json)) {
        return false;
    }
    *value = (real >= 0x1p63 ? INT64_MAX
              : real < -0x1p63 ? INT64_MIN
              : (int64_t) real);
    return real >= 0x1p63 || real < -0x1p63 || (double) *value == real;
}

const char *
tap_table_read_limits(const json_t *json, struct neg_limits *limits)
{
    const json_t *options = get(json, "maxOptions");
    const json_t *bytes = get(json, "maxOptionBytes");
    int64_t value;

    *limits = NEG_LIMITS_NONE;
    if (options) {
        if (!as_integer(options, &value) || value < 0) {
            return "maxOptions";
        }
        limits->max_options = value < INT_MAX ? value : INT_MAX;
    }
    if (bytes) {
        if (!as_integer(bytes, &value) || value < 0
            || value > GENEVE_MAX_OPT_BYTES || value % 4) {
            return "maxOptionBytes";
        }
        limits->max_option_bytes = value;
    }
    return NULL;
}

static bool
read_length(const json_t *json, uint8_t *length)
{
    int64_t value;

    if (!as_integer(json, &value) || value < 0 || value > GENEVE_OPT_MAX_DATA
        || value % 4) {
        return false;
    }
    *length = value;
    return true;
}

static bool
read_lengths(const json_t *json, struct recv_entry *entry)
{
    const json_t *min = json, *max = json;

    if (json_is_array(json)) {
        if (json_array_size(json) != 2) {
            return false;
        }
        min = json_array_get(json, 0);
        max = json_array_get(json, 1);
    }
    return (read_length(min, &entry->min_len)
            && read_length(max, &entry->max_len)
            && entry->min_len <= entry->max_len);
}

static bool
read_hex(const json_t *json, const char *name, unsigned long int max,
         unsigned long int *value)
{
    const char *s = json_string_value(json_object_get(json, name));

    return s && tap_config_parse_hex(s, max, value);
}

static bool
read_entry(const json_t *json, bool lengths_optional,
           struct recv_entry *entry)
{
    const json_t *length = json_object_get(json, "length");
    unsigned long int class, type;

    *entry = (struct recv_entry) { .max_len = GENEVE_OPT_MAX_DATA };
    if (!read_hex(json, "class", UINT16_MAX, &class)
        || !read_hex(json, "type", UINT8_MAX, &type)
        || (length ? !read_lengths(length, entry) : !lengths_optional)) {
        return false;
    }
    entry->key = (struct opt_key) { .class = class, .type = type };
    entry->required = json_is_true(json_object_get(json, "required"));
    return true;
}

static void
read_entries(const json_t *array, bool lengths_optional,
             struct recv_table *table)
{
    const json_t *json;
    size_t i;

    table->entries = tap_alloc(json_array_size(array),
                               sizeof *table->entries);
    json_array_foreach (array, i, json) {
        struct recv_entry entry;

        if (read_entry(json, lengths_optional, &entry)
            && !recv_table_find(table, entry.key)) {
            table->entries[table->n_entries++] = entry;
        }
    }
}

const struct encapsulation *
tap_table_get_encapsulation(const json_t *json)
{
    const json_t *name = get(json, "encapsulation");

    return (!name ? encapsulation_default()
            : json_is_string(name)
            ? encapsulation_find(json_string_value(name)) : NULL);
}

bool
tap_table_from_json(const json_t *json, bool lengths_optional,
                    struct recv_table *table)
{
    const struct encapsulation *e = tap_table_get_encapsulation(json);
    bool optionless = e && !e->has_options && json_is_object(json);
    const json_t *options = get(json, "options");
    const json_t *order = get(json, "order");

    *table = (struct recv_table) RECV_TABLE_INITIALIZER;
    if (!(options ? json_is_array(options) : optionless)
        || json_array_size(options) > RECV_TABLE_MAX_ENTRIES
        || tap_table_read_limits(json, &table->limits)
        || (order && (!json_is_string(order)
                      || !tap_config_parse_order(json_string_value(order),
                                                 &table->order)))) {
        *table = (struct recv_table) RECV_TABLE_INITIALIZER;
        return false;
    }
    if (!optionless) {
        read_entries(options, lengths_optional, table);
    }
    return true;
}
