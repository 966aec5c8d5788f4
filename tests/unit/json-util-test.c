/* JSON helpers: any bytes are parsed or refused with a place. */

#include <config.h>

#include "lib/json-util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "random.h"
#include "util.h"

static struct json *
parse(const char *text)
{
    char *error;
    struct json *json = json_util_parse(text, strlen(text), &error);

    if (!json) {
        fail_msg("%s: %s", text, error);
    }
    return json;
}

/* 'n' may be more than strlen('text'). */
static void
expect_error_n(const char *text, size_t n, const char *expected)
{
    char *error;
    struct json *json = json_util_parse(text, n, &error);

    if (json) {
        fail_msg("\"%s\" was accepted", text);
    }
    if (!strstr(error, expected)) {
        fail_msg("\"%s\": \"%s\" lacks \"%s\"", text, error, expected);
    }
    free(error);
}

static void
expect_error(const char *text, const char *expected)
{
    expect_error_n(text, strlen(text), expected);
}

static void
test_without(void **state OVS_UNUSED)
{
    struct json *json = parse("{\"a\": 1, \"b\": {\"a\": 2}, \"c\": null}");
    struct json *copy = json_util_without(json, "a", "c", "none", NULL);
    char *before = json_util_to_line(json);
    char *after = json_util_to_line(copy);

    assert_string_equal(before, "{\"a\":1,\"b\":{\"a\":2},\"c\":null}");
    assert_string_equal(after, "{\"b\":{\"a\":2}}");
    free(before);
    free(after);
    json_destroy(copy);
    json_destroy(json);
}

static void
test_members(void **state OVS_UNUSED)
{
    struct json *json = parse("{\"a\": {\"b\": [1], \"n\": null},"
                              " \"s\": \"x\","
                              " \"i\": -5, \"r\": 1.5, \"t\": true,"
                              " \"w\": 4.0}");
    int64_t i = 77;

    assert_non_null(json_util_path(json, "a", "b", NULL));
    assert_null(json_util_path(json, "a", "n", NULL));
    assert_null(json_util_path(json, "s", "n", NULL));
    assert_null(json_util_path(NULL, "a", NULL));
    assert_string_equal(json_util_string(json, "s", "d"), "x");
    assert_string_equal(json_util_string(json, "i", "d"), "d");
    assert_false(json_util_integer(json, "r", &i));
    assert_false(json_util_integer(json, "t", &i));
    assert_int_equal(i, 77);
    assert_true(json_util_integer(json, "i", &i));
    assert_int_equal(i, -5);
    assert_true(json_util_integer(json, "w", &i));
    assert_int_equal(i, 4);
    assert_true(json_util_boolean(json, "t", false));
    assert_true(json_util_boolean(json, "s", true));
    assert_false(json_util_boolean(json, "absent", false));
    json_destroy(json);
}

