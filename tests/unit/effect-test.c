/* When the datapath is asked whether it has followed: nobody answers here, so
 * what is asked is true at once. */

#include <config.h>

#include "agent/switch/effect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "agent/switch/old-flows.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

static struct old_flows *old_flows;

static void
test_nobody_waits(void **state OVS_UNUSED)
{
    struct effect effect = { .effective = 0 };

    effect_run(&effect, 5, old_flows);
    assert_int_equal(effect.effective, 0);
}

/* What nobody waits for is asked about together. */
static void
test_want(void **state OVS_UNUSED)
{
    struct effect effect = { .effective = 0 };
    long long int due;

    effect_want(&effect, 5);
    due = effect.due;
    assert_true(due > time_msec());
    effect_run(&effect, 5, old_flows);
    effect_want(&effect, 6);
    assert_int_equal(effect.due, due);
    effect_run(&effect, 6, old_flows);
    assert_int_equal(effect.effective, 0);

    effect.due = time_msec();
    effect_run(&effect, 6, old_flows);
    assert_int_equal(effect.effective, 6);

    /* The next one waits again. */
    effect_want(&effect, 7);
    assert_true(effect.due > time_msec());
    effect_run(&effect, 7, old_flows);
    assert_int_equal(effect.effective, 6);
}

/* What somebody waits for is asked about when the switch has it. */
static void
test_need(void **state OVS_UNUSED)
{
    struct effect effect = { .effective = 0 };

    effect_need(&effect, 5);
    effect_run(&effect, 0, old_flows);
    assert_int_equal(effect.effective, 0);
    effect_run(&effect, 5, old_flows);
    assert_int_equal(effect.effective, 5);

    /* One that is wanted only goes with it. */
    effect_want(&effect, 6);
    effect_run(&effect, 6, old_flows);
    assert_int_equal(effect.effective, 5);
    effect_need(&effect, 6);
    effect_run(&effect, 7, old_flows);
    assert_int_equal(effect.effective, 7);
}

static void
test_connection_lost(void **state OVS_UNUSED)
{
    struct effect effect = { .effective = 0 };

    effect_need(&effect, 5);
    effect_run(&effect, 5, old_flows);
    effect_run(&effect, 0, old_flows);
    assert_int_equal(effect.effective, 0);
    effect_run(&effect, 6, old_flows);
    assert_int_equal(effect.effective, 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_waits),
        cmocka_unit_test(test_want),
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_connection_lost),
    };
    int error;

    vlog_set_levels(NULL, VLF_CONSOLE, VLL_OFF);
    old_flows = old_flows_create("/nonexistent", OLD_FLOWS_FOLLOWED);
    error = cmocka_run_group_tests(tests, NULL, NULL);
    old_flows_destroy(old_flows);
    return error;
}
