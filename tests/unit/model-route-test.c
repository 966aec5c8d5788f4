/* Routes in the model: which lead nowhere, and which lead in a circle. */

#include <config.h>

#include "agent/model/model-route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/model/model.h"
#include "agent/node/local.h"
#include "flow.h"
#include "openvswitch/vlog.h"
#include "tests/unit/model-fixture.h"
#include "tests/unit/model-outside.h"
#include "util.h"

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
    settle(f);
    check_problem(f, MODEL_ROUTE, "a", "");
    check_problem(f, MODEL_ROUTE, "b",
                  "spec.via[0].endpoint: Endpoint fw-9 does not "
                  "exist in VPC blue");
    check_problem(f, MODEL_ROUTE, "c",
           "spec.via[0].endpoint: Endpoint vm-2 is not of type gateway");
    check_problem(f, MODEL_ROUTE, "d",
           "spec.via[0].gateway: VPCGateway out is Blocked");
    check_problem(f, MODEL_ROUTE, "e",
           "spec.via[0].gateway: VPCGateway in does not exist");
    check_problem(f, MODEL_ROUTE, "f",
                  "spec.destination: VPC blue has no IPv6 "
                  "subnet with a gateway");
    check_problem(f, MODEL_ROUTE, "g", "");
    check_problem(f, MODEL_ROUTE, "h", "spec.vpc: VPC red does not exist");
    route = M_CAST(m_route, entity_find(f->model, MODEL_ROUTE, "g"));
    assert_int_equal(route->n_vias, 1);

    put_appliance(f, "fw-9", 19, "gateway");
    put_nve(f, "hv-4", "\"net\"");
    settle(f);
    check_problem(f, MODEL_ROUTE, "b", "");
    check_problem(f, MODEL_ROUTE, "d", "");
    assert_int_equal(route->n_vias, 2);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "fw-1");
    settle(f);
    check_problem(f, MODEL_ROUTE, "a",
                  "spec.via[0].endpoint: Endpoint fw-1 does not " "exist");
}

/* What is wrong with routes of a VPC is said by those that have endpoints of
 * it, whether it can be used or not. */
static void
test_vpc_that_leaves(void **f_)
{
    struct model_fixture *f = *f_;

    put_routed(f);
    put(f, RES_VPC, "blue", "'vni': 5, 'optionProfile': 'none', 'subnets': "
        "[{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.1'}]", "");
    put_route(f, "a", "192.0.2.0/24", NULL, "{'endpoint': 'fw-9'}", "01");
    settle(f);
    check_problem(f, MODEL_ROUTE, "a", "Endpoint fw-9 does not exist");
    model_set_iface(f->model, "vm", NULL, true);
    settle(f);
    check_problem(f, MODEL_ROUTE, "a", "");
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
    settle(f);
    check_problem(f, MODEL_ROUTE, "all", "");
    check_problem(f, MODEL_ROUTE, "a", "");
    check_problem(f, MODEL_ROUTE, "b", "");
    put_route(f, "c", "192.0.2.128/25", "fw-3", "{'endpoint': 'fw-1'}", "04");
    settle(f);
    check_problem(f, MODEL_ROUTE, "a", "");
    check_problem(f, MODEL_ROUTE, "c", "spec.via: leads back to appliances");

    /* No address is in all of them. */
    put_route(f, "c", "192.0.3.0/24", "fw-3", "{'endpoint': 'fw-1'}", "04");
    settle(f);
    check_problem(f, MODEL_ROUTE, "c", "");
    put_route(f, "c", "192.0.2.128/25", "fw-3", "{'endpoint': 'fw-1'}", "04");
    settle(f);
    check_problem(f, MODEL_ROUTE, "c", "spec.via: leads back to appliances");
    put_route(f, "b", "192.0.0.0/16", "fw-9", "{'endpoint': 'fw-3'}", "03");
    settle(f);
    check_problem(f, MODEL_ROUTE, "c", "");
    put_route(f, "d", "192.0.2.0/24", "fw-2", "{'endpoint': 'fw-1'}", "01");
    settle(f);
    check_problem(f, MODEL_ROUTE, "d", "");
    check_problem(f, MODEL_ROUTE, "a", "spec.via: leads back to appliances");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_routes),
        MODEL_TEST(test_vpc_that_leaves),
        MODEL_TEST(test_circles),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("model-route", tests, NULL, NULL);
}
