/* Services and QoS in the model: who is a backend, as endpoints and selectors
 * change, whose an address is, which policy and class an endpoint has. */

#include <config.h>

#include "agent/model/model-lb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/model/model-endpoint.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "svec.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

/* The model's time: the build has it call this in place of time_msec(). */
static long long int now = 1000;

long long int __wrap_time_msec(void);
long long int
__wrap_time_msec(void)
{
    return now;
}

static void
warp(long long int msec)
{
    now += msec;
}

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

/* Runs until nothing is left to do, and lists the services and the policies
 * that were touched in '*touched'. */
static void
run_and_note(struct model_fixture *f, struct sset *touched)
{
    struct hmapx_node *node;

    for (int i = 0; i < 2; i++) {
        objects_run(f->objects, model_object_changed, f->model);
        model_run(f->model);
        HMAPX_FOR_EACH (node, &f->model->changed_lbs) {
            struct entity *entity = node->data;

            sset_add(touched, entity->name);
        }
        HMAPX_FOR_EACH (node, &f->model->changed_endpoints) {
            struct entity *entity = node->data;

            sset_add(touched, entity->name);
        }
        model_run_done(f->model);
    }
}

static void
run(struct model_fixture *f)
{
    struct sset touched = SSET_INITIALIZER(&touched);

    run_and_note(f, &touched);
    sset_destroy(&touched);
}

