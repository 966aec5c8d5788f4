/* Limits of conntrack zones: a control server in this process stands in for
 * ovs-vswitchd, and says what it was asked. */

#include <config.h>

#include "agent/switch/ct-limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fatal-signal.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "tests/unit/between-ticks.h"
#include "tests/unit/fake-vswitchd.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

#define PATIENCE_MS 10000

struct fixture {
    struct fake_vswitchd vswitchd;
    struct ct_limits *limits;
};

/* "set zone=5,limit=9; get; ", in the order in which it was asked. */
static struct ds asked = DS_EMPTY_INITIALIZER;

/* What is answered to "get". */
static const char *reading;

static void
cmd(struct unixctl_conn *conn, int argc, const char *argv[], void *word_)
{
    const char *word = word_;

    ds_put_cstr(&asked, word);
    for (int i = 1; i < argc; i++) {
        ds_put_format(&asked, " %s", argv[i]);
    }
    ds_put_cstr(&asked, "; ");
    if (argc > 1 && strstr(argv[1], "zone=13")) {
        unixctl_command_reply_error(conn, "no");
    } else {
        unixctl_command_reply(conn, strcmp(word, "get") ? NULL : reading);
    }
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    /* Limits are read at once, and then not while a test runs. */
    wait_between_ticks(5000, 2000);
    fake_vswitchd_init(&f->vswitchd);
    fake_vswitchd_start(&f->vswitchd, 4711);
    f->limits = ct_limits_create(f->vswitchd.dir);
    ds_clear(&asked);
    reading = "default limit=0";
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    ct_limits_destroy(f->limits);
    fake_vswitchd_destroy(&f->vswitchd);
    free(f);
    return 0;
}

/* Runs until 'expected' was asked since the last call, and some turns longer.
 * Returns whether there was news of zones that are full. */
static bool
expect(struct fixture *f, uint32_t limit, const char *expected)
{
    long long int deadline = time_msec() + PATIENCE_MS;
    bool news = false;

    for (int more = 10; more && time_msec() < deadline; ) {
        news |= ct_limits_run(f->limits, limit);
        unixctl_server_run(f->vswitchd.server);
        more -= !strcmp(ds_cstr(&asked), expected);
        unixctl_server_wait(f->vswitchd.server);
        ct_limits_wait(f->limits);
        poll_timer_wait(5);
        poll_block();
    }
    assert_string_equal(ds_cstr(&asked), expected);
    ds_clear(&asked);
    return news;
}

static void
put_full(const char *name, uint16_t zone, uint32_t n_connections,
         uint32_t limit, void *s_)
{
    ds_put_format(s_, "%s %u %u/%u; ", name, zone, n_connections, limit);
}

static void
expect_full(const struct fixture *f, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ct_limits_for_each_full(f->limits, put_full, &s);
    assert_string_equal(ds_cstr(&s), expected);
    ds_destroy(&s);
}

static void
test_life(void **state)
{
    struct fixture *f = *state;

    assert_false(expect(f, 100, ""));
    ct_limits_take(f->limits, 5, "a");
    reading = "default limit=0\nzone=5,limit=100,count=90\n"
              "zone=99,limit=100,count=100\n";
    assert_true(expect(f, 100, "set zone=5,limit=100; get; "));
    expect_full(f, "a 5 90/100; ");

    /* Another limit; another endpoint; none. */
    expect(f, 200, "set zone=5,limit=200; ");
    expect_full(f, "");
    ct_limits_take(f->limits, 5, "b");
    ct_limits_release(f->limits, 5, "a");
    expect(f, 200, "");
    ct_limits_release(f->limits, 5, "b");
    assert_true(expect(f, 200, "del zone=5; "));
    ct_limits_take(f->limits, 6, "a");
    expect(f, 200, "set zone=6,limit=200; ");
    expect(f, 0, "del zone=6; ");
    ct_limits_release(f->limits, 6, "a");
    expect(f, 200, "");
}

/* A zone is used up when it has as many connections as it may have; those of
 * others and those without a limit are not. */
static void
test_used_up(void **state)
{
    struct fixture *f = *state;

    ct_limits_take_own(f->limits, 7, "full", 5);
    ct_limits_take_own(f->limits, 8, "nearly", 5);
    ct_limits_take_own(f->limits, 9, "unlimited", 0);
    reading = "default limit=0\nzone=7,limit=5,count=5\n"
              "zone=8,limit=5,count=4\nzone=9,limit=0,count=70\n"
              "zone=99,limit=5,count=5\n";
    assert_false(ct_limits_is_used_up(f->limits, 7));
    assert_true(expect(f, 0, "set zone=8,limit=5 zone=7,limit=5; get; "));
    assert_true(ct_limits_is_used_up(f->limits, 7));
    assert_false(ct_limits_is_used_up(f->limits, 8));
    assert_false(ct_limits_is_used_up(f->limits, 9));
    assert_false(ct_limits_is_used_up(f->limits, 99));
}

/* The switch says that it has not the limit that it was given, as after a
 * restart. */
static void
test_forgotten(void **state)
{
    struct fixture *f = *state;

    ct_limits_take(f->limits, 5, "a");
    expect(f, 100, "set zone=5,limit=100; get; set zone=5,limit=100; ");
}

/* What does not work is not tried again at once. */
static void
test_refused(void **state)
{
    struct fixture *f = *state;

    ct_limits_take(f->limits, 13, "a");
    expect(f, 100, "set zone=13,limit=100; get; set zone=13,limit=100; ");
    ct_limits_release(f->limits, 13, "a");
    expect(f, 100, "");
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life),
        TEST(test_used_up),
        TEST(test_forgotten),
        TEST(test_refused),
    };

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    unixctl_command_register("dpctl/ct-set-limits", "", 0, 9, cmd, "set");
    unixctl_command_register("dpctl/ct-del-limits", "", 0, 9, cmd, "del");
    unixctl_command_register("dpctl/ct-get-limits", "", 0, 9, cmd, "get");
    return cmocka_run_group_tests_name("ct-limits", tests, NULL, NULL);
}
