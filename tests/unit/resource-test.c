/* Resources from JSON: good objects, and for each fault its field. */

#include <config.h>

#include "lib/encapsulation.h"
#include "lib/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

/* An object named "x" with this spec and these further members.  So that the
 * cases can be read, they are written with ' for ". */
static struct json *
object(const char *spec, const char *more)
{
    char *text = xasprintf("{'metadata': {'name': 'x'}, 'spec': {%s}%s}",
                           spec, more);
    struct json *json;
    char *error;

    for (char *p = text; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }
    json = json_util_parse(text, strlen(text), &error);
    if (!json) {
        fail_msg("%s: %s", text, error);
    }
    free(text);
    return json;
}

static struct json *
document(const char *text_)
{
    char *text = xstrdup(text_);
    struct json *json;
    char *error;

    for (char *p = text; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }
    json = json_util_parse(text, strlen(text), &error);
    if (!json) {
        fail_msg("%s: %s", text, error);
    }
    free(text);
    return json;
}

static void
check_json(enum resource_kind kind, struct json *json, const char *expected)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    bool ok = resource_validate(kind, json, &errors, NULL);
    char *s = field_errors_to_string(&errors);
    char *line = json_util_to_line(json);

    assert_int_equal(ok, errors.n == 0);
    if (expected ? !strstr(s, expected) : !ok) {
        fail_msg("%s\n  gives \"%s\"\n  not   \"%s\"", line, s,
                 expected ? expected : "");
    }
    free(line);
    free(s);
    field_errors_destroy(&errors);
    json_destroy(json);
}

static void
check_accepted(enum resource_kind kind, const char *spec)
{
    check_json(kind, object(spec, ""), NULL);
}

/* 'expected' is part of the message, the field included. */
static void
refuse(enum resource_kind kind, const char *spec, const char *expected)
{
    check_json(kind, object(spec, ""), expected);
}

static void
test_types(void **state OVS_UNUSED)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        const struct resource_class *class = resource_get_class(i);
        enum resource_kind kind;

        assert_true(resource_kind_from_kind(class->kind, &kind));
        assert_int_equal(kind, i);
        assert_true(resource_kind_from_plural(class->plural, &kind));
        assert_int_equal(kind, i);
        assert_false(resource_kind_from_kind(class->plural, &kind));
    }
    assert_string_equal(resource_get_class(RES_ENDPOINT)->short_name, "vep");
}

static void
test_names(void **state OVS_UNUSED)
{
    static const char *good[] = { "a", "0", "a-b", "a.b", "a--b.c-d",
                                  "5b2e8a4c-0000-1111-2222-333344445555" };
    static const char *bad[] = { "", "-", ".", "a-", "-a", "a.", ".a",
                                 "a..b", "a.-b", "a-.b", "A", "a_b", "a b",
                                 "a/b", "\xc3\xa4" };
    char name[255];

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_true(resource_name_is_valid(good[i]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        if (resource_name_is_valid(bad[i])) {
            fail_msg("\"%s\" is no valid name", bad[i]);
        }
    }
    memset(name, 'a', 254);
    name[254] = '\0';
    assert_false(resource_name_is_valid(name));
    name[253] = '\0';
    assert_true(resource_name_is_valid(name));
}

static void
test_metadata(void **state OVS_UNUSED)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "[]", "VPC: must be an object" },
        { "{}", "metadata: is required; spec: is required" },
        { "{'metadata': 5, 'spec': {'vni': 5}}",
          "metadata: must be an object, not a number" },
        { "{'metadata': {}, 'spec': {'vni': 5}}",
          "metadata.name: is required" },
        { "{'metadata': {'name': null}, 'spec': {'vni': 5}}",
          "metadata.name: is required" },
        { "{'metadata': {'name': 'A'}, 'spec': {'vni': 5}}",
          "metadata.name: \"A\" is not" },
        { "{'metadata': {'name': 'a', 'labels': {'b': 5}}, "
          "'spec': {'vni': 5}}", "metadata.labels.b: must be a string" },
        { "{'metadata': {'name': 'a', 'annotations': []}, "
          "'spec': {'vni': 5}}", "metadata.annotations: must be an object" },
        { "{'metadata': {'name': 'a', 'generation': 'b'}, "
          "'spec': {'vni': 5}}", "metadata.generation: must be an integer" },
        { "{'metadata': {'name': 'a'}, 'kind': 'NVE', 'spec': {'vni': 5}}",
          "kind: \"NVE\" is not VPC" },
        { "{'metadata': {'name': 'a'}, 'apiVersion': 'v1', "
          "'spec': {'vni': 5}}", "apiVersion: \"v1\" is not" },
        { "{'metadata': {'name': 'a'}, 'spec': []}",
          "spec: must be an object, not an array" },
        { "{'metadata': {'name': 'a', 'labels': {'k': 'v'}, 'uid': 'u', "
          "'resourceVersion': '7', 'generation': 3}, 'kind': 'VPC', "
          "'apiVersion': 'nvo3.io/v1alpha1', 'spec': {'vni': 5, "
          "'unknown': 1}, 'status': 5, 'more': 6}", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_json(RES_VPC, document(cases[i].text), cases[i].expected);
    }
}

static void
test_geneve_option(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct json *json = object(
        "'class': '0xFF01', 'type': '0x81', 'length': 4, "
        "'description': 'label', "
        "'value': {'from': 'endpoint.policyLabel'}", "");
    struct geneve_option *opt = geneve_option_from_json(json, &errors,
                                                        &warnings);

    assert_non_null(opt);
    assert_int_equal(opt->key.class, 0xff01);
    assert_int_equal(opt->key.type, 0x81);
    assert_int_equal(opt->length, 4);
    assert_string_equal(opt->description, "label");
    assert_int_equal(opt->value.from, VALUE_EP_POLICY_LABEL);
    assert_int_equal(warnings.n, 0);
    geneve_option_destroy(opt);
    json_destroy(json);

    json = object("'class': '0x102', 'type': '0x80', 'length': 4", "");
    opt = geneve_option_from_json(json, &errors, &warnings);
    assert_non_null(opt);
    assert_int_equal(opt->value.from, VALUE_NONE);
    assert_int_equal(warnings.n, 1);
    assert_non_null(strstr(warnings.names[0], "OVN"));
    geneve_option_destroy(opt);
    json_destroy(json);
    svec_destroy(&warnings);
}

#define CT "'class': '0xff01', 'type': '0x1'"

