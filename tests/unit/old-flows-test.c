/* When datapath flows are gone: a control server in this process stands in for
 * ovs-vswitchd. */

#include <config.h>

#include "agent/switch/old-flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "tests/unit/fake-vswitchd.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

#define PATIENCE_MS 10000

struct fixture {
    struct fake_vswitchd vswitchd;
    struct old_flows *old_flows;    /* The one that is tried. */
    struct old_flows *followed, *purger;
};

/* A question that the server has not answered, and how many it had. */
static struct unixctl_conn *asking;
static int n_questions;

static void
cmd_ask(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    asking = conn;
    n_questions++;
}

static void
stop_server(struct fixture *f)
{
    fake_vswitchd_stop(&f->vswitchd);
    asking = NULL;
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    fake_vswitchd_init(&f->vswitchd);
    f->followed = old_flows_create(f->vswitchd.dir, OLD_FLOWS_FOLLOWED);
    f->purger = old_flows_create(f->vswitchd.dir, OLD_FLOWS_PURGED);
    f->old_flows = f->followed;
    n_questions = 0;
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    old_flows_destroy(f->followed);
    old_flows_destroy(f->purger);
    stop_server(f);
    fake_vswitchd_destroy(&f->vswitchd);
    free(f);
    return 0;
}

/* Runs both sides until the server has had 'n' questions and all that it has
 * answered has come. */
static void
run(struct fixture *f, int n)
{
    long long int end = time_msec() + PATIENCE_MS;

    for (int idle = 0; n_questions < n || idle < 10; ) {
        assert_true(time_msec() < end);
        idle = n_questions < n ? 0 : idle + 1;
        old_flows_run(f->old_flows);
        if (f->vswitchd.server) {
            unixctl_server_run(f->vswitchd.server);
            unixctl_server_wait(f->vswitchd.server);
        }
        old_flows_wait(f->old_flows);
        poll_timer_wait(1);
        poll_block();
    }
    assert_int_equal(n_questions, n);
}

static void
answer(bool good)
{
    struct unixctl_conn *conn = asking;

    assert_non_null(conn);
    asking = NULL;
    if (good) {
        unixctl_command_reply(conn, NULL);
    } else {
        unixctl_command_reply_error(conn, "can't wait on multiple udpifs.");
    }
}

static void
test_two_rounds(void **state)
{
    struct fixture *f = *state;
    uint64_t first, second;

    fake_vswitchd_start(&f->vswitchd, 7);
    first = old_flows_ask(f->old_flows);
    run(f, 1);
    assert_false(old_flows_are_gone(f->old_flows, first));

    /* One that comes while a question is under way: that one's round may have
     * begun before. */
    second = old_flows_ask(f->old_flows);
    answer(true);
    run(f, 2);
    assert_false(old_flows_are_gone(f->old_flows, first));
    second = old_flows_ask(f->old_flows);
    answer(true);
    run(f, 3);
    assert_true(old_flows_are_gone(f->old_flows, first));
    assert_false(old_flows_are_gone(f->old_flows, second));
    answer(true);
    run(f, 3);
    assert_true(old_flows_are_gone(f->old_flows, second));
    assert_null(asking);
}

/* A purge does it, unless it may have begun before. */
static void
test_purge(void **state)
{
    struct fixture *f = *state;
    uint64_t first, second;

    f->old_flows = f->purger;
    fake_vswitchd_start(&f->vswitchd, 7);
    first = old_flows_ask(f->old_flows);
    run(f, 1);
    assert_false(old_flows_are_gone(f->old_flows, first));
    second = old_flows_ask(f->old_flows);
    answer(true);
    run(f, 2);
    assert_true(old_flows_are_gone(f->old_flows, first));
    assert_false(old_flows_are_gone(f->old_flows, second));
    answer(true);
    run(f, 2);
    assert_true(old_flows_are_gone(f->old_flows, second));
    assert_null(asking);
}

/* An error is no reason to wait for ever. */
static void
test_error(void **state)
{
    struct fixture *f = *state;
    uint64_t ticket;

    fake_vswitchd_start(&f->vswitchd, 7);
    ticket = old_flows_ask(f->old_flows);
    run(f, 1);
    answer(false);
    run(f, 2);
    answer(false);
    run(f, 2);
    assert_true(old_flows_are_gone(f->old_flows, ticket));
}

static void
test_unreachable(void **state)
{
    struct fixture *f = *state;
    uint64_t ticket = old_flows_ask(f->old_flows);

    assert_true(old_flows_are_gone(f->old_flows, ticket));

    /* It comes, and dies while we wait. */
    fake_vswitchd_start(&f->vswitchd, 7);
    ticket = old_flows_ask(f->old_flows);
    run(f, 1);
    assert_false(old_flows_are_gone(f->old_flows, ticket));
    stop_server(f);
    fake_vswitchd_remove_pidfile(&f->vswitchd);
    run(f, 1);
    assert_true(old_flows_are_gone(f->old_flows, ticket));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_rounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_purge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unreachable, setup, teardown),
    };

    vlog_set_levels(NULL, VLF_CONSOLE, VLL_OFF);
    unixctl_command_register("revalidator/wait", "", 0, 0, cmd_ask, NULL);
    unixctl_command_register("revalidator/purge", "", 0, 0, cmd_ask, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
