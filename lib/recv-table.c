/* Receive tables, from and to JSON.
 *
 * A table comes from a peer, or from somebody who typed it, so nothing in it
 * is trusted.  There are two grades of fault.  A structural one invalidates
 * the whole table, and only the first of them is reported.  A faulty entry is
 * left out and the others count; every such entry has its own alarm.  The
 * resulting table has no option twice, and its lengths are multiples of 4 in
 * 0..GENEVE_OPT_MAX_DATA with min_len <= max_len.
 *
 * A JSON number without a fraction is an integer here, however it is written;
 * `true' is not. */

#include <config.h>

#include "lib/recv-table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "lib/json-util.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"

/* 8 + 56 = 64: RFC 9638, section 6.4, wants headers of at least 64 bytes. */
#define RECOMMENDED_OPT_BYTES 56

const char *
recv_order_to_string(enum recv_order order)
{
    switch (order) {
    case RECV_ANY: return "any";
    case RECV_STRICT: return "strict";
    case RECV_FIRST: return "first";
    default: OVS_NOT_REACHED();
    }
}

static bool
order_from_json(const struct json *table, enum recv_order *order)
{
    const struct json *json = json_util_get(table, "order");

    *order = RECV_ANY;
    if (!json) {
        return true;
    } else if (json->type != JSON_STRING) {
        return false;
    }
    for (int i = RECV_ANY; i <= RECV_FIRST; i++) {
        if (!strcmp(json->string, recv_order_to_string(i))) {
            *order = i;
            return true;
        }
    }
    return false;
}

/* Reads "length": an integer, or an array of two.  Checks the form only. */
static bool
lengths_from_json(const struct json *json, int64_t *min, int64_t *max)
{
    if (json->type == JSON_ARRAY) {
        return (json->array.n == 2
                && json_util_as_integer(json->array.elems[0], min)
                && json_util_as_integer(json->array.elems[1], max));
    }
    if (json_util_as_integer(json, min)) {
        *max = *min;
        return true;
    }
    return false;
}

static bool
length_is_valid(int64_t length)
{
    return length >= 0 && length <= GENEVE_OPT_MAX_DATA && length % 4 == 0;
}

/* Reads one entry.  Returns NULL, or the alarm, for the caller to free.  With
 * 'lengths_optional', an entry without "length" stands for all lengths. */
static char *
entry_from_json(const struct json *json, bool lengths_optional,
                struct recv_entry *entry)
{
    const char *class_s = json_util_string(json, "class", NULL);
    const char *type_s = json_util_string(json, "type", NULL);
    int64_t min = 0, max = GENEVE_OPT_MAX_DATA;
    unsigned long class, type;

    if (!class_s || !opt_class_from_string(class_s, &class)
        || !type_s || !opt_type_from_string(type_s, &type)) {
        return xstrdup("entry:syntax");
    }
    const struct json *length = shash_find_data(json->object, "length");
    if (length
        ? !lengths_from_json(length, &min, &max)
        : !lengths_optional) {
        return xstrdup("entry:syntax");
    }
    if (class > UINT16_MAX || type > UINT8_MAX) {
        return xstrdup("entry:range");
    }

    entry->key = (struct opt_key) { .class = class, .type = type };
    if (!length_is_valid(min) || !length_is_valid(max) || min > max) {
        return xasprintf("entry:length " OPT_KEY_FMT,
                         OPT_KEY_ARGS(entry->key));
    }
    entry->min_len = min;
    entry->max_len = max;
    entry->required = json_util_boolean(json, "required", false);
    return NULL;
}

/* Keys seen so far, so that 1,024 entries do not take a million
 * comparisons. */
struct seen_key {
    struct hmap_node node;
    struct opt_key key;
};

/* Returns false if 'key' is in 'seen' already; else adds it there, by way of
 * '*storage'. */
static bool
remember_key(struct hmap *seen, struct seen_key *storage, struct opt_key key)
{
    uint32_t hash = opt_key_hash(key);
    struct seen_key *sk;

    HMAP_FOR_EACH_WITH_HASH (sk, node, hash, seen) {
        if (opt_key_equals(sk->key, key)) {
            return false;
        }
    }
    storage->key = key;
    hmap_insert(seen, &storage->node, hash);
    return true;
}

static void
entries_from_json(const struct json_array *array, bool lengths_optional,
                  struct recv_table *table, struct svec *alarms)
{
    struct hmap seen = HMAP_INITIALIZER(&seen);
    struct seen_key *storage = xmalloc(array->n * sizeof *storage);

    table->entries = xmalloc(array->n * sizeof *table->entries);
    for (size_t i = 0; i < array->n; i++) {
        struct recv_entry entry;
        char *alarm = entry_from_json(array->elems[i], lengths_optional,
                                      &entry);
        if (!alarm && !remember_key(&seen, &storage[i], entry.key)) {
            alarm = xasprintf("entry:duplicate " OPT_KEY_FMT,
                              OPT_KEY_ARGS(entry.key));
        }
        if (alarm) {
            svec_add_nocopy(alarms, alarm);
        } else {
            table->entries[table->n_entries++] = entry;
        }
    }
    hmap_destroy(&seen);
    free(storage);
}

