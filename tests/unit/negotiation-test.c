/* Negotiation: the table in force, and the selection. */

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

/* The table in force. */

#define TABLE_1 "{'options': [{'class':'0x1','type':'0x1','length':4}]}"
#define TABLE_2 "{'options': [{'class':'0x1','type':'0x2','length':4}]}"
#define BAD "{'options': 5}"
#define STATIC(MODE) "{'mode': '" MODE "', 'options': [" \
    "{'class': '0x1', 'type': '0x3', 'length': 4}]}"

/* 'types' is what the table in force has, as digits. */
static void
check_receive(const char *advertisement, const char *last_good,
              const char *static_, const char *source, const char *types,
              const char *alarms)
{
    struct json *a = parse(advertisement);
    struct json *l = parse(last_good);
    struct json *s = parse(static_);
    struct neg_receive receive;
    char found[64] = "";

    neg_receive_init(&receive, false, a, l, s);
    assert_string_equal(neg_source_to_string(receive.source,
                                             receive.restricted), source);
    for (size_t i = 0; i < receive.table.n_entries; i++) {
        found[i] = '0' + receive.table.entries[i].key.type;
    }
    assert_string_equal(found, types);
    char *joined = svec_join(&receive.alarms, ",", "");
    assert_string_equal(joined, alarms);
    free(joined);
    neg_receive_destroy(&receive);
    json_destroy(a);
    json_destroy(l);
    json_destroy(s);
}

static void
test_sources(void **state OVS_UNUSED)
{
    check_receive(NULL, NULL, NULL, "none", "", "");
    check_receive("null", TABLE_1, NULL, "none", "", "");
    check_receive(TABLE_1, TABLE_2, NULL, "advertised", "1", "");
    check_receive(BAD, TABLE_2, NULL, "last-good", "2", "structure");
    check_receive(BAD, NULL, NULL, "malformed", "", "structure");
    check_receive(BAD, BAD, NULL, "malformed", "", "structure");
    check_receive(TABLE_1, NULL, "null", "advertised", "1", "");
}

static void
test_static_modes(void **state OVS_UNUSED)
{
    check_receive(TABLE_1, NULL, STATIC("replace"), "static", "3", "");
    check_receive(BAD, TABLE_1, STATIC("replace"), "static", "3",
                  "structure");
    check_receive(NULL, NULL, STATIC("fallback"), "static", "3", "");
    check_receive(BAD, NULL, STATIC("fallback"), "static", "3", "structure");
    check_receive(BAD, TABLE_2, STATIC("fallback"), "last-good", "2",
                  "structure");
    check_receive(TABLE_1, NULL, STATIC("fallback"), "advertised", "1", "");
    check_receive(TABLE_1, NULL, STATIC("restrict"), "advertised+restrict",
                  "", "");
    check_receive(BAD, TABLE_2, STATIC("restrict"), "last-good+restrict", "",
                  "structure");
    check_receive(NULL, NULL, STATIC("restrict"), "none", "", "");
    check_receive(BAD, NULL, STATIC("restrict"), "malformed", "",
                  "structure");
}

static void
test_faulty_static(void **state OVS_UNUSED)
{
    check_receive(TABLE_1, NULL, STATIC("other"), "advertised", "1",
                  "static:mode");
    check_receive(TABLE_1, NULL, "{'options': []}", "advertised", "1",
                  "static:mode");
    check_receive(TABLE_1, NULL, "{'mode': 5, 'options': [5]}", "advertised",
                  "1", "static:entry:syntax,static:mode");
    check_receive(TABLE_1, NULL, "{'mode': 'other', 'options': 5}",
                  "advertised", "1", "static:structure");
    check_receive(TABLE_1, NULL, "{'mode': 'replace', 'order': 'x', "
                  "'options': []}", "advertised", "1", "static:order");
    check_receive(NULL, NULL, "7", "none", "", "static:structure");
    check_receive(NULL, NULL, "{'mode': 'replace', 'options': [1], "
                  "'maxOptionBytes': 0}", "static", "",
                  "static:below-64-byte-header,static:entry:syntax");
}

