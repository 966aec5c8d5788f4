/* Settings of Open vSwitch that keep a node from forwarding. */

#include <config.h>

#include "agent/node/switch-config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

static void
add_object(const char *object, const char *message, void *objects_)
{
    struct sset *objects = objects_;

    assert_true(message[0]);
    assert_true(sset_add(objects, object) != NULL);
}

/* Returns the only object that has a problem, or "" if none has, for the
 * caller to free.  NULL for 'protocol' and 'wait' stands for none. */
static char *
find_problem(const char *datapath_type, const char *protocol,
             const char *wait)
{
    char *types[] = { "netdev", "system" };
    char *protocols[] = { "OpenFlow10", CONST_CAST(char *, protocol) };
    struct vswrec_open_vswitch ovs = {
        .datapath_types = types,
        .n_datapath_types = ARRAY_SIZE(types),
        .other_config = SMAP_INITIALIZER(&ovs.other_config),
    };
    struct vswrec_bridge bridge = {
        .name = "br-int",
        .datapath_type = CONST_CAST(char *, datapath_type),
        .protocols = protocols,
        .n_protocols = protocol ? 2 : 0,
    };
    struct rows rows = { .ovs = &ovs, .bridge = &bridge };
    struct sset objects = SSET_INITIALIZER(&objects);
    char *object;

    if (wait) {
        smap_add(&ovs.other_config, "flow-restore-wait", wait);
    }
    switch_config_for_each_problem(&rows, add_object, &objects);
    assert_true(sset_count(&objects) <= 1);
    object = xstrdup(sset_is_empty(&objects) ? "" : SSET_FIRST(&objects));
    sset_destroy(&objects);
    smap_destroy(&ovs.other_config);
    return object;
}

static void
assert_problem(const char *expected, const char *datapath_type,
               const char *protocol, const char *wait)
{
    char *object = find_problem(datapath_type, protocol, wait);

    assert_string_equal(object, expected);
    free(object);
}

static void
test_good(void **state OVS_UNUSED)
{
    assert_problem("", "", NULL, NULL);
    assert_problem("", "netdev", NULL, "false");
    assert_problem("", "system", "OpenFlow15", NULL);
    assert_problem("", "system", "OpenFlow14", NULL);
}

static void
test_bad(void **state OVS_UNUSED)
{
    assert_problem("datapath_type of bridge br-int", "nonsense", NULL, NULL);
    assert_problem("protocols of bridge br-int", "", "OpenFlow13", NULL);
    assert_problem("other_config:flow-restore-wait", "", NULL, "true");
}

static void
test_unknown_yet(void **state OVS_UNUSED)
{
    struct vswrec_open_vswitch ovs = {
        .other_config = SMAP_INITIALIZER(&ovs.other_config),
    };
    struct vswrec_bridge bridge = { .name = "br-int", .datapath_type = "odd" };
    struct sset objects = SSET_INITIALIZER(&objects);
    struct rows rows = { .bridge = NULL };

    switch_config_for_each_problem(&rows, add_object, &objects);
    rows.ovs = &ovs;
    switch_config_for_each_problem(&rows, add_object, &objects);
    /* ovs-vswitchd has not said what it has. */
    rows.bridge = &bridge;
    switch_config_for_each_problem(&rows, add_object, &objects);
    assert_true(sset_is_empty(&objects));
    sset_destroy(&objects);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_unknown_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