static void
test_bad_geneve_options(void **state OVS_UNUSED)
{
    enum resource_kind k = RES_GENEVE_OPTION;

    check_accepted(k, CT ", 'length': 0");
    check_accepted(k, CT ", 'length': 124");
    check_accepted(k, CT ", 'length': 16, "
                   "'value': {'from': 'packet.flowHash'}");
    refuse(k, "", "spec.class: is required; spec.type: is required; "
           "spec.length: is required");
    refuse(k, "'class': 65281, 'type': '0x1', 'length': 4",
           "spec.class: must be a string, not a number");
    refuse(k, "'class': 'ff01', 'type': '0x1', 'length': 4",
           "spec.class: \"ff01\" is not \"0x\" and hex digits");
    refuse(k, "'class': '0x10000', 'type': '0x1', 'length': 4",
           "spec.class: \"0x10000\" is over 0xffff");
    refuse(k, "'class': '0x1', 'type': '0x100', 'length': 4",
           "spec.type: \"0x100\" is over 0xff");
    refuse(k, CT ", 'length': 256", "spec.length: 256 is not");
    refuse(k, CT ", 'length': 256", "RFC 8926, section 3.5");
    refuse(k, CT ", 'length': 6", "spec.length: 6 is not a multiple of 4");
    refuse(k, CT ", 'length': -4", "spec.length: -4 is not");
    refuse(k, CT ", 'length': 128", "spec.length: 128 is not");
    refuse(k, CT ", 'length': '4'", "spec.length: must be an integer");
    refuse(k, CT ", 'length': true",
           "spec.length: must be an integer, not a boolean");
    refuse(k, CT ", 'length': 4.5", "spec.length: 4.5 is not an integer");
    refuse(k, CT ", 'length': 1e300", "spec.length: 1");
    refuse(k, CT ", 'length': 4, 'description': 5", "spec.description: ");
    refuse(k, CT ", 'length': 4, 'value': {'from': 'packet.sequence'}",
           "spec.value.from: \"packet.sequence\": Open vSwitch cannot");
    refuse(k, CT ", 'length': 4, 'value': {'constant': '0x01'}",
           "spec.value.constant: has 1 bytes");
    refuse(k, CT ", 'length': 4, 'value': 'x'",
           "spec.value: must be an object");
}

static void
test_option_profile(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object("'options': [{'name': 'a', "
                               "'required': true}, "
                               "{'name': 'b', 'priority': -5}]", "");
    struct option_profile *profile = option_profile_from_json(json, &errors);
    enum resource_kind k = RES_OPTION_PROFILE;

    assert_non_null(profile);
    assert_int_equal(profile->n_entries, 2);
    assert_string_equal(profile->entries[0].option, "a");
    assert_true(profile->entries[0].required);
    assert_int_equal(profile->entries[0].priority, 100);
    assert_false(profile->entries[1].required);
    assert_int_equal(profile->entries[1].priority, -5);
    option_profile_destroy(profile);
    json_destroy(json);

    check_accepted(k, "'options': []");
    refuse(k, "", "spec.options: is required");
    refuse(k, "'options': {}", "spec.options: must be an array");
    refuse(k, "'options': ['a']", "spec.options[0]: must be an object");
    refuse(k, "'options': [{'name': 'a'}, {}]",
           "spec.options[1].name: is required");
    refuse(k, "'options': [{'name': 'a'}, {'name': 'b'}, {'name': 'a'}]",
           "spec.options[2].name: \"a\" is in the profile already");
    refuse(k, "'options': [{'name': 'a', 'required': 1}]",
           "spec.options[0].required: must be a boolean, not a number");
    refuse(k, "'options': [{'name': 'a', 'priority': 'high'}]",
           "spec.options[0].priority: must be an integer");
    refuse(k, "'options': [{'name': 'A'}]",
           "spec.options[0].name: \"A\" is not a valid");
}

