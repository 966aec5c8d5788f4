/* Policies in the model: who is selected, what numbers stand for, and what a
 * change costs. */

#include <config.h>

#include "agent/model/model-policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/flows/policy-group.h"
#include "agent/controller/objects.h"
#include "agent/model/model-label.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "flow.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

struct fixture {
    struct model_fixture base;
    struct agent agent;             /* What making flows of groups needs. */
    size_t n_compiled;              /* Groups in the last run(). */
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    model_fixture_init(&f->base);
    f->agent.ofctrl = f->base.ofctrl;
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    model_fixture_destroy(&f->base);
    free(f);
    return 0;
}

static void
run(struct fixture *f)
{
    f->n_compiled = 0;
    for (int i = 0; i < 2; i++) {
        struct hmapx_node *node;

        objects_run(f->base.objects, model_object_changed, f->base.model);
        model_run(f->base.model);
        HMAPX_FOR_EACH (node, &f->base.model->changed_groups) {
            policy_group_make(&f->agent, node->data);
            f->n_compiled++;
        }
        model_run_done(f->base.model);
    }
}

static void
put(struct fixture *f, enum resource_kind kind, const char *members)
{
    struct json *json = json_from_string(members);

    if (json->type != JSON_OBJECT) {
        fail_msg("%s: %s", members, json_string(json));
    }
    objects_scope_upsert(f->base.scopes[kind], json);
    json_destroy(json);
}

static void
put_vpc(struct fixture *f, const char *name, int vni)
{
    char *s = xasprintf("{\"metadata\": {\"name\": \"%s\"}, "
                        "\"spec\": {\"vni\": %d}}", name, vni);

    put(f, RES_VPC, s);
    free(s);
}

/* An endpoint with the label role=ROLE, whose status is 'status'. */
static void
put_endpoint(struct fixture *f, const char *vpc, const char *name, int n,
             const char *nve, const char *role, const char *status)
{
    char *s = xasprintf(
        "{\"metadata\": {\"name\": \"%s\", \"labels\": {\"role\": \"%s\"}}, "
        "\"spec\": {\"vpc\": \"%s\", \"mac\": \"02:00:00:00:%02x:%02x\", "
        "\"nve\": \"%s\"}, \"status\": {%s}}",
        name, role, vpc, n >> 8, n & 0xff, nve, status);

    put(f, RES_ENDPOINT, s);
    free(s);
}

static void
put_policy(struct fixture *f, const char *vpc, const char *name,
           const char *select, const char *from)
{
    char *s = xasprintf(
        "{\"metadata\": {\"name\": \"%s\"}, \"spec\": {\"vpc\": \"%s\", "
        "\"endpointSelector\": {\"matchLabels\": {\"role\": \"%s\"}}, "
        "\"ingress\": [{\"from\": [{\"endpointSelector\": "
        "{\"matchLabels\": {\"role\": \"%s\"}}}], \"ports\": ["
        "{\"protocol\": \"TCP\", \"port\": 80}, "
        "{\"protocol\": \"TCP\", \"port\": 443}]}]}}",
        name, vpc, select, from);

    put(f, RES_VPC_POLICY, s);
    free(s);
}

static void
plug(struct fixture *f, const char *name, int ofport)
{
    struct plug iface = {
        .iface_id = CONST_CAST(char *, name), .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(ofport),
    };
    model_set_iface(f->base.model, name, &iface, false);
}

static struct m_endpoint *
get_ep(struct fixture *f, const char *name)
{
    return M_CAST(m_endpoint,
                  entity_find(f->base.model, MODEL_ENDPOINT, name));
}

static struct m_policy_group *
get_group(struct fixture *f, const char *ep, enum policy_direction direction)
{
    return m_endpoint_get_group(get_ep(f, ep), direction);
}

static size_t
count_flows(struct fixture *f)
{
    const struct m_policy_group *group;
    size_t n = 0;

    HMAP_FOR_EACH (group, node, &f->base.model->policy_groups) {
        n += group->flows.n_flows;
    }
    return n;
}

/* Whether 'ep' takes something from senders with 'number'. */
static bool
takes(struct fixture *f, const char *name, uint32_t number)
{
    const struct m_policy_group *group
        = get_group(f, name, POLICY_INGRESS);

    assert_non_null(group);
    for (size_t i = 0; i < group->program.n; i++) {
        if (group->program.clauses[i].match.label == number) {
            return true;
        }
    }
    return false;
}

#define LABEL(NUMBER, SET) \
    "\"policyLabel\": " NUMBER ", \"policyLabelSet\": \"" SET "\""
#define WEB LABEL("11", "role=web")

