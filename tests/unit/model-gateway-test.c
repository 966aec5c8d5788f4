/* Networks outside, gateways and floating IPs in the model: who can be a
 * gateway, whose an address is, who translates it. */

#include <config.h>

#include "agent/model/model-gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-share.h"
#include "agent/model/model.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "tests/unit/model-fixture.h"
#include "tests/unit/model-outside.h"
#include "util.h"

static void
attach_self(struct model_fixture *f, bool attached)
{
    struct sset names = SSET_INITIALIZER(&names);

    if (attached) {
        sset_add(&names, "physnet1");
    }
    model_set_physical_networks(f->model, &names);
    sset_destroy(&names);
}

static bool
shares(const struct model_fixture *f, const char *nve)
{
    const struct m_vpc *vpc
        = M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, "blue"));
    const struct entity *entity = entity_find(f->model, MODEL_NVE, nve);

    return entity && m_share_get(vpc, M_CAST(m_nve, entity));
}

static void
expect_candidates(const struct model_fixture *f, const char *gateway,
                  const char *expected)
{
    const struct m_gateway *gw = m_gateway_find(f->model, gateway);
    char names[100] = "";

    assert_non_null(gw);
    for (size_t i = 0; i < gw->n_candidates; i++) {
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                 i ? " " : "", gw->nodes[i].nve->up.name);
    }
    assert_string_equal(names, expected);
}

/* Those that are attached are remotes of the VPC, also while they are
 * drained. */
static void
test_candidates(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-4'}, "
        "{'nve': 'hv-3'}, {'nve': 'hv-2', 'priority': 7}]", "");
    settle(f);
    check_problem(f, MODEL_GATEWAY, "out", "");
    expect_candidates(f, "out", "hv-3 hv-2");
    assert_true(shares(f, "hv-2"));
    assert_true(shares(f, "hv-3"));
    assert_false(shares(f, "hv-4"));
    assert_false(hmapx_contains(&f->model->active_vpcs,
                                M_CAST(m_vpc, entity_find(
                                    f->model, MODEL_VPC, "blue"))));

    put_nve(f, "hv-4", "\"net\"");
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-4'}, "
        "{'nve': 'hv-3', 'priority': 0}]", "");
    settle(f);
    expect_candidates(f, "out", "hv-4");
    assert_false(shares(f, "hv-2"));
    assert_true(shares(f, "hv-3"));

    put_nve(f, "hv-4", "");
    settle(f);
    expect_candidates(f, "out", "");
    check_problem(f, MODEL_GATEWAY, "out",
           "spec.nodes: all that are attached have priority 0");
    assert_false(m_gateway_find(f->model, "out")->valid);

    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "out");
    settle(f);
    assert_null(m_gateway_find(f->model, "out"));
    assert_false(shares(f, "hv-3"));
}

/* Where a VPC's gateway can be, the VPC is active, and has remotes. */
static void
test_own_node(void **f_)
{
    struct model_fixture *f = *f_;
    const struct m_vpc *vpc;

    put_basics(f);
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-1'}, "
        "{'nve': 'hv-2'}]", "");
    settle(f);
    vpc = M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, "blue"));
    assert_false(m_vpc_is_active(vpc));
    expect_candidates(f, "out", "hv-2");

    attach_self(f, true);
    settle(f);
    assert_true(m_vpc_is_active(vpc));
    expect_candidates(f, "out", "hv-1 hv-2");
    assert_true(m_gateway_find(f->model, "out")->self->is_self);

    attach_self(f, false);
    settle(f);
    assert_false(m_vpc_is_active(vpc));
    assert_null(m_gateway_find(f->model, "out")->self);

    /* Another name is another node. */
    attach_self(f, true);
    model_set_self(f->model, "hv-2");
    settle(f);
    assert_true(m_vpc_is_active(vpc));
    expect_candidates(f, "out", "hv-2");
}