static void
test_restrict_narrows(void **state OVS_UNUSED)
{
    struct json *a = parse(
        "{'order': 'strict', 'maxOptions': 5, 'maxOptionBytes': 100,"
        "'options': ["
        "{'class': '0x1', 'type': '0x1', 'length': [4, 16]},"
        "{'class': '0x1', 'type': '0x2', 'length': [4, 8],"
        " 'required': true},"
        "{'class': '0x1', 'type': '0x3', 'length': [0, 124]},"
        "{'class': '0x1', 'type': '0x4', 'length': 8, 'required': true}]}");
    struct json *s = parse(
        "{'mode': 'restrict', 'order': 'first', 'maxOptions': 6,"
        "'maxOptionBytes': 96, 'options': ["
        "{'class': '0x1', 'type': '0x3', 'required': true},"
        "{'class': '0x1', 'type': '0x2', 'length': [12, 16]},"
        "{'class': '0x1', 'type': '0x1', 'length': [8, 124]}]}");
    struct neg_receive r;

    neg_receive_init(&r, false, a, NULL, s);
    assert_int_equal(r.table.order, RECV_STRICT);
    assert_int_equal(r.table.limits.max_options, 5);
    assert_int_equal(r.table.limits.max_option_bytes, 96);
    assert_int_equal(r.table.n_entries, 2);
    assert_int_equal(r.table.entries[0].key.type, 1);
    assert_int_equal(r.table.entries[0].min_len, 8);
    assert_int_equal(r.table.entries[0].max_len, 16);
    assert_int_equal(r.table.entries[1].key.type, 3);
    assert_int_equal(r.table.entries[1].min_len, 0);
    assert_int_equal(r.table.entries[1].max_len, 124);
    assert_false(r.table.entries[1].required);
    assert_int_equal(r.n_lost_required, 2);
    neg_receive_destroy(&r);
    json_destroy(a);
    json_destroy(s);
}

/* The selection. */

/* Sender options "type length[!][@priority]", for class 1. */
static void
make_sender(struct sender_table *sender, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;

    *sender = (struct sender_table) { .limits = NEG_LIMITS_NONE };
    sender->options = xcalloc(strlen(text) + 1, sizeof *sender->options);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        struct sender_option *o = &sender->options[sender->n_options++];
        const char *at = strchr(word, '@');

        o->key = (struct opt_key) { 1, strtoul(word, NULL, 16) };
        o->length = strtoul(strchr(word, ':') + 1, NULL, 10);
        o->required = strchr(word, '!') != NULL;
        o->priority = at ? atoi(at + 1) : NEG_DEFAULT_PRIORITY;
    }
    free(copy);
}

static void
make_receive(struct neg_receive *receive, const char *advertisement)
{
    struct json *json = parse(advertisement);

    neg_receive_init(receive, false, json, NULL, NULL);
    json_destroy(json);
}

/* Writes a result as "status: sent types - type=reason ... - missing". */
static char *
format_result(const struct negotiation *n)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    char *s;

    svec_add_nocopy(&words, xasprintf("%s:",
                                      neg_status_to_string(n->status)));
    for (size_t i = 0; i < n->n_options; i++) {
        svec_add_nocopy(&words, xasprintf("%x", n->options[i].key.type));
    }
    svec_add(&words, "-");
    for (size_t i = 0; i < n->n_omitted; i++) {
        svec_add_nocopy(&words,
                        xasprintf("%x=%s", n->omitted[i].key.type,
                                  neg_reason_to_string(n->omitted[i].reason)));
    }
    svec_add(&words, "-");
    for (size_t i = 0; i < n->n_missing_required; i++) {
        svec_add_nocopy(&words,
                        xasprintf("%x", n->missing_required[i].type));
    }
    s = svec_join(&words, " ", "");
    svec_destroy(&words);
    return s;
}

static void
check_select(const char *sender_text, const char *advertisement,
             const char *expected)
{
    struct neg_receive receive;
    struct sender_table sender;
    struct negotiation n;

    make_sender(&sender, sender_text);
    make_receive(&receive, advertisement);
    negotiation_select(&sender, &receive, NEG_LIMITS_NONE, &n);
    char *s = format_result(&n);
    assert_string_equal(s, expected);
    free(s);
    negotiation_destroy(&n);
    neg_receive_destroy(&receive);
    free(sender.options);
}

