/* Networks outside, gateways, floating IPs and routes in the model: who can be
 * a gateway, whose an address is, who translates it, what leads nowhere. */

#include <config.h>

#include "agent/model/model-gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/alarms.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-route.h"
#include "agent/model/model-share.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "flow.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

static int
setup(void **state)
{
    struct model_fixture *f = xzalloc(sizeof *f);

    model_fixture_init(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    model_fixture_destroy(*state);
    free(*state);
    return 0;
}

static void
run(struct model_fixture *f)
{
    for (int i = 0; i < 2; i++) {
        objects_run(f->objects, model_object_changed, f->model);
        model_run(f->model);
        model_run_done(f->model);
    }
}

/* 'spec' and 'more' are written with ' for ". */
static void
put(struct model_fixture *f, enum resource_kind kind, const char *name,
    const char *spec, const char *more)
{
    char *s = xasprintf("{'metadata': {'name': '%s'%s}, 'spec': {%s}}", name,
                        more, spec);
    struct json *json;

    for (char *p = s; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    json = json_from_string(s);
    if (json->type != JSON_OBJECT) {
        fail_msg("%s: %s", s, json_string(json));
    }
    objects_scope_upsert(f->scopes[kind], json);
    json_destroy(json);
    free(s);
}

static void
put_nve(struct model_fixture *f, const char *name, const char *networks)
{
    char *s = xasprintf("{\"metadata\": {\"name\": \"%s\"}, \"spec\": {}, "
                        "\"status\": {\"externalNetworks\": [%s]}}", name,
                        networks);
    struct json *json = json_from_string(s);

    objects_scope_upsert(f->scopes[RES_NVE], json);
    json_destroy(json);
    free(s);
}

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

#define NETWORK "'physicalNetwork': 'physnet1', 'subnets': [" \
                "{'cidr': '198.51.100.0/24', 'gateway': '198.51.100.1'}]"
#define GATEWAY "'vpc': 'blue', 'externalNetwork': 'net', "

/* VPC blue and network net.  hv-2 and hv-3 are attached, hv-4 is not. */
static void
put_basics(struct model_fixture *f)
{
    put(f, RES_VPC, "blue", "'vni': 5", "");
    put(f, RES_EXTERNAL_NETWORK, "net", NETWORK, "");
    put_nve(f, "hv-1", "");
    put_nve(f, "hv-2", "\"net\"");
    put_nve(f, "hv-3", "\"other\", \"net\"");
    put_nve(f, "hv-4", "");
    model_set_complete(f->model);
}

static const char *
problem_of(const struct model_fixture *f, enum model_kind kind,
           const char *name)
{
    const struct entity *entity = entity_find(f->model, kind, name);

    assert_non_null(entity);
    return entity->problem ? entity->problem : "";
}

static void
expect(const struct model_fixture *f, enum model_kind kind, const char *name,
       const char *expected)
{
    const char *problem = problem_of(f, kind, name);

    if (expected[0] ? !strstr(problem, expected) : problem[0]) {
        fail_msg("%s: \"%s\" is not \"%s\"", name, problem, expected);
    }
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
    run(f);
    expect(f, MODEL_GATEWAY, "out", "");
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
    run(f);
    expect_candidates(f, "out", "hv-4");
    assert_false(shares(f, "hv-2"));
    assert_true(shares(f, "hv-3"));

    put_nve(f, "hv-4", "");
    run(f);
    expect_candidates(f, "out", "");
    expect(f, MODEL_GATEWAY, "out",
           "spec.nodes: all that are attached have priority 0");
    assert_false(m_gateway_find(f->model, "out")->valid);

    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "out");
    run(f);
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
    run(f);
    vpc = M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, "blue"));
    assert_false(m_vpc_is_active(vpc));
    expect_candidates(f, "out", "hv-2");

    attach_self(f, true);
    run(f);
    assert_true(m_vpc_is_active(vpc));
    expect_candidates(f, "out", "hv-1 hv-2");
    assert_true(m_gateway_find(f->model, "out")->self->is_self);

    attach_self(f, false);
    run(f);
    assert_false(m_vpc_is_active(vpc));
    assert_null(m_gateway_find(f->model, "out")->self);

    /* Another name is another node. */
    attach_self(f, true);
    model_set_self(f->model, "hv-2");
    run(f);
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
    run(f);
    expect(f, MODEL_GATEWAY, "a", "spec.vpc: VPC red does not exist");
    expect(f, MODEL_GATEWAY, "b",
           "spec.externalNetwork: ExternalNetwork ten does not exist");
    expect(f, MODEL_GATEWAY, "c", "spec.nodes: is empty");
    expect(f, MODEL_GATEWAY, "d",
           "spec.nodes[0].nve: NVE hv-9 does not exist");
    expect(f, MODEL_GATEWAY, "e", "spec.nodes: none is attached to "
           "ExternalNetwork net");
    expect(f, MODEL_GATEWAY, "f", "spec.snat[0].address: 198.51.101.7 is in "
           "none of the subnets");
    expect(f, MODEL_GATEWAY, "g", "");

    put(f, RES_VPC, "red", "'vni': 6", "");
    put(f, RES_EXTERNAL_NETWORK, "ten", "'physicalNetwork': 'ten', "
        "'subnets': [{'cidr': '203.0.113.0/24'}]", "");
    put(f, RES_EXTERNAL_NETWORK, "net", "'physicalNetwork': 'physnet1', "
        "'subnets': [{'cidr': '198.51.0.0/16'}]", "");
    put_nve(f, "hv-2", "\"net\", \"ten\"");
    put_nve(f, "hv-9", "\"net\"");
    run(f);
    for (const char *p = "abdfg"; *p; p++) {
        char name[] = { *p, '\0' };

        expect(f, MODEL_GATEWAY, name, "");
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
    run(f);
    vpc = M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, "blue"));
    assert_string_equal(m_gateway_find_default(vpc, NULL)->up.name, "b");
    assert_string_equal(m_gateway_find_default(vpc, m_extnet_find(
        f->model, "net"))->up.name, "b");
    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "b");
    run(f);
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
    run(f);
    expect(f, MODEL_EXTNET, "b", "");
    expect(f, MODEL_EXTNET, "c",
           "spec.subnets[0].cidr: overlaps ExternalNetwork b");
    expect(f, MODEL_EXTNET, "net", "overlaps ExternalNetwork b");
    expect(f, MODEL_EXTNET, "d", "");
    expect(f, MODEL_GATEWAY, "out", "ExternalNetwork c is refused");
    assert_null(m_extnet_get_def(m_extnet_find(f->model, "c")));

    objects_scope_delete(f->scopes[RES_EXTERNAL_NETWORK], "b");
    run(f);
    expect(f, MODEL_EXTNET, "c", "");
    expect(f, MODEL_EXTNET, "net", "overlaps ExternalNetwork c");
    expect(f, MODEL_GATEWAY, "out", "");
    put(f, RES_EXTERNAL_NETWORK, "c", NETWORK ", 'vlan': 8",
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    run(f);
    expect(f, MODEL_EXTNET, "net", "");
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
    run(f);
    expect(f, MODEL_FIP, "x", "");
    expect(f, MODEL_GATEWAY, "x", "spec.snat: 198.51.100.10 in "
           "ExternalNetwork net belongs to FloatingIP x already");
    put(f, RES_FLOATING_IP, "x", "'externalNetwork': 'net', "
        "'address': '198.51.100.10', 'endpoint': 'vm'",
        ", 'creationTimestamp': '2026-01-03T00:00:00Z'");
    run(f);
    expect(f, MODEL_GATEWAY, "x", "");
    expect(f, MODEL_FIP, "x", "spec.address: 198.51.100.10 in "
           "ExternalNetwork net belongs to VPCGateway x already");
    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "x");
    run(f);
    expect(f, MODEL_FIP, "x", "");
    put(f, RES_FLOATING_IP, "x", "'externalNetwork': 'net', "
        "'address': '198.51.100.1', 'endpoint': 'vm'", "");
    run(f);
    expect(f, MODEL_FIP, "x", "spec.address: 198.51.100.1 is the gateway of "
           "a subnet of the ExternalNetwork net");
}

