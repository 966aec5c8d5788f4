/* Label sets, selectors and VPCPolicy: what they mean, and for each fault its
 * field. */

#include <config.h>

#include "lib/label.h"
#include "lib/label-selector.h"
#include "lib/label-set.h"
#include "lib/resource.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "smap.h"
#include "svec.h"
#include "tests/unit/parse.h"
#include "tests/unit/resource-check.h"
#include "util.h"

/* "a=b c=d" as labels. */
static void
labels_init(struct smap *labels, const char *text_)
{
    char *text = xstrdup(text_);
    char *save = NULL;

    smap_init(labels);
    for (char *word = strtok_r(text, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        char *value = strchr(word, '=');

        *value++ = '\0';
        smap_add(labels, word, value);
    }
    free(text);
}

static void
check_set(const char *labels_, const char *expected)
{
    struct smap labels;
    char *s;

    labels_init(&labels, labels_);
    s = label_set_to_string(&labels);
    assert_string_equal(s, expected);
    smap_clear(&labels);
    assert_true(label_set_from_string(s, &labels));
    free(s);
    s = label_set_to_string(&labels);
    assert_string_equal(s, expected);
    free(s);
    smap_destroy(&labels);
}

static void
check_no_set(const char *s)
{
    struct smap labels = SMAP_INITIALIZER(&labels);

    assert_false(label_set_from_string(s, &labels));
    smap_destroy(&labels);
}

static void
test_label_sets(void **state OVS_UNUSED)
{
    check_set("", "");
    check_set("nvo3.io/vpc=blue", "");
    check_set("tier=web app=shop", "app=shop,tier=web");
    check_set("app=shop nvo3.io/vpc=blue tier=", "app=shop,tier=");
    check_set("nvo3.iox/vpc=blue", "nvo3.iox/vpc=blue");

    /* These would be the same without escapes. */
    check_set("a=1 b=2", "a=1,b=2");
    check_set("a=1,b=2", "a=1%2Cb%3D2");
    check_set("a=1%2Cb%3D2", "a=1%252Cb%253D2");

    check_no_set("a");
    check_no_set("b=1,a=2");
    check_no_set("a=1,a=2");
    check_no_set("a=1,a=1");
    check_no_set("a=1,");
    check_no_set("a=%2c");
    check_no_set("a=%2");
    check_no_set("a=%zz");
    check_no_set("a=%00");
    check_no_set("a=%41");
    check_no_set("a=b=c");
    check_no_set("nvo3.io/vpc=blue");
}

static void
check_text(const char *json, const char *expected)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct label_selector selector;
    struct json *parsed = parse(json);
    char *s;

    label_selector_from_json(parsed, "s", &selector, &errors);
    assert_int_equal(errors.n, 0);
    s = label_selector_to_string(&selector);
    assert_string_equal(s, expected);
    free(s);
    label_selector_destroy(&selector);
    json_destroy(parsed);
}

static void
test_selector_text(void **state OVS_UNUSED)
{
    check_text("{}", "");
    check_text("{'matchLabels': {'app': 'web'}}", "app=web");
    check_text("{'matchExpressions': ["
               "{'key': 'a', 'operator': 'In', 'values': ['y', 'x']}, "
               "{'key': 'b', 'operator': 'NotIn', 'values': ['x']}, "
               "{'key': 'c', 'operator': 'NotIn', 'values': ['x', 'y']}, "
               "{'key': 'd', 'operator': 'Exists'}, "
               "{'key': 'e', 'operator': 'DoesNotExist'}]}",
               "a in (x,y), b!=x, c notin (x,y), d, !e");
}

