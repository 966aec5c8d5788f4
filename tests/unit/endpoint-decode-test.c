/* Endpoints without a tree: what is taken, and that it is the same. */

#include <config.h>

#include "lib/endpoint-decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-scan.h"
#include "lib/json-util.h"
#include "lib/resource-endpoint.h"
#include "openvswitch/json.h"
#include "util.h"

#define META "'metadata': {'name': 'x', 'uid': 'u-1', 'resourceVersion': " \
             "'7', 'creationTimestamp': '2026-01-02T03:04:05Z', " \
             "'generation': 3, 'labels': {'nvo3.io/vpc': 'v', 'a': ''}}"
#define SPEC "'vpc': 'v', 'mac': '02:00:00:00:00:01'"

/* The text, with ' for ". */
static char *
quote(const char *text)
{
    char *s = xstrdup(text);

    for (char *p = s; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }
    return s;
}

/* NULL if it is not taken. */
static struct endpoint *
decode(const char *text)
{
    struct json_scan s = json_scan_start(text, strlen(text));
    struct endpoint *ep = endpoint_decode(&s);

    assert_true(!ep == s.odd);
    if (ep) {
        assert_true(json_scan_at_end(&s));
    }
    return ep;
}

/* 'text_' is decoded to what it is parsed to, and back to the same JSON. */
static void
assert_plain(const char *text_)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    char *text = quote(text_), *error, *before, *after;
    struct json *json = json_util_parse(text, strlen(text), &error);
    struct json *back;
    struct endpoint *a = decode(text);
    struct endpoint *b = endpoint_from_json(json, &errors);

    if (!a || !b) {
        fail_msg("%s: not taken", text);
    }
    assert_true(endpoint_equals(a, b));
    assert_string_equal(a->meta.resource_version, b->meta.resource_version);

    back = endpoint_to_json(a);
    before = json_util_to_line(json);
    after = json_util_to_line(back);
    assert_string_equal(before, after);
    free(before);
    free(after);
    json_destroy(back);
    json_destroy(json);
    endpoint_destroy(a);
    endpoint_destroy(b);
    free(text);
}

static void
test_plain(void **state OVS_UNUSED)
{
#define TOP "{'apiVersion': 'nvo3.io/v1alpha1', 'kind': 'Endpoint', "
    assert_plain(TOP META ", 'spec': {" SPEC "}}");
    assert_plain(TOP "'metadata': {'name': 'x'}, 'spec': {" SPEC "}}");
    assert_plain(TOP META ", 'spec': {" SPEC ", 'nve': 'n-1', 'ips': "
                 "['10.0.0.1', 'fd00::1'], 'type': 1, 'policyLabel': "
                 "4294967295, 'qosClass': 0, 'values': {'a': 0, 'b': "
                 "'0x0aF', 'c': 123456789012345678}}}");
    assert_plain(TOP META ", 'spec': {" SPEC "}, 'status': {'nve': 'n-2', "
                 "'mac': '02:00:00:00:00:01', 'ips': ['10.0.0.1'], 'phase': "
                 "'Running', 'message': 'm', 'policyLabel': 5, "
                 "'policyLabelSet': '', 'mtu': 1400, 'healthyFor': ['a', "
                 "'b']}}");
#undef TOP
}

/* What is as good as absent, and what is for the server. */
static void
test_absent(void **state OVS_UNUSED)
{
    char *a_text = quote("{" META ", 'spec': {" SPEC ", 'type': 'vm'}}");
    char *b_text = quote(
        " {\n\"spec\" : {" SPEC " , 'nve': null, 'ips': [ ], 'type': 1, "
        "'values': {}} ,\t'status': null, 'metadata': {'name': 'x', 'uid': "
        "'u-1', 'creationTimestamp': '2026-01-02T03:04:05Z', 'generation': "
        "3, 'labels': {'a': '', 'nvo3.io/vpc': 'v'}, 'annotations': {'k': "
        "'a\\n\\'\xc3\xa4'}, 'managedFields': [{'x': [true, false, null, "
        "-1, {}]}, []]}} ");
    struct endpoint *a = decode(a_text);
    struct endpoint *b = decode(b_text);

    assert_non_null(a);
    assert_non_null(b);
    assert_true(endpoint_equals(a, b));
    assert_string_equal(a->meta.resource_version, "7");
    assert_string_equal(b->meta.resource_version, "");
    endpoint_destroy(a);
    endpoint_destroy(b);
    free(a_text);
    free(b_text);
}