#define E(TYPE) "{'class':'0x1','type':'0x" #TYPE "','length':[0,8]}"
#define REQ(TYPE) \
    "{'class':'0x1','type':'0x" #TYPE "','length':[0,8],'required':true}"

static void
test_reasons(void **state OVS_UNUSED)
{
    check_select("1:4 81:4 2:4 3:12 4:6 5:128 1:4",
                 "{'options':[" E(1) "," E(82) "," E(3) "," E(4) "]}",
                 "degraded: 1 - 1=duplicate 2=type-mismatch 3=length "
                 "4=invalid-length 5=invalid-length 81=type-mismatch -");
    /* The first reason that applies. */
    check_select("5:6 5:6", "{'options':[]}",
                 "optionless: - 5=duplicate 5=invalid-length -");
    check_select("5:4", "{'options':[" E(5) "," E(85) "]}", "ok: 5 - -");
}

static void
test_statuses(void **state OVS_UNUSED)
{
    check_select("", "{'options':[" E(1) "]}", "ok: - -");
    check_select("1:4", "{'options':[]}", "optionless: - 1=unsupported -");
    check_select("1:4!", "{'options':[]}", "blocked: - 1=unsupported -");
    /* What had been selected is not listed. */
    check_select("1:4! 2:4 3:4", "{'options':[" E(2) "]}",
                 "blocked: - 1=unsupported 3=unsupported -");
    check_select("2:4", "{'options':[" E(2) "," REQ(3) "," REQ(1) "]}",
                 "blocked: - - 1 3");
    check_select("", "{'options':[" REQ(3) "]}", "blocked: - - 3");
    /* A required one that is named twice was still omitted once. */
    check_select("1:4! 1:4!", "{'options':[" E(1) "]}",
                 "blocked: - 1=duplicate -");
}

static void
test_admission(void **state OVS_UNUSED)
{
    /* Required first, then priority, then position. */
    check_select("1:4 2:4@200! 3:4@5 4:4@5",
                 "{'maxOptions':2,'options':[" E(1) "," E(2) "," E(3) ","
                 E(4) "]}",
                 "degraded: 2 3 - 1=max-options 4=max-options -");
    /* A large one does not keep a smaller one out. */
    check_select("1:4 2:8 3:0 4:0",
                 "{'maxOptionBytes':16,'options':[" E(1) "," E(2) "," E(3)
                 "," E(4) "]}",
                 "degraded: 1 3 4 - 2=max-bytes -");
    /* max-options comes before max-bytes. */
    check_select("1:4 2:8",
                 "{'maxOptions':1,'maxOptionBytes':8,'options':[" E(1) ","
                 E(2) "]}", "degraded: 1 - 2=max-options -");
    check_select("1:4", "{'maxOptions':0,'options':[" E(1) "]}",
                 "optionless: - 1=max-options -");
}

static void
test_orders(void **state OVS_UNUSED)
{
    check_select("1:4 2:4 3:4", "{'options':[" E(3) "," E(2) "," E(1) "]}",
                 "ok: 1 2 3 - -");
    check_select("1:4 2:4 3:4", "{'order':'strict','options':[" E(3) ","
                 E(2) "," E(1) "]}", "ok: 3 2 1 - -");
    check_select("1:4 2:4 3:4", "{'order':'first','options':[" E(3) ","
                 E(2) "," E(1) "]}", "ok: 3 1 2 - -");
    /* The first usable entry, sent or not. */
    check_select("1:4 2:4 3:4", "{'order':'first','options':[5," E(2) ","
                 E(3) "," E(1) "]}", "ok: 2 1 3 - -");
    check_select("1:4 2:4", "{'order':'first','options':[" E(3) ","
                 E(2) "," E(1) "]}", "ok: 1 2 - -");
}

