/* Members that mean nothing: those that are there twice, and those that the
 * kind does not have. */

#include <config.h>

#include "lib/resource-members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-doubles.h"
#include "lib/json-util.h"
#include "lib/utf8.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "random.h"
#include "svec.h"
#include "tests/unit/parse.h"

static void
check_doubles(const char *text, size_t n, const char *expected)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    char *error, *found;
    struct json *json = json_util_parse(text, n, &error);

    if (!json) {
        fail_msg("%s: %s", text, error);
    }
    json_destroy(json);
    json_doubles_find(text, n, SIZE_MAX, &paths);
    found = svec_join(&paths, " ", "");
    assert_string_equal(found, expected);
    free(found);
    svec_destroy(&paths);
}

static void
test_doubles(void **state OVS_UNUSED)
{
    static const struct { const char *text, *expected; } cases[] = {
        { "{}", "" },
        { "[]", "" },
        { "{\"a\": 1, \"b\": {\"a\": 1}, \"c\": [{\"a\": 1}]}", "" },
        { "{\"a\": 1, \"a\": 1}", "a" },
        { "{\"a\": {\"a\": 1}, \"a\": \"a\"}", "a" },
        { "{\"a\": [1, {\"b\": 1}, {\"b\": 1, \"b\": [{}]}]}", "a[2].b" },
        { "{\"a\":[[],[[{\"b\":1,\"b\":2}]]]}", "a[1][0][0].b" },
        { "[{\"a\": 1}, {\"a\": 1, \"c\": 1, \"a\": 2}]", "[1].a" },
        { "{\"a\": \"a\", \"b\": \"a\"}", "" },
        { "{\"a\": [\"a\", \"a\"], \"b\": [\",\", \"b\"]}", "" },
        { "{\"a\": 1, \"\\u0061\": 2, \"\\\"\": 3, \"\\u0022\": 4}", "a \"" },
        { "{\"\": 1, \"x\": {\"\": 1, \"\": 2}}", "x." },
        { "{\"a\": 1, \"a\": 2, \"a\": 3}", "a a" },
        { "{\"s\": \"{\\\"a\\\": 1, \\\"a\\\": 2}\\\\\", \"t\": 1}", "" },
        { "{\"a.b\": 1, \"a\": {\"b\": 1}, \"a\": {\"b\": 2}}", "a" },
        { "{\"\xc3\xa9\": 1, \"\\u00e9\": 2}", "\xc3\xa9" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_doubles(cases[i].text, strlen(cases[i].text),
                      cases[i].expected);
    }
}

/* As deep as JSON may be, in the last array of a member that is long. */
static void
test_deep_doubles(void **state OVS_UNUSED)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    struct ds s = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < JSON_UTIL_MAX_NESTING; i++) {
        ds_put_cstr(&s, "{\"\xc3\xa9\xc3\xa9\xc3\xa9\":");
    }
    ds_put_cstr(&s, "1,\"\xc3\xa9\xc3\xa9\xc3\xa9\":2");
    ds_put_char_multiple(&s, '}', JSON_UTIL_MAX_NESTING);
    json_doubles_find(s.string, s.length, 16, &paths);
    assert_int_equal(paths.n, 1);
    assert_true(strlen(paths.names[0]) <= 200);
    assert_true(utf8_sequence(strchr(paths.names[0], '\0') - 2, 2) == 2);
    svec_clear(&paths);

    /* Not more than can be shown. */
    ds_clear(&s);
    ds_put_cstr(&s, "{\"a\":0");
    for (int i = 0; i < 1000; i++) {
        ds_put_cstr(&s, ",\"a\":0");
    }
    ds_put_char(&s, '}');
    json_doubles_find(s.string, s.length, 16, &paths);
    assert_int_equal(paths.n, 16);
    svec_destroy(&paths);
    ds_destroy(&s);
}

/* Whatever json_util_parse() takes is scanned in bounds: the address sanitizer
 * watches. */
