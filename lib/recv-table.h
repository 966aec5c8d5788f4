/* Receive tables: what an NVE says it takes. */
#ifndef GA_RECV_TABLE_H
#define GA_RECV_TABLE_H 1

#include <stddef.h>

#include "lib/neg-limits.h"
#include "lib/option.h"

struct encapsulation;
struct json;
struct svec;

/* A longer table is a structural fault: what a peer can make us store and
 * compare must be bounded. */
#define RECV_TABLE_MAX_ENTRIES 1024

enum recv_order {
    RECV_ANY,                       /* The receiver does not care. */
    RECV_STRICT,                    /* What is sent keeps the table's order. */
    RECV_FIRST,                     /* The table's first entry comes first. */
};

struct recv_entry {
    struct opt_key key;
    uint8_t min_len, max_len;       /* Data bytes, multiples of 4. */
    bool required;                  /* Receiver drops packets without it. */
};

struct recv_table {
    struct recv_entry *entries;
    size_t n_entries;
    enum recv_order order;
    struct neg_limits limits;
};
#define RECV_TABLE_INITIALIZER \
    { NULL, 0, RECV_ANY, { NEG_NO_LIMIT, NEG_NO_LIMIT } }

/* "any", "strict", "first". */
const char *recv_order_to_string(enum recv_order);

/* Returns the encapsulation that a table is for, Geneve if it does not say
 * which; NULL if we do not know that one. */
const struct encapsulation *recv_table_get_encapsulation(const struct json *);

/* Reads a receive table, which the caller must destroy in any case.  Adds to
 * 'alarms' what is wrong with it, one alarm a fault, in the order of
 * discovery.  Returns false, with one alarm and an empty table, if the
 * structure of the JSON is malformed.
 *
 * A table for an encapsulation without options need not have "options"; each
 * entry there is a fault. */
bool recv_table_from_json(const struct json *, struct recv_table *,
                          struct svec *alarms);

/* As recv_table_from_json(), for a table that restricts another one: an entry
 * without "length" takes what the other table says, so it gets all lengths
 * here. */
bool recv_table_from_restrict_json(const struct json *, struct recv_table *,
                                   struct svec *alarms);

/* Returns what recv_table_from_json() reads back as the same table. */
struct json *recv_table_to_json(const struct recv_table *);

void recv_table_clone(struct recv_table *dst, const struct recv_table *src);
void recv_table_destroy(struct recv_table *);
bool recv_table_equals(const struct recv_table *, const struct recv_table *);

/* The entry for the option, within the table, or NULL.  Here, so that those
 * who judge packets need no JSON. */
static inline const struct recv_entry *
recv_table_find(const struct recv_table *table, struct opt_key key)
{
    for (size_t i = 0; i < table->n_entries; i++) {
        if (opt_key_equals(table->entries[i].key, key)) {
            return &table->entries[i];
        }
    }
    return NULL;
}

#endif /* lib/recv-table.h */