static void
check_merge(const char *target, const char *patch, const char *expected)
{
    struct json *t = target ? parse(target) : NULL;
    struct json *p = parse(patch);
    struct json *result = json_util_merge_patch(t, p);
    char *before = t ? json_util_to_line(t) : NULL;
    char *line = json_util_to_line(result);
    char *after;

    assert_string_equal(line, expected);

    /* The result shares nothing with the target. */
    if (t && t->type == JSON_OBJECT && result->type == JSON_OBJECT) {
        struct json *a = CONST_CAST(struct json *,
                                    json_util_get(result, "a"));

        if (a && a->type == JSON_OBJECT) {
            json_util_put(a, "new", json_integer_create(1));
        }
        after = json_util_to_line(t);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
    free(line);
    json_destroy(t);
    json_destroy(p);
    json_destroy(result);
}

/* RFC 7396, appendix A, as far as the top level is an object or array. */
static void
test_merge_patch(void **state OVS_UNUSED)
{
    check_merge("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    check_merge("{\"a\":\"b\"}", "{\"b\":\"c\"}",
                "{\"a\":\"b\",\"b\":\"c\"}");
    check_merge("{\"a\":\"b\"}", "{\"a\":null}", "{}");
    check_merge("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}",
                "{\"b\":\"c\"}");
    check_merge("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    check_merge("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
    check_merge("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
                "{\"a\":{\"b\":\"d\"}}");
    check_merge("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
    check_merge("[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]");
    check_merge("{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]");
    check_merge("{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}");
    check_merge("[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}");
    check_merge("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}",
                "{\"a\":{\"bb\":{}}}");
    check_merge(NULL, "{\"a\":{\"b\":null,\"c\":1}}", "{\"a\":{\"c\":1}}");
    check_merge("{\"a\":{\"x\":1}}", "{\"b\":[null]}",
                "{\"a\":{\"x\":1},\"b\":[null]}");
}

static void
test_syntax_errors_have_a_place(void **state OVS_UNUSED)
{
    expect_error("", "line 1, column 1");
    expect_error("{\n  \"a\": 1,\n  b\n}", "line 3, column 4");
    expect_error("{\"a\": 1", "unexpected end of input");
    expect_error("{\"a\": \"1", "unexpected end of input");
    expect_error("{} 1", "trailing garbage");
    expect_error("{}{}", "trailing garbage");
    expect_error("12", "beginning of input");
    expect_error("[01]", "leading zeros");
    expect_error("[nul]", "keyword");
    expect_error("[1e999999999999]", "exponent");
    expect_error("[\"\t\"]", "must be escaped");
}

static void
test_what_ovs_lets_through(void **state OVS_UNUSED)
{
    expect_error_n("[1\0002]", 5, "line 1, column 3: null character");
    expect_error_n("[\"a\\\0\"]", 7, "null character");
    expect_error_n("{}\0", 3, "null character");
    expect_error("[\"\\u0000\"]", "null");
    expect_error("[\"\\udc00\"]", "surrogate");
    expect_error("[\"\\ud800x\"]", "surrogate");
    expect_error("[\"\\ud800\\u0041\"]", "surrogate");
    expect_error("[\n\"a\xff\"]", "line 2, column 3: invalid UTF-8");
    expect_error("[\"\xc0\xaf\"]", "invalid UTF-8");
    expect_error("[\"\xed\xa0\x80\"]", "invalid UTF-8");
    expect_error("[\"\xf4\x90\x80\x80\"]", "invalid UTF-8");
    expect_error("[\"\xe2\x82\"]", "invalid UTF-8");
    expect_error("\xef\xbb\xbf[]", "invalid character");
    json_destroy(parse("[\"\\ud83d\\ude00 \xe2\x82\xac \xf0\x9f\x98\x80\"]"));
    json_destroy(parse("[\"[[[{\\\"\\\\\"]"));
}

static void
test_huge_numbers(void **state OVS_UNUSED)
{
    struct json *json;

    expect_error("[18446744073709551616]", "line 1, column 2: number");
    expect_error("[-18446744073709551617]", "number outside");
    expect_error("[18446744073709551619e3]", "number outside");
    expect_error("[1.8446744073709551619]", "number outside");
    expect_error("[0.018446744073709551619]", "number outside");
    json = parse("[18446744073709551615, 18446744073709551620,"
                 " 28446744073709551617, 1844674407370955161,"
                 " 118446744073709551617, \"18446744073709551617\"]");
    assert_true(json->array.elems[0]->real > 1.8e19);
    assert_true(json->array.elems[1]->real > 1.8e19);
    assert_true(json->array.elems[2]->real > 2.8e19);
    assert_true(json->array.elems[3]->integer == 1844674407370955161);
    assert_true(json->array.elems[4]->real > 1.1e20);
    json_destroy(json);
}

static void
test_nesting(void **state OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_char_multiple(&s, '[', 64);
    ds_put_char_multiple(&s, ']', 64);
    json_destroy(parse(ds_cstr(&s)));

    ds_clear(&s);
    ds_put_char_multiple(&s, '[', 65);
    ds_put_char_multiple(&s, ']', 65);
    expect_error(ds_cstr(&s), "line 1, column 65: nesting deeper than 64");

    ds_clear(&s);
    ds_put_char_multiple(&s, '[', 1000000);
    expect_error(ds_cstr(&s), "nesting");
    ds_destroy(&s);
}

/* What is accepted can be written and read again: nothing that is damaged
 * gets through.  The seed is fixed, so a failure can be repeated. */
static void
test_any_bytes(void **state OVS_UNUSED)
{
    static const char seed_text[] =
        "{\"k\": [1, -2.5e3, \"a\\u20ac\\\"\", null, true, {\"\": {}}]}";
    size_t n_parsed = 0;

    random_set_seed(7);
    for (int i = 0; i < 100000; i++) {
        char text[sizeof seed_text];
        struct json *json;
        char *error;

        memcpy(text, seed_text, sizeof text);
        for (int j = 0; j <= random_range(3); j++) {
            text[random_range(sizeof text - 1)] = random_uint8();
        }
        size_t n = sizeof text - 1;
        if (random_range(2)) {
            n = random_range(sizeof text);
        }
        json = json_util_parse(text, n, &error);
        if (json) {
            char *line = json_util_to_line(json);
            struct json *again = parse(line);
            char *line2 = json_util_to_line(again);

            assert_string_equal(line, line2);
            free(line2);
            json_destroy(again);
            json_destroy(json);
            free(line);
            n_parsed++;
        } else {
            assert_non_null(error);
            assert_memory_equal(error, "line ", 5);
            free(error);
        }
    }
    assert_true(n_parsed > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_merge_patch),
        cmocka_unit_test(test_syntax_errors_have_a_place),
        cmocka_unit_test(test_what_ovs_lets_through),
        cmocka_unit_test(test_huge_numbers),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests_name("json-util", tests, NULL, NULL);
}
