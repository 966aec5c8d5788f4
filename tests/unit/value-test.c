/* Sources of option data and their bytes. */

#include <config.h>

#include "lib/value-encode.h"
#include "lib/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "util.h"

/* Parses 'text' for an option of 'length' bytes.  Returns NULL or the errors,
 * for the caller to free. */
static char *
parse_source(const char *text, unsigned int length,
             struct value_source *source)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    char *s = NULL;
    char *error;
    struct json *json = json_util_parse(text, strlen(text), &error);

    assert_non_null(json);
    if (!value_source_from_json(json, length, "spec.value", source,
                                &errors)) {
        assert_true(errors.n > 0);
        s = field_errors_to_string(&errors);
    } else {
        assert_int_equal(errors.n, 0);
    }
    field_errors_destroy(&errors);
    json_destroy(json);
    return s;
}

static void
expect_source(const char *text, unsigned int length, enum value_from from,
              const char *written)
{
    struct value_source source;
    char *error = parse_source(text, length, &source);
    char *s;

    if (error) {
        fail_msg("%s: %s", text, error);
    }
    assert_int_equal(source.from, from);
    s = value_source_to_string(&source);
    assert_string_equal(s, written);
    free(s);
    value_source_destroy(&source);
}

static void
expect_refused(const char *text, unsigned int length, const char *expected)
{
    struct value_source source;
    char *error = parse_source(text, length, &source);

    if (!error) {
        fail_msg("%s was accepted", text);
    }
    if (!strstr(error, expected)) {
        fail_msg("%s: \"%s\" lacks \"%s\"", text, error, expected);
    }
    free(error);
}

static void
test_sources(void **state OVS_UNUSED)
{
    static const char *names[] = {
        "endpoint.policyLabel", "endpoint.type", "endpoint.qosClass",
        "endpoint.values.a.b", "vpc.tenantId", "nve.id", "packet.dscp",
        "packet.flowHash", "service.vip", "service.dsr",
    };
    static const enum value_from froms[] = {
        VALUE_EP_POLICY_LABEL, VALUE_EP_TYPE, VALUE_EP_QOS_CLASS,
        VALUE_EP_VALUES, VALUE_VPC_TENANT_ID, VALUE_NVE_ID,
        VALUE_PACKET_DSCP, VALUE_PACKET_FLOW_HASH, VALUE_SERVICE_VIP,
        VALUE_SERVICE_DSR,
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *text = xasprintf("{\"from\": \"%s\", \"constant\": null}",
                               names[i]);

        expect_source(text, 8, froms[i], names[i]);
        free(text);
    }
    expect_source("{\"constant\": \"0x0102aBCD\"}", 4, VALUE_CONSTANT,
                  "constant 0x0102abcd");
    expect_source("{\"constant\": \"0x\"}", 0, VALUE_CONSTANT,
                  "constant 0x");
}

static void
test_refused_sources(void **state OVS_UNUSED)
{
    expect_refused("{\"from\": \"packet.sequence\"}", 4,
                   "spec.value.from: \"packet.sequence\": Open vSwitch "
                   "cannot number packets");
    expect_refused("{\"from\": \"packet.timestamp\"}", 8, "no clock");
    expect_refused("{\"from\": \"packet.hmac\"}", 16, "IPsec");
    expect_refused("{\"from\": \"packet.mac\"}", 16, "IPsec");
    expect_refused("{\"from\": \"timestamp\"}", 4, "no clock");
    expect_refused("{\"from\": \"packet.ttl\"}", 4, "valid are "
                   "endpoint.policyLabel");
    expect_refused("{\"from\": \"endpoint.mac\"}", 4, "packet.dscp");
    expect_refused("{\"from\": \"packet.dscp\"}", 0, "spec.value.from: "
                   "packet.dscp has 6 bits, which do not fit the option's 0 "
                   "bytes");
    expect_refused("{\"from\": \"packet.flowHash\"}", 0, "32 bits");
    expect_refused("{\"from\": \"service.dsr\"}", 4, "64 bits");
    expect_refused("{\"from\": \"endpoint.values.\"}", 4,
                   "endpoint.values.NAME");
    expect_refused("{\"from\": \"\"}", 4, "valid are");
    expect_refused("{\"from\": 5}", 4, "spec.value.from: must be a string");
    expect_refused("{}", 4, "spec.value: must have either");
    expect_refused("[]", 4, "spec.value: must be an object");
    expect_refused("{\"from\": \"nve.id\", \"constant\": \"0x01020304\"}", 4,
                   "spec.value: must have either");
    expect_refused("{\"constant\": \"0x010203\"}", 4,
                   "has 3 bytes, but the option has 4");
    expect_refused("{\"constant\": \"0x0102030405\"}", 4,
                   "has 5 bytes, but the option has 4");
    expect_refused("{\"constant\": \"0x0102030\"}", 4, "even number");
    expect_refused("{\"constant\": \"01020304\"}", 4, "hex digits");
    expect_refused("{\"constant\": \"0x0102030g\"}", 4, "hex digits");
    expect_refused("{\"constant\": 5}", 4, "must be a string");
}

