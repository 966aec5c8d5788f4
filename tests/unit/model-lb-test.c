/* Services in the model: who is a backend, as endpoints and selectors change,
 * and whose an address is. */

#include <config.h>

#include "agent/model/model-lb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/model/model-endpoint.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "svec.h"
#include "tests/unit/fake-clock.h"
#include "tests/unit/model-blue.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

#define PORTS "'ports': [{'port': 80, 'targetPort': 8080}]"
#define BACKENDS(LABEL) "'backends': {'endpointSelector': " \
                        "{'matchLabels': {" LABEL "}}}"

static void
put_lb_aged(struct model_fixture *f, const char *name, const char *address,
            const char *day, const char *more)
{
    char *spec = xasprintf("'vpc': 'blue', 'address': '%s', " PORTS ", %s",
                           address, more);
    char *meta = xasprintf(", 'creationTimestamp': "
                           "'2026-01-%sT00:00:00Z'", day);

    put(f, RES_LOAD_BALANCER, name, spec, meta, "");
    free(meta);
    free(spec);
}

static void
put_lb(struct model_fixture *f, const char *name, const char *address,
       const char *more)
{
    put_lb_aged(f, name, address, "02", more);
}

static struct m_lb *
get_lb(const struct model_fixture *f, const char *name)
{
    struct entity *entity = entity_find(f->model, MODEL_LB, name);

    assert_non_null(entity);
    return M_CAST(m_lb, entity);
}

/* 'expected' lists the backends by name: "vm-2" takes connections, "!vm-2" is
 * unhealthy, "-vm-2" has weight 0. */
static void
expect_backends(const struct model_fixture *f, const char *name,
                const char *expected)
{
    const struct m_lb *lb = get_lb(f, name);
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct m_lb_backend *b;
    size_t n_taking = 0;
    char *s;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        svec_add_nocopy(&names, xasprintf("%s%s%s", b->ep->up.name,
                                          b->healthy ? "" : "!",
                                          b->weight ? "" : "-"));
        n_taking += m_lb_backend_takes(b);
        assert_true(hmapx_contains(&m_endpoint_get_users(b->ep)->lbs,
                                   CONST_CAST(struct m_lb *, lb)));
    }
    svec_sort(&names);
    s = svec_join(&names, " ", "");
    assert_string_equal(s, expected);
    assert_int_equal(lb->n_taking, n_taking);
    free(s);
    svec_destroy(&names);
}

/* Backends follow endpoints and selectors, whoever comes first. */
static void
test_backends(void **f_)
{
    struct model_fixture *f = *f_;
    const struct m_lb_backend *b;

    put_lb(f, "early", "10.0.0.100", BACKENDS("'app': 'web'"));
    settle(f);
    put_basics(f);
    settle(f);
    expect_backends(f, "early", "vm-2 vm-3");
    put_lb(f, "late", "10.0.0.101", BACKENDS("'app': 'web'"));
    put_lb(f, "all", "10.0.0.102", "'backends': {'endpointSelector': {}}");
    put_lb(f, "not", "10.0.0.103", "'backends': {'endpointSelector': {"
           "'matchExpressions': [{'key': 'app', 'operator': 'NotIn', "
           "'values': ['web']}]}}");
    put_lb(f, "six", "2001:db8::100", BACKENDS("'app': 'web'"));
    settle(f);
    expect_backends(f, "late", "vm-2 vm-3");
    expect_backends(f, "all", "vm-2 vm-3 vm-4");
    expect_backends(f, "not", "vm-4");
    expect_backends(f, "six", "vm-2 vm-3");
    assert_int_equal(find_ep(f, "vm-2")->vpc->n_lbs, 5);
    b = m_lb_find_backend(get_lb(f, "six"), find_ep(f, "vm-2"));
    assert_true(b->local);
    assert_null(b->nve);
    assert_false(IN6_IS_ADDR_V4MAPPED(&b->ip));
    b = m_lb_find_backend(get_lb(f, "late"), find_ep(f, "vm-3"));
    assert_false(b->local);
    assert_string_equal(b->nve->up.name, "hv-2");

    put_endpoint(f, 4, "hv-2", "'app': 'web'", "");
    put_endpoint(f, 3, NULL, "'app': 'web'", "");      /* At no node. */
    settle(f);
    expect_backends(f, "late", "vm-2 vm-4");
    expect_backends(f, "not", "");
    put_lb(f, "late", "10.0.0.101", BACKENDS("'app': 'db'"));
    put_endpoint(f, 5, "hv-2", "'app': 'db', 'x': 'y'", "");
    settle(f);
    expect_backends(f, "late", "vm-5");
    objects_scope_delete(f->scopes[RES_ENDPOINT], "vm-5");
    objects_scope_delete(f->scopes[RES_LOAD_BALANCER], "early");
    settle(f);
    expect_backends(f, "late", "");
    assert_null(entity_find(f->model, MODEL_LB, "early"));
    assert_int_equal(
        hmapx_count(&m_endpoint_get_users(find_ep(f, "vm-2"))->lbs), 2);
}