const struct encapsulation *
recv_table_get_encapsulation(const struct json *json)
{
    const struct json *name = json_util_get(json, "encapsulation");

    if (!name || name->type == JSON_NULL) {
        return encapsulation_default();
    }
    return (name->type == JSON_STRING
            ? encapsulation_find(json_string(name)) : NULL);
}

/* Leaves out all entries: the encapsulation has no options. */
static void
refuse_entries(struct recv_table *table, struct svec *alarms)
{
    for (size_t i = 0; i < table->n_entries; i++) {
        svec_add_nocopy(alarms, xasprintf("entry:encapsulation " OPT_KEY_FMT,
                                          OPT_KEY_ARGS(
                                              table->entries[i].key)));
    }
    table->n_entries = 0;
}

static bool
table_from_json(const struct json *json, bool lengths_optional,
                struct recv_table *table, struct svec *alarms)
{
    const struct encapsulation *e = recv_table_get_encapsulation(json);
    const struct json *options = json_util_get(json, "options");
    bool may_lack = e && !e->has_options && json->type == JSON_OBJECT;
    const char *fault = NULL;

    *table = (struct recv_table) RECV_TABLE_INITIALIZER;
    if (options ? options->type != JSON_ARRAY
                  || options->array.n > RECV_TABLE_MAX_ENTRIES : !may_lack) {
        fault = "structure";
    } else if (!neg_limits_read_max_options(json,
                                            &table->limits.max_options)) {
        fault = "maxOptions";
    } else if (!neg_limits_read_max_option_bytes(
                   json, &table->limits.max_option_bytes)) {
        fault = "maxOptionBytes";
    } else if (!order_from_json(json, &table->order)) {
        fault = "order";
    }
    if (fault) {
        svec_add(alarms, fault);
        *table = (struct recv_table) RECV_TABLE_INITIALIZER;
        return false;
    }

    if (table->limits.max_option_bytes != NEG_NO_LIMIT && !may_lack
        && table->limits.max_option_bytes < RECOMMENDED_OPT_BYTES) {
        svec_add(alarms, "below-64-byte-header");
    }
    if (options) {
        entries_from_json(&options->array, lengths_optional, table, alarms);
    }
    if (may_lack) {
        refuse_entries(table, alarms);
    }
    return true;
}

bool
recv_table_from_json(const struct json *json, struct recv_table *table,
                     struct svec *alarms)
{
    return table_from_json(json, false, table, alarms);
}

bool
recv_table_from_restrict_json(const struct json *json,
                              struct recv_table *table, struct svec *alarms)
{
    return table_from_json(json, true, table, alarms);
}

static struct json *
entry_to_json(const struct recv_entry *entry)
{
    struct json *json = json_object_create();
    struct json *length = json_integer_create(entry->min_len);

    json_object_put_format(json, "class", "0x%04x", entry->key.class);
    json_object_put_format(json, "type", "0x%02x", entry->key.type);
    if (entry->min_len != entry->max_len) {
        length = json_array_create_2(length,
                                     json_integer_create(entry->max_len));
    }
    json_object_put(json, "length", length);
    if (entry->required) {
        json_object_put(json, "required", json_boolean_create(true));
    }
    return json;
}

struct json *
recv_table_to_json(const struct recv_table *table)
{
    struct json *json = json_object_create();
    struct json *options = json_array_create_empty();

    for (size_t i = 0; i < table->n_entries; i++) {
        json_array_add(options, entry_to_json(&table->entries[i]));
    }
    json_object_put(json, "options", options);
    json_object_put_string(json, "order", recv_order_to_string(table->order));
    if (table->limits.max_options != NEG_NO_LIMIT) {
        json_object_put(json, "maxOptions",
                        json_integer_create(table->limits.max_options));
    }
    if (table->limits.max_option_bytes != NEG_NO_LIMIT) {
        json_object_put(json, "maxOptionBytes",
                        json_integer_create(table->limits.max_option_bytes));
    }
    return json;
}

void
recv_table_clone(struct recv_table *dst, const struct recv_table *src)
{
    *dst = *src;
    dst->entries = (src->n_entries
                    ? xmemdup(src->entries,
                              src->n_entries * sizeof *src->entries)
                    : NULL);
}

void
recv_table_destroy(struct recv_table *table)
{
    free(table->entries);
    *table = (struct recv_table) RECV_TABLE_INITIALIZER;
}

bool
recv_table_equals(const struct recv_table *a, const struct recv_table *b)
{
    if (a->n_entries != b->n_entries || a->order != b->order
        || a->limits.max_options != b->limits.max_options
        || a->limits.max_option_bytes != b->limits.max_option_bytes) {
        return false;
    }
    for (size_t i = 0; i < a->n_entries; i++) {
        const struct recv_entry *x = &a->entries[i];
        const struct recv_entry *y = &b->entries[i];

        if (!opt_key_equals(x->key, y->key) || x->min_len != y->min_len
            || x->max_len != y->max_len || x->required != y->required) {
            return false;
        }
    }
    return true;
}