static void
test_absent_source(void **state OVS_UNUSED)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct value_source source;

    assert_true(value_source_from_json(NULL, 4, "spec.value", &source,
                                       &errors));
    assert_int_equal(source.from, VALUE_NONE);
    value_source_destroy(&source);
}

static void
test_bytes(void **state OVS_UNUSED)
{
    uint8_t data[4];

    assert_true(value_bytes_from_string("0x123", data, 4));
    assert_memory_equal(data, "\0\0\x01\x23", 4);
    assert_true(value_bytes_from_string("0x000001020304", data, 4));
    assert_memory_equal(data, "\x01\x02\x03\x04", 4);
    assert_true(value_bytes_from_string("4294967295", data, 4));
    assert_memory_equal(data, "\xff\xff\xff\xff", 4);
    assert_true(value_bytes_from_string("0x", data, 4));
    assert_memory_equal(data, "\0\0\0\0", 4);
    assert_true(value_bytes_from_string("0", data, 0));
    assert_false(value_bytes_from_string("1", data, 0));
    assert_false(value_bytes_from_string("4294967296", data, 4));
    assert_false(value_bytes_from_string("0x100000000", data, 4));
    assert_false(value_bytes_from_string("99999999999999999999", data, 4));
    assert_false(value_bytes_from_string("-1", data, 4));
    assert_false(value_bytes_from_string("", data, 4));
    assert_false(value_bytes_from_string(" 1", data, 4));
    assert_false(value_bytes_from_string("1x", data, 4));
    assert_false(value_bytes_from_string("0xg", data, 4));
}

static enum value_result
encode(enum value_from from, unsigned int length, const struct endpoint *ep,
       const struct vpc *vpc, const struct nve *nve, uint8_t *data,
       char **error)
{
    struct value_source source = { .from = from };

    if (from == VALUE_EP_VALUES) {
        source.name = xstrdup("color");
    }
    enum value_result result = value_encode(&source, length, ep, vpc, nve,
                                            data, error);
    value_source_destroy(&source);
    return result;
}

/* What a gateway sends from outside has a type, and is no endpoint's. */
static void
test_sender_without_values(void **state OVS_UNUSED)
{
    const struct endpoint gateway = { .has_type = true, .type = EP_GATEWAY };
    uint8_t data[GENEVE_OPT_MAX_DATA];
    char *error;

    assert_int_equal(encode(VALUE_EP_TYPE, 4, &gateway, NULL, NULL, data,
                            &error), VALUE_OK);
    assert_int_equal(encode(VALUE_EP_VALUES, 4, &gateway, NULL, NULL, data,
                            &error), VALUE_ABSENT);
    assert_int_equal(encode(VALUE_EP_POLICY_LABEL, 4, &gateway, NULL, NULL,
                            data, &error), VALUE_ABSENT);
    assert_int_equal(encode(VALUE_EP_QOS_CLASS, 4, &gateway, NULL, NULL, data,
                            &error), VALUE_ABSENT);
}

