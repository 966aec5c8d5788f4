/* Tests agent/remotes/refusals.c: which objects lack what the switch
 * refuses. */

#include <config.h>

#include "agent/remotes/refusals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/agent.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-route.h"
#include "agent/plans/plans.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/ofctrl.h"
#include "util.h"

/* One of each, all on one node. */
struct world {
    struct model model;
    struct plans plans;
    struct gateways gateways;
    struct agent agent;
    struct m_vpc vpc;
    struct m_policy_group group;
    struct m_endpoint ep;
    struct m_here here;
    struct m_extnet extnet;
    struct m_gateway gw;
    struct gateway g;
    struct m_fip fip;
    struct m_route route;
};

static struct world *
world_create(void)
{
    struct world *w = xzalloc(sizeof *w);

    w->model.self = CONST_CAST(char *, "hv-1");
    ovs_list_init(&w->plans.plans);
    shash_init(&w->gateways.all);
    w->agent.model = &w->model;
    w->agent.plans = &w->plans;
    w->agent.gateways = &w->gateways;
    w->agent.ofctrl = ofctrl_create(NULL, 0);

    w->vpc.flows.name = CONST_CAST(char *, "VPC blue");
    w->group.flows.name = CONST_CAST(char *, "policies of VPC blue");
    w->extnet.flows.name = CONST_CAST(char *, "external network out");
    w->ep.up.name = CONST_CAST(char *, "web-1");
    w->ep.vpc = &w->vpc;
    w->ep.here = &w->here;
    w->here.groups[POLICY_EGRESS] = &w->group;
    w->gw.up.name = CONST_CAST(char *, "gw");
    w->gw.extnet = &w->extnet;
    shash_add(&w->gateways.all, "gw", &w->g);
    w->fip.extnet = &w->extnet;
    w->route.vpc = &w->vpc;
    return w;
}

static void
world_destroy(struct world *w)
{
    shash_destroy(&w->gateways.all);
    ofctrl_destroy(w->agent.ofctrl);
    free(w);
}

/* 'message', which is freed, is to say that the switch refuses 'wanted', or to
 * be NULL. */
static void
check(char *message, const char *wanted)
{
    if (!wanted) {
        assert_null(message);
    } else {
        char *whole = xasprintf("the switch refuses %s, see the alarms of "
                                "hv-1", wanted);

        assert_non_null(message);
        assert_string_equal(message, whole);
        free(whole);
    }
    free(message);
}

static void
check_all(struct world *w, const char *ep, const char *gw, const char *fip,
          const char *route)
{
    check(refusals_describe_endpoint(&w->agent, &w->ep), ep);
    check(refusals_describe_gateway(&w->agent, &w->gw), gw);
    check(refusals_describe_fip(&w->agent, &w->fip), fip);
    check(refusals_describe_route(&w->agent, &w->route), route);
}

static void
test_who_lacks_what(void **state OVS_UNUSED)
{
    struct world *w = world_create();

    check_all(w, NULL, NULL, NULL, NULL);

    w->ep.flows.n_refused = 2;
    check_all(w, "2 of its flows", NULL, NULL, NULL);
    w->group.flows.n_refused = 1;
    check_all(w, "2 of its flows, 1 of policies of VPC blue", NULL, NULL,
              NULL);
    w->ep.flows.n_refused = w->group.flows.n_refused = 0;

    w->vpc.flows.n_refused = 3;
    check_all(w, "3 of VPC blue", NULL, NULL, "3 of VPC blue");
    w->vpc.flows.n_refused = 0;

    w->g.flows.n_refused = 1;
    w->g.drops.n_refused = 1;
    check_all(w, NULL, "2 of its flows and groups", NULL, NULL);
    w->g.flows.n_refused = w->g.drops.n_refused = 0;

    w->fip.flows.n_refused = 1;
    w->extnet.flows.n_refused = 1;
    w->extnet.neighbor_flows.n_refused = 1;
    check_all(w, NULL, "2 of external network out",
              "1 of its flows, 2 of external network out", NULL);
    world_destroy(w);
}

/* Without any meter in the switch everything works without limits. */
static void
test_no_meters(void **state OVS_UNUSED)
{
    struct world *w = world_create();

    w->here.meter_flows.n_refused = 2;
    w->extnet.meter_flows.n_refused = 1;
    check_all(w, NULL, NULL, NULL, NULL);
    world_destroy(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_lacks_what),
        cmocka_unit_test(test_no_meters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
