/* Receive tables: their faults and what is left of them. */

#include <config.h>

#include "lib/negotiation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "tests/unit/parse.h"
#include "util.h"

/* 'alarms' are expected in the order of discovery, separated by commas. */
static void
check_table(const char *table_json, bool restrict_, bool good,
            const char *alarms, size_t n_entries)
{
    struct json *json = parse(table_json);
    struct svec found = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;

    bool ok = (restrict_
               ? recv_table_from_restrict_json(json, &table, &found)
               : recv_table_from_json(json, &table, &found));
    char *joined = svec_join(&found, ",", "");
    if (ok != good || strcmp(joined, alarms)
        || table.n_entries != n_entries) {
        fail_msg("%s: %s, alarms \"%s\", %"PRIuSIZE" entries", table_json,
                 ok ? "good" : "malformed", joined, table.n_entries);
    }
    free(joined);
    svec_destroy(&found);
    recv_table_destroy(&table);
    json_destroy(json);
}

/* VXLAN has no options; what we do not know may have some. */
static void
test_encapsulations(void **state OVS_UNUSED)
{
    static const struct {
        const char *json;
        bool good;
        const char *alarms;
        size_t n_entries;
    } cases[] = {
        { "{'encapsulation': 'vxlan'}", true, "", 0 },
        { "{'encapsulation': 'VXLAN', 'options': []}", true, "", 0 },
        { "{'encapsulation': 'vxlan', 'options': 5}", false, "structure", 0 },
        { "{'encapsulation': 'vxlan', 'order': 'odd'}", false, "order", 0 },
        { "{'encapsulation': 'vxlan', 'maxOptionBytes': 0}", true, "", 0 },
        { "{'encapsulation': 'vxlan', 'options': [{'class': '0xff01', "
          "'type': '0x81', 'length': 4, 'required': true}, 5]}", true,
          "entry:syntax,entry:encapsulation 0xff01/0x81", 0 },
        { "{'encapsulation': 'geneve'}", false, "structure", 0 },
        { "{'encapsulation': null}", false, "structure", 0 },
        { "{'encapsulation': 'nvgre'}", false, "structure", 0 },
        { "{'encapsulation': 'nvgre', 'options': [{'class': '0xff01', "
          "'type': '0x81', 'length': 4}]}", true, "", 1 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_table(cases[i].json, false, cases[i].good, cases[i].alarms,
                    cases[i].n_entries);
    }
}

static void
test_structural_faults(void **state OVS_UNUSED)
{
    static const struct {
        const char *json, *alarm;
    } cases[] = {
        { "5", "structure" },
        { "[]", "structure" },
        { "'x'", "structure" },
        { "{}", "structure" },
        { "{'options': null}", "structure" },
        { "{'options': {}}", "structure" },
        { "{'options': [], 'maxOptions': -1}", "maxOptions" },
        { "{'options': [], 'maxOptions': true}", "maxOptions" },
        { "{'options': [], 'maxOptions': '5'}", "maxOptions" },
        { "{'options': [], 'maxOptions': 1.5}", "maxOptions" },
        { "{'options': [], 'maxOptionBytes': 254}", "maxOptionBytes" },
        { "{'options': [], 'maxOptionBytes': 256}", "maxOptionBytes" },
        { "{'options': [], 'maxOptionBytes': -4}", "maxOptionBytes" },
        { "{'options': [], 'maxOptionBytes': false}", "maxOptionBytes" },
        { "{'options': [], 'maxOptionBytes': 99999999999999999999}",
          "maxOptionBytes" },
        { "{'options': [], 'order': 'sorted'}", "order" },
        { "{'options': [], 'order': 'Any'}", "order" },
        { "{'options': [], 'order': 1}", "order" },
        /* The first one found. */
        { "{'options': 1, 'maxOptions': -1}", "structure" },
        { "{'options': [], 'maxOptions': -1, 'maxOptionBytes': 1}",
          "maxOptions" },
        { "{'options': [], 'maxOptionBytes': 1, 'order': 1}",
          "maxOptionBytes" },
        /* Nothing about the entries of such a table. */
        { "{'options': [5], 'order': 1}", "order" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_table(cases[i].json, false, false, cases[i].alarm, 0);
    }
}

static void
test_null_is_absent(void **state OVS_UNUSED)
{
    check_table("{'options': [], 'order': null, 'maxOptions': null, "
                "'maxOptionBytes': null, 'unknown': 1}", false, true, "", 0);
}

static void
test_number_of_entries(void **state OVS_UNUSED)
{
    for (int n = 1024; n <= 1025; n++) {
        struct json *options = json_array_create_empty();
        struct json *json = json_object_create();
        struct svec alarms = SVEC_EMPTY_INITIALIZER;
        struct recv_table table;

        for (int i = 0; i < n; i++) {
            struct json *entry = json_object_create();

            json_object_put_format(entry, "class", "0x%x", i);
            json_object_put_string(entry, "type", "0x1");
            json_object_put(entry, "length", json_integer_create(4));
            json_array_add(options, entry);
        }
        json_object_put(json, "options", options);
        assert_int_equal(recv_table_from_json(json, &table, &alarms),
                         n <= 1024);
        assert_int_equal(table.n_entries, n <= 1024 ? n : 0);
        assert_int_equal(alarms.n, n > 1024);
        recv_table_destroy(&table);
        svec_destroy(&alarms);
        json_destroy(json);
    }
}

/* 'members' are those of a single entry. */
static void
check_entry(const char *members, const char *alarm)
{
    char *json = xasprintf("{'options': [%s]}", members);

    check_table(json, false, true, alarm, !*alarm);
    free(json);
}

static void
test_entry_faults(void **state OVS_UNUSED)
{
    static const char *syntax[] = {
        "5", "null", "[]", "{}",
        "{'type': '0x1', 'length': 4}",
        "{'class': '0x1', 'length': 4}",
        "{'class': '0x1', 'type': '0x1'}",
        "{'class': '0x1', 'type': '0x1', 'length': null}",
        "{'class': 1, 'type': '0x1', 'length': 4}",
        "{'class': '1', 'type': '0x1', 'length': 4}",
        "{'class': '0x', 'type': '0x1', 'length': 4}",
        "{'class': '0x1', 'type': '0xg', 'length': 4}",
        "{'class': '0x1', 'type': '0x1', 'length': '4'}",
        "{'class': '0x1', 'type': '0x1', 'length': true}",
        "{'class': '0x1', 'type': '0x1', 'length': 4.5}",
        "{'class': '0x1', 'type': '0x1', 'length': []}",
        "{'class': '0x1', 'type': '0x1', 'length': [4]}",
        "{'class': '0x1', 'type': '0x1', 'length': [4, 8, 12]}",
        "{'class': '0x1', 'type': '0x1', 'length': [4, null]}",
        /* Before the range and the length. */
        "{'class': '0x10000', 'type': '0x1', 'length': 'x'}",
    };
    static const char *range[] = {
        "{'class': '0x10000', 'type': '0x1', 'length': 4}",
        "{'class': '0x1', 'type': '0x100', 'length': 4}",
        "{'class': '0xfffffffffffffffffff', 'type': '0x1', 'length': 4}",
        /* Before the length. */
        "{'class': '0x1', 'type': '0x100', 'length': 5}",
    };
    static const char *lengths[] = {
        "5", "128", "-4", "256", "[8, 4]", "[0, 128]", "[2, 8]", "[4, 7]",
        "[-4, 4]", "99999999999999999999",
    };

    for (size_t i = 0; i < ARRAY_SIZE(syntax); i++) {
        check_entry(syntax[i], "entry:syntax");
    }
    for (size_t i = 0; i < ARRAY_SIZE(range); i++) {
        check_entry(range[i], "entry:range");
    }
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        char *entry = xasprintf("{'class': '0xFF1', 'type': '0x5', "
                                "'length': %s}", lengths[i]);
        check_entry(entry, "entry:length 0x0ff1/0x05");
        free(entry);
    }
    check_entry("{'class': '0x0', 'type': '0xFF', 'length': 0}", "");
    check_entry("{'class': '0xffff', 'type': '0x000', 'length': [0, 124]}",
                "");
}

static void
test_every_faulty_entry_has_its_alarm(void **state OVS_UNUSED)
{
    check_table("{'options': [{'class': '0x1', 'type': '0x1', 'length': 5},"
                " {'class': '0x1', 'type': '0x1', 'length': 4}, 1, 2,"
                " {'class': '0x01', 'type': '0x01', 'length': 8}],"
                " 'maxOptionBytes': 52}", false, true,
                "below-64-byte-header,entry:length 0x0001/0x01,entry:syntax,"
                "entry:syntax,entry:duplicate 0x0001/0x01", 1);
    check_table("{'options': [], 'maxOptionBytes': 56}", false, true, "", 0);
}

static void
test_only_true_is_required(void **state OVS_UNUSED)
{
    struct json *json = parse(
        "{'options': ["
        "{'class': '0x1', 'type': '0x1', 'length': 4, 'required': true},"
        "{'class': '0x1', 'type': '0x2', 'length': 4, 'required': false},"
        "{'class': '0x1', 'type': '0x3', 'length': 4, 'required': null}]}");
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;

    assert_true(recv_table_from_json(json, &table, &alarms));
    assert_int_equal(table.n_entries, 3);
    assert_true(table.entries[0].required);
    assert_false(table.entries[1].required);
    assert_false(table.entries[2].required);
    recv_table_destroy(&table);
    svec_destroy(&alarms);
    json_destroy(json);
}

static void
test_restrict_may_leave_length_out(void **state OVS_UNUSED)
{
    const char *table = "{'options': [{'class': '0x1', 'type': '0x1'}]}";

    check_table(table, true, true, "", 1);
    check_table(table, false, true, "entry:syntax", 0);
    check_table("{'options': [{'class': '0x1', 'type': '0x1', "
                "'length': null}]}", true, true, "entry:syntax", 0);
}

static void
test_table_reads_back(void **state OVS_UNUSED)
{
    struct json *json = parse(
        "{'options': ["
        "{'class': '0x1', 'type': '0x81', 'length': 4, 'required': true},"
        "{'class': '0x1', 'type': '0x2', 'length': [0, 124]}],"
        "'order': 'first', 'maxOptions': 3, 'maxOptionBytes': 64}");
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table a, b, c;

    assert_true(recv_table_from_json(json, &a, &alarms));
    struct json *again = recv_table_to_json(&a);
    assert_true(recv_table_from_json(again, &b, &alarms));
    recv_table_clone(&c, &b);
    assert_true(recv_table_equals(&a, &b));
    assert_true(recv_table_equals(&a, &c));
    c.entries[1].max_len = 120;
    assert_false(recv_table_equals(&a, &c));
    assert_true(svec_is_empty(&alarms));
    recv_table_destroy(&a);
    recv_table_destroy(&b);
    recv_table_destroy(&c);
    svec_destroy(&alarms);
    json_destroy(json);
    json_destroy(again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encapsulations),
        cmocka_unit_test(test_structural_faults),
        cmocka_unit_test(test_null_is_absent),
        cmocka_unit_test(test_number_of_entries),
        cmocka_unit_test(test_entry_faults),
        cmocka_unit_test(test_every_faulty_entry_has_its_alarm),
        cmocka_unit_test(test_only_true_is_required),
        cmocka_unit_test(test_restrict_may_leave_length_out),
        cmocka_unit_test(test_table_reads_back),
    };
    return cmocka_run_group_tests_name("recv-table", tests, NULL, NULL);
}