/* db-1, which is here, is selected and takes what webs send. */
static void
put_red(struct fixture *f)
{
    put_vpc(f, "red", 100);
    put_endpoint(f, "red", "db-1", 1, "hv-1", "db", LABEL("7", "role=db"));
    put_endpoint(f, "red", "web-1", 2, "hv-2", "web", WEB);
    put_policy(f, "red", "p", "db", "web");
    plug(f, "db-1", 5);
    run(f);
}

static void
test_selected(void **state)
{
    struct fixture *f = *state;

    put_red(f);
    assert_true(takes(f, "db-1", 11));
    assert_false(takes(f, "db-1", 7));
    assert_null(get_group(f, "web-1", POLICY_INGRESS));

    put_endpoint(f, "red", "db-1", 1, "hv-1", "cache", "");
    run(f);
    assert_null(get_group(f, "db-1", POLICY_INGRESS));
    assert_int_equal(count_flows(f), 0);
    put_endpoint(f, "red", "db-1", 1, "hv-1", "db", "");
    run(f);
    assert_true(takes(f, "db-1", 11));

    /* Deleted and made anew, and moved to another VPC. */
    objects_scope_delete(f->base.scopes[RES_VPC_POLICY], "p");
    put_policy(f, "red", "p", "db", "db");
    run(f);
    assert_false(takes(f, "db-1", 11));
    put_policy(f, "blue", "p", "db", "db");
    run(f);
    assert_null(get_group(f, "db-1", POLICY_INGRESS));
    put_policy(f, "red", "p", "db", "web");
    run(f);
    assert_true(takes(f, "db-1", 11));

    objects_scope_delete(f->base.scopes[RES_VPC_POLICY], "p");
    run(f);
    assert_null(get_group(f, "db-1", POLICY_INGRESS));
    assert_int_equal(count_flows(f), 0);
}

/* Also if the policy comes first, and its VPC last. */
static void
test_any_order(void **state)
{
    struct fixture *f = *state;

    put_policy(f, "red", "p", "db", "web");
    run(f);
    plug(f, "db-1", 5);
    put_endpoint(f, "red", "db-1", 1, "hv-1", "db", "");
    run(f);
    put_vpc(f, "red", 100);
    run(f);
    assert_false(takes(f, "db-1", 11));
    put_endpoint(f, "red", "web-1", 2, "hv-2", "web", WEB);
    run(f);
    assert_true(takes(f, "db-1", 11));
}

/* A number goes on to stand for the labels that it was given for, until the
 * labeller has followed, also for an agent that has not seen the old ones. */
static void
test_number_is_for_the_set_that_status_says(void **state)
{
    struct fixture *f = *state;

    put_red(f);
    put_endpoint(f, "red", "web-1", 2, "hv-2", "app", WEB);
    run(f);
    assert_true(takes(f, "db-1", 11));
    put_endpoint(f, "red", "app-1", 3, "hv-2", "web",
                 LABEL("12", "role=app"));
    run(f);
    assert_false(takes(f, "db-1", 12));
    put_endpoint(f, "red", "app-1", 3, "hv-2", "web", WEB);
    run(f);
    assert_true(takes(f, "db-1", 11));

    /* Who has only seen the labels may think so, too. */
    put_endpoint(f, "red", "app-2", 4, "hv-2", "web", "\"policyLabel\": 13");
    run(f);
    assert_true(takes(f, "db-1", 13));
    put_endpoint(f, "red", "app-2", 4, "hv-2", "app", "\"policyLabel\": 13");
    run(f);
    assert_true(takes(f, "db-1", 13));
    put_endpoint(f, "red", "app-2", 4, "hv-2", "app", "\"policyLabel\": 14");
    run(f);
    assert_false(takes(f, "db-1", 14));
}

/* A number of two label sets is allowed what both are. */
static void
test_number_of_two_sets(void **state)
{
    struct fixture *f = *state;

    put_red(f);
    put_endpoint(f, "red", "app-1", 3, "hv-2", "app",
                 LABEL("11", "role=app"));
    run(f);
    assert_false(takes(f, "db-1", 11));
    objects_scope_delete(f->base.scopes[RES_ENDPOINT], "app-1");
    run(f);
    assert_true(takes(f, "db-1", 11));
}

/* Numbers are counted where there is somebody whom they matter to; what they
 * stand for is known all the time. */