/* Every object that is wrong says why, and those it refers to may come
 * later. */
static void
test_blocked_gateways(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_VPC_GATEWAY, "a", "'vpc': 'red', 'externalNetwork': 'net', "
        "'nodes': [{'nve': 'hv-2'}]", "");
    put(f, RES_VPC_GATEWAY, "b", "'vpc': 'blue', 'externalNetwork': 'ten', "
        "'nodes': [{'nve': 'hv-2'}]", "");
    put(f, RES_VPC_GATEWAY, "c", GATEWAY "'nodes': []", "");
    put(f, RES_VPC_GATEWAY, "d", GATEWAY "'nodes': [{'nve': 'hv-9'}]", "");
    put(f, RES_VPC_GATEWAY, "e", GATEWAY "'nodes': [{'nve': 'hv-4'}]", "");
    put(f, RES_VPC_GATEWAY, "f", GATEWAY "'nodes': [{'nve': 'hv-2'}], "
        "'snat': [{'cidr': '10.0.0.0/8', 'address': '198.51.101.7'}]", "");
    put(f, RES_VPC_GATEWAY, "g", GATEWAY "'nodes': [{'nve': 'hv-2'}]", "");
    settle(f);
    check_problem(f, MODEL_GATEWAY, "a", "spec.vpc: VPC red does not exist");
    check_problem(f, MODEL_GATEWAY, "b",
           "spec.externalNetwork: ExternalNetwork ten does not exist");
    check_problem(f, MODEL_GATEWAY, "c", "spec.nodes: is empty");
    check_problem(f, MODEL_GATEWAY, "d",
           "spec.nodes[0].nve: NVE hv-9 does not exist");
    check_problem(f, MODEL_GATEWAY, "e", "spec.nodes: none is attached to "
           "ExternalNetwork net");
    check_problem(f, MODEL_GATEWAY, "f",
                  "spec.snat[0].address: 198.51.101.7 is in "
                  "none of the subnets");
    check_problem(f, MODEL_GATEWAY, "g", "");
    put_nve(f, "hv-9", "");
    settle(f);
    check_problem(f, MODEL_GATEWAY, "d", "spec.nodes: none is attached to "
                  "ExternalNetwork net");
    objects_scope_delete(f->scopes[RES_NVE], "hv-9");
    settle(f);
    check_problem(f, MODEL_GATEWAY, "d",
                  "spec.nodes[0].nve: NVE hv-9 does not exist");

    put(f, RES_VPC, "red", "'vni': 6", "");
    put(f, RES_EXTERNAL_NETWORK, "ten", "'physicalNetwork': 'ten', "
        "'subnets': [{'cidr': '203.0.113.0/24'}]", "");
    put(f, RES_EXTERNAL_NETWORK, "net", "'physicalNetwork': 'physnet1', "
        "'subnets': [{'cidr': '198.51.0.0/16'}]", "");
    put_nve(f, "hv-2", "\"net\", \"ten\"");
    put_nve(f, "hv-9", "\"net\"");
    settle(f);
    for (const char *p = "abdfg"; *p; p++) {
        char name[] = { *p, '\0' };

        check_problem(f, MODEL_GATEWAY, name, "");
        assert_true(m_gateway_find(f->model, name)->valid);
    }
}

/* The default gateway is the first one by name that can be used. */
static void
test_default_gateway(void **f_)
{
    struct model_fixture *f = *f_;
    struct m_vpc *vpc;

    put_basics(f);
    put(f, RES_VPC_GATEWAY, "b", GATEWAY "'nodes': [{'nve': 'hv-2'}]", "");
    put(f, RES_VPC_GATEWAY, "c", GATEWAY "'nodes': [{'nve': 'hv-2'}]", "");
    put(f, RES_VPC_GATEWAY, "a", GATEWAY "'nodes': []", "");
    settle(f);
    vpc = M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, "blue"));
    assert_string_equal(m_gateway_find_default(vpc, NULL)->up.name, "b");
    assert_string_equal(m_gateway_find_default(vpc, m_extnet_find(
        f->model, "net"))->up.name, "b");
    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "b");
    settle(f);
    assert_string_equal(m_gateway_find_default(vpc, NULL)->up.name, "c");
}

