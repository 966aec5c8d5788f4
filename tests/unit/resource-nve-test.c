/* NVEs and endpoints from JSON: good objects, and for each fault its field. */

#include <config.h>

#include "lib/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/encapsulation.h"
#include "openvswitch/json.h"
#include "tests/unit/resource-check.h"
#include "util.h"

static void
test_nve(void **state OVS_UNUSED)
{
    struct nve *nve = parse_good(
        RES_NVE, "'id': 4294967295, 'underlay': {'ips': ['192.0.2.1', "
        "'2001:db8::1'], 'udpPort': 6082, 'mtu': 1500}, "
        "'static': {'mode': 'bogus'}, "
        "'transit': {'maxOptions': 3, 'maxOptionBytes': 56}",
        ", 'status': {'receive': [5], 'agentVersion': 'v', "
        "'transmit': {'maxOptions': 2, 'maxOptionBytes': 300}}", NULL);

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

    nve = parse_good(RES_NVE, "", ", 'status': [1]", NULL);
    assert_false(nve->has_id);
    assert_int_equal(nve->udp_port, 0);
    assert_int_equal(nve->transit.max_options, NEG_NO_LIMIT);
    assert_null(nve->receive);
    nve_destroy(nve);
}

/* NVEs that receive the same have one table, whatever its ids. */
static void
test_equal_tables(void **state OVS_UNUSED)
{
    static const struct {
        const char *id;
        int expected;
    } cases[] = {
        { "'id': 5, ", 5 },
        { "'id': 6, ", 6 },
        { "", 0 },
    };
    struct nve *nves[ARRAY_SIZE(cases)];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *status = xasprintf(", 'status': {'receive': {%s'options': []}}",
                                 cases[i].id);
        int64_t id = 1;

        nves[i] = parse_good(RES_NVE, "'static': {'mode': 'fallback'}", status,
                             NULL);
        free(status);
        assert_int_equal(nves[i]->receive_id, cases[i].expected);
        assert_ptr_equal(nves[i]->receive, nves[0]->receive);
        assert_ptr_equal(nves[i]->static_table, nves[0]->static_table);
        assert_ptr_equal(nve_get_receive(nves[i], encapsulation_default(),
                                         &id), nves[0]->receive);
        assert_int_equal(id, cases[i].expected);
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        nve_destroy(nves[i]);
    }
}

/* What an NVE receives: 'spec' and 'status' are members of the object. */
static void
check_encapsulations(const char *static_, const char *status,
                     const char *expected, const char *unknown)
{
    struct nve *nve = parse_good(RES_NVE, static_, status, NULL);
    char *actual = encapsulation_set_to_string(nve_get_encapsulations(nve));
    char *others = nve_get_unknown_encapsulations(nve);

    if (strcmp(actual, expected)
        || !nullable_string_is_equal(others, unknown)) {
        fail_msg("%s %s: %s, unknown: %s", static_, status, actual, others);
    }
    free(actual);
    free(others);
    nve_destroy(nve);
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
        struct nve *nve = parse_good(RES_NVE, cases[i].spec, "", NULL);
        char *actual = encapsulation_set_to_string(
            nve_get_own_encapsulations(nve, encapsulation_set_all()));

        assert_string_equal(actual, cases[i].expected);
        free(actual);
        nve_destroy(nve);
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
    struct endpoint *ep = parse_good(
        RES_ENDPOINT, "'vpc': 'v', 'nve': 'hv-1', 'mac': '02:00:00:00:00:0A', "
        "'ips': ['10.0.0.1'], 'type': 'container', 'policyLabel': 0, "
        "'values': {'a': 5, 'b': '0xff', 'c': null}", "", NULL);

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

    ep = parse_good(
        RES_ENDPOINT, "'vpc': 'v', 'nve': 'hv-1', 'mac': '02:00:00:00:00:0a', "
        "'type': 77", ", 'status': {'nve': 'hv-2', "
        "'phase': 'Bound', 'mtu': 1450, 'policyLabel': 9, "
        "'policyLabelSet': 'a=b'}", NULL);
    assert_string_equal(endpoint_location(ep), "hv-2");
    assert_string_equal(ep->status->phase, "Bound");
    assert_int_equal(ep->status->mtu, 1450);
    assert_true(ep->status->has_policy_label);
    assert_int_equal(ep->status->policy_label, 9);
    assert_string_equal(ep->status->policy_label_set, "a=b");
    assert_int_equal(ep->type, 77);
    endpoint_destroy(ep);

    ep = parse_good(RES_ENDPOINT, "'vpc': 'v', 'mac': '02:00:00:00:00:0a'",
                    ", 'status': {'nve': 'BAD', 'phase': 5, 'mtu': -1, "
                    "'policyLabel': 1e30}", NULL);
    assert_null(endpoint_location(ep));
    assert_string_equal(ep->status->phase, "");
    assert_false(ep->status->has_policy_label);
    endpoint_destroy(ep);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nve),
        cmocka_unit_test(test_equal_tables),
        cmocka_unit_test(test_nve_encapsulations),
        cmocka_unit_test(test_own_encapsulations),
        cmocka_unit_test(test_nve_udp_port),
        cmocka_unit_test(test_bad_nves),
        cmocka_unit_test(test_endpoint),
        cmocka_unit_test(test_bad_endpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