static void
test_numbers_count_where_policies_are(void **state)
{
    struct fixture *f = *state;
    const struct m_vpc *red;
    size_t n;

    put_red(f);
    red = get_ep(f, "db-1")->vpc;
    assert_int_equal(hmap_count(&red->label_pairs), 2);
    put_endpoint(f, "red", "web-2", 3, "hv-2", "web", "\"policyLabel\": 13");
    put_endpoint(f, "red", "web-3", 4, "hv-2", "web", WEB);
    run(f);
    assert_int_equal(hmap_count(&red->label_pairs), 3);

    objects_scope_delete(f->base.scopes[RES_VPC_POLICY], "p");
    run(f);
    assert_int_equal(hmap_count(&red->label_pairs), 0);
    put_endpoint(f, "red", "web-1", 2, "hv-2", "web", LABEL("12", "role=web"));
    put_endpoint(f, "red", "web-2", 3, "hv-2", "app", "\"policyLabel\": 13");
    put_endpoint(f, "red", "app-1", 5, "hv-2", "app", "\"policyLabel\": 14");
    run(f);
    assert_int_equal(hmap_count(&red->label_pairs), 0);
    free(m_label_get_sources(red, &n));
    assert_int_equal(n, 5);

    put_policy(f, "red", "p", "db", "web");
    run(f);
    assert_int_equal(hmap_count(&red->label_pairs), 5);
    assert_true(takes(f, "db-1", 11) && takes(f, "db-1", 12)
                && takes(f, "db-1", 13));
    assert_false(takes(f, "db-1", 14));
    objects_scope_delete(f->base.scopes[RES_ENDPOINT], "web-3");
    run(f);
    assert_int_equal(hmap_count(&red->label_pairs), 4);
    assert_false(takes(f, "db-1", 11));
}

/* With as many label sets, ten times the endpoints are as many flows, and an
 * endpoint more, one that moves and one that goes compile nothing. */
static void
test_flows_do_not_grow_with_endpoints(void **state)
{
    struct fixture *f = *state;
    size_t n_flows = 0;

    put_red(f);
    put_endpoint(f, "red", "app-1", 3, "hv-2", "app",
                 LABEL("12", "role=app"));
    put_policy(f, "red", "q", "db", "app");
    run(f);
    for (int i = 4; i <= 100; i++) {
        static const char *const roles[] = { "db", "web", "app" };
        static const char *const status[] = {
            LABEL("7", "role=db"), WEB, LABEL("12", "role=app")
        };
        char *name = xasprintf("ep-%d", i);

        put_endpoint(f, "red", name, i, i % 2 ? "hv-1" : "hv-2", roles[i % 3],
                     status[i % 3]);
        plug(f, name, 10 + i);
        run(f);
        free(name);
        assert_int_equal(f->n_compiled, 0);
        if (i == 10) {
            n_flows = count_flows(f);
            assert_true(n_flows >= 4);
        }
    }
    assert_int_equal(count_flows(f), n_flows);
    assert_int_equal(hmap_count(&f->base.model->policy_groups), 1);

    put_endpoint(f, "red", "web-1", 2, "hv-3", "web", WEB);
    run(f);
    assert_int_equal(f->n_compiled, 0);
    objects_scope_delete(f->base.scopes[RES_ENDPOINT], "web-1");
    run(f);
    assert_int_equal(f->n_compiled, 0);
    assert_int_equal(count_flows(f), n_flows);

    /* One more label set is a few flows for each group that it is allowed
     * in, and nothing if it is not. */
    put_endpoint(f, "red", "x-1", 200, "hv-2", "x", LABEL("13", "role=x"));
    run(f);
    assert_int_equal(f->n_compiled, 0);
    put_endpoint(f, "red", "y-1", 201, "hv-2", "web",
                 LABEL("14", "role=web"));
    run(f);
    assert_int_equal(f->n_compiled, 1);
    assert_true(count_flows(f) > n_flows);
}

/* A change in one VPC leaves the policies of another alone, and its numbers
 * mean nothing there. */
static void
test_vpcs_are_apart(void **state)
{
    struct fixture *f = *state;

    put_red(f);
    put_vpc(f, "blue", 200);
    put_endpoint(f, "blue", "db-2", 1, "hv-1", "db", "");
    put_policy(f, "blue", "b", "db", "web");
    plug(f, "db-2", 6);
    run(f);
    assert_int_equal(f->n_compiled, 1);
    assert_false(takes(f, "db-2", 11));
    assert_int_not_equal(get_group(f, "db-1", POLICY_INGRESS)->id,
                         get_group(f, "db-2", POLICY_INGRESS)->id);

    put_endpoint(f, "blue", "web-2", 2, "hv-2", "web",
                 LABEL("21", "role=web"));
    run(f);
    assert_int_equal(f->n_compiled, 1);
    assert_true(takes(f, "db-2", 21));
    assert_false(takes(f, "db-1", 21));
}

/* Egress. */

