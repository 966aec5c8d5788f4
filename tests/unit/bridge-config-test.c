/* Settings of our bridges that work against the agent. */

#include <config.h>

#include "agent/node/bridge-config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/vswitch-idl.h"
#include "util.h"

static void
add_problem(const char *object, const char *message, void *problems_)
{
    char *problems = problems_;

    assert_non_null(strstr(message, "ovs-vsctl"));
    strcat(problems, object);
    strcat(problems, ";");
}

static void
expect(const struct vswrec_bridge *bridge, const char *expected)
{
    char problems[1024] = "";

    bridge_config_for_each_problem(bridge, add_problem, problems);
    assert_string_equal(problems, expected);
}

static void
test_settings(void **state OVS_UNUSED)
{
    char target[] = "tcp:192.0.2.9:6653";
    struct vswrec_controller controller = { .target = target };
    struct vswrec_controller *controllers[] = { &controller };
    char name[] = "br-tx1";
    struct vswrec_bridge bridge = { .name = name };

    expect(&bridge, "");
    bridge.controller = controllers;
    bridge.n_controller = 1;
    expect(&bridge, "controller of bridge br-tx1;");
    bridge.stp_enable = bridge.rstp_enable = true;
    expect(&bridge, "controller of bridge br-tx1;"
           "stp_enable of bridge br-tx1;rstp_enable of bridge br-tx1;");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