static void
put_endpoint(struct model_fixture *f, const char *nve, const char *ips)
{
    char *s = xasprintf("'vpc': 'blue', 'mac': '02:00:00:00:00:05', "
                        "'nve': '%s', 'ips': [%s]", nve, ips);

    put(f, RES_ENDPOINT, "vm", s, "");
    free(s);
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
    run(f);
    expect(f, MODEL_FIP, "fip", "is in a subnet of VPC blue itself");
    expect(f, MODEL_GATEWAY, "out", "spec.snat[0].address: 198.51.100.10 is "
           "in a subnet of VPC blue itself");
    assert_false(get_fip(f)->valid);
    put(f, RES_VPC, "blue", "'vni': 5", "");
    run(f);
    expect(f, MODEL_FIP, "fip", "");
    expect(f, MODEL_GATEWAY, "out", "");
}

/* The endpoint's node translates a FIP if it can, else a gateway does; it
 * follows both. */
static void
test_fips(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_fip(f, "");
    run(f);
    assert_false(get_fip(f)->valid);
    expect(f, MODEL_FIP, "fip", "");

    put_endpoint(f, "hv-2", "'10.0.0.5', '2001:db8::5'");
    run(f);
    expect(f, MODEL_FIP, "fip", "");
    assert_true(get_fip(f)->valid);
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_DISTRIBUTED);
    assert_string_equal(get_fip(f)->nve->up.name, "hv-2");

    put_endpoint(f, "hv-4", "'10.0.0.5'");
    run(f);
    expect(f, MODEL_FIP, "fip",
           "spec.mode: VPC blue has no gateway to ExternalNetwork net");
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-2'}]", "");
    run(f);
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_GATEWAY);
    assert_string_equal(get_fip(f)->gateway->up.name, "out");
    put_fip(f, ", 'mode': 'distributed'");
    run(f);
    expect(f, MODEL_FIP, "fip", "spec.mode: NVE hv-4, where Endpoint vm is, "
           "is not attached");
    put_nve(f, "hv-4", "\"net\"");
    run(f);
    expect(f, MODEL_FIP, "fip", "");
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_DISTRIBUTED);
    put_fip(f, ", 'mode': 'gateway'");
    run(f);
    assert_int_equal(get_fip(f)->mode, FLOATING_IP_GATEWAY);

    put_endpoint(f, "hv-4", "'10.0.0.5', '10.0.0.6'");
    run(f);
    expect(f, MODEL_FIP, "fip", "spec.ip: is required");
    put_fip(f, ", 'ip': '10.0.0.6'");
    run(f);
    expect(f, MODEL_FIP, "fip", "");
    put_endpoint(f, "hv-4", "'2001:db8::5'");
    run(f);
    expect(f, MODEL_FIP, "fip",
           "spec.ip: 10.0.0.6 is not an address of Endpoint vm");
    put_fip(f, "");
    run(f);
    expect(f, MODEL_FIP, "fip",
           "spec.endpoint: Endpoint vm has no IPv4 address");

    objects_scope_delete(f->scopes[RES_FLOATING_IP], "fip");
    objects_scope_delete(f->scopes[RES_ENDPOINT], "vm");
    run(f);
    assert_null(entity_find(f->model, MODEL_ENDPOINT, "vm"));
}