static void
test_vpc(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct json *json = object(
        "'vni': 1, 'optionProfile': 'p', 'mtu': 1400, 'subnets': ["
        "{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.1'}, "
        "{'cidr': '2001:db8::/64'}], "
        "'tenantId': '00112233-4455-6677-8899-AAbbccddeeff'", "");
    struct vpc *vpc = vpc_from_json(json, &errors, &warnings);

    assert_non_null(vpc);
    assert_int_equal(vpc->vni, 1);
    assert_int_equal(warnings.n, 1);
    assert_non_null(strstr(warnings.names[0], "RFC 9772"));
    assert_string_equal(vpc->profile, "p");
    assert_int_equal(vpc->mtu, 1400);
    assert_true(vpc->has_tenant_id);
    assert_memory_equal(vpc->tenant_id, "\x00\x11\x22\x33\x44\x55\x66\x77"
                        "\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
    assert_int_equal(vpc->n_subnets, 2);
    assert_int_equal(vpc->subnets[0].prefix.plen, 24);
    assert_false(vpc->subnets[0].prefix.is_ipv6);
    assert_int_equal(in6_addr_get_mapped_ipv4(&vpc->subnets[0].gateway),
                     htonl(0x0a000001));
    assert_true(vpc->subnets[1].prefix.is_ipv6);
    assert_int_equal(vpc->subnets[1].prefix.plen, 64);
    assert_true(ipv6_is_zero(&vpc->subnets[1].gateway));
    vpc_destroy(vpc);
    json_destroy(json);
    svec_destroy(&warnings);
}

static void
test_bad_vpcs(void **state OVS_UNUSED)
{
    enum resource_kind k = RES_VPC;

    check_accepted(k, "'vni': 16777215");
    check_accepted(k, "'vni': 5.0");
    refuse(k, "", "spec.vni: is required");
    refuse(k, "'vni': 0", "spec.vni: 0 is not in the range");
    refuse(k, "'vni': 16777216",
           "spec.vni: 16777216 is not in the range from 1 to 16777215");
    refuse(k, "'vni': -1", "spec.vni: -1 is not in the range");
    refuse(k, "'vni': 9223372036854775807", "spec.vni: 92233720368");
    refuse(k, "'vni': 18446744073709551620", "spec.vni: 1.844674407370955");
    refuse(k, "'vni': 1.5", "spec.vni: 1.5 is not an integer");
    refuse(k, "'vni': true", "spec.vni: must be an integer, not a boolean");
    refuse(k, "'vni': '5'", "spec.vni: must be an integer, not a string");
    refuse(k, "'vni': {}", "spec.vni: must be an integer, not an object");
    refuse(k, "'vni': 5, 'optionProfile': 'P'", "spec.optionProfile: \"P\"");
    refuse(k, "'vni': 5, 'tenantId': 'abc'", "spec.tenantId: \"abc\" is not");
    refuse(k, "'vni': 5, 'tenantId': 5", "spec.tenantId: must be a string");
    refuse(k, "'vni': 5, 'mtu': 10", "spec.mtu: 10 is not in the range");
    refuse(k, "'vni': 5, 'mtu': 65536", "spec.mtu: 65536 is not in");
    refuse(k, "'vni': 5, 'mtu': 1279, 'subnets': [{'cidr': '2001:db8::/64'}]",
           "spec.mtu: 1279 is not in the range from 1280");
}

static void
refuse_subnets(const char *subnets, const char *expected)
{
    char *spec = xasprintf("'vni': 5, 'subnets': [%s]", subnets);

    check_json(RES_VPC, object(spec, ""), expected);
    free(spec);
}

static void
test_bad_subnets(void **state OVS_UNUSED)
{
    refuse_subnets("{'cidr': '10.0.0.0/8'}, {'cidr': '11.0.0.0/8'}, "
                   "{'cidr': '2001:db8::/64'}, {'cidr': '0.0.0.0/5'}", NULL);
    refuse_subnets("{'cidr': '10.0.0.0/31', 'gateway': '10.0.0.0'}", NULL);
    refuse_subnets("5", "spec.subnets[0]: must be an object");
    refuse_subnets("{'cidr': '10.0.0.0/24'}, {}",
                   "spec.subnets[1].cidr: is required");
    refuse_subnets("{'cidr': 5}", "spec.subnets[0].cidr: must be a string");
    refuse_subnets("{'cidr': '10.0.0.0'}", "is not a prefix");
    refuse_subnets("{'cidr': '10.0.0.0/33'}",
                   "spec.subnets[0].cidr: \"10.0.0.0/33\" is not a prefix");
    refuse_subnets("{'cidr': '10.0.0.0/+8'}", "is not a prefix");
    refuse_subnets("{'cidr': '10.0.0.0/'}", "is not a prefix");
    refuse_subnets("{'cidr': '10.0.0/8'}", "is not a prefix");
    refuse_subnets("{'cidr': '2001:db8::/129'}", "is not a prefix");
    refuse_subnets("{'cidr': '::ffff:10.0.0.0/104'}", "is not a prefix");
    refuse_subnets("{'cidr': 'x/0'}", "is not a prefix");
    refuse_subnets("{'cidr': 'x/1'}", "is not a prefix");
    refuse_subnets("{'cidr': '10.0.0.1/24'}",
                   "has bits set after the prefix: 10.0.0.0/24");
    refuse_subnets("{'cidr': '2001:db8::1/64'}", "2001:db8::/64");
    refuse_subnets("{'cidr': '224.0.0.0/8'}", "multicast");
    refuse_subnets("{'cidr': 'ff00::/16'}", "multicast");
    refuse_subnets("{'cidr': '10.0.0.0/24', 'gateway': '10.0.1.1'}",
                   "spec.subnets[0].gateway: \"10.0.1.1\" is not inside");
    refuse_subnets("{'cidr': '10.0.0.0/24', 'gateway': '2001:db8::1'}",
                   "spec.subnets[0].gateway: \"2001:db8::1\" is not of the");
    refuse_subnets("{'cidr': '2001:db8::/64', 'gateway': '10.0.0.1'}",
                   "is not of the family");
    refuse_subnets("{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.0'}",
                   "network or broadcast");
    refuse_subnets("{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.255'}",
                   "network or broadcast");
    refuse_subnets("{'cidr': '10.0.0.0/24', 'gateway': 'x'}",
                   "spec.subnets[0].gateway: \"x\" is not an IP address");
    refuse_subnets("{'cidr': '10.0.0.0/8'}, {'cidr': '11.0.0.0/8'}, "
                   "{'cidr': '10.1.0.0/16'}",
                   "spec.subnets[2].cidr: overlaps spec.subnets[0].cidr");
    refuse_subnets("{'cidr': '10.0.0.0/8'}, {'cidr': '10.0.0.0/8'}",
                   "spec.subnets[1].cidr: overlaps spec.subnets[0].cidr");
    refuse_subnets("{'cidr': '::/0'}, {'cidr': '10.0.0.0/8'}, "
                   "{'cidr': '2001:db8::/64'}",
                   "spec.subnets[2].cidr: overlaps spec.subnets[0].cidr");
}

static void
test_nve(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(
        "'id': 4294967295, 'underlay': {'ips': ['192.0.2.1', "
        "'2001:db8::1'], 'udpPort': 6082, 'mtu': 1500}, "
        "'static': {'mode': 'bogus'}, "
        "'transit': {'maxOptions': 3, 'maxOptionBytes': 56}",
        ", 'status': {'receive': [5], 'agentVersion': 'v', "
        "'transmit': {'maxOptions': 2, 'maxOptionBytes': 300}}");
    struct nve *nve = nve_from_json(json, &errors);

    assert_non_null(nve);
    assert_true(nve->has_id);
    assert_int_equal(nve->id, UINT32_MAX);
    assert_int_equal(nve->n_underlay_ips, 2);
    assert_true(IN6_IS_ADDR_V4MAPPED(&nve->underlay_ips[0]));
    assert_false(IN6_IS_ADDR_V4MAPPED(&nve->underlay_ips[1]));
    assert_int_equal(nve->udp_port, 6082);
    assert_int_equal(nve->underlay_mtu, 1500);
    assert_non_null(nve->static_table);
    assert_int_equal(nve->transit.max_options, 3);
    assert_int_equal(nve->transit.max_option_bytes, 56);
    assert_int_equal(nve->receive->type, JSON_ARRAY);
    assert_int_equal(nve->transmit.max_options, 2);
    assert_int_equal(nve->transmit.max_option_bytes, NEG_NO_LIMIT);
    assert_string_equal(nve->agent_version, "v");
    nve_destroy(nve);
    json_destroy(json);

    json = object("", ", 'status': [1]");
    nve = nve_from_json(json, &errors);
    assert_non_null(nve);
    assert_false(nve->has_id);
    assert_int_equal(nve->udp_port, 0);
    assert_int_equal(nve->transit.max_options, NEG_NO_LIMIT);
    assert_null(nve->receive);
    nve_destroy(nve);
    json_destroy(json);
}

/* What an NVE receives: 'spec' and 'status' are members of the object. */
static void
check_encapsulations(const char *static_, const char *status,
                     const char *expected, const char *unknown)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(static_, status);
    struct nve *nve = nve_from_json(json, &errors);
    char *actual = encapsulation_set_to_string(nve_get_encapsulations(nve));
    char *others = nve_get_unknown_encapsulations(nve);

    if (strcmp(actual, expected)
        || !nullable_string_is_equal(others, unknown)) {
        fail_msg("%s %s: %s, unknown: %s", static_, status, actual, others);
    }
    free(actual);
    free(others);
    nve_destroy(nve);
    json_destroy(json);
    field_errors_destroy(&errors);
}