static void
test_label_syntax(void **state OVS_UNUSED)
{
    assert_true(label_key_is_valid("app"));
    assert_true(label_key_is_valid("example.com/app.kubernetes-io_x"));
    assert_false(label_key_is_valid(""));
    assert_false(label_key_is_valid("/app"));
    assert_false(label_key_is_valid("app/"));
    assert_false(label_key_is_valid("a/b/c"));
    assert_false(label_key_is_valid("A.com/b"));
    assert_false(label_key_is_valid("-a"));
    assert_true(label_value_is_valid(""));
    assert_true(label_value_is_valid("A.b_c-9"));
    assert_false(label_value_is_valid("a b"));
    assert_false(label_value_is_valid("a-"));
    assert_false(label_value_is_valid("a/b"));
    assert_true(label_value_is_valid("123456789012345678901234567890123456789"
                                     "012345678901234567890123"));
    assert_false(label_value_is_valid("123456789012345678901234567890123456789"
                                      "0123456789012345678901234"));
}

static void
check_match(const char *selector_, const char *labels_, bool expected)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = parse(selector_);
    struct label_selector selector;
    struct smap labels;

    label_selector_from_json(json, "selector", &selector, &errors);
    assert_int_equal(errors.n, 0);
    labels_init(&labels, labels_);
    if (label_selector_matches(&selector, &labels) != expected) {
        fail_msg("%s, labels \"%s\": %s", selector_, labels_,
                 expected ? "does not match" : "matches");
    }
    smap_destroy(&labels);
    label_selector_destroy(&selector);
    json_destroy(json);
}

#define EXPR(KEY, OP, VALUES) "{'matchExpressions': [{'key': '" KEY "', " \
    "'operator': '" OP "'" VALUES "}]}"

static void
test_selectors(void **state OVS_UNUSED)
{
    check_match("{}", "", true);
    check_match("{'matchLabels': {}, 'matchExpressions': null}", "a=b", true);
    check_match("{'matchLabels': {'a': 'b'}}", "a=b c=d", true);
    check_match("{'matchLabels': {'a': 'b'}}", "a=c", false);
    check_match("{'matchLabels': {'a': 'b', 'c': 'd'}}", "a=b", false);
    check_match("{'matchLabels': {'a': ''}}", "", false);
    check_match("{'matchLabels': {'a': ''}}", "a=", true);

    check_match(EXPR("a", "In", ", 'values': ['c', 'b']"), "a=b", true);
    check_match(EXPR("a", "In", ", 'values': ['c', 'b']"), "a=d", false);
    check_match(EXPR("a", "In", ", 'values': ['c', 'b']"), "", false);
    check_match(EXPR("a", "NotIn", ", 'values': ['b']"), "a=b", false);
    check_match(EXPR("a", "NotIn", ", 'values': ['b']"), "a=c", true);
    check_match(EXPR("a", "NotIn", ", 'values': ['b']"), "", true);
    check_match(EXPR("a", "Exists", ""), "a=", true);
    check_match(EXPR("a", "Exists", ", 'values': []"), "b=a", false);
    check_match(EXPR("a", "DoesNotExist", ""), "a=b", false);
    check_match(EXPR("a", "DoesNotExist", ""), "b=a", true);
    check_match("{'matchLabels': {'a': 'b'}, 'matchExpressions': [{'key': "
                "'c', 'operator': 'Exists'}]}", "a=b", false);
    check_match("{'matchLabels': {'a': 'b'}, 'matchExpressions': [{'key': "
                "'c', 'operator': 'Exists'}]}", "a=b c=d", true);
}

#define SELECTOR(S) "'vpc': 'v', 'endpointSelector': {" S "}"
#define RULE(R) "'vpc': 'v', 'ingress': [{}, {" R "}]"
#define PORT(P) RULE("'ports': [{'port': 1}, {" P "}]")
#define E "spec.endpointSelector.matchExpressions[0]"
#define P1 "spec.ingress[1].ports[1]"
#define TO(T) "'vpc': 'v', 'egress': [{'to': [{'external': true}, {" T "}]}]"
#define BLOCK(B) TO("'ipBlock': {" B "}")
#define T1 "spec.egress[0].to[1]"
#define B1 T1 ".ipBlock"