static void
test_any_text(void **state OVS_UNUSED)
{
    static const char alphabet[] = "{}[]\"\"\"\\u0a:,::,1 \xc3\xa9";
    int n_parsed = 0;

    for (int i = 0; i < 200000; i++) {
        char text[16];
        size_t n = random_range(sizeof text) + 1;
        struct json *json;
        char *error;

        for (size_t j = 0; j < n; j++) {
            text[j] = alphabet[random_range(sizeof alphabet - 1)];
        }
        text[0] = random_range(2) ? '{' : '[';
        json = json_util_parse(text, n, &error);
        if (json) {
            struct svec paths = SVEC_EMPTY_INITIALIZER;
            char *copy = xmemdup(text, n);

            json_doubles_find(copy, n, SIZE_MAX, &paths);
            svec_destroy(&paths);
            free(copy);
            json_destroy(json);
            n_parsed++;
        }
        free(error);
    }
    assert_true(n_parsed > 100);
}

static void
check_unknown(enum resource_kind kind, const char *text, bool is_patch,
              const char *expected)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    struct json *json = parse(text);
    char *found;

    resource_members_find_unknown(kind, json, is_patch, &paths);
    found = svec_join(&paths, " ", "");
    assert_string_equal(found, expected);
    free(found);
    svec_destroy(&paths);
    json_destroy(json);
}

static void
test_unknown(void **state OVS_UNUSED)
{
    static const struct {
        enum resource_kind kind;
        const char *text, *expected;
    } cases[] = {
        { RES_VPC, "{}", "" },
        { RES_VPC, "{'apiVersion': 1, 'kind': 1, 'metadata': {'name': 1, "
                   "'labels': {'any': 1}, 'annotations': {'any': 1}, "
                   "'managedFields': [{'any': 1}]}, 'spec': {'vni': 5}, "
                   "'status': {'any': {'any': 1}}}", "" },
        { RES_VPC, "{'sepc': {}, 'spec': {'subnets': [{'cidr': 1}, "
                   "{'cdir': 1, 'gateway': 1}]}, 'metadata': {'label': {}}}",
                   "metadata.label sepc spec.subnets[1].cdir" },
        { RES_VPC, "{'spec': {'Vni': 5, 'mtu ': 5}}", "spec.Vni spec.mtu " },
        { RES_VPC, "{'spec': [], 'metadata': 5}", "" },
        { RES_ENDPOINT, "{'spec': {'values': {'any': 1}, 'value': {}}}",
          "spec.value" },
        { RES_NVE, "{'spec': {'static': {'options': [{'clas': 1}]}, "
                   "'transit': {'maxOptions': 1}}}",
          "spec.static.options[0].clas" },
        { RES_VPC_POLICY, "{'spec': {'ingress': [{'from': "
          "[{'endpointSelector': {'matchLabels': {'any': 1}, "
          "'matchExpressions': [{'key': 1, 'ops': 1}]}}], 'form': []}]}}",
          "spec.ingress[0].form "
          "spec.ingress[0].from[0].endpointSelector.matchExpressions[0].ops" },
        { RES_ADVERTISEMENT_ACK, "{'spec': {'applied': 1}, 'status': 1}",
          "" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_unknown(cases[i].kind, cases[i].text, false, cases[i].expected);
    }
    check_unknown(RES_VPC, "{'spec': {'x': null}}", false, "spec.x");
    check_unknown(RES_VPC, "{'spec': {'x': null, 'y': 1}}", true, "spec.y");
}

static void
test_utf8(void **state OVS_UNUSED)
{
    static const struct { const char *in, *out; } cases[] = {
        { "", "" }, { "a\xc3\xa9z", "a\xc3\xa9z" },
        { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
        { "\xff", "\xef\xbf\xbd" },
        { "\xc3", "\xef\xbf\xbd" },
        { "\xc3z", "\xef\xbf\xbdz" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *clean = utf8_clean(cases[i].in);

        assert_string_equal(clean, cases[i].out);
        free(clean);
    }
    assert_int_equal(utf8_cut("abc", 3), 3);
    assert_int_equal(utf8_cut("abcd", 3), 3);
    assert_int_equal(utf8_cut("ab\xc3\xa9", 3), 2);
    assert_int_equal(utf8_cut("ab\xc3\xa9", 4), 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_deep_doubles),
        cmocka_unit_test(test_any_text),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
