/* Asking ovs-vswitchd: a control server in this process stands in for it. */

#include <config.h>

#include "agent/switch/vswitchd-ctl.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "fatal-signal.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "tests/unit/fake-vswitchd.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

#define PATIENCE_MS 10000
#define SILENCE_MS 100                  /* Where no answer is to come. */

struct fixture {
    struct fake_vswitchd vswitchd;
    struct vswitchd_ctl *ctl;
};

/* The command that the server has not answered yet. */
static struct unixctl_conn *hanging;

static void
cmd_echo(struct unixctl_conn *conn, int argc OVS_UNUSED, const char *argv[],
         void *aux OVS_UNUSED)
{
    unixctl_command_reply(conn, argv[1]);
}

static void
cmd_fail(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    unixctl_command_reply_error(conn, "it failed");
}

static void
cmd_hang(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    hanging = conn;
}

static void
cmd_long(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    char *text = xmalloc(1000001);

    memset(text, 'x', 1000000);
    text[1000000] = '\0';
    unixctl_command_reply(conn, text);
    free(text);
}

static void
stop_server(struct fixture *f)
{
    fake_vswitchd_stop(&f->vswitchd);
    hanging = NULL;
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    fake_vswitchd_init(&f->vswitchd);
    f->ctl = vswitchd_ctl_create(f->vswitchd.dir);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    vswitchd_ctl_destroy(f->ctl);
    stop_server(f);
    fake_vswitchd_destroy(&f->vswitchd);
    free(f);
    return 0;
}

static bool
ask(struct fixture *f, const char *command, const char *argument)
{
    const char *const args[] = { argument, NULL };

    return vswitchd_ctl_request(f->ctl, command, args, 4096);
}

/* Runs both sides until there is an answer. */
static void
check_answer(struct fixture *f, enum vswitchd_ctl_answer expected,
             const char *text)
{
    long long int deadline = time_msec() + (
        expected == VSWITCHD_CTL_NONE ? SILENCE_MS : PATIENCE_MS);
    enum vswitchd_ctl_answer answer;
    char *got;

    for (;;) {
        unixctl_server_run(f->vswitchd.server);
        answer = vswitchd_ctl_run(f->ctl, &got);
        if (answer != VSWITCHD_CTL_NONE || time_msec() > deadline) {
            break;
        }
        unixctl_server_wait(f->vswitchd.server);
        vswitchd_ctl_wait(f->ctl);
        poll_timer_wait_until(deadline + 1);
        poll_block();
    }
    assert_int_equal(answer, expected);
    if (text) {
        assert_non_null(got);
        assert_string_equal(got, text);
    } else {
        assert_null(got);
    }
    free(got);
}

static void
test_answers(void **state)
{
    struct fixture *f = *state;

    fake_vswitchd_start(&f->vswitchd, 4711);
    assert_int_equal(vswitchd_ctl_get_pid(f->ctl), 0);
    assert_true(ask(f, "test/echo", "hello"));
    assert_int_equal(vswitchd_ctl_get_pid(f->ctl), 4711);
    check_answer(f, VSWITCHD_CTL_RESULT, "hello\n");
    assert_true(ask(f, "test/fail", NULL));
    check_answer(f, VSWITCHD_CTL_ERROR, "it failed\n");
    assert_true(ask(f, "test/unknown", NULL));
    check_answer(f, VSWITCHD_CTL_ERROR,
                 "\"test/unknown\" is not a valid command (use "
                 "\"list-commands\" to see a list of valid commands)\n");
    assert_true(ask(f, "test/echo", "again"));
    check_answer(f, VSWITCHD_CTL_RESULT, "again\n");
}

/* Questions that are asked at once are answered in their order, and lost
 * together. */
static void
test_many_at_once(void **state)
{
    struct fixture *f = *state;

    fake_vswitchd_start(&f->vswitchd, 4711);
    for (int i = 0; i < 30; i++) {
        assert_true(ask(f, i % 3 ? "test/echo" : "test/fail",
                        i % 3 ? (i % 2 ? "odd" : "even") : NULL));
    }
    for (int i = 0; i < 30; i++) {
        check_answer(f, i % 3 ? VSWITCHD_CTL_RESULT : VSWITCHD_CTL_ERROR,
                     i % 3 ? (i % 2 ? "odd\n" : "even\n") : "it failed\n");
    }
    check_answer(f, VSWITCHD_CTL_NONE, NULL);

    assert_true(ask(f, "test/hang", NULL));
    assert_true(ask(f, "test/echo", "x"));
    stop_server(f);
    check_answer(f, VSWITCHD_CTL_LOST, NULL);
    assert_false(ask(f, "test/echo", "x"));
    check_answer(f, VSWITCHD_CTL_LOST, NULL);

    fake_vswitchd_start(&f->vswitchd, 4712);
    assert_true(ask(f, "test/echo", "new"));
    check_answer(f, VSWITCHD_CTL_RESULT, "new\n");
}