static void
test_nve_encapsulations(void **state OVS_UNUSED)
{
#define STATIC(MODE, ENCAPSULATION) \
    "'static': {'mode': '" MODE "', 'encapsulation': " ENCAPSULATION "}"
#define RECEIVE(ENCAPSULATION) \
    ", 'status': {'receive': {'encapsulation': " ENCAPSULATION "}}"
#define BOTH ", 'status': {'receive': {'options': []}, " \
    "'alsoReceives': [{'encapsulation': 'vxlan'}, 5, " \
    "{'encapsulation': 'nvgre'}]}"
    static const struct {
        const char *spec, *status, *expected, *unknown;
    } cases[] = {
        { "", "", "Geneve", NULL },
        { "", ", 'status': {'receive': null}", "Geneve", NULL },
        { "", RECEIVE("'vxlan'"), "VXLAN", NULL },
        { "", RECEIVE("'Geneve'"), "Geneve", NULL },
        { "", RECEIVE("'nvgre'"), "nothing", "\"nvgre\"" },
        { "", RECEIVE("5"), "nothing", "5" },
        { "", BOTH, "Geneve and VXLAN", "\"nvgre\"" },
        { "", ", 'status': {'alsoReceives': [{'encapsulation': 'vxlan'}]}",
          "VXLAN", NULL },
        { STATIC("replace", "'vxlan'"), "", "VXLAN", NULL },
        { STATIC("replace", "'vxlan'"), RECEIVE("'geneve'"), "VXLAN", NULL },
        { STATIC("replace", "'nvgre'"), "", "nothing", "\"nvgre\"" },
        { "'static': {'mode': 'replace'}", RECEIVE("'vxlan'"), "Geneve",
          NULL },
        { STATIC("fallback", "'vxlan'"), "", "VXLAN", NULL },
        { STATIC("fallback", "'vxlan'"), RECEIVE("'geneve'"), "Geneve",
          NULL },
        { STATIC("restrict", "'vxlan'"), "", "Geneve", NULL },
        { STATIC("restrict", "'vxlan'"), BOTH, "VXLAN", "\"nvgre\"" },
        { STATIC("restrict", "'vxlan'"), RECEIVE("'geneve'"), "nothing",
          NULL },
        { "'static': {'mode': 'restrict'}", BOTH, "Geneve and VXLAN",
          "\"nvgre\"" },
        { STATIC("odd", "'vxlan'"), "", "Geneve", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_encapsulations(cases[i].spec, cases[i].status,
                             cases[i].expected, cases[i].unknown);
    }
}

/* What this node has, and what its object says of it. */
static void
test_own_encapsulations(void **state OVS_UNUSED)
{
    static const struct {
        const char *spec, *expected;
    } cases[] = {
        { "", "Geneve and VXLAN" },
        { STATIC("replace", "'vxlan'"), "VXLAN" },
        { STATIC("restrict", "'vxlan'"), "VXLAN" },
        { STATIC("fallback", "'vxlan'"), "Geneve and VXLAN" },
        { STATIC("replace", "'nvgre'"), "nothing" },
        { "'static': {'mode': 'restrict'}", "Geneve and VXLAN" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct field_errors errors = FIELD_ERRORS_INITIALIZER;
        struct json *json = object(cases[i].spec, "");
        struct nve *nve = nve_from_json(json, &errors);
        char *actual = encapsulation_set_to_string(
            nve_get_own_encapsulations(nve, encapsulation_set_all()));

        assert_string_equal(actual, cases[i].expected);
        free(actual);
        nve_destroy(nve);
        json_destroy(json);
        field_errors_destroy(&errors);
    }
}

/* spec.underlay.udpPort is that of the best encapsulation. */
static void
test_nve_udp_port(void **state OVS_UNUSED)
{
    const struct encapsulation *geneve = encapsulation_default();
    const struct encapsulation *vxlan = encapsulation_find("vxlan");
    encapsulation_set all = encapsulation_set_all();
    struct nve nve = { .udp_port = 0 };

    assert_int_equal(nve_get_udp_port(&nve, all, geneve), 6081);
    assert_int_equal(nve_get_udp_port(&nve, all, vxlan), 4789);
    nve.udp_port = 7000;
    assert_int_equal(nve_get_udp_port(&nve, all, geneve), 7000);
    assert_int_equal(nve_get_udp_port(&nve, all, vxlan), 4789);
    all = encapsulation_set_one(vxlan);
    assert_int_equal(nve_get_udp_port(&nve, all, vxlan), 7000);
}

static void
test_bad_nves(void **state OVS_UNUSED)
{
    enum resource_kind k = RES_NVE;

    refuse(k, "'id': 4294967296", "spec.id: 4294967296 is not in the range");
    refuse(k, "'id': 'x'", "spec.id: must be an integer");
    refuse(k, "'underlay': 5", "spec.underlay: must be an object");
    refuse(k, "'underlay': {'ips': '192.0.2.1'}",
           "spec.underlay.ips: must be an array");
    refuse(k, "'underlay': {'ips': ['192.0.2.1', 5]}",
           "spec.underlay.ips[1]: must be a string, not a number");
    refuse(k, "'underlay': {'ips': ['192.0.2.256']}",
           "spec.underlay.ips[0]: \"192.0.2.256\" is not an IP address");
    refuse(k, "'underlay': {'ips': ['0.0.0.0']}", "unspecified");
    refuse(k, "'underlay': {'ips': ['224.0.0.1']}", "multicast");
    refuse(k, "'underlay': {'ips': ['255.255.255.255']}", "broadcast");
    refuse(k, "'underlay': {'ips': ['127.0.0.1']}", "loopback");
    refuse(k, "'underlay': {'ips': ['::1']}", "loopback");
    refuse(k, "'underlay': {'ips': ['ff02::1']}", "multicast");
    refuse(k, "'underlay': {'ips': ['::ffff:192.0.2.1']}",
           "must be written as one");
    refuse(k, "'underlay': {'ips': ['2001:db8::1', '192.0.2.1', "
           "'2001:db8:0::1']}", "spec.underlay.ips[2]: 2001:db8::1 is "
           "already ips[0]");
    refuse(k, "'underlay': {'udpPort': 0}", "spec.underlay.udpPort: 0 is");
    refuse(k, "'underlay': {'udpPort': 65536}", "spec.underlay.udpPort: ");
    refuse(k, "'underlay': {'mtu': 100}", "spec.underlay.mtu: 100 is not");
    refuse(k, "'static': []", "spec.static: must be an object");
    refuse(k, "'transit': {'maxOptions': -1}", "spec.transit.maxOptions: ");
    refuse(k, "'transit': {'maxOptionBytes': 256}",
           "spec.transit.maxOptionBytes: 256 is not in the range");
    refuse(k, "'transit': {'maxOptionBytes': 6}",
           "spec.transit.maxOptionBytes: 6 is not a multiple of 4");
}

static void
test_endpoint(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(
        "'vpc': 'v', 'nve': 'hv-1', 'mac': '02:00:00:00:00:0A', "
        "'ips': ['10.0.0.1'], 'type': 'container', 'policyLabel': 0, "
        "'values': {'a': 5, 'b': '0xff', 'c': null}", "");
    struct endpoint *ep = endpoint_from_json(json, &errors);

    assert_non_null(ep);
    assert_string_equal(ep->vpc, "v");
    assert_string_equal(endpoint_location(ep), "hv-1");
    assert_int_equal(ep->mac.ea[5], 0x0a);
    assert_int_equal(ep->n_ips, 1);
    assert_true(ep->has_type);
    assert_int_equal(ep->type, EP_CONTAINER);
    assert_true(ep->has_policy_label);
    assert_int_equal(ep->policy_label, 0);
    assert_false(ep->has_qos_class);
    assert_int_equal(smap_count(ep->values), 2);
    assert_string_equal(smap_get(ep->values, "a"), "5");
    assert_string_equal(smap_get(ep->values, "b"), "0xff");
    endpoint_destroy(ep);
    json_destroy(json);

    json = object("'vpc': 'v', 'nve': 'hv-1', 'mac': '02:00:00:00:00:0a', "
                  "'type': 77", ", 'status': {'nve': 'hv-2', "
                  "'phase': 'Bound', 'mtu': 1450, 'policyLabel': 9, "
                  "'policyLabelSet': 'a=b'}");
    ep = endpoint_from_json(json, &errors);
    assert_non_null(ep);
    assert_string_equal(endpoint_location(ep), "hv-2");
    assert_string_equal(ep->status_phase, "Bound");
    assert_int_equal(ep->status_mtu, 1450);
    assert_true(ep->has_status_policy_label);
    assert_int_equal(ep->status_policy_label, 9);
    assert_string_equal(ep->status_policy_label_set, "a=b");
    assert_int_equal(ep->type, 77);
    endpoint_destroy(ep);
    json_destroy(json);

    json = object("'vpc': 'v', 'mac': '02:00:00:00:00:0a'",
                  ", 'status': {'nve': 'BAD', 'phase': 5, 'mtu': -1, "
                  "'policyLabel': 1e30}");
    ep = endpoint_from_json(json, &errors);
    assert_non_null(ep);
    assert_null(endpoint_location(ep));
    assert_string_equal(ep->status_phase, "");
    assert_false(ep->has_status_policy_label);
    endpoint_destroy(ep);
    json_destroy(json);
}

#define VM "'vpc': 'v', 'mac': '02:00:00:00:00:01', "

static void
test_bad_endpoints(void **state OVS_UNUSED)
{
    enum resource_kind k = RES_ENDPOINT;

    refuse(k, "", "spec.vpc: is required; spec.mac: is required");
    refuse(k, "'vpc': 'v', 'mac': '2:0:0:0:0:1'",
           "spec.mac: \"2:0:0:0:0:1\" is not an Ethernet address");
    refuse(k, "'vpc': 'v', 'mac': '02-00-00-00-00-01'", "spec.mac: ");
    refuse(k, "'vpc': 'v', 'mac': '02:67:65:6e:65:01'",
           "spec.mac: 02:67:65:6e:65:01 is the address of the gateways");
    refuse(k, "'vpc': 'v', 'mac': '02:00:00:00:00:0g'", "spec.mac: ");
    refuse(k, "'vpc': 'v', 'mac': '00:00:00:00:00:00'", "all-zero");
    refuse(k, "'vpc': 'v', 'mac': '01:00:5e:00:00:01'", "multicast");
    refuse(k, "'vpc': 'v', 'mac': 'ff:ff:ff:ff:ff:ff'", "broadcast");
    refuse(k, "'vpc': 'v', 'mac': 5", "spec.mac: must be a string");
    refuse(k, VM "'nve': 'HV'", "spec.nve: \"HV\" is not");
    refuse(k, VM "'ips': ['10.0.0.1', '10.0.0.2', '10.0.0.1']",
           "spec.ips[2]: 10.0.0.1 is already ips[0]");
    refuse(k, VM "'ips': ['10.0.0.1/24']", "spec.ips[0]: \"10.0.0.1/24\"");
    refuse(k, VM "'type': 'pod'", "spec.type: \"pod\" is neither a number");
    refuse(k, VM "'type': -1", "spec.type: -1 is not in the range");
    refuse(k, VM "'type': []", "spec.type: must be an integer");
    refuse(k, VM "'policyLabel': 4294967296", "spec.policyLabel: ");
    refuse(k, VM "'qosClass': '1'", "spec.qosClass: must be an integer");
    refuse(k, VM "'values': []", "spec.values: must be an object");
    refuse(k, VM "'values': {'a': -1}", "spec.values.a: must be");
    refuse(k, VM "'values': {'a': '5'}", "spec.values.a: must be");
    refuse(k, VM "'values': {'a': '0x'}", "spec.values.a: must be");
    refuse(k, VM "'values': {'a': '0xfg'}", "spec.values.a: must be");
    refuse(k, VM "'values': {'a': 1.5}", "spec.values.a: must be");
    refuse(k, VM "'values': {'a': true}", "spec.values.a: must be");
}

static void
check_ack(const char *text, const char *sender, const char *receiver)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = document(text);
    struct advertisement_ack *ack = advertisement_ack_from_json(json,
                                                                &errors);

    if (sender) {
        assert_non_null(ack);
        assert_string_equal(ack->sender, sender);
        assert_string_equal(ack->receiver, receiver);
        assert_string_equal(ack->applied, "17");
    } else {
        assert_null(ack);
        assert_true(errors.n > 0);
    }
    advertisement_ack_destroy(ack);
    field_errors_destroy(&errors);
    json_destroy(json);
}

static void
test_advertisement_ack(void **state OVS_UNUSED)
{
    check_ack("{'metadata': {'name': 'a.b'}, 'spec': {'applied': '17'}}",
              "a", "b");
    check_ack("{'metadata': {'name': 'a.b.c'}, 'spec': {'applied': '17', "
              "'sender': 'a', 'receiver': 'b.c'}}", "a", "b.c");
    check_ack("{'metadata': {'name': 'a.b.c'}, 'spec': {'applied': '17', "
              "'sender': 'a.b'}}", "a.b", "c");
    check_ack("{'metadata': {'name': 'a.b.c', 'labels': {'nvo3.io/nve': "
              "'b.c'}}, 'spec': {'applied': '17'}}", "a", "b.c");
    check_ack("{'metadata': {'name': 'a.b.c'}, 'spec': {'applied': '17'}}",
              NULL, NULL);
    check_ack("{'metadata': {'name': 'ab'}, 'spec': {'applied': '17'}}",
              NULL, NULL);
    check_ack("{'metadata': {'name': 'a.b'}, 'spec': {'applied': '17', "
              "'receiver': 'c'}}", NULL, NULL);
    check_ack("{'metadata': {'name': 'a.b'}, 'spec': {'applied': '17', "
              "'sender': 'c', 'receiver': 'b'}}", NULL, NULL);
    check_ack("{'metadata': {'name': 'a.b'}, 'spec': {}}", NULL, NULL);
    check_ack("{'metadata': {'name': 'a.b'}, 'spec': {'applied': 17}}",
              NULL, NULL);
}

#define NET "'physicalNetwork': 'physnet1', "
#define NET_SUBNETS "'subnets': [{'cidr': '198.51.100.0/24', " \
                    "'gateway': '198.51.100.1'}]"

static void
test_external_network(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_EXTERNAL_NETWORK;
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(NET NET_SUBNETS ", 'vlan': 7, 'mtu': 1400", "");
    struct external_network *net = external_network_from_json(json, &errors);
    struct in6_addr ip;

    assert_non_null(net);
    assert_string_equal(net->physical_network, "physnet1");
    assert_int_equal(net->vlan, 7);
    assert_int_equal(net->mtu, 1400);
    ip = in6_addr_mapped_ipv4(htonl(0xc6336405));
    assert_null(external_network_address_fault(net, &ip));
    ip = in6_addr_mapped_ipv4(htonl(0xc6336401));
    assert_non_null(strstr(external_network_address_fault(net, &ip),
                           "is the gateway"));
    ip = in6_addr_mapped_ipv4(htonl(0xc63364ff));
    assert_non_null(strstr(external_network_address_fault(net, &ip),
                           "broadcast"));
    ip = in6_addr_mapped_ipv4(htonl(0xc6336505));
    assert_non_null(strstr(external_network_address_fault(net, &ip),
                           "is in none"));
    external_network_destroy(net);
    json_destroy(json);

    refuse(k, NET_SUBNETS, "spec.physicalNetwork: is required");
    refuse(k, "'physicalNetwork': 'a:b', " NET_SUBNETS,
           "spec.physicalNetwork: \"a:b\" is not a name");
    refuse(k, "'physicalNetwork': '', " NET_SUBNETS, "is not a name");
    refuse(k, "'physicalNetwork': 'a'", "spec.subnets: is required");
    refuse(k, NET "'subnets': []", "spec.subnets: must not be empty");
    refuse(k, NET "'subnets': [5]", "spec.subnets[0]: must be an object");
    refuse(k, NET NET_SUBNETS ", 'vlan': 4095", "spec.vlan: 4095 is not in");
    refuse(k, NET "'mtu': 1279, 'subnets': [{'cidr': '2001:db8::/64'}]",
           "spec.mtu: 1279 is not in");
    refuse(k, NET "'subnets': [{'cidr': '198.51.100.0/24', "
           "'gateway': '10.0.0.1'}]", "spec.subnets[0].gateway: \"10.0.0.1\" "
           "is not inside");
    refuse(k, NET "'subnets': [{'cidr': '10.0.0.0/8'}, "
           "{'cidr': '10.1.0.0/16'}]",
           "spec.subnets[1].cidr: overlaps spec.subnets[0].cidr");
}

static struct external_network *
parse_network(const char *spec)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(spec, "");
    struct external_network *net = external_network_from_json(json, &errors);

    assert_non_null(net);
    json_destroy(json);
    return net;
}