/* Of two networks on one wire that overlap, the older one is in use; when it
 * goes, the other is, and with it all that is built on it. */
static void
test_overlapping_networks(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_EXTERNAL_NETWORK, "b", NETWORK,
        ", 'creationTimestamp': '2026-01-02T00:00:00Z'");
    put(f, RES_EXTERNAL_NETWORK, "c", NETWORK,
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    put(f, RES_EXTERNAL_NETWORK, "d", NETWORK ", 'vlan': 7",
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    put_nve(f, "hv-2", "\"c\"");
    put(f, RES_VPC_GATEWAY, "out", "'vpc': 'blue', 'externalNetwork': 'c', "
        "'nodes': [{'nve': 'hv-2'}]", "");
    settle(f);
    check_problem(f, MODEL_EXTNET, "b", "");
    check_problem(f, MODEL_EXTNET, "c",
           "spec.subnets[0].cidr: overlaps ExternalNetwork b");
    check_problem(f, MODEL_EXTNET, "net", "overlaps ExternalNetwork b");
    check_problem(f, MODEL_EXTNET, "d", "");
    check_problem(f, MODEL_GATEWAY, "out", "ExternalNetwork c is refused");
    assert_null(m_extnet_get_def(m_extnet_find(f->model, "c")));

    objects_scope_delete(f->scopes[RES_EXTERNAL_NETWORK], "b");
    settle(f);
    check_problem(f, MODEL_EXTNET, "c", "");
    check_problem(f, MODEL_EXTNET, "net", "overlaps ExternalNetwork c");
    check_problem(f, MODEL_GATEWAY, "out", "");
    put(f, RES_EXTERNAL_NETWORK, "c", NETWORK ", 'vlan': 8",
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_EXTNET, "net", "");
}

/* The same if they do not overlap: what comes in is of one network. */
static void
test_networks_on_one_wire(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_EXTERNAL_NETWORK, "b", "'physicalNetwork': 'physnet1', "
        "'subnets': [{'cidr': '203.0.113.0/24'}]",
        ", 'creationTimestamp': '2026-01-02T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_EXTNET, "b", "");
    check_problem(f, MODEL_EXTNET, "net", "spec.physicalNetwork: "
                  "ExternalNetwork b is the same physical network");
    objects_scope_delete(f->scopes[RES_EXTERNAL_NETWORK], "b");
    settle(f);
    check_problem(f, MODEL_EXTNET, "net", "");
}

/* One that is deleted and made anew is the younger one then. */
static void
test_network_made_anew(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_EXTERNAL_NETWORK, "b", NETWORK,
        ", 'creationTimestamp': '2026-01-02T00:00:00Z'");
    put(f, RES_EXTERNAL_NETWORK, "c", NETWORK,
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_EXTNET, "c", "overlaps ExternalNetwork b");
    check_problem(f, MODEL_EXTNET, "net", "overlaps ExternalNetwork b");
    put(f, RES_EXTERNAL_NETWORK, "b", NETWORK,
        ", 'creationTimestamp': '2026-01-04T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_EXTNET, "b", "overlaps ExternalNetwork c");
    check_problem(f, MODEL_EXTNET, "c", "");
    check_problem(f, MODEL_EXTNET, "net", "overlaps ExternalNetwork c");
}

/* An address has one owner, of whatever kind: the one that uses it, else the
 * older one. */
static void
test_claims(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_VPC_GATEWAY, "x", GATEWAY "'nodes': [{'nve': 'hv-2'}], "
        "'snat': [{'cidr': '10.0.0.0/8', 'address': '198.51.100.10'}]",
        ", 'creationTimestamp': '2026-01-02T00:00:00Z'");
    put(f, RES_FLOATING_IP, "x", "'externalNetwork': 'net', "
        "'address': '198.51.100.10', 'endpoint': 'vm'",
        ", 'creationTimestamp': '2026-01-01T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_FIP, "x", "");
    check_problem(f, MODEL_GATEWAY, "x", "spec.snat: 198.51.100.10 in "
           "ExternalNetwork net belongs to FloatingIP x already");
    put(f, RES_FLOATING_IP, "x", "'externalNetwork': 'net', "
        "'address': '198.51.100.10', 'endpoint': 'vm'",
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_GATEWAY, "x", "");
    check_problem(f, MODEL_FIP, "x", "spec.address: 198.51.100.10 in "
           "ExternalNetwork net belongs to VPCGateway x already");
    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "x");
    settle(f);
    check_problem(f, MODEL_FIP, "x", "");
    put(f, RES_FLOATING_IP, "x", "'externalNetwork': 'net', "
        "'address': '198.51.100.1', 'endpoint': 'vm'", "");
    settle(f);
    check_problem(f, MODEL_FIP, "x",
                  "spec.address: 198.51.100.1 is the gateway of "
                  "a subnet of the ExternalNetwork net");
}