static void
test_bad_selectors(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_VPC_POLICY;

    refuse(k, "'vpc': 'v', 'endpointSelector': 5",
           "spec.endpointSelector: must be an object");
    refuse(k, SELECTOR("'matchLabels': []"),
           "spec.endpointSelector.matchLabels: must be an object");
    refuse(k, SELECTOR("'matchLabels': {'a': 1}"),
           "spec.endpointSelector.matchLabels.a: must be a string");
    refuse(k, SELECTOR("'matchLabels': {'a': null}"),
           "spec.endpointSelector.matchLabels.a: is required");
    refuse(k, SELECTOR("'matchLabels': {'a b': 'c'}"), "matchLabels.a b: ");
    refuse(k, SELECTOR("'matchLabels': {'a': 'b c'}"),
           "spec.endpointSelector.matchLabels.a: \"b c\" is not");
    refuse(k, SELECTOR("'matchLabels': {'nvo3.io/vpc': 'v'}"),
           "matchLabels.nvo3.io/vpc: \"nvo3.io/vpc\": selectors cannot use "
           "labels nvo3.io/...");
    refuse(k, SELECTOR("'matchExpressions': {}"),
           "spec.endpointSelector.matchExpressions: must be an array");
    refuse(k, SELECTOR("'matchExpressions': ['a']"), E ": must be an object");
    refuse(k, SELECTOR("'matchExpressions': [{'operator': 'Exists'}]"),
           E ".key: is required");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a'}]"),
           E ".operator: is required");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a', 'operator': 'in', "
                       "'values': ['b']}]"),
           E ".operator: \"in\" is not one of");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a', 'operator': 'In'}]"),
           E ".values: is required");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a', "
                       "'operator': 'NotIn', 'values': []}]"),
           E ".values: is required");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a', "
                       "'operator': 'Exists', 'values': ['b']}]"),
           E ".values: must be empty for operator Exists");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a', 'operator': 'In', "
                       "'values': ['b', 5]}]"),
           E ".values[1]: must be a string");
    refuse(k, SELECTOR("'matchExpressions': [{'key': 'a', 'operator': 'In', "
                       "'values': ['-']}]"), E ".values[0]: \"-\" is not");
}

static void
test_bad_policies(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_VPC_POLICY;

    refuse(k, "'ingress': []", "spec.vpc: is required");
    refuse(k, "'vpc': 'V'", "spec.vpc: \"V\" is not a valid object name");
    refuse(k, "'vpc': 'v', 'ingress': {}", "spec.ingress: must be an array");
    refuse(k, "'vpc': 'v', 'ingress': [5]",
           "spec.ingress[0]: must be an object");
    refuse(k, "'vpc': 'v', 'ingress': [null]",
           "spec.ingress[0]: must be an object");
    refuse(k, RULE("'from': {}"), "spec.ingress[1].from: must be an array");
    refuse(k, RULE("'from': [5]"),
           "spec.ingress[1].from[0]: must be an object");
    refuse(k, RULE("'from': [{}]"),
           "spec.ingress[1].from[0]: must have one of endpointSelector, "
           "ipBlock and external");
    refuse(k, RULE("'from': [{'endpointSelector': {'matchExpressions': "
                   "[{'key': 'a', 'operator': 'Like'}]}}]"),
           "spec.ingress[1].from[0].endpointSelector.matchExpressions[0]"
           ".operator: \"Like\"");
    refuse(k, RULE("'ports': 80"), "spec.ingress[1].ports: must be an array");
    refuse(k, RULE("'ports': [80]"),
           "spec.ingress[1].ports[0]: must be an obj");
    refuse(k, PORT("'protocol': 'tcp'"),
           P1 ".protocol: \"tcp\" is not one of");
    refuse(k, PORT("'protocol': 6"), P1 ".protocol: must be a string");
    refuse(k, PORT("'port': 0"), P1 ".port: 0 is not in the range from 1 to");
    refuse(k, PORT("'port': 65536"), P1 ".port: 65536 is not in the range");
    refuse(k, PORT("'port': 'http'"), P1 ".port: must be an integer");
    refuse(k, PORT("'port': 5, 'endPort': 4"), P1 ".endPort: 4 is less than");
    refuse(k, PORT("'port': 5, 'endPort': 65536"),
           P1 ".endPort: 65536 is not");
    refuse(k, PORT("'endPort': 4"),
           P1 ".endPort: must not be given without a port");
    refuse(k, PORT("'protocol': 'ICMP', 'port': 8"), P1 ".port: ICMP has no");
    refuse(k, PORT("'protocol': 'ICMPv6', 'endPort': 8"),
           P1 ".endPort: ICMPv6 has no ports");
}