/* An endpoint that changes touches the services it is behind, and no
 * others. */
static void
test_touches(void **f_)
{
    struct sset touched = SSET_INITIALIZER(&touched);
    struct model_fixture *f = *f_;

    put_basics(f);
    put_lb(f, "web", "10.0.0.100", BACKENDS("'app': 'web'"));
    put_lb(f, "db", "10.0.0.101", BACKENDS("'app': 'db'"));
    settle(f);
    put_endpoint(f, 4, "hv-1", "'app': 'db'", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "db"));
    assert_false(sset_contains(&touched, "web"));

    sset_clear(&touched);
    put_endpoint(f, 3, "hv-2", "'app': 'web', 'a': 'b'", "");
    run_and_note(f, &touched);
    assert_false(sset_contains(&touched, "web"));       /* All as before. */
    sset_destroy(&touched);
}

static void
test_weights(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_lb(f, "lb", "10.0.0.100", "'backends': {'endpointSelector': {}, "
           "'weights': [{'endpointSelector': {'matchLabels': {'app': 'db'}}, "
           "'weight': 0}, {'endpointSelector': {}, 'weight': 7}]}");
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3 vm-4-");
    assert_int_equal(m_lb_find_backend(get_lb(f, "lb"),
                                       find_ep(f, "vm-2"))->weight, 7);
}

/* A backend that leaves the selector is drained; one that is gone is not. */
static void
test_drain(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_lb(f, "lb", "10.0.0.100",
           BACKENDS("'app': 'web'") ", 'drainSeconds': 10");
    settle(f);
    put_endpoint(f, 3, "hv-2", "'app': 'old'", "");
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3-");
    fake_clock_warp(9000);
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3-");
    put_endpoint(f, 3, "hv-2", "'app': 'web'", "");
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3");
    put_endpoint(f, 3, "hv-2", "'app': 'old'", "");
    settle(f);
    fake_clock_warp(9000);
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3-");
    fake_clock_warp(1000);
    settle(f);
    expect_backends(f, "lb", "vm-2");

    objects_scope_delete(f->scopes[RES_ENDPOINT], "vm-2");
    settle(f);
    expect_backends(f, "lb", "");
}

/* Nobody is healthy before somebody has said so: the own prober here, others
 * in their status. */
static void
test_health(void **f_)
{
    struct model_fixture *f = *f_;
    struct m_lb *lb;

    put_basics(f);
    put_lb(f, "lb", "10.0.0.100",
           BACKENDS("'app': 'web'") ", 'healthCheck': {'protocol': 'TCP'}");
    settle(f);
    lb = get_lb(f, "lb");
    expect_backends(f, "lb", "vm-2! vm-3!");
    m_lb_set_healthy(f->model, lb, find_ep(f, "vm-2"), true);
    m_lb_set_healthy(f->model, lb, find_ep(f, "vm-3"), true);
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3!");
    put_endpoint(f, 3, "hv-2", "'app': 'web'", "'healthyFor': ['x', 'lb']");
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3");

    /* What the prober said last counts, not what was published. */
    put_endpoint(f, 2, NULL, "'app': 'web'", "'nve': 'hv-1'");
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3");
    m_lb_set_healthy(f->model, lb, find_ep(f, "vm-2"), false);
    settle(f);
    expect_backends(f, "lb", "vm-2! vm-3");
    put_endpoint(f, 2, NULL, "'app': 'web'",
                 "'nve': 'hv-1', 'healthyFor': ['lb']");
    settle(f);
    expect_backends(f, "lb", "vm-2! vm-3");

    put_lb(f, "lb", "10.0.0.100", BACKENDS("'app': 'web'"));
    put_endpoint(f, 2, NULL, "'app': 'web'", "'nve': 'hv-1'");
    settle(f);
    expect_backends(f, "lb", "vm-2 vm-3");
    m_lb_set_healthy(f->model, lb, find_ep(f, "vm-2"), true);
    settle(f);

    /* A check that is new has found nobody healthy. */
    put_lb(f, "lb", "10.0.0.100",
           BACKENDS("'app': 'web'") ", 'healthCheck': {'protocol': 'TCP'}");
    settle(f);
    expect_backends(f, "lb", "vm-2! vm-3");
}

