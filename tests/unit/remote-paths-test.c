/* The ways to many remotes, of which ovs-vswitchd is asked: a control server
 * in this process stands in for it. */

#include <config.h>

#include "agent/remotes/remote-paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/controller/rest-auth.h"
#include "agent/model/entity.h"
#include "agent/model/model-nve.h"
#include "agent/turn/turn.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "tests/unit/case-objects.h"
#include "tests/unit/fake-clock.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/fake-vswitchd.h"
#include "tests/unit/parse.h"
#include "tests/unit/scratch-dir.h"
#include "unixctl.h"
#include "util.h"

#define N_REMOTES 120

/* From one turn to the next, and between two looks. */
#define TURN_MS 500
#define INTERVAL_MS 30000

static const char objects[] =
    "[{'kind': 'NVE', 'name': 'hv-1', "
    "  'spec': {'underlay': {'ips': ['192.0.2.1']}}},"
    " {'kind': 'VPC', 'name': 'blue', 'spec': {'vni': 5}},"
    " {'kind': 'Endpoint', 'name': 'web', 'spec': {"
    "  'vpc': 'blue', 'mac': '02:00:00:00:00:01', 'nve': 'hv-1'}},"
    " {'kind': 'NVE', 'count': 120, 'name': 'far-%k', "
    "  'spec': {'underlay': {'ips': ['198.51.%i']}}},"
    " {'kind': 'Endpoint', 'count': 120, 'name': 'db-%k', "
    "  'spec': {'vpc': 'blue', 'mac': '02:00:00:01:%x', 'nve': 'far-%k'}}]";

/* ovs-vswitchd's state. */
static const char *table;               /* NULL: it does not say. */
static const char *answer;              /* About each way. */
static unsigned int n_tables, n_lookups;

static void
cmd_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    n_tables++;
    if (table) {
        unixctl_command_reply(conn, table);
    } else {
        unixctl_command_reply_error(conn, "no such command");
    }
}

static void
cmd_lookup(struct unixctl_conn *conn, int argc OVS_UNUSED,
           const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    n_lookups++;
    if (answer) {
        unixctl_command_reply(conn, answer);
    } else {
        unixctl_command_reply_error(conn, "Not found\n");
    }
}

struct fixture {
    char dir[40];
    struct fake_vswitchd vswitchd;
    struct agent *agent;
};

/* Lets 'ms' pass. */
static void
run(struct fixture *f, int ms)
{
    for (int i = 0; i < ms; i += TURN_MS) {
        /* Ten questions a run of the server, 20 a turn of the agent. */
        for (int j = 0; j < 10; j++) {
            turn_run(f->agent);
            unixctl_server_run(f->vswitchd.server);
        }
        fake_clock_warp(TURN_MS);
    }
}

/* Lets a look pass, and checks how much was asked for. */
static void
check_look(struct fixture *f, unsigned int tables, unsigned int lookups)
{
    n_tables = n_lookups = 0;
    run(f, INTERVAL_MS);
    assert_int_equal(n_tables, tables);
    assert_int_equal(n_lookups, lookups);
}

static const char *
get_reason(const struct fixture *f, const char *nve)
{
    const char *reason;

    remote_paths_get_problem(f->agent, M_CAST(m_nve, entity_find(
        f->agent->model, MODEL_NVE, nve)), &reason);
    return reason;
}

static void
make_objects(const char *path)
{
    struct json *all = json_object_create();
    struct json *added = parse(objects);

    case_objects_change(all, added, NULL);
    case_objects_write(all, path);
    json_destroy(added);
    json_destroy(all);
}

static int
setup(void **state)
{
    static const struct rest_auth auth;
    struct fixture *f = xzalloc(sizeof *f);
    struct json *settings = parse("{'system-id': 'hv-1', "
                                  "'nve-encap-ip': '192.0.2.1'}");
    struct json *interfaces = parse("{'web': 1}");
    char *path;

    ovs_strlcpy(f->dir, "/tmp/remote-paths-XXXXXX", sizeof f->dir);
    fake_vswitchd_init(&f->vswitchd);
    setenv("OVS_RUNDIR", f->vswitchd.dir, 1);
    fake_vswitchd_start(&f->vswitchd, getpid());
    unixctl_command_register("ovs/route/show", "", 0, 0, cmd_show, NULL);
    unixctl_command_register("ovs/route/lookup", "IP", 1, 1, cmd_lookup,
                             NULL);
    table = "Route Table:\nUser: 0.0.0.0/0 dev br-phy GW 192.0.2.254\n";
    answer = "src 192.0.2.1\ngateway 192.0.2.254\ndev br-phy\n";

    ovs_assert(mkdtemp(f->dir));
    path = xasprintf("%s/objects.json", f->dir);
    make_objects(path);
    json_object_put_format(settings, "nve-controller", "file://%s", path);
    f->agent = turn_create("", &auth);
    fake_local_set(f->agent->local, settings, interfaces);
    free(path);
    json_destroy(settings);
    json_destroy(interfaces);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    turn_destroy(f->agent);
    fake_vswitchd_destroy(&f->vswitchd);
    scratch_dir_remove(f->dir);
    free(f);
    return 0;
}

static void
test_looks(void **state)
{
    struct fixture *f = *state;

    /* Each once when it comes, and all when the table is seen first. */
    run(f, 20000);
    assert_int_equal(n_lookups, N_REMOTES);
    check_look(f, 1, N_REMOTES);
    assert_null(get_reason(f, "far-007"));

    /* Nothing changes. */
    check_look(f, 1, 0);
    check_look(f, 1, 0);

    /* Somebody changes it. */
    table = "Route Table:\n";
    answer = NULL;
    run(f, INTERVAL_MS + 10000);
    assert_string_equal(get_reason(f, "far-007"), "route");

    /* Whatever has no way is asked for more often, until it has one. */
    table = "Route Table:\nUser: 0.0.0.0/0 dev br-phy GW 192.0.2.253\n";
    answer = "src 192.0.2.1\ngateway 192.0.2.253\ndev br-phy\n";
    run(f, 10000);
    assert_null(get_reason(f, "far-007"));
    run(f, 2 * INTERVAL_MS);
    check_look(f, 1, 0);

    /* No table is had: all are asked for, and not the table for a while. */
    table = NULL;
    check_look(f, 1, N_REMOTES);
    check_look(f, 0, N_REMOTES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_looks, setup, teardown),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