static void
test_bad_peers(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_VPC_POLICY;

    refuse(k, "'vpc': 'v', 'egress': {}", "spec.egress: must be an array");
    refuse(k, "'vpc': 'v', 'egress': [{'to': {}}]",
           "spec.egress[0].to: must be an array");
    refuse(k, "'vpc': 'v', 'egress': [{'to': [], 'ports': [{'port': 0}]}]",
           "spec.egress[0].ports[0].port: 0 is not in the range");
    refuse(k, TO(""), T1 ": must have one of endpointSelector, ipBlock and");
    refuse(k, TO("'ipBlock': null"), T1 ": must have one of");
    refuse(k, TO("'ipBlock': {}, 'endpointSelector': {}"),
           T1 ": must have one of endpointSelector, ipBlock and external, and "
           "not several");
    refuse(k, TO("'ipBlock': '10.0.0.0/8'"), B1 ": must be an object");
    refuse(k, TO("'external': false"), T1 ".external: must be true");
    refuse(k, TO("'external': 'yes'"), T1 ".external: must be true");
    refuse(k, BLOCK(""), B1 ".cidr: is required");
    refuse(k, BLOCK("'cidr': 10"), B1 ".cidr: must be a string");
    refuse(k, BLOCK("'cidr': '10.0.0.0'"), B1 ".cidr: \"10.0.0.0\" is not a ");
    refuse(k, BLOCK("'cidr': '10.0.0.1/8'"),
           B1 ".cidr: \"10.0.0.1/8\" has bits set after the prefix: "
           "10.0.0.0/8");
    refuse(k, BLOCK("'cidr': '224.0.0.0/4'"), "is a range of multicast");
    refuse(k, BLOCK("'cidr': '10.0.0.0/33'"), B1 ".cidr: \"10.0.0.0/33\" is");
    refuse(k, BLOCK("'cidr': '10.0.0.0/8', 'except': {}"),
           B1 ".except: must be an array");
    refuse(k, BLOCK("'cidr': '10.0.0.0/8', 'except': [5]"),
           B1 ".except[0]: must be a string");
    refuse(k, BLOCK("'cidr': '10.0.0.0/8', 'except': ['10.1.0.0/16', 'x']"),
           B1 ".except[1]: \"x\" is not a prefix");
    refuse(k, BLOCK("'cidr': '10.0.0.0/8', 'except': ['11.0.0.0/16']"),
           B1 ".except[0]: \"11.0.0.0/16\" is not a part of cidr");
    refuse(k, BLOCK("'cidr': '10.0.0.0/8', 'except': ['10.0.0.0/8']"),
           B1 ".except[0]: \"10.0.0.0/8\" is not a part of cidr");
    refuse(k, BLOCK("'cidr': '10.0.0.0/8', 'except': ['0.0.0.0/0']"),
           B1 ".except[0]: \"0.0.0.0/0\" is not a part of cidr");
    refuse(k, BLOCK("'cidr': '0.0.0.0/0', 'except': ['2001:db8::/32']"),
           B1 ".except[0]: \"2001:db8::/32\" is not a part of cidr");
    refuse(k, "'vpc': 'v', 'policyTypes': 'Egress'",
           "spec.policyTypes: must be an array");
    refuse(k, "'vpc': 'v', 'policyTypes': ['Egress', 'egress']",
           "spec.policyTypes[1]: \"egress\" is not one of Ingress, Egress");
    refuse(k, "'vpc': 'v', 'policyTypes': [1]",
           "spec.policyTypes[0]: \"\" is");
    refuse(k, "'vpc': 'v', 'policyTypes': ['Egress', 'Egress', 'Egress']",
           "spec.policyTypes: must not have more than 2 elements");
}