/* An address in a VPC is of one object: the older one. */
static void
test_addresses(void **f_)
{
    struct model_fixture *f = *f_;
    struct in6_addr ip = in6_addr_mapped_ipv4(htonl(0x0a000064));

    put_basics(f);
    put_lb_aged(f, "a", "10.0.0.100", "02", BACKENDS(""));
    put_lb_aged(f, "b", "10.0.0.100", "03", BACKENDS(""));
    put_lb(f, "c", "10.0.0.2", BACKENDS(""));
    put_lb(f, "d", "10.0.0.1", BACKENDS(""));
    put_lb(f, "e", "10.0.0.255", BACKENDS(""));
    put_lb(f, "f", "192.0.2.1", BACKENDS(""));
    put_lb(f, "g", "2001:db8:1::1", BACKENDS(""));
    settle(f);
    check_problem(f, MODEL_LB, "a", "");
    check_problem(f, MODEL_LB, "b", "spec.address: 10.0.0.100 in VPC blue "
                   "belongs to LoadBalancer a already");
    assert_false(get_lb(f, "b")->valid);
    check_problem(f, MODEL_LB, "d",
                   "spec.address: 10.0.0.1 is a gateway's of VPC blue");
    check_problem(f, MODEL_LB, "e", "spec.address: 10.0.0.255 is");
    check_problem(f, MODEL_LB, "f", "");
    check_problem(f, MODEL_LB, "g", "spec.address: 2001:db8:1::1 is in no "
                   "subnet of VPC blue, and no IPv6 subnet of it has a "
                   "gateway");
    assert_null(m_endpoint_find_by_ip(f->model, get_lb(f, "a")->vpc, &ip));
    assert_int_equal(get_lb(f, "a")->vpc->n_lbs, 3);

    /* An endpoint that uses an address keeps it. */
    put_endpoint(f, 2, NULL, "'app': 'web'",
                 "'nve': 'hv-1', 'ips': ['10.0.0.2']");
    settle(f);
    check_problem(f, MODEL_LB, "c", "spec.address: 10.0.0.2 in VPC blue "
                   "belongs to Endpoint vm-2 already");
    check_problem(f, MODEL_ENDPOINT, "vm-2", "");
    objects_scope_delete(f->scopes[RES_LOAD_BALANCER], "a");
    settle(f);
    check_problem(f, MODEL_LB, "b", "");
    objects_scope_delete(f->scopes[RES_VPC], "blue");
    settle(f);
    check_problem(f, MODEL_LB, "b", "spec.vpc: VPC blue does not exist");
    assert_int_equal(get_lb(f, "b")->vpc->n_lbs, 0);
}

/* A VPC that changes is looked at anew by its services if that concerns
 * them. */
static void
test_changes_of_vpc(void **f_)
{
    struct sset touched = SSET_INITIALIZER(&touched);
    struct model_fixture *f = *f_;
    const char *subnets = "'vni': 5, 'subnets': [{'cidr': '10.0.0.0/24', "
        "'gateway': '10.0.0.1'}, {'cidr': '2001:db8::/64'}]";

    put_basics(f);
    put_lb(f, "lb", "10.0.0.100", BACKENDS("'app': 'web'"));
    settle(f);
    put(f, RES_VPC, "blue", subnets, "", "'vni': 5, 'policyLabelLimit': 7");
    run_and_note(f, &touched);
    assert_false(sset_contains(&touched, "lb"));
    put(f, RES_VPC, "blue", "'vni': 5, 'subnets': [{'cidr': '10.0.0.0/24', "
        "'gateway': '10.0.0.100'}]", "", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "lb"));
    check_problem(f, MODEL_LB, "lb",
                   "spec.address: 10.0.0.100 is a gateway's of VPC blue");
    sset_clear(&touched);
    put(f, RES_VPC, "blue", "'vni': 6", "", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "lb"));
    check_problem(f, MODEL_LB, "lb", "");
    sset_destroy(&touched);
}