static void
put_fip(struct model_fixture *f, const char *more)
{
    char *s = xasprintf("'externalNetwork': 'net', 'endpoint': 'vm', "
                        "'address': '198.51.100.20'%s", more);

    put(f, RES_FLOATING_IP, "fip", s, "");
    free(s);
}

static const struct m_fip *
get_fip(const struct model_fixture *f)
{
    return M_CAST(m_fip, entity_find(f->model, MODEL_FIP, "fip"));
}

/* An endpoint cannot be translated to its own address. */
static void
test_addresses_of_the_vpc(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_endpoint(f, "hv-2", "'198.51.100.20'");
    put_fip(f, "");
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-2'}], "
        "'snat': [{'cidr': '10.0.0.0/8', 'address': '198.51.100.10'}]", "");
    put(f, RES_VPC, "blue", "'vni': 5, "
        "'subnets': [{'cidr': '198.51.100.0/24'}]", "");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "is in a subnet of VPC blue itself");
    check_problem(f, MODEL_GATEWAY, "out",
                  "spec.snat[0].address: 198.51.100.10 is "
                  "in a subnet of VPC blue itself");
    assert_false(get_fip(f)->valid);
    put(f, RES_VPC, "blue", "'vni': 5", "");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "");
    check_problem(f, MODEL_GATEWAY, "out", "");
}

/* The endpoint's node translates a FIP if it can, else a gateway does; it
 * follows both. */
