/* VPCs, their subnets and what leads out of them, from JSON: good objects, and
 * for each fault its field. */

#include <config.h>

#include "lib/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "packets.h"
#include "svec.h"
#include "tests/unit/resource-check.h"
#include "util.h"

static void
test_vpc(void **state OVS_UNUSED)
{
    struct svec warnings = SVEC_EMPTY_INITIALIZER;
    struct vpc *vpc = parse_good(
        RES_VPC, "'vni': 1, 'optionProfile': 'p', 'mtu': 1400, 'subnets': ["
        "{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.1'}, "
        "{'cidr': '2001:db8::/64'}], "
        "'tenantId': '00112233-4455-6677-8899-AAbbccddeeff'", "", &warnings);

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

#define NET "'physicalNetwork': 'physnet1', "
#define NET_SUBNETS "'subnets': [{'cidr': '198.51.100.0/24', " \
                    "'gateway': '198.51.100.1'}]"

static void
test_external_network(void **state OVS_UNUSED)
{
    const enum resource_kind k = RES_EXTERNAL_NETWORK;
    struct external_network *net = parse_good(
        RES_EXTERNAL_NETWORK,
        NET NET_SUBNETS ", 'vlan': 7, 'mtu': 1400", "", NULL);
    struct in6_addr ip;

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
    return parse_good(RES_EXTERNAL_NETWORK, spec, "", NULL);
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
    struct vpc_gateway *gw = parse_good(
        RES_VPC_GATEWAY,
        GW GW_NODES ", 'snat': [{'cidr': '10.0.0.0/8', 'address': "
        "'198.51.100.10'}, {'cidr': '10.0.1.0/24', 'address': "
        "'198.51.100.11'}], 'bfd': {'intervalMs': 300}, "
        "'maxConnections': 1000",
        ", 'status': {'active': 'hv-1', 'addresses': ['198.51.100.10', 5]}",
        NULL);
    struct in6_addr ip;

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
    struct floating_ip *fip = parse_good(
        RES_FLOATING_IP, FIP ", 'ip': '10.0.0.5', 'mode': 'gateway'",
        ", 'status': {'nve': 'hv-1', 'address': 'x', 'ip': '10.0.0.5'}", NULL);

    assert_string_equal(fip->endpoint, "web-1");
    assert_int_equal(fip->mode, FLOATING_IP_GATEWAY);
    assert_string_equal(fip->status_nve, "hv-1");
    assert_true(ipv6_is_zero(&fip->status_address));
    assert_true(ipv6_addr_equals(&fip->status_ip, &fip->ip));
    floating_ip_destroy(fip);

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
    struct vpc_route *route = parse_good(
        RES_VPC_ROUTE,
        ROUTE ", 'from': {'endpointSelector': {'matchLabels': {'a': 'b'}}}, "
        "'via': [{'endpoint': 'fw-1', 'weight': 3}, {'gateway': 'out'}], "
        "'priority': 7", "", NULL);

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vpc),
        cmocka_unit_test(test_bad_vpcs),
        cmocka_unit_test(test_bad_subnets),
        cmocka_unit_test(test_external_network),
        cmocka_unit_test(test_external_networks_overlap),
        cmocka_unit_test(test_vpc_gateway),
        cmocka_unit_test(test_floating_ip),
        cmocka_unit_test(test_vpc_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
