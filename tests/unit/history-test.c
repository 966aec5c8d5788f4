/* What the agent says of itself does not depend on what came first: the MTU of
 * VPCs.  (Golden tests show flows.) */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/controller/rest-auth.h"
#include "agent/model/entity.h"
#include "agent/turn/turn.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "tests/unit/case-objects.h"
#include "tests/unit/fake-clock.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/scratch-dir.h"
#include "util.h"

#define TURN_MS 1000
#define N_TURNS 20                  /* Until all is settled. */

/* Geneve over IPv4, without options. */
#define OVERHEAD 50

#define NVE(MTU) \
    "{'kind': 'NVE', 'name': 'hv-1', 'spec': {'underlay': " \
    " {'ips': ['192.0.2.1'], 'mtu': " #MTU "}}}"
#define VPC(NAME, VNI) \
    "{'kind': 'VPC', 'name': '" NAME "', 'spec': {'vni': " #VNI "}}"
#define ENDPOINT \
    "{'kind': 'Endpoint', 'name': 'web', 'spec': {" \
    " 'vpc': 'red', 'mac': '02:00:00:00:00:01', 'nve': 'hv-1'}}"

struct fixture {
    char dir[40];
    char *path;                     /* Of the objects. */
    struct json *objects;
    struct agent *agent;
};

static struct json *
parse(const char *text)
{
    char *copy = xstrdup(text);
    struct json *json;

    for (char *p = copy; (p = strchr(p, '\'')) != NULL; ) {
        *p = '"';
    }
    json = json_from_string(copy);
    free(copy);
    return json;
}

/* Puts 'objects', and lets the agent come to rest. */
static void
put(struct fixture *f, const char *objects)
{
    struct json *added = parse(objects);

    case_objects_change(f->objects, added, NULL);
    case_objects_write(f->objects, f->path);
    json_destroy(added);
    for (int i = 0; i < N_TURNS; i++) {
        turn_run(f->agent);
        fake_clock_warp(TURN_MS);
    }
}

static int
get_mtu(const struct fixture *f, const char *name)
{
    const struct m_vpc *vpc = M_CAST(m_vpc, entity_find(f->agent->model,
                                                        MODEL_VPC, name));

    assert_int_equal(vpc->mtu, vpc->iface_mtu);
    return vpc->mtu;
}

static int
setup(void **state)
{
    static const struct rest_auth auth;
    struct fixture *f = xzalloc(sizeof *f);
    struct json *settings = parse("{'system-id': 'hv-1', "
                                  "'nve-encap-ip': '192.0.2.1'}");
    struct json *interfaces = parse("{'web': 1}");

    ovs_strlcpy(f->dir, "/tmp/history-XXXXXX", sizeof f->dir);
    ovs_assert(mkdtemp(f->dir));
    f->path = xasprintf("%s/objects.json", f->dir);
    f->objects = json_object_create();
    case_objects_write(f->objects, f->path);
    json_object_put_format(settings, "nve-controller", "file://%s", f->path);
    f->agent = turn_create("", &auth);
    fake_local_set(f->agent->local, settings, interfaces);
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
    scratch_dir_remove(f->dir);
    json_destroy(f->objects);
    free(f->path);
    free(f);
    return 0;
}

static void
test_underlay_first(void **state)
{
    struct fixture *f = *state;

    put(f, "[" NVE(1500) ", " VPC("red", 5) ", " ENDPOINT "]");
    assert_int_equal(get_mtu(f, "red"), 1500 - OVERHEAD);
    put(f, "[" NVE(1400) "]");
    assert_int_equal(get_mtu(f, "red"), 1400 - OVERHEAD);
    put(f, "[" NVE(1500) "]");
    assert_int_equal(get_mtu(f, "red"), 1500 - OVERHEAD);
}

/* A VPC whose VNI is another one's has no MTU, whether the underlay's was
 * known before, or changes meanwhile. */
static void
test_vpc_that_is_refused(void **state)
{
    struct fixture *f = *state;

    put(f, "[" NVE(1500) ", " VPC("green", 5) ", " VPC("red", 5) ", "
        ENDPOINT "]");
    assert_int_equal(get_mtu(f, "red"), 0);
    put(f, "[" NVE(1400) "]");
    assert_int_equal(get_mtu(f, "red"), 0);
    put(f, "[" VPC("green", 6) "]");
    assert_int_equal(get_mtu(f, "red"), 1400 - OVERHEAD);
}

int
main(int argc OVS_UNUSED, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_underlay_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vpc_that_is_refused, setup,
                                        teardown),
    };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