static void
put_egress(struct fixture *f, const char *name, const char *to)
{
    char *s = xasprintf(
        "{\"metadata\": {\"name\": \"%s\"}, \"spec\": {\"vpc\": \"red\", "
        "\"endpointSelector\": {\"matchLabels\": {\"role\": \"db\"}}, "
        "\"policyTypes\": [\"Egress\"], \"egress\": [{\"to\": ["
        "{\"endpointSelector\": {\"matchLabels\": {\"role\": \"%s\"}}}]}]}}",
        name, to);

    put(f, RES_VPC_POLICY, s);
    free(s);
}

/* Whether 'from' may send something to 'to': by its labels, as they are. */
static bool
sends(struct fixture *f, const char *from, const char *to)
{
    const struct m_policy_group *group
        = get_group(f, from, POLICY_EGRESS);

    assert_non_null(group);
    for (size_t i = 0; i < group->program.n; i++) {
        if (group->program.clauses[i].match.label
            == get_ep(f, to)->labels->id) {
            return true;
        }
    }
    return false;
}

static void
test_egress(void **state)
{
    struct fixture *f = *state;
    const struct m_vpc *red;

    put_red(f);
    red = get_ep(f, "db-1")->vpc;
    assert_int_equal(red->n_selected[POLICY_EGRESS], 0);
    put_egress(f, "e", "web");
    run(f);
    assert_int_equal(f->n_compiled, 1);
    assert_int_equal(red->n_selected[POLICY_EGRESS], 1);
    assert_int_equal(red->n_selected[POLICY_INGRESS], 1);
    assert_int_not_equal(get_group(f, "db-1", POLICY_INGRESS)->id,
                         get_group(f, "db-1", POLICY_EGRESS)->id);
    assert_true(sends(f, "db-1", "web-1"));
    assert_false(sends(f, "db-1", "db-1"));

    /* It needs no number, and a number means nothing. */
    put_endpoint(f, "red", "app-1", 3, "hv-2", "app", WEB);
    put_endpoint(f, "red", "web-2", 4, "hv-2", "web", "");
    run(f);
    assert_false(sends(f, "db-1", "app-1"));
    assert_true(sends(f, "db-1", "web-2"));
    put_endpoint(f, "red", "app-1", 3, "hv-2", "web", WEB);
    run(f);
    assert_true(sends(f, "db-1", "app-1"));

    /* Another policy for ingress leaves it alone, and the other way round. */
    put_policy(f, "red", "q", "db", "app");
    run(f);
    assert_int_equal(get_group(f, "db-1", POLICY_EGRESS)->n_policies, 1);
    assert_int_equal(get_group(f, "db-1", POLICY_INGRESS)->n_policies, 2);

    objects_scope_delete(f->base.scopes[RES_VPC_POLICY], "e");
    run(f);
    assert_null(get_group(f, "db-1", POLICY_EGRESS));
    assert_non_null(get_group(f, "db-1", POLICY_INGRESS));
    assert_int_equal(red->n_selected[POLICY_EGRESS], 0);
}

/* An endpoint that is like others is no work for rules; a new label set is,
 * once, and only where it is allowed. */
static void
test_egress_does_not_grow_with_endpoints(void **state)
{
    struct fixture *f = *state;
    size_t n_flows;

    put_red(f);
    put_egress(f, "e", "web");
    put_endpoint(f, "red", "app-1", 3, "hv-2", "app", "");
    run(f);
    n_flows = count_flows(f);
    for (int i = 4; i <= 60; i++) {
        static const char *const roles[] = { "db", "web", "app" };
        char *name = xasprintf("ep-%d", i);

        put_endpoint(f, "red", name, i, i % 2 ? "hv-1" : "hv-2", roles[i % 3],
                     "");
        plug(f, name, 10 + i);
        run(f);
        free(name);
        assert_int_equal(f->n_compiled, 0);
    }
    assert_int_equal(count_flows(f), n_flows);
    put_endpoint(f, "red", "x-1", 200, "hv-2", "x", "");
    run(f);
    assert_int_equal(f->n_compiled, 0);
    objects_scope_delete(f->base.scopes[RES_ENDPOINT], "app-1");
    run(f);
    assert_int_equal(f->n_compiled, 0);
    assert_int_equal(count_flows(f), n_flows);
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_selected),
        TEST(test_any_order),
        TEST(test_number_is_for_the_set_that_status_says),
        TEST(test_number_of_two_sets),
        TEST(test_numbers_count_where_policies_are),
        TEST(test_flows_do_not_grow_with_endpoints),
        TEST(test_vpcs_are_apart),
        TEST(test_egress),
        TEST(test_egress_does_not_grow_with_endpoints),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("model-policy", tests, NULL, NULL);
}
