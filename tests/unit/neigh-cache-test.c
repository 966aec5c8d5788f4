/* The neighbour cache: a control server in this process stands in for
 * ovs-vswitchd, and says what it was asked. */

#include <config.h>

#include "agent/switch/neigh-cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

#define HEADER "IP       MAC      Bridge\n==========\n"
#define OTHER "2001:db8::9     02:00:00:00:00:09   br-phy\n"

struct fixture {
    struct fake_vswitchd vswitchd;
    struct neigh_cache *cache;
};

/* The last number of the MAC of 192.0.2.2; 0: it is not in the cache. */
static int mac;

/* What ARP says, after a flush and a purge. */
static int true_mac;

static int n_readings;

static void
cmd_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    char *s = (mac
               ? xasprintf(HEADER OTHER "192.0.2.2       02:00:00:00:00:%02x  "
                           " br-phy STALE\n", mac)
               : xstrdup(HEADER OTHER));

    n_readings++;
    unixctl_command_reply(conn, s);
    free(s);
}

static void
cmd_flush(struct unixctl_conn *conn, int argc OVS_UNUSED,
          const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    mac = 0;
    unixctl_command_reply(conn, "OK");
}

/* Before that, traffic goes by datapath flows, and nobody asks anew. */
static void
cmd_purge(struct unixctl_conn *conn, int argc OVS_UNUSED,
          const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    if (!mac) {
        mac = true_mac;
    }
    unixctl_command_reply(conn, NULL);
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    fake_vswitchd_init(&f->vswitchd);
    fake_vswitchd_start(&f->vswitchd, 4711);
    /* It is read at once, and then not soon: read_once() goes on for a
     * while. */
    wait_between_ticks(1000, 600);
    f->cache = neigh_cache_create(f->vswitchd.dir);
    mac = true_mac = 2;
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    neigh_cache_destroy(f->cache);
    fake_vswitchd_destroy(&f->vswitchd);
    free(f);
    return 0;
}

/* Runs until the cache was read once more, and what follows is done. */
static void
read_once(struct fixture *f)
{
    long long int deadline = time_msec() + PATIENCE_MS;
    int n = n_readings;

    for (int more = 10; more && time_msec() < deadline; ) {
        neigh_cache_run(f->cache, true);
        unixctl_server_run(f->vswitchd.server);
        more -= n_readings > n;
        unixctl_server_wait(f->vswitchd.server);
        neigh_cache_wait(f->cache);
        poll_timer_wait(5);
        poll_block();
    }
    assert_int_equal(n_readings, n + 1);
}

static void
put_problem(const char *address, const char *problem, void *s_)
{
    ds_put_format(s_, "%s: %s\n", address, problem);
}

static void
expect(const struct fixture *f, uint64_t n_flushes, const char *problem)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    neigh_cache_for_each_problem(f->cache, put_problem, &s);
    if (problem) {
        assert_non_null(strstr(ds_cstr(&s), problem));
    } else {
        assert_string_equal(ds_cstr(&s), "");
    }
    ds_destroy(&s);
    assert_int_equal(neigh_cache_get_n_flushes(f->cache), n_flushes);
}

static void
test_forged(void **state)
{
    struct fixture *f = *state;

    read_once(f);
    mac = 0;
    read_once(f);
    expect(f, 0, NULL);
    mac = 0x66;
    read_once(f);
    expect(f, 1, NULL);
    assert_int_equal(mac, 2);
    read_once(f);
    expect(f, 1, "192.0.2.2: Open vSwitch took 02:00:00:00:00:66 for the MAC "
           "of this underlay address, which is 02:00:00:00:00:02; ");
}

static void
test_moved(void **state)
{
    struct fixture *f = *state;

    read_once(f);
    mac = true_mac = 3;
    for (unsigned int i = 1; i <= 3; i++) {
        read_once(f);
        expect(f, i, NULL);
    }
    read_once(f);
    expect(f, 3, NULL);
    mac = true_mac = 2;
    read_once(f);
    expect(f, 4, NULL);
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forged),
        TEST(test_moved),
    };

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    unixctl_command_register("tnl/neigh/show", "", 0, 0, cmd_show, NULL);
    unixctl_command_register("tnl/neigh/flush", "", 0, 0, cmd_flush, NULL);
    unixctl_command_register("revalidator/purge", "", 0, 0, cmd_purge, NULL);
    return cmocka_run_group_tests_name("neigh-cache", tests, NULL, NULL);
}
