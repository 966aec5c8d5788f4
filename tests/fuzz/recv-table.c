/* Receive tables: what other NVEs advertise, and nve-receive. */

#include <config.h>

#include "lib/recv-table.h"

#include "openvswitch/json.h"
#include "svec.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* What is written reads back as the same table. */
static void
check_text(const struct recv_table *table)
{
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct json *json = recv_table_to_json(table);
    struct recv_table again;

    ovs_assert(recv_table_from_json(json, &again, &alarms));
    ovs_assert(recv_table_equals(table, &again));
    recv_table_destroy(&again);
    json_destroy(json);
    svec_destroy(&alarms);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct json *json = fuzz_to_json(data, n);
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table, copy;

    if (!json) {
        return;
    }
    if (recv_table_from_json(json, &table, &alarms)) {
        check_text(&table);
    } else {
        ovs_assert(alarms.n == 1 && !table.n_entries);
    }
    recv_table_clone(&copy, &table);
    ovs_assert(recv_table_equals(&table, &copy));
    recv_table_destroy(&copy);
    recv_table_destroy(&table);

    recv_table_from_restrict_json(json, &table, &alarms);
    recv_table_destroy(&table);
    svec_destroy(&alarms);
    json_destroy(json);
}