/* 'spec' and 'more' are written with ' for ". */
static void
put(struct model_fixture *f, enum resource_kind kind, const char *name,
    const char *spec, const char *more, const char *status)
{
    char *s = xasprintf("{'metadata': {'name': '%s'%s}, 'spec': {%s}, "
                        "'status': {%s}}", name, more, spec, status);
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

/* Endpoint 'n' of VPC blue at 'nve', with that label, if it is not NULL. */
static void
put_endpoint(struct model_fixture *f, int n, const char *nve,
             const char *label, const char *status)
{
    char *name = xasprintf("vm-%d", n);
    char *spec = xasprintf("'vpc': 'blue', 'mac': '02:00:00:00:00:%02x', "
                           "'ips': ['10.0.0.%d', '2001:db8::%d']%s%s%s", n, n,
                           n, nve ? ", 'nve': '" : "", nve ? nve : "",
                           nve ? "'" : "");
    char *more = (label ? xasprintf(", 'labels': {%s}", label)
                  : xstrdup(""));

    put(f, RES_ENDPOINT, name, spec, more, status);
    free(more);
    free(spec);
    free(name);
}

static void
plug(struct model_fixture *f, int n)
{
    char *name = xasprintf("vm-%d", n);
    struct plug iface = {
        .iface_id = name, .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(n),
    };

    model_set_iface(f->model, name, &iface, true);
    free(name);
}

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

/* VPC blue, in use here by vm-1. */
static void
put_basics(struct model_fixture *f)
{
    put(f, RES_VPC, "blue", "'vni': 5, 'subnets': ["
        "{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.1'}, "
        "{'cidr': '2001:db8::/64'}]", "", "");
    put(f, RES_NVE, "hv-1", "", "", "");
    put(f, RES_NVE, "hv-2", "", "", "");
    model_set_complete(f->model);
    put_endpoint(f, 2, NULL, "'app': 'web'", "");
    plug(f, 2);
    put_endpoint(f, 3, "hv-2", "'app': 'web'", "");
    put_endpoint(f, 4, "hv-2", "'app': 'db'", "");
}

static struct m_lb *
get_lb(const struct model_fixture *f, const char *name)
{
    struct entity *entity = entity_find(f->model, MODEL_LB, name);

    assert_non_null(entity);
    return M_CAST(m_lb, entity);
}

static struct m_endpoint *
get_ep(const struct model_fixture *f, const char *name)
{
    struct entity *entity = entity_find(f->model, MODEL_ENDPOINT, name);

    assert_non_null(entity);
    return M_CAST(m_endpoint, entity);
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

static void
expect_problem(const struct model_fixture *f, enum model_kind kind,
               const char *name, const char *expected)
{
    const struct entity *entity = entity_find(f->model, kind, name);
    const char *problem;

    assert_non_null(entity);
    problem = entity->problem ? entity->problem : "";
    if (expected[0] ? !strstr(problem, expected) : problem[0]) {
        fail_msg("%s: \"%s\" is not \"%s\"", name, problem, expected);
    }
}

/* Backends follow endpoints and selectors, whoever comes first. */
static void
test_backends(void **f_)
{
    struct model_fixture *f = *f_;
    const struct m_lb_backend *b;

    put_lb(f, "early", "10.0.0.100", BACKENDS("'app': 'web'"));
    run(f);
    put_basics(f);
    run(f);
    expect_backends(f, "early", "vm-2 vm-3");
    put_lb(f, "late", "10.0.0.101", BACKENDS("'app': 'web'"));
    put_lb(f, "all", "10.0.0.102", "'backends': {'endpointSelector': {}}");
    put_lb(f, "not", "10.0.0.103", "'backends': {'endpointSelector': {"
           "'matchExpressions': [{'key': 'app', 'operator': 'NotIn', "
           "'values': ['web']}]}}");
    put_lb(f, "six", "2001:db8::100", BACKENDS("'app': 'web'"));
    run(f);
    expect_backends(f, "late", "vm-2 vm-3");
    expect_backends(f, "all", "vm-2 vm-3 vm-4");
    expect_backends(f, "not", "vm-4");
    expect_backends(f, "six", "vm-2 vm-3");
    assert_int_equal(get_ep(f, "vm-2")->vpc->n_lbs, 5);
    b = m_lb_find_backend(get_lb(f, "six"), get_ep(f, "vm-2"));
    assert_true(b->local);
    assert_null(b->nve);
    assert_false(IN6_IS_ADDR_V4MAPPED(&b->ip));
    b = m_lb_find_backend(get_lb(f, "late"), get_ep(f, "vm-3"));
    assert_false(b->local);
    assert_string_equal(b->nve->up.name, "hv-2");

    put_endpoint(f, 4, "hv-2", "'app': 'web'", "");
    put_endpoint(f, 3, NULL, "'app': 'web'", "");      /* At no node. */
    run(f);
    expect_backends(f, "late", "vm-2 vm-4");
    expect_backends(f, "not", "");
    put_lb(f, "late", "10.0.0.101", BACKENDS("'app': 'db'"));
    put_endpoint(f, 5, "hv-2", "'app': 'db', 'x': 'y'", "");
    run(f);
    expect_backends(f, "late", "vm-5");
    objects_scope_delete(f->scopes[RES_ENDPOINT], "vm-5");
    objects_scope_delete(f->scopes[RES_LOAD_BALANCER], "early");
    run(f);
    expect_backends(f, "late", "");
    assert_null(entity_find(f->model, MODEL_LB, "early"));
    assert_int_equal(
        hmapx_count(&m_endpoint_get_users(get_ep(f, "vm-2"))->lbs), 2);
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
    run(f);
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
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3 vm-4-");
    assert_int_equal(m_lb_find_backend(get_lb(f, "lb"),
                                       get_ep(f, "vm-2"))->weight, 7);
}

/* A backend that leaves the selector is drained; one that is gone is not. */
static void
test_drain(void **f_)
{
    struct model_fixture *f = *f_;

    put_basics(f);
    put_lb(f, "lb", "10.0.0.100",
           BACKENDS("'app': 'web'") ", 'drainSeconds': 10");
    run(f);
    put_endpoint(f, 3, "hv-2", "'app': 'old'", "");
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3-");
    warp(9000);
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3-");
    put_endpoint(f, 3, "hv-2", "'app': 'web'", "");
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3");
    put_endpoint(f, 3, "hv-2", "'app': 'old'", "");
    run(f);
    warp(9000);
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3-");
    warp(1000);
    run(f);
    expect_backends(f, "lb", "vm-2");

    objects_scope_delete(f->scopes[RES_ENDPOINT], "vm-2");
    run(f);
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
    run(f);
    lb = get_lb(f, "lb");
    expect_backends(f, "lb", "vm-2! vm-3!");
    m_lb_set_healthy(f->model, lb, get_ep(f, "vm-2"), true);
    m_lb_set_healthy(f->model, lb, get_ep(f, "vm-3"), true);
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3!");
    put_endpoint(f, 3, "hv-2", "'app': 'web'", "'healthyFor': ['x', 'lb']");
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3");

    /* What the prober said last counts, not what was published. */
    put_endpoint(f, 2, NULL, "'app': 'web'", "'nve': 'hv-1'");
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3");
    m_lb_set_healthy(f->model, lb, get_ep(f, "vm-2"), false);
    run(f);
    expect_backends(f, "lb", "vm-2! vm-3");
    put_endpoint(f, 2, NULL, "'app': 'web'",
                 "'nve': 'hv-1', 'healthyFor': ['lb']");
    run(f);
    expect_backends(f, "lb", "vm-2! vm-3");

    put_lb(f, "lb", "10.0.0.100", BACKENDS("'app': 'web'"));
    put_endpoint(f, 2, NULL, "'app': 'web'", "'nve': 'hv-1'");
    run(f);
    expect_backends(f, "lb", "vm-2 vm-3");
    m_lb_set_healthy(f->model, lb, get_ep(f, "vm-2"), true);
    run(f);

    /* A check that is new has found nobody healthy. */
    put_lb(f, "lb", "10.0.0.100",
           BACKENDS("'app': 'web'") ", 'healthCheck': {'protocol': 'TCP'}");
    run(f);
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
    run(f);
    expect_problem(f, MODEL_LB, "a", "");
    expect_problem(f, MODEL_LB, "b", "spec.address: 10.0.0.100 in VPC blue "
                   "belongs to LoadBalancer a already");
    assert_false(get_lb(f, "b")->valid);
    expect_problem(f, MODEL_LB, "d",
                   "spec.address: 10.0.0.1 is a gateway's of VPC blue");
    expect_problem(f, MODEL_LB, "e", "spec.address: 10.0.0.255 is");
    expect_problem(f, MODEL_LB, "f", "");
    expect_problem(f, MODEL_LB, "g", "spec.address: 2001:db8:1::1 is in no "
                   "subnet of VPC blue, and no IPv6 subnet of it has a "
                   "gateway");
    assert_null(m_endpoint_find_by_ip(f->model, get_lb(f, "a")->vpc, &ip));
    assert_int_equal(get_lb(f, "a")->vpc->n_lbs, 3);

    /* An endpoint that uses an address keeps it. */
    put_endpoint(f, 2, NULL, "'app': 'web'",
                 "'nve': 'hv-1', 'ips': ['10.0.0.2']");
    run(f);
    expect_problem(f, MODEL_LB, "c", "spec.address: 10.0.0.2 in VPC blue "
                   "belongs to Endpoint vm-2 already");
    expect_problem(f, MODEL_ENDPOINT, "vm-2", "");
    objects_scope_delete(f->scopes[RES_LOAD_BALANCER], "a");
    run(f);
    expect_problem(f, MODEL_LB, "b", "");
    objects_scope_delete(f->scopes[RES_VPC], "blue");
    run(f);
    expect_problem(f, MODEL_LB, "b", "spec.vpc: VPC blue does not exist");
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
    run(f);
    put(f, RES_VPC, "blue", subnets, "", "'vni': 5, 'policyLabelLimit': 7");
    run_and_note(f, &touched);
    assert_false(sset_contains(&touched, "lb"));
    put(f, RES_VPC, "blue", "'vni': 5, 'subnets': [{'cidr': '10.0.0.0/24', "
        "'gateway': '10.0.0.100'}]", "", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "lb"));
    expect_problem(f, MODEL_LB, "lb",
                   "spec.address: 10.0.0.100 is a gateway's of VPC blue");
    sset_clear(&touched);
    put(f, RES_VPC, "blue", "'vni': 6", "", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "lb"));
    expect_problem(f, MODEL_LB, "lb", "");
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
    run(f);
    expect_problem(f, MODEL_LB, "lb", "spec.externalAddress: 198.51.100.20 is "
                   "in no ExternalNetwork that a VPCGateway of VPC blue leads "
                   "to");
    assert_true(get_lb(f, "lb")->valid);
    assert_null(get_lb(f, "lb")->gateway);

    put(f, RES_VPC_GATEWAY, "out", "'vpc': 'blue', 'externalNetwork': 'net', "
        "'nodes': [{'nve': 'hv-2'}], 'snat': [{'cidr': '10.0.0.0/24', "
        "'address': '198.51.100.30'}]", "", "");
    run(f);
    expect_problem(f, MODEL_LB, "lb", "");
    assert_string_equal(get_lb(f, "lb")->gateway->up.name, "out");
    put_lb(f, "snat", "10.0.0.101",
           BACKENDS("") ", 'externalAddress': '198.51.100.30'");
    put_lb(f, "router", "10.0.0.102",
           BACKENDS("") ", 'externalAddress': '198.51.100.1'");
    put(f, RES_FLOATING_IP, "fip", "'externalNetwork': 'net', 'endpoint': "
        "'vm-3', 'address': '198.51.100.20'", "", "");
    run(f);
    expect_problem(f, MODEL_LB, "router",
                   "spec.externalAddress: 198.51.100.1 ");
    expect_problem(f, MODEL_FIP, "fip", "spec.address: 198.51.100.20 in "
                   "ExternalNetwork net belongs to LoadBalancer lb already");
    objects_scope_delete(f->scopes[RES_VPC_GATEWAY], "out");
    run(f);
    expect_problem(f, MODEL_LB, "lb", "is in no ExternalNetwork");
    expect_problem(f, MODEL_FIP, "fip", "");
}