static void
test_fips(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_fip(f, "");
    settle(f);
    assert_false(get_fip(f)->valid);
    check_problem(f, MODEL_FIP, "fip", "");

    put_endpoint(f, "hv-2", "'10.0.0.5', '2001:db8::5'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "");
    assert_true(get_fip(f)->valid);
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_DISTRIBUTED);
    assert_string_equal(get_fip(f)->nve->up.name, "hv-2");

    put_endpoint(f, "hv-4", "'10.0.0.5'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip",
           "spec.mode: VPC blue has no gateway to ExternalNetwork net");
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-2'}]", "");
    settle(f);
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_GATEWAY);
    assert_string_equal(get_fip(f)->gateway->up.name, "out");
    put_fip(f, ", 'mode': 'distributed'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip",
                  "spec.mode: NVE hv-4, where Endpoint vm is, "
                  "is not attached");
    put_nve(f, "hv-4", "\"net\"");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "");
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_DISTRIBUTED);
    put_fip(f, ", 'mode': 'gateway'");
    settle(f);
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_GATEWAY);

    put_endpoint(f, "hv-4", "'10.0.0.5', '10.0.0.6'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "spec.ip: is required");
    put_fip(f, ", 'ip': '10.0.0.6'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "");
    put_endpoint(f, "hv-4", "'2001:db8::5'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip",
           "spec.ip: 10.0.0.6 is not an address of Endpoint vm");
    put_fip(f, "");
    settle(f);
    check_problem(f, MODEL_FIP, "fip",
           "spec.endpoint: Endpoint vm has no IPv4 address");

    objects_scope_delete(f->scopes[RES_FLOATING_IP], "fip");
    objects_scope_delete(f->scopes[RES_ENDPOINT], "vm");
    settle(f);
    assert_null(entity_find(f->model, MODEL_ENDPOINT, "vm"));
}

#define FIRST "'externalNetwork': 'net', 'endpoint': 'vm', " \
              "'ip': '10.0.0.5', 'address': '198.51.100.20'"

/* What an endpoint sends from one address leaves by one FIP: the first. */
static void
test_fips_for_one_address(void **f_)
{
    struct model_fixture *f = *f_;
    const char *second = "'externalNetwork': 'net', 'endpoint': 'vm', "
                         "'address': '198.51.100.21'";
    char *members;

    put_basics(f);
    put_endpoint(f, "hv-2", "'10.0.0.5'");
    put(f, RES_FLOATING_IP, "more", second,
        ", 'creationTimestamp': '2026-01-02T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_FIP, "more", "");
    put(f, RES_FLOATING_IP, "fip", FIRST,
        ", 'creationTimestamp': '2026-01-01T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "");
    check_problem(f, MODEL_FIP, "more", "spec.endpoint: 10.0.0.5 of "
                  "Endpoint vm belongs to FloatingIP fip already");
    assert_true(get_fip(f)->valid);

    put_endpoint(f, "hv-2", "'10.0.0.5', '10.0.0.6'");
    put(f, RES_FLOATING_IP, "more",
        "'externalNetwork': 'net', 'endpoint': 'vm', 'ip': '10.0.0.6', "
        "'address': '198.51.100.21'", "");
    settle(f);
    check_problem(f, MODEL_FIP, "fip", "");
    check_problem(f, MODEL_FIP, "more", "");
    put_endpoint(f, "hv-2", "'10.0.0.5'");
    put(f, RES_FLOATING_IP, "more", second, "");
    objects_scope_delete(f->scopes[RES_FLOATING_IP], "fip");
    settle(f);
    check_problem(f, MODEL_FIP, "more", "");

    /* An older one that comes to the address later does not take it from who
     * uses it. */
    members = xasprintf("'spec': {%s}, 'status': {"
                        "'address': '198.51.100.21', 'ip': '10.0.0.5'}",
                        second);
    model_fixture_put(f, RES_FLOATING_IP, "more",
                      ", 'creationTimestamp': '2026-01-02T00:00:00Z'",
                      members);
    free(members);
    put(f, RES_FLOATING_IP, "fip", FIRST,
        ", 'creationTimestamp': '2026-01-01T00:00:00Z'");
    settle(f);
    check_problem(f, MODEL_FIP, "more", "");
    check_problem(f, MODEL_FIP, "fip", "spec.ip: 10.0.0.5 of Endpoint vm "
                  "belongs to FloatingIP more already");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_candidates),
        MODEL_TEST(test_own_node),
        MODEL_TEST(test_blocked_gateways),
        MODEL_TEST(test_default_gateway),
        MODEL_TEST(test_overlapping_networks),
        MODEL_TEST(test_networks_on_one_wire),
        MODEL_TEST(test_network_made_anew),
        MODEL_TEST(test_claims),
        MODEL_TEST(test_addresses_of_the_vpc),
        MODEL_TEST(test_fips),
        MODEL_TEST(test_fips_for_one_address),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("model-gateway", tests, NULL, NULL);
}