static void
put_appliance(struct model_fixture *f, const char *name, int n,
              const char *type)
{
    char *s = xasprintf("'vpc': 'blue', 'mac': '02:00:00:00:00:%02x', "
                        "'nve': 'hv-2', 'ips': ['10.0.0.%d'], 'type': '%s'",
                        n, n, type);
    char *labels = xasprintf(", 'labels': {'name': '%s'}", name);

    put(f, RES_ENDPOINT, name, s, labels);
    free(labels);
    free(s);
}

/* A route of VPC blue; 'from' is the name of an endpoint, or NULL. */
static void
put_route(struct model_fixture *f, const char *name, const char *destination,
          const char *from, const char *via, const char *created)
{
    char *selector = (from ? xasprintf("'from': {'endpointSelector': "
                                       "{'matchLabels': {'name': '%s'}}}, ",
                                       from)
                      : xstrdup(""));
    char *s = xasprintf("'vpc': 'blue', 'destination': '%s', %s'via': [%s]",
                        destination, selector, via);
    char *more = xasprintf(", 'creationTimestamp': "
                           "'2026-01-%sT00:00:00Z'", created);

    put(f, RES_VPC_ROUTE, name, s, more);
    free(more);
    free(s);
    free(selector);
}

/* VPC blue is routed, and in use here. */
static void
put_routed(struct model_fixture *f)
{
    struct plug iface = {
        .iface_id = CONST_CAST(char *, "vm"), .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(1),
    };

    put_basics(f);
    put(f, RES_VPC, "blue", "'vni': 5, 'subnets': [{'cidr': '10.0.0.0/24', "
        "'gateway': '10.0.0.1'}]", "");
    put_endpoint(f, "hv-1", "'10.0.0.5'");
    put_appliance(f, "fw-1", 11, "gateway");
    put_appliance(f, "fw-2", 12, "gateway");
    put_appliance(f, "fw-3", 13, "gateway");
    model_set_iface(f->model, "vm", &iface, true);
}