/* Only subnets on the same wire can overlap. */
static void
test_external_networks_overlap(void **state OVS_UNUSED)
{
    static const struct {
        const char *spec;
        bool overlaps;
    } cases[] = {
        { NET "'subnets': [{'cidr': '198.51.0.0/16'}]", true },
        { NET "'subnets': [{'cidr': '198.51.100.128/25'}]", true },
        { NET "'subnets': [{'cidr': '198.51.101.0/24'}]", false },
        { NET "'subnets': [{'cidr': '::/0'}]", false },
        { NET "'vlan': 3, 'subnets': [{'cidr': '198.51.0.0/16'}]", false },
        { "'physicalNetwork': 'other', 'subnets': [{'cidr': "
          "'198.51.0.0/16'}]", false },
    };
    struct external_network *net = parse_network(NET NET_SUBNETS);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct external_network *other = parse_network(cases[i].spec);
        size_t index;

        assert_int_equal(external_network_overlaps(net, other, &index),
                         cases[i].overlaps);
        external_network_destroy(other);
    }
    external_network_destroy(net);
}

#define GW "'vpc': 'blue', 'externalNetwork': 'net'"
#define GW_NODES ", 'nodes': [{'nve': 'hv-1', 'priority': 200}, " \
                 "{'nve': 'hv-2'}]"