/* An address outside is the gateway's to serve. */
static void
test_external_addresses(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_EXTERNAL_NETWORK, "net", "'physicalNetwork': 'physnet1', "
        "'subnets': [{'cidr': '198.51.100.0/24', 'gateway': "
        "'198.51.100.1'}]", "", "");
    put(f, RES_NVE, "hv-2", "", "", "'externalNetworks': ['net']");
    put_lb(f, "lb", "10.0.0.100",
           BACKENDS("") ", 'externalAddress': '198.51.100.20'");
    settle(f);
    check_problem(f, MODEL_LB, "lb", "spec.externalAddress: 198.51.100.20 is "
                   "in no ExternalNetwork that a VPCGateway of VPC blue leads "
                   "to");
    assert_true(get_lb(f, "lb")->valid);
    assert_null(get_lb(f, "lb")->gateway);

    put(f, RES_VPC_GATEWAY, "out", "'vpc': 'blue', 'externalNetwork': 'net', "
        "'nodes': [{'nve': 'hv-2'}], 'snat': [{'cidr': '10.0.0.0/24', "
        "'address': '198.51.100.30'}]", "", "");
    settle(f);
    check_problem(f, MODEL_LB, "lb", "");
    assert_string_equal(get_lb(f, "lb")->gateway->up.name, "out");
    put_lb(f, "snat", "10.0.0.101",
           BACKENDS("") ", 'externalAddress': '198.51.100.30'");
    put_lb(f, "router", "10.0.0.102",
           BACKENDS("") ", 'externalAddress': '198.51.100.1'");
    put(f, RES_FLOATING_IP, "fip", "'externalNetwork': 'net', 'endpoint': "
        "'vm-3', 'address': '198.51.100.20'", "", "");
    settle(f);
    check_problem(f, MODEL_LB, "router",
                   "spec.externalAddress: 198.51.100.1 ");
    check_problem(f, MODEL_FIP, "fip", "spec.address: 198.51.100.20 in "
                   "ExternalNetwork net belongs to LoadBalancer lb already");
    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "out");
    settle(f);
    check_problem(f, MODEL_LB, "lb", "is in no ExternalNetwork");
    check_problem(f, MODEL_FIP, "fip", "");
}

/* A service that has the address of the one gateway that would lead to it is
 * older than that, so the gateway is refused.  It stays so. */
static void
test_address_of_gateway(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put(f, RES_EXTERNAL_NETWORK, "net", "'physicalNetwork': 'physnet1', "
        "'subnets': [{'cidr': '198.51.100.0/24', 'gateway': "
        "'198.51.100.1'}]", "", "");
    put(f, RES_NVE, "hv-2", "", "", "'externalNetworks': ['net']");
    put_lb_aged(f, "lb", "10.0.0.100", "02",
                BACKENDS("") ", 'externalAddress': '198.51.100.30'");
    put(f, RES_VPC_GATEWAY, "out", "'vpc': 'blue', 'externalNetwork': 'net', "
        "'nodes': [{'nve': 'hv-2'}], 'snat': [{'cidr': '10.0.0.0/24', "
        "'address': '198.51.100.30'}]", "", "");
    settle(f);
    for (int i = 0; i < 3; i++) {
        check_problem(f, MODEL_GATEWAY, "out", "spec.snat: 198.51.100.30 in "
                      "ExternalNetwork net belongs to LoadBalancer lb");
        check_problem(f, MODEL_LB, "lb", "spec.externalAddress: no VPCGateway "
                      "of VPC blue leads to ExternalNetwork net");
        model_run(f->model);
        model_run_done(f->model);
    }
    put_lb_aged(f, "lb", "10.0.0.100", "02",
                BACKENDS("") ", 'externalAddress': '198.51.100.31'");
    settle(f);
    check_problem(f, MODEL_GATEWAY, "out", "");
    check_problem(f, MODEL_LB, "lb", "");
}

/* Who is refused says who has the address, also if that is another one
 * now. */
static void
test_other_owner(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_lb_aged(f, "a", "10.0.0.100", "02", BACKENDS(""));
    put_lb_aged(f, "b", "10.0.0.100", "03", BACKENDS(""));
    put_lb_aged(f, "c", "10.0.0.100", "04", BACKENDS(""));
    settle(f);
    check_problem(f, MODEL_LB, "c", "belongs to LoadBalancer a already");
    objects_scope_delete(f->scopes[RES_LOAD_BALANCER], "a");
    settle(f);
    check_problem(f, MODEL_LB, "b", "");
    check_problem(f, MODEL_LB, "c", "belongs to LoadBalancer b already");
}

int
main(int argc OVS_UNUSED, char **argv)
{
    static const struct CMUnitTest tests[] = {
        MODEL_TEST(test_backends),
        MODEL_TEST(test_touches),
        MODEL_TEST(test_weights),
        MODEL_TEST(test_drain),
        MODEL_TEST(test_health),
        MODEL_TEST(test_addresses),
        MODEL_TEST(test_changes_of_vpc),
        MODEL_TEST(test_external_addresses),
        MODEL_TEST(test_address_of_gateway),
        MODEL_TEST(test_other_owner),
    };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_EMER);
    return cmocka_run_group_tests_name("model-lb", tests, NULL, NULL);
}