static struct vpc_policy *
policy(const char *spec)
{
    return parse_good(RES_VPC_POLICY, spec, "", NULL);
}

static void
test_policy(void **state OVS_UNUSED)
{
    struct vpc_policy *p = policy("'vpc': 'v'");

    assert_string_equal(p->vpc, "v");
    assert_true(label_selector_is_empty(&p->selector));
    assert_int_equal(p->directions[POLICY_INGRESS].n, 0);
    vpc_policy_destroy(p);

    p = policy(
        "'vpc': 'v', 'endpointSelector': {'matchLabels': {'app': 'db'}}, "
        "'ingress': [{}, {'from': [{'endpointSelector': {}}, "
        "{'endpointSelector': {'matchLabels': {'app': 'web'}}}], "
        "'ports': [{'port': 80}, {'protocol': 'UDP', 'port': 1, 'endPort': "
        "65535}, {'protocol': 'SCTP'}, {'protocol': 'ICMP'}, "
        "{'protocol': 'ICMPv6', 'port': null}]}]");
    assert_int_equal(p->selector.n, 1);
    assert_int_equal(p->directions[POLICY_INGRESS].n, 2);
    assert_int_equal(p->directions[POLICY_INGRESS].rules[0].n_peers, 0);
    assert_int_equal(p->directions[POLICY_INGRESS].rules[0].n_ports, 0);

    const struct policy_rule *rule = &p->directions[POLICY_INGRESS].rules[1];
    assert_int_equal(rule->n_peers, 2);
    assert_true(label_selector_is_empty(&rule->peers[0].selector));
    assert_string_equal(rule->peers[1].selector.reqs[0].key, "app");
    assert_int_equal(rule->n_ports, 5);
    assert_int_equal(rule->ports[0].protocol, IPPROTO_TCP);
    assert_int_equal(rule->ports[0].port, 80);
    assert_int_equal(rule->ports[0].end_port, 80);
    assert_int_equal(rule->ports[1].protocol, IPPROTO_UDP);
    assert_int_equal(rule->ports[1].port, 1);
    assert_int_equal(rule->ports[1].end_port, 65535);
    assert_int_equal(rule->ports[2].protocol, IPPROTO_SCTP);
    assert_int_equal(rule->ports[2].port, 0);
    assert_int_equal(rule->ports[2].end_port, 0);
    assert_int_equal(rule->ports[3].protocol, IPPROTO_ICMP);
    assert_int_equal(rule->ports[4].protocol, IPPROTO_ICMPV6);
    assert_string_equal(vpc_policy_protocol_to_string(IPPROTO_ICMPV6),
                        "ICMPv6");
    vpc_policy_destroy(p);
}

/* As Kubernetes' documentation has it: without policyTypes a policy is for
 * ingress, and for egress if it has rules for that. */
static void
check_types(const char *spec, const char *expected, const char *warning)
{
    char *text = xasprintf("'vpc': 'v'%s", spec);
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct vpc_policy *p = parse_good(RES_VPC_POLICY, text, "", &warnings);
    char *types;

    types = xasprintf("%s%s", p->directions[POLICY_INGRESS].applies ? "I" : "",
                      p->directions[POLICY_EGRESS].applies ? "E" : "");
    if (strcmp(types, expected)) {
        fail_msg("%s applies to \"%s\"", text, types);
    }
    assert_int_equal(warnings.n, warning ? 1 : 0);
    if (warning) {
        assert_non_null(strstr(warnings.names[0], warning));
    }
    svec_destroy(&warnings);
    free(types);
    vpc_policy_destroy(p);
    free(text);
}