static void
test_vpc_gateway(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_VPC_GATEWAY;
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(
        GW GW_NODES ", 'snat': [{'cidr': '10.0.0.0/8', 'address': "
        "'198.51.100.10'}, {'cidr': '10.0.1.0/24', 'address': "
        "'198.51.100.11'}], 'bfd': {'intervalMs': 300}, "
        "'maxConnections': 1000",
        ", 'status': {'active': 'hv-1', 'addresses': ['198.51.100.10', 5]}");
    struct vpc_gateway *gw = vpc_gateway_from_json(json, &errors);
    struct in6_addr ip;

    assert_non_null(gw);
    assert_string_equal(gw->vpc, "blue");
    assert_string_equal(gw->external_network, "net");
    assert_int_equal(gw->n_nodes, 2);
    assert_int_equal(gw->nodes[0].priority, 200);
    assert_int_equal(gw->nodes[1].priority, VPC_GATEWAY_DEFAULT_PRIORITY);
    assert_int_equal(gw->bfd_interval, 300);
    assert_int_equal(gw->bfd_multiplier, 3);
    assert_int_equal(gw->max_connections, 1000);
    assert_string_equal(gw->status_active, "hv-1");
    assert_int_equal(gw->n_status_addresses, 1);
    ip = in6_addr_mapped_ipv4(htonl(0x0a000105));
    assert_ptr_equal(vpc_gateway_find_snat(gw, &ip), &gw->snat[1]);
    ip = in6_addr_mapped_ipv4(htonl(0x0a000205));
    assert_ptr_equal(vpc_gateway_find_snat(gw, &ip), &gw->snat[0]);
    ip = in6_addr_mapped_ipv4(htonl(0x0b000205));
    assert_null(vpc_gateway_find_snat(gw, &ip));
    vpc_gateway_destroy(gw);
    json_destroy(json);

    check_accepted(k, GW ", 'nodes': []");
    refuse(k, GW, "spec.nodes: is required");
    refuse(k, "'vpc': 'blue', 'nodes': []",
           "spec.externalNetwork: is required");
    refuse(k, GW ", 'nodes': [5]", "spec.nodes[0]: must be an object");
    refuse(k, GW ", 'nodes': [{}]", "spec.nodes[0].nve: is required");
    refuse(k, GW ", 'nodes': [{'nve': 'a'}, {'nve': 'a'}]",
           "spec.nodes[1].nve: a is already spec.nodes[0].nve");
    refuse(k, GW ", 'nodes': [{'nve': 'a', 'priority': -1}]",
           "spec.nodes[0].priority: -1 is not in");
    refuse(k, GW GW_NODES ", 'snat': [{'cidr': '10.0.0.0/8'}]",
           "spec.snat[0].address: is required");
    refuse(k, GW GW_NODES ", 'snat': [{'cidr': '10.0.0.0/8', 'address': "
           "'2001:db8::1'}]", "is not of the family of the cidr");
    refuse(k, GW GW_NODES ", 'snat': [{'cidr': '10.0.0.0/8', 'address': "
           "'10.0.0.0.1'}]", "spec.snat[0].address: \"10.0.0.0.1\" is not an "
           "IP address");
    refuse(k, GW GW_NODES ", 'snat': ["
           "{'cidr': '10.0.0.0/8', 'address': '198.51.100.1'}, "
           "{'cidr': '10.0.0.0/8', 'address': '198.51.100.2'}]",
           "spec.snat[1].cidr: 10.0.0.0/8 is already spec.snat[0].cidr");
    refuse(k, GW GW_NODES ", 'bfd': {'intervalMs': 1}",
           "spec.bfd.intervalMs: 1 is not in");
    refuse(k, GW GW_NODES ", 'maxConnections': 0",
           "spec.maxConnections: 0 is not in");
}

#define FIP "'externalNetwork': 'net', 'endpoint': 'web-1', " \
            "'address': '198.51.100.20'"

static void
test_floating_ip(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_FLOATING_IP;
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(FIP ", 'ip': '10.0.0.5', 'mode': 'gateway'",
                               ", 'status': {'nve': 'hv-1', 'address': 'x'}");
    struct floating_ip *fip = floating_ip_from_json(json, &errors);

    assert_non_null(fip);
    assert_string_equal(fip->endpoint, "web-1");
    assert_int_equal(fip->mode, FLOATING_IP_GATEWAY);
    assert_string_equal(fip->status_nve, "hv-1");
    assert_true(ipv6_is_zero(&fip->status_address));
    floating_ip_destroy(fip);
    json_destroy(json);

    check_accepted(k, FIP);
    refuse(k, "'externalNetwork': 'net', 'endpoint': 'a'",
           "spec.address: is required");
    refuse(k, "'externalNetwork': 'net', 'address': '198.51.100.20'",
           "spec.endpoint: is required");
    refuse(k, FIP ", 'ip': '2001:db8::5'",
           "spec.ip: is not of the family of spec.address");
    refuse(k, FIP ", 'ip': '224.0.0.5'",
           "spec.ip: \"224.0.0.5\" is a multicast address");
    refuse(k, FIP ", 'mode': 'any'",
           "spec.mode: \"any\" is not one of auto, distributed, gateway");
}

#define ROUTE "'vpc': 'blue', 'destination': '192.0.2.0/24'"

