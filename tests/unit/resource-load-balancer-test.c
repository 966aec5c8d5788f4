/* Services and QoS from JSON: good objects, and for each fault its field. */

#include <config.h>

#include "lib/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "packets.h"
#include "tests/unit/resource-check.h"
#include "util.h"

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
    struct load_balancer *lb = parse_good(
        RES_LOAD_BALANCER, spec, ", 'status': {'address': '10.0.0.9', "
        "'externalAddress': 5}", NULL);
    struct smap labels = SMAP_INITIALIZER(&labels);

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
    struct qos_policy *policy = parse_good(
        RES_QOS_POLICY, QOS ", 'class': 'gold', 'model': 'uniform', "
        "'egress': {'kbps': 20000, 'burst': 2000}, 'ingress': {'pps': 500}",
        "", NULL);
    struct qos_class *class;

    assert_string_equal(policy->class_name, "gold");
    assert_int_equal(policy->model, QOS_UNIFORM);
    assert_int_equal(policy->limits[QOS_EGRESS].kbps, 20000);
    assert_int_equal(policy->limits[QOS_EGRESS].burst, 2000);
    assert_int_equal(policy->limits[QOS_EGRESS].pps, 0);
    assert_int_equal(policy->limits[QOS_INGRESS].pps, 500);
    assert_true(qos_limits_are_set(&policy->limits[QOS_INGRESS]));
    qos_policy_destroy(policy);

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
    class = parse_good(
        RES_QOS_CLASS, "'number': 4294967295, 'dscp': 46", "", NULL);
    assert_int_equal(class->number, UINT32_MAX);
    assert_int_equal(class->dscp, 46);
    assert_int_equal(class->queue, -1);
    qos_class_destroy(class);
    refuse(k, "'dscp': 46", "spec.number: is required");
    refuse(k, "'number': 1, 'dscp': 64", "spec.dscp: 64 is not in");
    refuse(k, "'number': 1, 'queue': -1", "spec.queue: -1 is not in");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_balancer),
        cmocka_unit_test(test_bad_load_balancers),
        cmocka_unit_test(test_qos),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