/* A route that leads nowhere says so. */
static void
test_routes(void **f_)
{
    struct model_fixture *f = *f_;
    const struct m_route *route;

    put_routed(f);
    put_appliance(f, "vm-2", 14, "vm");
    put(f, RES_VPC_GATEWAY, "out", GATEWAY "'nodes': [{'nve': 'hv-4'}]", "");
    put_route(f, "a", "192.0.2.0/24", NULL, "{'endpoint': 'fw-1'}", "01");
    put_route(f, "b", "192.0.2.0/24", NULL, "{'endpoint': 'fw-9'}", "01");
    put_route(f, "c", "192.0.2.0/24", NULL, "{'endpoint': 'vm-2'}", "01");
    put_route(f, "d", "192.0.2.0/24", NULL, "{'gateway': 'out'}", "01");
    put_route(f, "e", "192.0.2.0/24", NULL, "{'gateway': 'in'}", "01");
    put_route(f, "f", "2001:db8::/32", NULL, "{'drop': true}", "01");
    put_route(f, "g", "192.0.2.0/24", NULL,
              "{'endpoint': 'fw-9'}, {'endpoint': 'fw-2'}", "01");
    put(f, RES_VPC_ROUTE, "h", "'vpc': 'red', 'destination': '0.0.0.0/0', "
        "'via': [{'drop': true}]", "");
    run(f);
    expect(f, MODEL_ROUTE, "a", "");
    expect(f, MODEL_ROUTE, "b", "spec.via[0].endpoint: Endpoint fw-9 does not "
           "exist in VPC blue");
    expect(f, MODEL_ROUTE, "c",
           "spec.via[0].endpoint: Endpoint vm-2 is not of type gateway");
    expect(f, MODEL_ROUTE, "d",
           "spec.via[0].gateway: VPCGateway out is Blocked");
    expect(f, MODEL_ROUTE, "e",
           "spec.via[0].gateway: VPCGateway in does not exist");
    expect(f, MODEL_ROUTE, "f", "spec.destination: VPC blue has no IPv6 "
           "subnet with a gateway");
    expect(f, MODEL_ROUTE, "g", "");
    expect(f, MODEL_ROUTE, "h", "spec.vpc: VPC red does not exist");
    route = M_CAST(m_route, entity_find(f->model, MODEL_ROUTE, "g"));
    assert_int_equal(route->n_vias, 1);

    put_appliance(f, "fw-9", 19, "gateway");
    put_nve(f, "hv-4", "\"net\"");
    run(f);
    expect(f, MODEL_ROUTE, "b", "");
    expect(f, MODEL_ROUTE, "d", "");
    assert_int_equal(route->n_vias, 2);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "fw-1");
    run(f);
    expect(f, MODEL_ROUTE, "a", "spec.via[0].endpoint: Endpoint fw-1 does not "
           "exist");
}

/* The youngest route of a circle is Blocked.  A route without spec.from is for
 * no appliance, and so makes none. */
static void
test_circles(void **f_)
{
    struct model_fixture *f = *f_;

    put_routed(f);
    put_route(f, "all", "0.0.0.0/0", NULL, "{'endpoint': 'fw-1'}", "01");
    put_route(f, "a", "192.0.2.0/24", "fw-1", "{'endpoint': 'fw-2'}", "02");
    put_route(f, "b", "192.0.0.0/16", "fw-2", "{'endpoint': 'fw-3'}", "03");
    run(f);
    expect(f, MODEL_ROUTE, "all", "");
    expect(f, MODEL_ROUTE, "a", "");
    expect(f, MODEL_ROUTE, "b", "");
    put_route(f, "c", "192.0.2.128/25", "fw-3", "{'endpoint': 'fw-1'}", "04");
    run(f);
    expect(f, MODEL_ROUTE, "a", "");
    expect(f, MODEL_ROUTE, "c", "spec.via: leads back to appliances");

    /* No address is in all of them. */
    put_route(f, "c", "192.0.3.0/24", "fw-3", "{'endpoint': 'fw-1'}", "04");
    run(f);
    expect(f, MODEL_ROUTE, "c", "");
    put_route(f, "c", "192.0.2.128/25", "fw-3", "{'endpoint': 'fw-1'}", "04");
    run(f);
    expect(f, MODEL_ROUTE, "c", "spec.via: leads back to appliances");
    put_route(f, "b", "192.0.0.0/16", "fw-9", "{'endpoint': 'fw-3'}", "03");
    run(f);
    expect(f, MODEL_ROUTE, "c", "");
    put_route(f, "d", "192.0.2.0/24", "fw-2", "{'endpoint': 'fw-1'}", "01");
    run(f);
    expect(f, MODEL_ROUTE, "d", "");
    expect(f, MODEL_ROUTE, "a", "spec.via: leads back to appliances");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_candidates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_node, setup, teardown),
        cmocka_unit_test_setup_teardown(test_blocked_gateways, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_default_gateway, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_overlapping_networks, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses_of_the_vpc, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_fips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_routes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_circles, setup, teardown),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("model-gateway", tests, NULL, NULL);
}
