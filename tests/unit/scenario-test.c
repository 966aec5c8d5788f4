/* Scenarios: every worked case is a test of its own, and a few for what
 * surrounds them: messages, parts of results, and that a wrong expectation is
 * noticed. */

#include <config.h>

#include "lib/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/unit/parse.h"
#include "util.h"

static struct json *
run(const struct json *scenario)
{
    char *error = NULL;
    struct json *result = scenario_run(scenario, &error);

    if (!result) {
        fail_msg("refused: %s", error);
    }
    return result;
}

static void
test_worked_case(void **state)
{
    const struct json *scenario = *state;
    struct json *result = run(scenario);
    char *difference;

    if (!scenario_check(scenario, result, &difference)) {
        fail_msg("%s", difference);
    }
    json_destroy(result);
}

static void
check_error(const char *scenario, const char *member)
{
    struct json *json = parse(scenario);
    char *error = NULL;

    assert_null(scenario_run(json, &error));
    assert_non_null(error);
    if (strncmp(error, member, strlen(member))) {
        fail_msg("\"%s\" does not begin with \"%s\"", error, member);
    }
    free(error);
    json_destroy(json);
}

static void
test_messages_name_the_member(void **state OVS_UNUSED)
{
    check_error("[]", "kind:");
    check_error("{'kind': 'nothing'}", "kind:");
    check_error("{'kind': 'negotiate'}", "sender:");
    check_error("{'kind': 'negotiate', 'sender': {}}", "sender.options:");
    check_error("{'kind': 'negotiate', 'sender': {'options': ["
                "{'class': '0x1', 'type': '0x2', 'length': 4}, "
                "{'class': '0x1', 'type': '0x100', 'length': 4}]}}",
                "sender.options[1].type:");
    check_error("{'kind': 'negotiate', 'sender': {'options': []}, "
                "'delivery': 'broadcast'}", "delivery:");
    check_error("{'kind': 'negotiate', 'sender': {'options': []}, "
                "'underlay': {'mtu': '1500'}}", "underlay.mtu:");
    check_error("{'kind': 'sequence', 'sender': {'options': []}}", "events:");
    check_error("{'kind': 'sequence', 'sender': {'options': []}, "
                "'events': [{}, {'sender': 5}]}", "events[1]: sender:");
    check_error("{'kind': 'fleet', 'sender': {'options': []}, "
                "'remotes': [{'name': 5}]}", "remotes[0]: name:");
    check_error("{'kind': 'receive', 'header': '0'}", "header:");
    check_error("{'kind': 'receive', 'header': '', 'supported': {}}",
                "supported:");
}

static void
test_result_has_the_members_of_expect(void **state OVS_UNUSED)
{
    struct json *scenario = parse(
        "{'kind': 'negotiate', 'sender': {'options': []}, "
        "'expect': {'status': 'wrong', 'cBit': false}}");
    struct json *result = run(scenario);
    char *difference;

    assert_int_equal(shash_count(json_object(result)), 2);
    assert_string_equal(json_util_string(result, "status", ""), "ok");
    assert_false(scenario_check(scenario, result, &difference));
    assert_string_equal(difference,
                        "status: expected \"wrong\", got \"ok\"");
    free(difference);
    json_destroy(result);
    json_destroy(scenario);
}

static void
test_without_expect_all_members(void **state OVS_UNUSED)
{
    struct json *scenario = parse(
        "{'kind': 'negotiate', 'sender': {'options': []}, "
        "'underlay': {'mtu': 1500, 'family': 'ipv4'}}");
    struct json *result = run(scenario);
    char *difference;

    assert_int_equal(shash_count(json_object(result)), 9);
    assert_true(scenario_check(scenario, result, &difference));
    json_destroy(result);
    json_destroy(scenario);
}

static void
test_missing_member_is_a_difference(void **state OVS_UNUSED)
{
    struct json *scenario = parse(
        "{'kind': 'negotiate', 'sender': {'options': []}, "
        "'expect': {'mtu': 1450, 'status': 'ok'}}");
    struct json *result = run(scenario);
    char *difference;

    assert_int_equal(shash_count(json_object(result)), 1);
    assert_false(scenario_check(scenario, result, &difference));
    assert_string_equal(difference, "mtu: expected 1450, got nothing");
    free(difference);
    json_destroy(result);
    json_destroy(scenario);
}

#define OPT_A "{'class': '0xff01', 'type': '0x01', 'length': 4}"
#define OPT_B "{'class': '0xff01', 'type': '0x02', 'length': 4}"

