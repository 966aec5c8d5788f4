/* Tables of agentctl: layout, folding, colours, text that must not reach the
 * terminal; and each command's table of answers that lack members. */

#include <config.h>

#include "utilities/agentctl/text-table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"

static const struct text_format plain = { .width = 80, .colour = false };
static const struct text_format narrow = { .width = 40, .colour = false };
static const struct text_format coloured = { .width = 80, .colour = true };

static void
check_table(struct text_table *table, const struct text_format *format,
            const char *expected)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    text_table_format(table, format, &ds);
    assert_string_equal(ds_cstr(&ds), expected);
    ds_destroy(&ds);
    text_table_destroy(table);
}

static struct text_table *
make_table(enum column_kind last_kind)
{
    struct text_table *table = text_table_create(2);

    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_RIGHT, "N");
    text_table_add_column(table, last_kind, "TEXT");
    return table;
}

static void
add_row(struct text_table *table, const char *a, const char *b, const char *c)
{
    text_table_add_row(table);
    text_table_add_cell(table, STYLE_PLAIN, a);
    text_table_add_cell(table, STYLE_PLAIN, b);
    text_table_add_cell(table, STYLE_PLAIN, c);
}

static void
test_columns_are_aligned(void **state OVS_UNUSED)
{
    struct text_table *table = make_table(COLUMN_LEFT);

    add_row(table, "a", "1", "x");
    add_row(table, "longer", "100", "");
    add_row(table, "b", NULL, "y z");
    check_table(table, &plain,
                "  NAME      N  TEXT\n"
                "  a         1  x\n"
                "  longer  100  -\n"
                "  b         -  y z\n");
}

static void
test_folds_at_spaces(void **state OVS_UNUSED)
{
    struct text_table *table = make_table(COLUMN_FOLD);

    add_row(table, "a", "1", "one two three four five six seven");
    add_row(table, "b", "2", "short");
    check_table(table, &narrow,
                "  NAME  N  TEXT\n"
                "  a     1  one two three four five six\n"
                "           seven\n"
                "  b     2  short\n");
}

static void
test_words_are_never_cut(void **state OVS_UNUSED)
{
    struct text_table *table = make_table(COLUMN_FOLD);

    add_row(table, "a", "1",
            "0123456789012345678901234567890123456789 and more");
    check_table(table, &narrow,
                "  NAME  N  TEXT\n"
                "  a     1  0123456789012345678901234567890123456789\n"
                "           and more\n");
}

static void
test_without_headings(void **state OVS_UNUSED)
{
    struct text_table *table = text_table_create(0);

    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    text_table_add_row(table);
    text_table_add_cell(table, STYLE_PLAIN, "key");
    text_table_add_cell(table, STYLE_PLAIN, "");
    text_table_add_row(table);
    text_table_add_format(table, STYLE_PLAIN, "%d", 7);
    text_table_add_cell(table, STYLE_PLAIN, "value");
    check_table(table, &plain, "key\n7    value\n");
}

static void
test_text_is_made_printable(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    /* An escape sequence, C1 control, bidirectional override, bytes that are
     * no UTF-8 (also overlong), and what must stay. */
    text_put(&ds, &plain, STYLE_PLAIN,
             "a\033[2Jb\a\177 \xc2\x9b \xe2\x80\xae \xff \xc0\xaf \xe2\x82"
             " \xc3\xbc\xe2\x82\xac\tend\n");
    assert_string_equal(ds_cstr(&ds),
                        "a?[2Jb?? ? ? ? ? ?? \xc3\xbc\xe2\x82\xac end ");
    ds_destroy(&ds);
}