static void
test_policy_types(void **state OVS_UNUSED)
{
    check_types("", "I", NULL);
    check_types(", 'ingress': [{}]", "I", NULL);
    check_types(", 'egress': []", "I", NULL);
    check_types(", 'egress': [{}]", "IE", NULL);
    check_types(", 'policyTypes': []", "I", NULL);
    check_types(", 'policyTypes': [], 'egress': [{}]", "IE", NULL);
    check_types(", 'policyTypes': ['Ingress']", "I", NULL);
    check_types(", 'policyTypes': ['Egress']", "E", NULL);
    check_types(", 'policyTypes': ['Egress', 'Ingress']", "IE", NULL);
    check_types(", 'policyTypes': ['Ingress', 'Ingress']", "I", NULL);
    check_types(", 'policyTypes': ['Egress'], 'ingress': [{}]", "E",
                "spec.ingress: is not used");
    check_types(", 'policyTypes': ['Ingress'], 'egress': [{}]", "I",
                "spec.egress: is not used");
}

/* What a policy that is refused closes, as long as it has never been good. */
static void
check_faulty(const char *spec, const char *expected)
{
    char *text = xasprintf("{'metadata': {'name': 'x'}, 'spec': {'vpc': 'v', "
                           "%s}}", spec);
    struct json *json = parse(text);
    struct vpc_policy *p = vpc_policy_from_faulty_json(json);
    char *types;

    assert_non_null(p);
    types = xasprintf("%s%s", p->directions[POLICY_INGRESS].applies ? "I" : "",
                      p->directions[POLICY_EGRESS].applies ? "E" : "");
    if (strcmp(types, expected)) {
        fail_msg("%s closes \"%s\"", text, types);
    }
    for (enum policy_direction d = 0; d < POLICY_N_DIRECTIONS; d++) {
        assert_int_equal(p->directions[d].n, 0);
    }
    free(types);
    vpc_policy_destroy(p);
    json_destroy(json);
    free(text);
}

static void
test_faulty_policies(void **state OVS_UNUSED)
{
    check_faulty("'ingress': [{'form': []}]", "I");
    check_faulty("'ingress': 5", "I");
    check_faulty("'egress': 5", "IE");
    check_faulty("'egress': [{'too': []}], 'ingress': [{}]", "IE");
    check_faulty("'egres': [{}]", "IE");
    check_faulty("'policyTypes': ['Egress'], 'egress': [{'too': []}]", "E");
    check_faulty("'policyTypes': ['Ingress'], 'egress': [{'too': []}]", "I");
    check_faulty("'policyTypes': ['Egres']", "IE");
    check_faulty("'policyTypes': 'Egress'", "IE");
    check_faulty("'policyTypes': ['Egress', 7]", "IE");
    check_faulty("'endpointSelector': 7, 'egress': [{}]", "IE");
}

static void
test_peers(void **state OVS_UNUSED)
{
    struct vpc_policy *p = policy(
        "'vpc': 'v', 'egress': [{}, {'to': [{'ipBlock': {'cidr': "
        "'10.0.0.0/8', 'except': ['10.1.0.0/16', '10.2.0.0/16']}}, "
        "{'external': true}, {'endpointSelector': {'matchLabels': "
        "{'a': 'b'}}}]}]");
    const struct policy_rules *rules = &p->directions[POLICY_EGRESS];
    const struct policy_peer *peers;
    char *s;

    assert_int_equal(rules->n, 2);
    assert_int_equal(rules->rules[0].n_peers, 0);
    assert_int_equal(rules->rules[1].n_peers, 3);
    peers = rules->rules[1].peers;
    assert_int_equal(peers[0].type, POLICY_PEER_BLOCK);
    assert_int_equal(peers[0].n_except, 2);
    s = ip_prefix_to_string(&peers[0].except[1]);
    assert_string_equal(s, "10.2.0.0/16");
    free(s);
    assert_int_equal(peers[1].type, POLICY_PEER_EXTERNAL);
    assert_int_equal(peers[2].type, POLICY_PEER_ENDPOINTS);
    assert_string_equal(peers[2].selector.reqs[0].key, "a");
    vpc_policy_destroy(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_sets),
        cmocka_unit_test(test_selector_text),
        cmocka_unit_test(test_label_syntax),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_bad_selectors),
        cmocka_unit_test(test_bad_policies),
        cmocka_unit_test(test_bad_peers),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_policy_types),
        cmocka_unit_test(test_faulty_policies),
    };
    return cmocka_run_group_tests_name("vpc-policy", tests, NULL, NULL);
}