static void
test_not_plain(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "", "{", "{}", "[]", "1", "{" META "}",
        "{" META ", 'spec': {" SPEC "}",
        "{" META ", 'spec': {" SPEC "},}",
        "{, " META ", 'spec': {" SPEC "}}",
        "{" META ", 'spec': {" SPEC "}, 'more': 1}",
        "{" META ", 'spec': {" SPEC "}, 'kind': 'VPC'}",
        "{" META ", 'spec': {" SPEC "}, 'apiVersion': 'v1'}",
        "{" META ", " META ", 'spec': {" SPEC "}}",
        "{'metadata': {}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'X'}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': '\\u0078'}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'x', 'uid': '\xc3\xa4'}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'x', 'uid': 1}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'x', 'generation': -1}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'x', 'finalizers': []}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'x', 'labels': {'a': 1}}, 'spec': {" SPEC "}}",
        "{'metadata': {'name': 'x', 'annotations': {'a': 1}}, 'spec': {" SPEC
        "}}",
        "{'metadata': {'name': 'x', 'labels': {'a': '', 'a': ''}}, 'spec': {"
        SPEC "}}",
        "{'metadata': {'name': 'x', 'managedFields': [1.5]}, 'spec': {" SPEC
        "}}",
        "{'metadata': {'name': 'x', 'managedFields': ['\\u12']}, 'spec': {"
        SPEC "}}",
        "{" META ", 'spec': {'vpc': 'v'}}",
        "{" META ", 'spec': {'vpc': 'v', 'mac': '2:0:0:0:0:1'}}",
        "{" META ", 'spec': {'vpc': 'v', 'mac': '00:00:00:00:00:00'}}",
        "{" META ", 'spec': {'vpc': 'v', 'mac': '01:00:00:00:00:01'}}",
        "{" META ", 'spec': {'vpc': 'v', 'mac': '02:67:65:6e:65:01'}}",
        "{" META ", 'spec': {'mac': '02:00:00:00:00:01'}}",
        "{" META ", 'spec': {" SPEC ", 'ips': ['10.0.0.1', '10.0.0.1']}}",
        "{" META ", 'spec': {" SPEC ", 'ips': ['10.0.0']}}",
        "{" META ", 'spec': {" SPEC ", 'ips': ['127.0.0.1']}}",
        "{" META ", 'spec': {" SPEC ", 'ips': ['10.0.0.1',]}}",
        "{" META ", 'spec': {" SPEC ", 'type': 'nothing'}}",
        "{" META ", 'spec': {" SPEC ", 'type': 1.0}}",
        "{" META ", 'spec': {" SPEC ", 'type': 01}}",
        "{" META ", 'spec': {" SPEC ", 'policyLabel': 4294967296}}",
        "{" META ", 'spec': {" SPEC ", 'qosClass': '1'}}",
        "{" META ", 'spec': {" SPEC ", 'values': {'a': -1}}}",
        "{" META ", 'spec': {" SPEC ", 'values': {'a': '1'}}}",
        "{" META ", 'spec': {" SPEC ", 'values': {'a': '0xg'}}}",
        "{" META ", 'spec': {" SPEC ", 'more': 1}}",
        "{" META ", 'spec': {" SPEC "}, 'status': {'more': 1}}",
        "{" META ", 'spec': {" SPEC "}, 'status': {'nve': null}}",
        "{" META ", 'spec': {" SPEC "}, 'status': {'mtu': 0}}",
        "{" META ", 'spec': {" SPEC "}, 'status': {'message': ''}}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char *text = quote(texts[i]);
        struct endpoint *ep = decode(text);

        if (ep) {
            fail_msg("%s: taken", text);
        }
        free(text);
    }
}

/* A later version may be longer, and the block has no room for it. */
static void
test_version(void **state OVS_UNUSED)
{
    char *text = quote("{" META ", 'spec': {" SPEC "}}");
    struct endpoint *ep = decode(text);

    resource_meta_set_version(&ep->meta, "1234567");
    assert_string_equal(ep->meta.resource_version, "1234567");
    resource_meta_set_version(&ep->meta, "12345678901234567890");
    resource_meta_set_version(&ep->meta, "9");
    assert_string_equal(ep->meta.resource_version, "9");
    assert_string_equal(ep->meta.name, "x");
    endpoint_destroy(ep);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_not_plain),
        cmocka_unit_test(test_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