static void
test_encode(void **state OVS_UNUSED)
{
    struct smap values = SMAP_INITIALIZER(&values);
    struct endpoint_observed status = { .has_policy_label = true,
                                      .policy_label = 3 };
    struct endpoint ep = { .has_policy_label = true,
                           .policy_label = 0xdeadbeef };
    struct vpc vpc = { .has_tenant_id = true };
    struct nve nve = { .has_id = true, .id = 7 };
    uint8_t data[GENEVE_OPT_MAX_DATA];
    char *error;

    ep.values = &values;
    smap_add(&values, "color", "0x0102030405");
    memset(vpc.tenant_id, 0xab, sizeof vpc.tenant_id);

    assert_int_equal(encode(VALUE_EP_POLICY_LABEL, 8, &ep, &vpc, &nve, data,
                            &error), VALUE_OK);
    assert_memory_equal(data, "\0\0\0\0\xde\xad\xbe\xef", 8);
    assert_int_equal(encode(VALUE_NVE_ID, 4, &ep, &vpc, &nve, data, &error),
                     VALUE_OK);
    assert_memory_equal(data, "\0\0\0\x07", 4);
    assert_int_equal(encode(VALUE_VPC_TENANT_ID, 16, &ep, &vpc, &nve, data,
                            &error), VALUE_OK);
    assert_memory_equal(data, vpc.tenant_id, 16);
    assert_int_equal(encode(VALUE_EP_VALUES, 8, &ep, &vpc, &nve, data,
                            &error), VALUE_OK);
    assert_memory_equal(data, "\0\0\0\x01\x02\x03\x04\x05", 8);

    assert_int_equal(encode(VALUE_EP_TYPE, 4, &ep, &vpc, &nve, data, &error),
                     VALUE_ABSENT);
    assert_int_equal(encode(VALUE_PACKET_DSCP, 4, &ep, &vpc, &nve, data,
                            &error), VALUE_PER_PACKET);
    assert_int_equal(encode(VALUE_PACKET_FLOW_HASH, 8, &ep, &vpc, &nve, data,
                            &error), VALUE_PER_PACKET);
    assert_int_equal(encode(VALUE_NONE, 4, &ep, &vpc, &nve, data, &error),
                     VALUE_ABSENT);
    assert_int_equal(encode(VALUE_SERVICE_VIP, 4, &ep, &vpc, &nve, data,
                            &error), VALUE_ABSENT);
    assert_int_equal(encode(VALUE_SERVICE_DSR, 8, &ep, &vpc, &nve, data,
                            &error), VALUE_ABSENT);
    assert_int_equal(encode(VALUE_NVE_ID, 4, &ep, &vpc, NULL, data, &error),
                     VALUE_ABSENT);

    assert_int_equal(encode(VALUE_EP_VALUES, 4, &ep, &vpc, &nve, data,
                            &error), VALUE_BAD);
    assert_string_equal(error, "spec.values.color: 0x0102030405 does not fit "
                        "4 bytes");
    free(error);
    assert_int_equal(encode(VALUE_VPC_TENANT_ID, 8, &ep, &vpc, &nve, data,
                            &error), VALUE_BAD);
    free(error);
    assert_int_equal(encode(VALUE_EP_POLICY_LABEL, 0, &ep, &vpc, &nve, data,
                            &error), VALUE_BAD);
    assert_non_null(strstr(error, "spec.policyLabel"));
    free(error);

    /* What was given counts only without a spec.policyLabel. */
    ep.status = &status;
    assert_int_equal(encode(VALUE_EP_POLICY_LABEL, 4, &ep, &vpc, &nve, data,
                            &error), VALUE_OK);
    assert_memory_equal(data, "\xde\xad\xbe\xef", 4);
    ep.has_policy_label = false;
    assert_int_equal(encode(VALUE_EP_POLICY_LABEL, 4, &ep, &vpc, &nve, data,
                            &error), VALUE_OK);
    assert_memory_equal(data, "\0\0\0\x03", 4);
    ep.status = NULL;
    assert_int_equal(encode(VALUE_EP_POLICY_LABEL, 4, &ep, &vpc, &nve, data,
                            &error), VALUE_ABSENT);
    smap_destroy(&values);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_refused_sources),
        cmocka_unit_test(test_absent_source),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_sender_without_values),
        cmocka_unit_test(test_encode),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
