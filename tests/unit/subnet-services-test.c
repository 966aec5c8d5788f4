/* Unit tests of lib/subnet-services.c: dhcp, ra and dns of a VPC's subnets,
 * and for each fault its field. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/resource-vpc.h"
#include "packets.h"
#include "svec.h"
#include "tests/unit/parse.h"

#define V4 "'cidr': '10.0.0.0/24', 'gateway': '10.0.0.1', "
#define V6 "'cidr': '2001:db8::/64', 'gateway': '2001:db8::1', "

/* The VPC, or NULL with the message in '*fault'. */
static struct vpc *
parse_vpc(const char *subnet, char **fault)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    char *text = xasprintf(
        "{'apiVersion': 'nvo3.io/v1alpha1', 'kind': 'VPC', "
        "'metadata': {'name': 'v'}, "
        "'spec': {'vni': 5, 'subnets': [{%s}]}}", subnet);
    struct json *json = parse(text);
    struct vpc *vpc = vpc_from_json(json, &errors, NULL);

    *fault = field_errors_to_string(&errors);
    field_errors_destroy(&errors);
    json_destroy(json);
    free(text);
    return vpc;
}

static struct vpc *
accept_vpc(const char *subnet)
{
    char *fault;
    struct vpc *vpc = parse_vpc(subnet, &fault);

    if (!vpc) {
        fail_msg("%s", fault);
    }
    free(fault);
    return vpc;
}

static void
test_defaults(void **state OVS_UNUSED)
{
    struct vpc *vpc = accept_vpc(V4 "'dhcp': {}, 'dns': {}");
    struct subnet_services *s = &vpc->services[0];
    char *domain;

    assert_int_equal(s->dhcp->lease, 86400);
    assert_false(s->dhcp->has_dns);
    assert_null(s->dhcp->domain);
    assert_null(s->ra);
    assert_int_equal(s->dns->ttl, 60);
    domain = subnet_dns_get_domain(s->dns, "v");
    assert_string_equal(domain, "v.internal");
    free(domain);
    vpc_destroy(vpc);

    vpc = accept_vpc(V6 "'dhcp': {}, 'ra': {}");
    s = &vpc->services[0];
    assert_true(s->ra->managed && s->ra->other && s->ra->autonomous);
    assert_int_equal(s->ra->router_lifetime, 65535);
    assert_int_equal(s->ra->interval, 600);
    assert_int_equal(s->ra->valid, 2592000);
    assert_int_equal(s->ra->preferred, 604800);
    vpc_destroy(vpc);

    vpc = accept_vpc("'cidr': '2001:db8::/80', 'ra': {'validSeconds': 60}");
    s = &vpc->services[0];
    assert_false(s->ra->managed || s->ra->other || s->ra->autonomous);
    assert_int_equal(s->ra->router_lifetime, 0);
    assert_int_equal(s->ra->preferred, 60);
    vpc_destroy(vpc);

    vpc = accept_vpc(V4 "'dhcp': null");
    assert_null(vpc->services[0].dhcp);
    vpc_destroy(vpc);
}

static void
test_members(void **state OVS_UNUSED)
{
    struct vpc *vpc = accept_vpc(
        V4 "'dhcp': {'leaseSeconds': 4294967295, 'dns': [], "
        "'domain': 'example.internal', 'ntp': ['10.0.0.9'], "
        "'routes': [{'destination': '10.1.0.0/16', 'nextHop': '10.0.0.5'}, "
        "{'destination': '0.0.0.0/0', 'nextHop': '10.0.0.6'}], "
        "'options': [{'number': 66, 'text': 'tftp'}, "
        "{'number': 43, 'hex': '0x0102ff'}, "
        "{'number': 150, 'ips': ['10.0.0.7', '10.0.0.8']}]}");
    struct subnet_dhcp *d = vpc->services[0].dhcp;

    assert_int_equal(d->lease, UINT32_MAX);
    assert_true(d->has_dns);
    assert_int_equal(d->n_dns, 0);
    assert_string_equal(d->domain, "example.internal");
    assert_int_equal(d->n_ntp, 1);
    assert_int_equal(d->n_routes, 2);
    assert_int_equal(d->routes[0].destination.plen, 16);
    assert_int_equal(in6_addr_get_mapped_ipv4(&d->routes[0].next_hop),
                     htonl(0x0a000005));
    assert_int_equal(d->routes[1].destination.plen, 0);
    assert_int_equal(d->n_options, 3);
    assert_memory_equal(d->options[0].data, "tftp", 4);
    assert_int_equal(d->options[1].len, 3);
    assert_memory_equal(d->options[1].data, "\1\2\xff", 3);
    assert_memory_equal(d->options[2].data, "\x0a\0\0\7\x0a\0\0\x08", 8);
    vpc_destroy(vpc);

    vpc = accept_vpc(V6 "'dhcp': {'options': [{'number': 59, "
                     "'ips': ['2001:db8::7']}]}");
    d = vpc->services[0].dhcp;
    assert_int_equal(d->options[0].len, 16);
    vpc_destroy(vpc);
}

