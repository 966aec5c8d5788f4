/* The connection to a bridge: a listener in this process stands in for the
 * switch. */

#include <config.h>

#include "agent/switch/bridge-link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dirs.h"
#include "fatal-signal.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vconn.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "tests/unit/scratch-dir.h"
#include "timeval.h"
#include "util.h"

#define PATIENCE_MS 10000
#define SOON_MS 500                     /* Less than rconn waits by itself. */

struct fixture {
    struct pvconn *listener;            /* NULL: the bridge is not there. */
    struct vconn *vconn;                /* Its end of the connection. */
    struct bridge_link link;
};

static void
start_switch(struct fixture *f)
{
    char *name = xasprintf("punix:%s/br.mgmt", ovs_rundir());

    assert_int_equal(pvconn_open(name, 1u << OFP15_VERSION, DSCP_DEFAULT,
                                 &f->listener), 0);
    free(name);
}

static void
stop_switch(struct fixture *f)
{
    vconn_close(f->vconn);
    f->vconn = NULL;
    pvconn_close(f->listener);
    f->listener = NULL;
}

static void
run_switch(struct fixture *f)
{
    struct ofpbuf *msg;

    if (!f->vconn && f->listener) {
        pvconn_accept(f->listener, &f->vconn);
    }
    if (f->vconn) {
        vconn_run(f->vconn);
        vconn_connect(f->vconn);
        if (!vconn_recv(f->vconn, &msg)) {
            ofpbuf_delete(msg);
        }
    }
}

static void
wait_for_switch(struct fixture *f)
{
    if (f->vconn) {
        vconn_run_wait(f->vconn);
        vconn_recv_wait(f->vconn);
    } else if (f->listener) {
        pvconn_wait(f->listener);
    }
}

/* Runs both ends until the link is up, and returns how long that took. */
static int
connect_link(struct fixture *f)
{
    long long int start = time_msec();

    for (;;) {
        run_switch(f);
        bridge_link_run(&f->link);
        if (f->link.is_up) {
            return time_msec() - start;
        }
        assert_true(time_msec() < start + PATIENCE_MS);
        wait_for_switch(f);
        bridge_link_wait(&f->link);
        poll_block();
    }
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    start_switch(f);
    bridge_link_init(&f->link);
    bridge_link_set_bridge(&f->link, "br");
    connect_link(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    bridge_link_destroy(&f->link);
    stop_switch(f);
    free(f);
    return 0;
}

/* The link reads, and so notices that the connection is lost. */
static void
read_loss(struct fixture *f)
{
    assert_null(bridge_link_recv(&f->link));
    assert_false(bridge_link_is_connected(&f->link));
    assert_true(f->link.is_up);
}

static int
block(void)
{
    long long int start = time_msec();

    poll_block();
    return time_msec() - start;
}

/* The next run is to hear of it, and to watch for the new socket: that comes
 * before rconn would try again. */
static void
test_a_loss_that_is_read(void **state)
{
    struct fixture *f = *state;

    stop_switch(f);
    read_loss(f);
    bridge_link_wait(&f->link);
    assert_in_range(block(), 0, SOON_MS);
    bridge_link_wait_until(&f->link, time_msec() + PATIENCE_MS);
    assert_in_range(block(), 0, SOON_MS);

    assert_true(bridge_link_run(&f->link));
    assert_false(f->link.is_up);
    start_switch(f);
    assert_in_range(connect_link(f), 0, SOON_MS);
}

/* As when one transaction deletes a bridge and makes it again. */
static void
test_a_socket_that_is_new_before_the_loss_is_read(void **state)
{
    struct fixture *f = *state;

    stop_switch(f);
    start_switch(f);
    read_loss(f);
    assert_true(bridge_link_run(&f->link));
    assert_in_range(connect_link(f), 0, SOON_MS);
}

/* Nothing wakes a link up while nothing happens. */
static void
test_a_link_at_rest(void **state)
{
    struct fixture *f = *state;
    long long int end = time_msec() + 2 * SOON_MS;
    int n = 0;

    while (time_msec() < end) {
        assert_false(bridge_link_run(&f->link));
        assert_null(bridge_link_recv(&f->link));
        bridge_link_wait(&f->link);
        poll_timer_wait_until(end);
        poll_block();
        n++;
    }
    assert_in_range(n, 1, 5);

    /* One that is not there is tried now and then. */
    stop_switch(f);
    read_loss(f);
    end = time_msec() + 2 * SOON_MS;
    for (n = 0; time_msec() < end; n++) {
        bridge_link_run(&f->link);
        assert_null(bridge_link_recv(&f->link));
        bridge_link_wait(&f->link);
        poll_timer_wait_until(end);
        poll_block();
    }
    assert_in_range(n, 1, 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_loss_that_is_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_a_socket_that_is_new_before_the_loss_is_read, setup,
            teardown),
        cmocka_unit_test_setup_teardown(test_a_link_at_rest, setup, teardown),
    };

    char dir[] = "/tmp/bridge-link-XXXXXX";
    int result;

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_OFF);
    scratch_dir_create(dir);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    scratch_dir_remove(dir);
    return result;
}