static void
test_vpc_route(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_VPC_ROUTE;
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(
        ROUTE ", 'from': {'endpointSelector': {'matchLabels': {'a': 'b'}}}, "
        "'via': [{'endpoint': 'fw-1', 'weight': 3}, {'gateway': 'out'}], "
        "'priority': 7", "");
    struct vpc_route *route = vpc_route_from_json(json, &errors);

    assert_non_null(route);
    assert_int_equal(route->destination.plen, 24);
    assert_false(label_selector_is_empty(&route->from));
    assert_int_equal(route->n_via, 2);
    assert_int_equal(route->via[0].type, VPC_ROUTE_ENDPOINT);
    assert_string_equal(route->via[0].name, "fw-1");
    assert_int_equal(route->via[0].weight, 3);
    assert_int_equal(route->via[1].type, VPC_ROUTE_GATEWAY);
    assert_int_equal(route->via[1].weight, 1);
    assert_int_equal(route->priority, 7);
    vpc_route_destroy(route);
    json_destroy(json);

    check_accepted(k, ROUTE ", 'via': [{'drop': true}]");
    check_accepted(k, ROUTE ", 'from': {'endpointSelector': {}}, "
                   "'via': [{'gateway': 'a'}, {'endpoint': 'a'}]");
    refuse(k, ROUTE, "spec.via: is required");
    refuse(k, ROUTE ", 'via': []", "spec.via: must have 1 to 64 ways");
    refuse(k, ROUTE ", 'via': [{}]", "spec.via[0]: must have exactly one of");
    refuse(k, ROUTE ", 'via': [{'gateway': 'a', 'endpoint': 'b'}]",
           "spec.via[0]: must have exactly one of");
    refuse(k, ROUTE ", 'via': [{'drop': false}]",
           "spec.via[0].drop: must be true");
    refuse(k, ROUTE ", 'via': [{'drop': true}, {'gateway': 'a'}]",
           "spec.via[0].drop: must not have other ways beside it");
    refuse(k, ROUTE ", 'via': [{'gateway': 'a'}, {'gateway': 'a'}]",
           "spec.via[1].gateway: a is already spec.via[0].gateway");
    refuse(k, ROUTE ", 'via': [{'gateway': 'a', 'weight': 0}]",
           "spec.via[0].weight: 0 is not in");
    refuse(k, ROUTE ", 'from': {}, 'via': [{'drop': true}]",
           "spec.from.endpointSelector: is required");
    refuse(k, ROUTE ", 'from': 5, 'via': [{'drop': true}]",
           "spec.from: must be an object");
    refuse(k, "'vpc': 'blue', 'destination': '192.0.2.1/24', "
           "'via': [{'drop': true}]", "spec.destination: \"192.0.2.1/24\" has "
           "bits set after the prefix");
}

#define LB "'vpc': 'blue', 'address': '10.0.0.100', " \
           "'backends': {'endpointSelector': {}}"
#define LB_PORTS ", 'ports': [{'port': 80, 'targetPort': 8080}]"

static void
test_load_balancer(void **state OVS_UNUSED)
{
    const char *spec = "'vpc': 'blue', 'address': '10.0.0.100', "
        "'externalAddress': '198.51.100.30', 'ports': ["
        "{'name': 'dns', 'protocol': 'UDP', 'port': 53}, "
        "{'name': 'http', 'port': 80, 'targetPort': 8080}], 'backends': "
        "{'endpointSelector': {'matchLabels': {'app': 'web'}}, 'weights': ["
        "{'endpointSelector': {'matchLabels': {'size': 'l'}}, 'weight': 9}, "
        "{'endpointSelector': {'matchLabels': {'old': 'y'}}, 'weight': 0}]}, "
        "'affinity': 'clientIP', 'return': 'via', 'healthCheck': "
        "{'protocol': 'HTTP', 'path': '/ok?a=b', 'failures': 2}, "
        "'drainSeconds': 30, 'sourceRanges': ['203.0.113.0/24']";
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(spec, ", 'status': {'address': '10.0.0.9', "
                               "'externalAddress': 5}");
    struct load_balancer *lb = load_balancer_from_json(json, &errors);
    struct smap labels = SMAP_INITIALIZER(&labels);

    assert_non_null(lb);
    assert_false(load_balancer_is_ipv6(lb));
    assert_int_equal(lb->n_ports, 2);
    assert_int_equal(lb->ports[0].protocol, IPPROTO_UDP);
    assert_int_equal(lb->ports[0].target_port, 53);
    assert_int_equal(lb->ports[1].protocol, IPPROTO_TCP);
    assert_int_equal(lb->ports[1].target_port, 8080);
    assert_int_equal(lb->affinity, LB_AFFINITY_CLIENT_IP);
    assert_int_equal(lb->ret, LB_RETURN_VIA);
    assert_int_equal(lb->check.protocol, LB_CHECK_HTTP);
    assert_int_equal(lb->check.port, 8080);
    assert_string_equal(lb->check.path, "/ok?a=b");
    assert_int_equal(lb->check.interval, LB_DEFAULT_CHECK_INTERVAL);
    assert_int_equal(lb->check.failures, 2);
    assert_int_equal(lb->drain, 30);
    assert_int_equal(lb->n_source_ranges, 1);
    assert_true(ipv6_addr_is_set(&lb->status_address));
    assert_false(ipv6_addr_is_set(&lb->status_external_address));
    assert_int_equal(load_balancer_get_weight(lb, &labels), 1);
    smap_add(&labels, "old", "y");
    assert_int_equal(load_balancer_get_weight(lb, &labels), 0);
    smap_add(&labels, "size", "l");
    assert_int_equal(load_balancer_get_weight(lb, &labels), 9);
    smap_destroy(&labels);
    load_balancer_destroy(lb);
    json_destroy(json);
}

static void
test_bad_load_balancers(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_LOAD_BALANCER;

    check_accepted(k, LB LB_PORTS);
    check_accepted(k, LB ", 'ports': [{'port': 53}, "
                   "{'protocol': 'UDP', 'port': 53}]");
    refuse(k, LB, "spec.ports: is required");
    refuse(k, LB ", 'ports': []", "spec.ports: must have 1 to 64 ports");
    refuse(k, LB ", 'ports': [{}]", "spec.ports[0].port: is required");
    refuse(k, LB ", 'ports': [{'port': 80, 'targetPort': 0}]",
           "spec.ports[0].targetPort: 0 is not in the range");
    refuse(k, LB ", 'ports': [{'port': 80}, {'protocol': 'TCP', 'port': 80}]",
           "spec.ports[1].port: TCP port 80 is already spec.ports[0].port");
    refuse(k, LB ", 'ports': [{'name': 'a', 'port': 1}, "
           "{'name': 'a', 'port': 2}]",
           "spec.ports[1].name: a is already spec.ports[0].name");
    refuse(k, LB ", 'ports': [{'protocol': 'tcp', 'port': 80}]",
           "spec.ports[0].protocol: \"tcp\" is not one of TCP, UDP, SCTP");
    refuse(k, "'vpc': 'blue', 'backends': {'endpointSelector': {}}" LB_PORTS,
           "spec.address: is required");
    refuse(k, "'vpc': 'blue', 'address': '10.0.0.100'" LB_PORTS,
           "spec.backends: is required");
    refuse(k, "'vpc': 'blue', 'address': '10.0.0.100', 'backends': {}"
           LB_PORTS, "spec.backends.endpointSelector: is required");
    refuse(k, "'vpc': 'blue', 'address': '10.0.0.100', 'backends': "
           "{'endpointSelector': {}, 'weights': [{'weight': 1001}]}" LB_PORTS,
           "spec.backends.weights[0].endpointSelector: is required");
    refuse(k, "'vpc': 'blue', 'address': '10.0.0.100', 'backends': "
           "{'endpointSelector': {}, 'weights': [{'endpointSelector': {}, "
           "'weight': 1001}]}" LB_PORTS,
           "spec.backends.weights[0].weight: 1001 is not in");
    refuse(k, LB LB_PORTS ", 'externalAddress': '2001:db8::1'",
           "spec.externalAddress: is not of the family of spec.address");
    refuse(k, LB LB_PORTS ", 'affinity': 'cookie'",
           "spec.affinity: \"cookie\" is not one of none, clientIP");
    refuse(k, LB LB_PORTS ", 'return': 5", "spec.return: must be a string");
    refuse(k, LB LB_PORTS ", 'sourceRanges': ['2001:db8::/32']",
           "spec.sourceRanges[0]: is not of the family of spec.address");
    refuse(k, LB LB_PORTS ", 'sourceRanges': ['10.0.0.1/8']",
           "spec.sourceRanges[0]: \"10.0.0.1/8\" has bits set");
    refuse(k, LB LB_PORTS ", 'healthCheck': {}",
           "spec.healthCheck.protocol: is required");
    refuse(k, LB LB_PORTS ", 'healthCheck': {'protocol': 'ICMP', 'port': 1}",
           "spec.healthCheck.port: must not be there");
    refuse(k, LB LB_PORTS ", 'healthCheck': {'protocol': 'TCP', 'path': '/'}",
           "spec.healthCheck.path: must not be there");
    refuse(k, LB LB_PORTS ", 'healthCheck': {'protocol': 'HTTP', "
           "'path': '/a b'}", "spec.healthCheck.path: \"/a b\" is not a path");
    refuse(k, LB LB_PORTS ", 'healthCheck': {'protocol': 'TCP', "
           "'intervalMs': 99}", "spec.healthCheck.intervalMs: 99 is not in");
    refuse(k, LB ", 'ports': [{'protocol': 'UDP', 'port': 53}], "
           "'healthCheck': {'protocol': 'TCP'}",
           "spec.healthCheck.port: is required, as spec.ports has no port of "
           "TCP");
}