static void
test_faults(void **state OVS_UNUSED)
{
    static const struct {
        const char *subnet, *fault;
    } cases[] = {
        { V4 "'dhcp': 5", "spec.subnets[0].dhcp: must be an object" },
        { V4 "'dhcp': {'leaseSeconds': 9}",
          "spec.subnets[0].dhcp.leaseSeconds: 9 is not in the range" },
        { V4 "'dhcp': {'dns': ['2001:db8::1']}",
          "spec.subnets[0].dhcp.dns: must have only IPv4 addresses" },
        { V6 "'dhcp': {'ntp': ['10.0.0.1']}",
          "spec.subnets[0].dhcp.ntp: must have only IPv6 addresses" },
        { V4 "'dhcp': {'dns': ['10.0.0.1', '10.0.0.2', '10.0.0.3', "
          "'10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.7', '10.0.0.8', "
          "'10.0.0.9']}", "spec.subnets[0].dhcp.dns: has more than 8" },
        { V4 "'dhcp': {'domain': 'a b'}",
          "spec.subnets[0].dhcp.domain: \"a b\" is not a domain name" },
        { V6 "'dhcp': {'routes': []}",
          "spec.subnets[0].dhcp.routes: DHCPv6 has no routes" },
        { V4 "'dhcp': {'routes': [{}]}",
          "spec.subnets[0].dhcp.routes[0].nextHop: is required; "
          "spec.subnets[0].dhcp.routes[0].destination: is required" },
        { V4 "'dhcp': {'routes': [{'destination': '10.1.0.1/16', "
          "'nextHop': '10.0.0.5'}]}",
          "spec.subnets[0].dhcp.routes[0].destination: \"10.1.0.1/16\" has "
          "bits set after the prefix" },
        { V4 "'dhcp': {'routes': [{'destination': '10.1.0.0/16', "
          "'nextHop': '2001:db8::5'}]}",
          "spec.subnets[0].dhcp.routes[0].nextHop: \"2001:db8::5\" is not an "
          "IPv4 address" },
        { V4 "'dhcp': {'options': [{'number': 66}]}",
          "spec.subnets[0].dhcp.options[0].text: one of text, hex and ips" },
        { V4 "'dhcp': {'options': [{'number': 66, 'text': 'a', "
          "'hex': '0x00'}]}",
          "spec.subnets[0].dhcp.options[0].text: one of text, hex and ips" },
        { V4 "'dhcp': {'options': [{'number': 66, 'hex': '0x0'}]}",
          "spec.subnets[0].dhcp.options[0].hex: \"0x0\" is not" },
        { V4 "'dhcp': {'options': [{'number': 255, 'text': 'a'}]}",
          "spec.subnets[0].dhcp.options[0].number: 255 is not in the range" },
        { V4 "'dhcp': {'options': [{'number': 51, 'text': 'a'}]}",
          "spec.subnets[0].dhcp.options[0].number: option 51 has a member" },
        { V6 "'dhcp': {'options': [{'number': 23, 'text': 'a'}]}",
          "spec.subnets[0].dhcp.options[0].number: option 23 has a member" },
        { V4 "'dhcp': {'options': [{'number': 66, 'text': 'a'}, "
          "{'number': 66, 'text': 'b'}]}",
          "spec.subnets[0].dhcp.options[1].number: is already options[0]" },
        { V4 "'dhcp': {'options': ['a']}",
          "spec.subnets[0].dhcp.options[0]: must be an object" },
        { V4 "'ra': {}", "spec.subnets[0].ra: the subnet is not an IPv6" },
        { V6 "'ra': {'lifetimeSeconds': 5}",
          "spec.subnets[0].ra.lifetimeSeconds: 5 is less than "
          "intervalSeconds, 600" },
        { "'cidr': '2001:db8::/64', 'ra': {'lifetimeSeconds': 1800}",
          "spec.subnets[0].ra.lifetimeSeconds: must be 0, as the subnet has "
          "no gateway" },
        { V6 "'ra': {'validSeconds': 5, 'preferredSeconds': 6}",
          "spec.subnets[0].ra.preferredSeconds: 6 is more than" },
        { "'cidr': '2001:db8::/80', 'ra': {'autonomous': true}",
          "spec.subnets[0].ra.autonomous: needs a prefix of 64 bits" },
        { "'cidr': '10.0.0.0/24', 'dns': {}",
          "spec.subnets[0].dns: needs a gateway" },
        { V4 "'dns': {'domain': '-.'}",
          "spec.subnets[0].dns.domain: \"-.\" is not a domain name" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vpc *vpc;
        char *fault;

        vpc = parse_vpc(cases[i].subnet, &fault);
        assert_null(vpc);
        if (strncmp(fault, cases[i].fault, strlen(cases[i].fault))) {
            fail_msg("%s: %s", cases[i].subnet, fault);
        }
        free(fault);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
