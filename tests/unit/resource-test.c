/* Resources from JSON: what all have in common, options, profiles and
 * acknowledgements.  Good objects, and for each fault its field. */

#include <config.h>

#include "lib/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "svec.h"
#include "tests/unit/resource-check.h"
#include "util.h"

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
        check_json(RES_VPC, parse(cases[i].text), cases[i].expected);
    }
}

static void
test_geneve_option(void **state OVS_UNUSED)
{
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct geneve_option *opt = parse_good(
        RES_GENEVE_OPTION, "'class': '0xFF01', 'type': '0x81', 'length': 4, "
        "'description': 'label', "
        "'value': {'from': 'endpoint.policyLabel'}", "", &warnings);

    assert_int_equal(opt->key.class, 0xff01);
    assert_int_equal(opt->key.type, 0x81);
    assert_int_equal(opt->length, 4);
    assert_string_equal(opt->description, "label");
    assert_int_equal(opt->value.from, VALUE_EP_POLICY_LABEL);
    assert_int_equal(warnings.n, 0);
    geneve_option_destroy(opt);

    opt = parse_good(
        RES_GENEVE_OPTION,
        "'class': '0x102', 'type': '0x80', 'length': 4", "", &warnings);
    assert_int_equal(opt->value.from, VALUE_NONE);
    assert_int_equal(warnings.n, 1);
    assert_non_null(strstr(warnings.names[0], "OVN"));
    geneve_option_destroy(opt);
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
    struct option_profile *profile = parse_good(
        RES_OPTION_PROFILE, "'options': [{'name': 'a', 'required': true}, "
        "{'name': 'b', 'priority': -5}]", "", NULL);
    enum resource_kind k = RES_OPTION_PROFILE;

    assert_int_equal(profile->n_entries, 2);
    assert_string_equal(profile->entries[0].option, "a");
    assert_true(profile->entries[0].required);
    assert_int_equal(profile->entries[0].priority, 100);
    assert_false(profile->entries[1].required);
    assert_int_equal(profile->entries[1].priority, -5);
    option_profile_destroy(profile);

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
check_ack(const char *text, const char *sender, const char *receiver)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = parse(text);
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
        cmocka_unit_test(test_advertisement_ack),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_error_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