static void
test_fleet_assignments(void **state OVS_UNUSED)
{
    struct json *scenario = parse(
        "{'kind': 'fleet', 'sender': {'options': [" OPT_A ", " OPT_B "]}, "
        "'remotes': ["
        " {'name': 'w', 'advertisement': null},"
        " {'name': 'x', 'advertisement': {'order': 'strict',"
        "   'options': [" OPT_B ", " OPT_A "]}},"
        " {'name': 'y', 'advertisement': {'order': 'strict',"
        "   'options': [" OPT_A ", " OPT_B "]}}],"
        "'expect': {'plans': 2}}");
    struct json *result = run(scenario);
    struct json *expected = parse(
        "[{'order': ['0xff01/0x02', '0xff01/0x01'], 'remotes': ['w', 'x']},"
        " {'order': ['0xff01/0x01', '0xff01/0x02'], 'remotes': ['y']}]");

    assert_int_equal(shash_count(json_object(result)), 2);
    assert_true(json_equal(json_util_get(result, "assignments"), expected));
    json_destroy(result);
    json_destroy(expected);
    json_destroy(scenario);
}

static void
test_remote_overrides_fleet(void **state OVS_UNUSED)
{
    struct json *scenario = parse(
        "{'kind': 'fleet', 'sender': {'options': [" OPT_A ", " OPT_B "]}, "
        "'transit': {'maxOptions': 1},"
        "'remotes': ["
        " {'name': 'w', 'advertisement': {'options': [" OPT_A "," OPT_B "]}},"
        " {'name': 'x', 'advertisement': {'options': [" OPT_A "," OPT_B "]},"
        "  'transit': {'maxOptions': 2}},"
        " {'name': 'y', 'advertisement': {'options': [" OPT_A "]},"
        "  'delivery': 'multicast'}],"
        "'expect': {'plans': 1, 'remotes': {"
        " 'w': {'options': ['0xff01/0x01'],"
        "       'omitted': [['0xff01/0x02', 'max-options']]},"
        " 'x': {'options': ['0xff01/0x01', '0xff01/0x02']},"
        " 'y': {'source': 'multicast'}}}}");

    test_worked_case((void **) &scenario);
    json_destroy(scenario);
}

static void
test_forgotten_peer_may_come_back(void **state OVS_UNUSED)
{
    struct json *scenario = parse(
        "{'kind': 'sequence', 'sender': {'options': [" OPT_A "]},"
        "'advertisement': {'options': [" OPT_A "]},"
        "'events': [{'transit': {'maxOptions': 0}}, {'transit': null},"
        " {'advertisement': 1}, {'advertisement': 2},"
        " {'holdExpired': true, 'advertisement': 3},"
        " {'advertisement': {'options': []}}, {'advertisement': null},"
        " {'advertisement': 4}],"
        "'expect': {'steps': [{'source': 'advertised', 'options': []},"
        " {'source': 'advertised', 'options': ['0xff01/0x01']},"
        " {'source': 'last-good'}, {'source': 'last-good'},"
        " {'source': 'malformed'}, {'source': 'advertised'},"
        " {'source': 'none'}, {'source': 'malformed'}]}}");

    test_worked_case((void **) &scenario);
    json_destroy(scenario);
}

/* The worked cases. */

struct suite {
    struct CMUnitTest *tests;
    size_t n, allocated;
};

static void
suite_add(struct suite *suite, const char *name, CMUnitTestFunction function,
          void *state)
{
    if (suite->n == suite->allocated) {
        suite->tests = x2nrealloc(suite->tests, &suite->allocated,
                                  sizeof *suite->tests);
    }
    suite->tests[suite->n++] = (struct CMUnitTest) {
        .name = name, .test_func = function, .initial_state = state,
    };
}

/* Adds each scenario of a file.  Returns the file's JSON, which must outlive
 * the tests. */
static struct json *
suite_add_file(struct suite *suite, const char *file)
{
    const char *srcdir = getenv("GA_SRCDIR");
    char *path = xasprintf("%s/tests/scenarios/%s", srcdir ? srcdir : ".",
                           file);
    struct json *json = json_from_file(path);
    const struct json *list = json_util_get(json, "scenarios");

    if (!list) {
        ovs_fatal(0, "%s: no scenarios (%s)", path,
                  json->type == JSON_STRING ? json->string : "bad form");
    }
    for (size_t i = 0; i < list->array.n; i++) {
        suite_add(suite, json_util_string(list->array.elems[i], "name", "?"),
                  test_worked_case, list->array.elems[i]);
    }
    free(path);
    return json;
}

int
main(void)
{
    struct suite suite = { NULL, 0, 0 };
    struct json *worked = suite_add_file(&suite, "scenarios.json");
    struct json *generated = suite_add_file(&suite, "random.json");
    int n_failed;

#define ADD(FUNCTION) suite_add(&suite, #FUNCTION, FUNCTION, NULL)
    ADD(test_messages_name_the_member);
    ADD(test_result_has_the_members_of_expect);
    ADD(test_without_expect_all_members);
    ADD(test_missing_member_is_a_difference);
    ADD(test_fleet_assignments);
    ADD(test_remote_overrides_fleet);
    ADD(test_forgotten_peer_may_come_back);

    /* What cmocka_run_group_tests_name() is, for an array whose size only
     * the program knows. */
    n_failed = _cmocka_run_group_tests("scenario", suite.tests, suite.n,
                                       NULL, NULL);
    free(suite.tests);
    json_destroy(worked);
    json_destroy(generated);
    return n_failed;
}