static void
test_limits_of_rfc(void **state OVS_UNUSED)
{
    struct json *options = json_array_create_empty();
    struct json *json = json_object_create();
    struct sender_table sender = { .limits = NEG_LIMITS_NONE };
    struct neg_receive receive;
    struct negotiation n;

    sender.options = xcalloc(80, sizeof *sender.options);
    for (int i = 0; i < 80; i++) {
        struct json *entry = json_object_create();

        json_object_put_string(entry, "class", "0x1");
        json_object_put_format(entry, "type", "0x%x", i);
        json_object_put(entry, "length", json_integer_create(0));
        json_array_add(options, entry);
        sender.options[sender.n_options++] = (struct sender_option) {
            .key = { 1, i }, .priority = NEG_DEFAULT_PRIORITY,
        };
    }
    json_object_put(json, "options", options);
    neg_receive_init(&receive, false, json, NULL, NULL);
    negotiation_select(&sender, &receive, NEG_LIMITS_NONE, &n);

    /* 63 options without data are 252 bytes. */
    assert_int_equal(n.n_options, 63);
    assert_int_equal(n.n_omitted, 17);
    assert_int_equal(n.omitted[0].reason, NEG_MAX_BYTES);
    assert_int_equal(n.header_bytes, 260);
    negotiation_destroy(&n);
    neg_receive_destroy(&receive);
    json_destroy(json);
    free(sender.options);
}

static void
test_multicast(void **state OVS_UNUSED)
{
    struct json *table = parse("{'options':[" REQ(1) "]}");
    struct neg_receive receive;
    struct sender_table sender;
    struct negotiation n;

    make_sender(&sender, "1:4 2:5 1:4");
    neg_receive_init(&receive, true, table, table, table);
    assert_true(svec_is_empty(&receive.alarms));
    negotiation_select(&sender, &receive, NEG_LIMITS_NONE, &n);
    char *s = format_result(&n);
    assert_string_equal(s, "optionless: - 1=duplicate 1=multicast "
                        "2=invalid-length -");
    free(s);
    negotiation_destroy(&n);
    neg_receive_destroy(&receive);
    json_destroy(table);
    free(sender.options);
}

static void
test_drop_option(void **state OVS_UNUSED)
{
    struct neg_receive receive;
    struct sender_table sender;
    struct negotiation n, copy;

    make_sender(&sender, "1:4 82:4 3:4! 4:4");
    make_receive(&receive, "{'order':'first','options':[" E(82) "," REQ(4)
                 "," E(1) "," E(3) "]}");
    negotiation_select(&sender, &receive, NEG_LIMITS_NONE, &n);
    assert_true(n.front_pinned);
    assert_true(n.c_bit);
    negotiation_clone(&copy, &n);
    assert_true(negotiation_equals(&copy, &n));

    negotiation_drop_option(&n, &sender, (struct opt_key) { 1, 0x82 },
                            NEG_PLAN);
    assert_false(negotiation_equals(&copy, &n));
    assert_false(n.front_pinned);
    assert_false(n.c_bit);
    assert_int_equal(n.header_bytes, 8 + 3 * 8);
    negotiation_drop_option(&n, &sender, (struct opt_key) { 1, 0x99 },
                            NEG_PLAN);
    char *s = format_result(&n);
    assert_string_equal(s, "degraded: 1 3 4 - 82=plan -");
    free(s);

    /* The receiver requires it; and of the other, the sender does. */
    negotiation_drop_option(&n, &sender, (struct opt_key) { 1, 4 },
                            NEG_PLAN);
    s = format_result(&n);
    assert_string_equal(s, "blocked: - 4=plan 82=plan - 4");
    free(s);
    negotiation_drop_option(&copy, &sender, (struct opt_key) { 1, 3 },
                            NEG_PLAN);
    s = format_result(&copy);
    assert_string_equal(s, "blocked: - 3=plan -");
    free(s);
    assert_int_equal(copy.header_bytes, 8);

    negotiation_destroy(&n);
    negotiation_destroy(&copy);
    neg_receive_destroy(&receive);
    free(sender.options);
}

static void
test_inner_mtu(void **state OVS_UNUSED)
{
    assert_int_equal(negotiation_inner_mtu(1500, false, 8), 1450);
    assert_int_equal(negotiation_inner_mtu(1500, true, 8), 1430);
    assert_int_equal(negotiation_inner_mtu(1500, true, 260), 1178);
    assert_true(negotiation_inner_mtu(68, false, 260) < 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_static_modes),
        cmocka_unit_test(test_faulty_static),
        cmocka_unit_test(test_restrict_narrows),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_admission),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_limits_of_rfc),
        cmocka_unit_test(test_multicast),
        cmocka_unit_test(test_drop_option),
        cmocka_unit_test(test_inner_mtu),
    };
    return cmocka_run_group_tests_name("negotiation", tests, NULL, NULL);
}