static void
test_nobody_there(void **state)
{
    struct fixture *f = *state;

    assert_false(ask(f, "test/echo", "x"));     /* No pidfile. */
    fake_vswitchd_write_pidfile(&f->vswitchd, "");
    assert_false(ask(f, "test/echo", "x"));
    /* There is no such socket. */
    fake_vswitchd_write_pidfile(&f->vswitchd, "4711\n");
    assert_false(ask(f, "test/echo", "x"));
    check_answer(f, VSWITCHD_CTL_NONE, NULL);
}

/* A daemon that hangs, before or after it has taken the request, does not
 * make us hang. */
static void
test_daemon_hangs(void **state)
{
    struct fixture *f = *state;
    char *text;

    fake_vswitchd_start(&f->vswitchd, 4711);
    assert_true(ask(f, "test/echo", "late"));
    for (int i = 0; i < 10; i++) {              /* The server never runs. */
        assert_int_equal(vswitchd_ctl_run(f->ctl, &text), VSWITCHD_CTL_NONE);
    }
    check_answer(f, VSWITCHD_CTL_RESULT, "late\n");

    assert_true(ask(f, "test/hang", NULL));
    while (!hanging) {
        unixctl_server_run(f->vswitchd.server);
        assert_int_equal(vswitchd_ctl_run(f->ctl, &text), VSWITCHD_CTL_NONE);
    }
    unixctl_command_reply(hanging, "at last");
    check_answer(f, VSWITCHD_CTL_RESULT, "at last\n");
}

/* So does one that does not even accept connections. */
static void
test_backlog_is_full(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    struct vswitchd_ctl *others[8];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const char *const no_args[] = { NULL };
    size_t n_refused = 0;

    snprintf(sun.sun_path, sizeof sun.sun_path, "%s/ovs-vswitchd.5.ctl",
             f->vswitchd.dir);
    assert_int_equal(bind(fd, (struct sockaddr *) &sun, sizeof sun), 0);
    assert_int_equal(listen(fd, 0), 0);
    fake_vswitchd_write_pidfile(&f->vswitchd, "5\n");
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        others[i] = vswitchd_ctl_create(f->vswitchd.dir);
        n_refused += !vswitchd_ctl_request(others[i], "test/echo", no_args,
                                           4096);
    }
    assert_true(n_refused > 0);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        vswitchd_ctl_destroy(others[i]);
    }
    close(fd);
    unlink(sun.sun_path);
}

static void
test_daemon_restarts(void **state)
{
    struct fixture *f = *state;

    fake_vswitchd_start(&f->vswitchd, 4711);
    assert_true(ask(f, "test/hang", NULL));
    stop_server(f);
    check_answer(f, VSWITCHD_CTL_LOST, NULL);
    assert_false(ask(f, "test/echo", "x"));

    fake_vswitchd_start(&f->vswitchd, 4712);
    assert_true(ask(f, "test/echo", "new"));
    assert_int_equal(vswitchd_ctl_get_pid(f->ctl), 4712);
    check_answer(f, VSWITCHD_CTL_RESULT, "new\n");

    /* While nothing was asked. */
    stop_server(f);
    fake_vswitchd_start(&f->vswitchd, 4713);
    assert_true(ask(f, "test/echo", "newer"));
    check_answer(f, VSWITCHD_CTL_RESULT, "newer\n");
    assert_int_equal(vswitchd_ctl_get_pid(f->ctl), 4713);
}

static void
test_answer_is_too_long(void **state)
{
    struct fixture *f = *state;

    fake_vswitchd_start(&f->vswitchd, 4711);
    assert_true(ask(f, "test/long", NULL));
    check_answer(f, VSWITCHD_CTL_LOST, NULL);
    assert_true(ask(f, "test/echo", "short"));
    check_answer(f, VSWITCHD_CTL_RESULT, "short\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_daemon_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_backlog_is_full, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_daemon_restarts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_answer_is_too_long, setup,
                                        teardown),
    };

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    unixctl_command_register("test/echo", "", 1, 1, cmd_echo, NULL);
    unixctl_command_register("test/fail", "", 0, 0, cmd_fail, NULL);
    unixctl_command_register("test/hang", "", 0, 0, cmd_hang, NULL);
    unixctl_command_register("test/long", "", 0, 0, cmd_long, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