/* QoS. */

static void
put_qos(struct model_fixture *f, const char *name, const char *day,
        const char *more)
{
    char *meta = xasprintf(", 'creationTimestamp': "
                           "'2026-01-%sT00:00:00Z'", day);
    char *spec = xasprintf("'vpc': 'blue', %s", more);

    put(f, RES_QOS_POLICY, name, spec, meta, "");
    free(spec);
    free(meta);
}

#define SELECT(LABEL) "'endpointSelector': {'matchLabels': {" LABEL "}}"

static void
expect_qos(const struct model_fixture *f, const char *ep, const char *policy,
           int number)
{
    const struct m_qos_policy *found = m_qos_find(get_ep(f, ep));
    struct endpoint sender;
    uint32_t value;

    m_qos_get_sender(get_ep(f, ep), &sender);
    assert_int_equal(sender.has_qos_class, number >= 0);
    assert_string_equal(found ? found->up.name : "", policy);
    assert_int_equal(m_qos_get_number(get_ep(f, ep), &value), number >= 0);
    if (number >= 0) {
        assert_int_equal(value, number);
        assert_int_equal(sender.qos_class, number);
    }
}

/* The oldest policy counts; whose class is missing is without it. */
static void
test_qos(void **f_)
{
    struct sset touched = SSET_INITIALIZER(&touched);
    struct model_fixture *f = *f_;

    put_basics(f);
    put_qos(f, "new", "03", SELECT("") ", 'class': 'gold'");
    put_qos(f, "old", "02", SELECT("'app': 'web'") ", 'class': 'bronze'");
    put(f, RES_QOS_CLASS, "gold", "'number': 1, 'dscp': 46", "", "");
    run(f);
    expect_qos(f, "vm-2", "old", -1);
    expect_qos(f, "vm-4", "new", 1);
    expect_problem(f, MODEL_QOS_POLICY, "new", "");
    expect_problem(f, MODEL_QOS_POLICY, "old", "spec.class: QoSClass bronze "
                   "does not exist; the limits are in force");

    put(f, RES_QOS_CLASS, "bronze", "'number': 3", "", "");
    put(f, RES_QOS_CLASS, "more", "'number': 3", "", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "vm-2"));
    expect_problem(f, MODEL_QOS_POLICY, "old", "");
    expect_problem(f, MODEL_QOS_CLASS, "more", "spec.number: QoS class 3 "
                   "belongs to QoSClass bronze already");
    expect_qos(f, "vm-2", "old", 3);
    assert_string_equal(m_qos_find_class(f->model, 3)->up.name, "bronze");
    assert_null(m_qos_find_class(f->model, 7));

    sset_clear(&touched);
    put_qos(f, "old", "02", SELECT("'app': 'db'"));
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "vm-2"));
    expect_qos(f, "vm-2", "new", 1);
    expect_qos(f, "vm-4", "old", -1);
    put(f, RES_ENDPOINT, "vm-2", "'vpc': 'blue', 'mac': '02:00:00:00:00:02', "
        "'qosClass': 9", "", "");
    objects_scope_delete(f->scopes[RES_QOS_POLICY], "old");
    run(f);
    expect_qos(f, "vm-2", "new", 9);
    expect_qos(f, "vm-4", "new", 1);
    objects_scope_delete(f->scopes[RES_QOS_CLASS], "gold");
    run(f);
    expect_qos(f, "vm-4", "new", -1);
    objects_scope_delete(f->scopes[RES_QOS_POLICY], "new");
    run(f);
    expect_qos(f, "vm-4", "", -1);
    assert_null(entity_find(f->model, MODEL_QOS_CLASS, "gold"));
    sset_destroy(&touched);
}

int
main(int argc OVS_UNUSED, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_touches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_weights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_health, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_of_vpc, setup, teardown),
        cmocka_unit_test_setup_teardown(test_external_addresses, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_qos, setup, teardown),
    };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_EMER);
    return cmocka_run_group_tests_name("model-lb", tests, NULL, NULL);
}
