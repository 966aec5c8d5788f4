/* geneve-tap's negotiation: the worked cases that the agent's has to meet
 * (tests/scenarios/), read by geneve-tap's own code, and what may come from a
 * controller. */

#include <config.h>

#include "utilities/geneve-tap/tap-negotiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"
#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-table.h"

static unsigned long int
get_hex(const json_t *json, const char *name)
{
    unsigned long int value = 0;
    const char *s = json_string_value(json_object_get(json, name));

    assert_true(s && tap_config_parse_hex(s, UINT16_MAX, &value));
    return value;
}

static struct sender_table
make_sender(const json_t *json)
{
    const json_t *array = json_object_get(json, "options"), *option;
    struct sender_table sender = {
        .options = tap_alloc(json_array_size(array), sizeof *sender.options),
        .n_options = json_array_size(array),
    };
    size_t i;

    json_array_foreach (array, i, option) {
        const json_t *priority = json_object_get(option, "priority");

        sender.options[i] = (struct sender_option) {
            .key = { get_hex(option, "class"), get_hex(option, "type") },
            .length = json_integer_value(json_object_get(option, "length")),
            .required = json_is_true(json_object_get(option, "required")),
            .priority = (priority ? json_integer_value(priority)
                         : NEG_DEFAULT_PRIORITY),
        };
    }
    assert_null(tap_table_read_limits(json, &sender.limits));
    return sender;
}

/* Compares what the two have in common: alarms are for the remote's operator
 * to see, and the MTU is that of all options here. */
static void
check(const char *name, const json_t *result, const json_t *expect)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *) result, key, value) {
        const json_t *wanted = json_object_get(expect, key);

        if (wanted && !json_equal(value, wanted)) {
            fail_msg("%s: %s: %s instead of %s", name, key,
                     json_dumps(value, JSON_ENCODE_ANY),
                     json_dumps(wanted, JSON_ENCODE_ANY));
        }
    }
}

static void
run_scenario(const json_t *scenario)
{
    struct sender_table sender = make_sender(json_object_get(scenario,
                                                             "sender"));
    struct tap_tables tables = {
        .advertisement = json_object_get(scenario, "advertisement"),
        .last_good = json_object_get(scenario, "lastGood"),
        .static_ = json_object_get(scenario, "static"),
    };
    struct negotiation n;

    tap_table_read_limits(json_object_get(scenario, "transit"),
                          &tables.transit);
    tap_negotiate(&sender, &tables, &n);
    json_t *result = tap_negotiate_to_json(&n);
    json_object_set_new(result, "headerBytes", json_integer(n.header_bytes));
    json_object_set_new(result, "cBit", json_boolean(n.c_bit));
    check(json_string_value(json_object_get(scenario, "name")), result,
          json_object_get(scenario, "expect"));
    json_decref(result);
    negotiation_destroy(&n);
    free(sender.options);
}

/* Returns how many scenarios there were. */
static size_t
run_file(const char *name)
{
    const char *srcdir = getenv("GA_SRCDIR");
    char path[4096];
    json_t *scenario;
    size_t i, n = 0;

    snprintf(path, sizeof path, "%s/tests/scenarios/%s",
             srcdir ? srcdir : ".", name);
    json_t *json = json_load_file(path, 0, NULL);
    json_array_foreach (json_object_get(json, "scenarios"), i, scenario) {
        if (!strcmp(json_string_value(json_object_get(scenario, "kind")),
                    "negotiate")
            && !json_object_get(scenario, "delivery")) {
            run_scenario(scenario);
            n++;
        }
    }
    json_decref(json);
    return n;
}

static void
test_scenarios(void **state OVS_UNUSED)
{
    assert_true(run_file("scenarios.json") >= 20);
    assert_true(run_file("random.json") >= 80);
}

/* Tables. */

static const struct {
    const char *text;
    const char *read;               /* NULL: malformed. */
} tables[] = {
    { "[]", NULL },
    { "{}", NULL },
    { "{\"options\": {}}", NULL },
    { "{\"options\": [], \"order\": \"any\"}", "any" },
    { "{\"options\": [], \"order\": null, \"maxOptions\": null}", "any" },
    { "{\"options\": [], \"order\": 5}", NULL },
    { "{\"options\": [], \"order\": \"random\"}", NULL },
    { "{\"options\": [], \"maxOptions\": -1}", NULL },
    { "{\"options\": [], \"maxOptions\": 1.5}", NULL },
    { "{\"options\": [], \"maxOptions\": 2.0}", "any 2" },
    { "{\"options\": [], \"maxOptions\": 1e30}", "any 2147483647" },
    { "{\"options\": [], \"maxOptions\": true}", NULL },
    { "{\"options\": [], \"maxOptionBytes\": 6}", NULL },
    { "{\"options\": [], \"maxOptionBytes\": 256}", NULL },
    { "{\"options\": [{\"class\": \"0xFF01\", \"type\": \"0x2\","
      " \"length\": 4.0, \"more\": 1}, 5, null,"
      " {\"class\": \"0xff01\", \"type\": \"0x02\", \"length\": 8},"
      " {\"class\": \"0x10000\", \"type\": \"0x02\", \"length\": 8},"
      " {\"class\": \"0xff01\", \"type\": \"2\", \"length\": 8},"
      " {\"class\": \"0xff01\", \"type\": \"0x03\"},"
      " {\"class\": \"0xff01\", \"type\": \"0x03\", \"length\": null},"
      " {\"class\": \"0xff01\", \"type\": \"0x03\", \"length\": [8, 4]},"
      " {\"class\": \"0xff01\", \"type\": \"0x03\", \"length\": [4]},"
      " {\"class\": \"0xff01\", \"type\": \"0x03\", \"length\": 128},"
      " {\"class\": \"0xff01\", \"type\": \"0x03\", \"length\": 5},"
      " {\"class\": \"0xff01\", \"type\": \"0x83\", \"length\": [0, 124],"
      " \"required\": true}], \"order\": \"strict\"}",
      "strict 0xff01/0x02 4-4 0xff01/0x83 0-124 required" },
};

static void
test_tables(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        json_t *json = json_loads(tables[i].text, 0, NULL);
        struct recv_table table;
        char said[500];
        size_t n;

        assert_non_null(json);
        bool good = tap_table_from_json(json, false, &table);
        n = snprintf(said, sizeof said, "%s",
                     tap_config_order_to_string(table.order));
        if (table.limits.max_options != NEG_NO_LIMIT) {
            n += snprintf(said + n, sizeof said - n, " %d",
                          table.limits.max_options);
        }
        for (size_t j = 0; j < table.n_entries; j++) {
            const struct recv_entry *e = &table.entries[j];

            n += snprintf(said + n, sizeof said - n,
                          " " OPT_KEY_FMT " %d-%d%s", OPT_KEY_ARGS(e->key),
                          e->min_len, e->max_len,
                          e->required ? " required" : "");
        }
        assert_int_equal(good, tables[i].read != NULL);
        if (good) {
            assert_string_equal(said, tables[i].read);
        } else {
            assert_int_equal(table.n_entries, 0);
        }
        free(table.entries);
        json_decref(json);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
