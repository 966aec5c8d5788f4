/* Conntrack zones: a control server in this process stands in for
 * ovs-vswitchd, and says which zones it was asked to flush. */

#include <config.h>

#include "agent/switch/ct-zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fatal-signal.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "tests/unit/fake-vswitchd.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

#define PATIENCE_MS 10000

struct fixture {
    struct fake_vswitchd vswitchd;
    struct ct_zones *zones;
};

/* "zone=5 zone=7 ", in the order in which it was asked, with "|TUPLE|ANSWER"
 * if only some connections were meant. */
static struct ds flushed = DS_EMPTY_INITIALIZER;

static void
cmd_flush(struct unixctl_conn *conn, int argc, const char *argv[],
          void *aux OVS_UNUSED)
{
    for (int i = 1; i < argc; i++) {
        ds_put_format(&flushed, "%s%s", i > 1 ? "|" : "", argv[i]);
    }
    ds_put_char(&flushed, ' ');
    if (!strcmp(argv[1], "zone=13")) {
        unixctl_command_reply_error(conn, "no");
    } else {
        unixctl_command_reply(conn, NULL);
    }
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    fake_vswitchd_init(&f->vswitchd);
    f->zones = ct_zones_create(f->vswitchd.dir);
    ds_clear(&flushed);
    fake_vswitchd_start(&f->vswitchd, 4711);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    ct_zones_destroy(f->zones);
    fake_vswitchd_destroy(&f->vswitchd);
    free(f);
    return 0;
}

/* Runs until 'expected' has been flushed; if nothing more is to come, some
 * turns longer. */
static void
check_flushed(struct fixture *f, uint64_t confirmed, const char *expected)
{
    long long int deadline = time_msec() + PATIENCE_MS;

    while (strcmp(ds_cstr(&flushed), expected) && time_msec() < deadline) {
        ct_zones_run(f->zones, 10, confirmed);
        if (f->vswitchd.server) {
            unixctl_server_run(f->vswitchd.server);
            unixctl_server_wait(f->vswitchd.server);
        }
        ct_zones_wait(f->zones);
        poll_timer_wait(10);
        poll_block();
    }
    for (int i = 0; i < 20; i++) {
        ct_zones_run(f->zones, 10, confirmed);
        if (f->vswitchd.server) {
            unixctl_server_run(f->vswitchd.server);
        }
    }
    assert_string_equal(ds_cstr(&flushed), expected);
}

/* Not before the switch has confirmed that no flow uses it. */
static void
test_flushed_when_its_flows_are_gone(void **state)
{
    struct fixture *f = *state;

    ct_zones_release(f->zones, 5, "a");
    check_flushed(f, 9, "");
    check_flushed(f, 10, "zone=5 ");
    ct_zones_release(f->zones, 7, "b");
    ct_zones_release(f->zones, 6, "c");
    check_flushed(f, 10, "zone=5 zone=7 zone=6 ");
}

/* An endpoint that comes back keeps its connections; another one does not get
 * them. */
static void
test_taken_again(void **state)
{
    struct fixture *f = *state;

    ct_zones_release(f->zones, 5, "a");
    ct_zones_release(f->zones, 6, "b");
    check_flushed(f, 9, "");
    ct_zones_take(f->zones, 5, "a");
    ct_zones_take(f->zones, 6, "c");
    check_flushed(f, 10, "zone=6 ");
}

/* A flush that cannot be done does not keep others from theirs. */
static void
test_refused(void **state)
{
    struct fixture *f = *state;

    ct_zones_release(f->zones, 13, "a");
    ct_zones_release(f->zones, 14, "b");
    check_flushed(f, 10, "zone=13 zone=14 ");
}

static void
test_switch_is_away(void **state)
{
    struct fixture *f = *state;

    fake_vswitchd_stop(&f->vswitchd);
    ct_zones_release(f->zones, 5, "a");
    check_flushed(f, 10, "");
    fake_vswitchd_start(&f->vswitchd, 4711);
    check_flushed(f, 10, "zone=5 ");
}

/* Connections of a zone that is in use, in the same order as others. */
static void
test_some_connections(void **state)
{
    struct fixture *f = *state;

    ct_zones_release(f->zones, 5, "a");
    ct_zones_flush(f->zones, 7, "ct_tp_dst=80", "ct_nw_src=10.0.0.2");
    ct_zones_flush(f->zones, 7, "ct_tp_dst=81", "ct_nw_src=10.0.0.2");
    check_flushed(f, 9, "");
    ct_zones_take(f->zones, 7, "b");
    check_flushed(f, 10, "zone=5 zone=7|ct_tp_dst=80|ct_nw_src=10.0.0.2 "
                  "zone=7|ct_tp_dst=81|ct_nw_src=10.0.0.2 ");
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_flushed_when_its_flows_are_gone),
        TEST(test_taken_again),
        TEST(test_refused),
        TEST(test_switch_is_away),
        TEST(test_some_connections),
    };

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    unixctl_command_register("dpctl/flush-conntrack", "", 1, 3, cmd_flush,
                             NULL);
    return cmocka_run_group_tests_name("ct-zones", tests, NULL, NULL);
}