#define QOS "'vpc': 'blue', 'endpointSelector': {'matchLabels': {'a': 'b'}}"

static void
test_qos(void **state OVS_UNUSED)
{
    enum resource_kind k = RES_QOS_POLICY;
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object(
        QOS ", 'class': 'gold', 'model': 'uniform', "
        "'egress': {'kbps': 20000, 'burst': 2000}, 'ingress': {'pps': 500}",
        "");
    struct qos_policy *policy = qos_policy_from_json(json, &errors);
    struct qos_class *class;

    assert_non_null(policy);
    assert_string_equal(policy->class_name, "gold");
    assert_int_equal(policy->model, QOS_UNIFORM);
    assert_int_equal(policy->limits[QOS_EGRESS].kbps, 20000);
    assert_int_equal(policy->limits[QOS_EGRESS].burst, 2000);
    assert_int_equal(policy->limits[QOS_EGRESS].pps, 0);
    assert_int_equal(policy->limits[QOS_INGRESS].pps, 500);
    assert_true(qos_limits_are_set(&policy->limits[QOS_INGRESS]));
    qos_policy_destroy(policy);
    json_destroy(json);

    check_accepted(k, "'vpc': 'blue'");
    refuse(k, "'endpointSelector': {}", "spec.vpc: is required");
    refuse(k, QOS ", 'egress': {}",
           "spec.egress: must have kbps, or pps, or both");
    refuse(k, QOS ", 'egress': {'kbps': 0}", "spec.egress.kbps: 0 is not in");
    refuse(k, QOS ", 'ingress': {'pps': 5, 'burst': 5}",
           "spec.ingress.burst: must not be there without kbps");
    refuse(k, QOS ", 'model': 'uniform'",
           "spec.model: must not be uniform without a class");
    refuse(k, QOS ", 'class': 'Gold'", "spec.class: \"Gold\" is not a valid");
    refuse(k, QOS ", 'endpointSelector': 5",
           "spec.endpointSelector: must be an object");

    k = RES_QOS_CLASS;
    json = object("'number': 4294967295, 'dscp': 46", "");
    class = qos_class_from_json(json, &errors);
    assert_non_null(class);
    assert_int_equal(class->number, UINT32_MAX);
    assert_int_equal(class->dscp, 46);
    assert_int_equal(class->queue, -1);
    qos_class_destroy(class);
    json_destroy(json);
    refuse(k, "'dscp': 46", "spec.number: is required");
    refuse(k, "'number': 1, 'dscp': 64", "spec.dscp: 64 is not in");
    refuse(k, "'number': 1, 'queue': -1", "spec.queue: -1 is not in");
}

static void
check_update(enum resource_kind kind, const char *old_spec,
             const char *new_spec, const char *expected)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *old = object(old_spec, "");
    struct json *new = object(new_spec, "");
    bool ok = resource_validate_update(kind, old, new, &errors);
    char *s = field_errors_to_string(&errors);

    assert_int_equal(ok, !expected);
    if (expected && !strstr(s, expected)) {
        fail_msg("\"%s\" lacks \"%s\"", s, expected);
    }
    free(s);
    field_errors_destroy(&errors);
    json_destroy(old);
    json_destroy(new);
}

static void
test_updates(void **state OVS_UNUSED)
{
    check_update(RES_GENEVE_OPTION, CT ", 'length': 4",
                 "'class': '0xFF01', 'type': '0x01', 'length': 4, "
                 "'description': 'new'", NULL);
    check_update(RES_GENEVE_OPTION, CT ", 'length': 4", CT ", 'length': 8",
                 "spec.length: may not change from 4 to 8");
    check_update(RES_GENEVE_OPTION, CT ", 'length': 4",
                 "'class': '0xff01', 'type': '0x81', 'length': 4",
                 "spec.type: may not change from 0x1 to 0x81");
    check_update(RES_GENEVE_OPTION, CT ", 'length': 4",
                 "'class': '0xff02', 'type': '0x1', 'length': 4",
                 "spec.class: may not change");
    check_update(RES_ENDPOINT, "'vpc': 'a'", "'vpc': 'a', 'nve': 'b'", NULL);
    check_update(RES_ENDPOINT, "'vpc': 'a'", "'vpc': 'b'",
                 "spec.vpc: may not change from \"a\" to \"b\"");
    check_update(RES_VPC, "'vni': 5", "'vni': 6", NULL);
}

static void
test_error_types(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = object("'vni': 0, 'subnets': [{}]", "");

    assert_false(resource_validate(RES_VPC, json, &errors, NULL));
    assert_int_equal(errors.n, 2);
    assert_string_equal(errors.errors[0].field, "spec.vni");
    assert_string_equal(field_error_type_to_string(errors.errors[0].type),
                        "FieldValueInvalid");
    assert_string_equal(errors.errors[1].field, "spec.subnets[0].cidr");
    assert_string_equal(field_error_type_to_string(errors.errors[1].type),
                        "FieldValueRequired");
    field_errors_destroy(&errors);
    json_destroy(json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_geneve_option),
        cmocka_unit_test(test_bad_geneve_options),
        cmocka_unit_test(test_option_profile),
        cmocka_unit_test(test_vpc),
        cmocka_unit_test(test_bad_vpcs),
        cmocka_unit_test(test_bad_subnets),
        cmocka_unit_test(test_nve),
        cmocka_unit_test(test_nve_encapsulations),
        cmocka_unit_test(test_own_encapsulations),
        cmocka_unit_test(test_nve_udp_port),
        cmocka_unit_test(test_bad_nves),
        cmocka_unit_test(test_endpoint),
        cmocka_unit_test(test_bad_endpoints),
        cmocka_unit_test(test_advertisement_ack),
        cmocka_unit_test(test_external_network),
        cmocka_unit_test(test_external_networks_overlap),
        cmocka_unit_test(test_vpc_gateway),
        cmocka_unit_test(test_floating_ip),
        cmocka_unit_test(test_vpc_route),
        cmocka_unit_test(test_load_balancer),
        cmocka_unit_test(test_bad_load_balancers),
        cmocka_unit_test(test_qos),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_error_types),
    };
    return cmocka_run_group_tests_name("resource", tests, NULL, NULL);
}