static void
test_width_is_in_characters(void **state OVS_UNUSED)
{
    struct text_table *table = make_table(COLUMN_LEFT);

    assert_int_equal(text_width("\xc3\xbc\xe2\x82\xac"), 2);
    add_row(table, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", "1", "x");
    add_row(table, "abcde", "2", "y");
    check_table(table, &plain,
                "  NAME   N  TEXT\n"
                "  \xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc  1  x\n"
                "  abcde  2  y\n");
}

static void
test_colours_do_not_count(void **state OVS_UNUSED)
{
    struct text_table *table = text_table_create(0);

    text_table_add_column(table, COLUMN_LEFT, "S");
    text_table_add_column(table, COLUMN_LEFT, "T");
    text_table_add_row(table);
    text_table_add_cell(table, text_style_for_status("blocked"), "blocked");
    text_table_add_cell(table, STYLE_PLAIN, "x");
    check_table(table, &coloured,
                "\033[1mS\033[0m        \033[1mT\033[0m\n"
                "\033[31mblocked\033[0m  x\n");
}

static void
test_paragraphs(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    text_put_indented(&ds, &narrow, STYLE_PLAIN, 4,
                      "the quick brown fox jumps over the lazy dog");
    assert_string_equal(ds_cstr(&ds),
                        "    the quick brown fox jumps over the\n"
                        "    lazy dog\n");
    ds_clear(&ds);
    text_put_indented(&ds, &narrow, STYLE_PLAIN, 4, "");
    assert_string_equal(ds_cstr(&ds), "");
    ds_destroy(&ds);
}

static void
test_lists_are_shortened(void **state OVS_UNUSED)
{
    struct json *list = json_from_string("[\"a\", \"b\", 3, \"d\"]");
    char *s;

    s = cell_joined(list, ", ", 0);
    assert_string_equal(s, "a, b, 3, d");
    free(s);
    s = cell_joined(list, ", ", 2);
    assert_string_equal(s, "a, b +2");
    free(s);
    s = cell_joined(NULL, ", ", 2);
    assert_string_equal(s, "");
    free(s);
    json_destroy(list);
}

static void
test_duration(void **state OVS_UNUSED)
{
    static const struct {
        int64_t seconds;
        const char *words;
    } cases[] = {
        { 0, "0 s" }, { 59, "59 s" }, { 60, "1 min 0 s" },
        { 3599, "59 min 59 s" }, { 11523, "3 h 12 min" },
        { 86400 * 3 + 7200, "3 d 2 h" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *s = cell_duration(cases[i].seconds);
        assert_string_equal(s, cases[i].words);
        free(s);
    }
}

/* An answer of another version may lack anything, and have members of other
 * types: nothing may crash on it. */
static void
test_answers_of_other_versions(void **state OVS_UNUSED)
{
    static const char *answers[] = {
        "[]", "{}", "[{}]", "[[]]", "[7]", "[\"text\"]", "[null]",
        "{\"name\": 7, \"transmit\": [{}], \"receive\": 3, \"alarms\": [{}]}",
        "{\"transmit\": [{\"options\": [7, null], \"omitted\": [[], [1, 2], "
        "7, [\"0x1/0x1\", \"new-reason\"]], \"missingRequired\": [1]}]}",
        "{\"lines\": [{}, 7, {\"option\": \"x\"}]}",
        "{\"receive\": {\"options\": [{}, 7]}, \"alarms\": [7], "
        "\"refused\": [{}], \"controller\": 7, \"openflow\": {\"errors\": 3}}",
        "[{\"order\": [7], \"remotes\": {}, \"profiles\": [7]}]",
    };

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct json *json = json_from_string(answers[i]);
        struct ds ds = DS_EMPTY_INITIALIZER;

        print_status(json, &plain, &ds);
        print_remote_list(json, &plain, &ds);
        print_remote_show(json, json, &plain, &ds);
        print_option_list(json, &plain, &ds);
        print_plan_list(json, &plain, &ds);
        print_endpoint_list(json, &plain, &ds);
        print_explain(json, &plain, &ds);
        assert_true(ds.length > 0);
        ds_destroy(&ds);
        json_destroy(json);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_aligned),
        cmocka_unit_test(test_folds_at_spaces),
        cmocka_unit_test(test_words_are_never_cut),
        cmocka_unit_test(test_without_headings),
        cmocka_unit_test(test_text_is_made_printable),
        cmocka_unit_test(test_width_is_in_characters),
        cmocka_unit_test(test_colours_do_not_count),
        cmocka_unit_test(test_paragraphs),
        cmocka_unit_test(test_lists_are_shortened),
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_answers_of_other_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
