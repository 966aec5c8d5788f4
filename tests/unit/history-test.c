/* What the agent says of itself does not depend on what came first, or on
 * chance: the MTU of VPCs, alarms, floating IPs, withdrawals of options,
 * explanations.  (Golden tests show flows.) */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/rest-auth.h"
#include "agent/model/entity.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/receive/retained.h"
#include "agent/show/explain-source.h"
#include "agent/turn/turn.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "tests/unit/case-objects.h"
#include "tests/unit/fake-clock.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/parse.h"
#include "tests/unit/scratch-dir.h"
#include "util.h"

#define TURN_MS 5000
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
    " 'vpc': 'red', 'mac': '02:00:00:00:00:01', 'nve': 'hv-1', " \
    " 'ips': ['10.0.0.1']}}"

struct fixture {
    char dir[40];
    char *path;                     /* Of the objects. */
    struct json *objects;
    struct json *settings;
    struct agent *agent;
};

static void
run(struct fixture *f, int n_turns)
{
    for (int i = 0; i < n_turns; i++) {
        turn_run(f->agent);
        fake_clock_warp(TURN_MS);
    }
}

/* Puts 'objects', and lets the agent come to rest. */
static void
put(struct fixture *f, const char *objects)
{
    struct json *added = parse(objects);

    case_objects_change(f->objects, added, NULL);
    case_objects_write(f->objects, f->path);
    json_destroy(added);
    run(f, N_TURNS);
}

/* Deletes what 'names' says, for 'n_turns'. */
static void
take(struct fixture *f, const char *names, int n_turns)
{
    struct json *deleted = parse(names);

    case_objects_change(f->objects, NULL, deleted);
    case_objects_write(f->objects, f->path);
    json_destroy(deleted);
    run(f, n_turns);
}

/* Sets a setting for 'n_turns'. */
static void
set(struct fixture *f, const char *name, const char *value, int n_turns)
{
    json_object_put_string(f->settings, name, value);
    fake_local_set(f->agent->local, f->settings, NULL);
    run(f, n_turns);
}

static int
get_mtu(const struct fixture *f, const char *name)
{
    const struct m_vpc *vpc = M_CAST(m_vpc, entity_find(f->agent->model,
                                                        MODEL_VPC, name));

    assert_int_equal(vpc->mtu, vpc->iface_mtu);
    return vpc->mtu;
}

/* Checks the message of the alarm about 'object'; NULL: there is none. */
static void
check_alarm(const struct fixture *f, const char *object, const char *reason,
            const char *expected)
{
    struct json *alarms = alarms_to_json(f->agent->alarms);
    const char *message = NULL;

    for (size_t i = 0; i < json_array(alarms)->n; i++) {
        const struct json *alarm = json_array(alarms)->elems[i];

        if (!strcmp(json_util_string(alarm, "object", ""), object)
            && !strcmp(json_util_string(alarm, "reason", ""), reason)) {
            message = json_util_string(alarm, "message", "");
        }
    }
    assert_string_equal(message ? message : "(none)",
                        expected ? expected : "(none)");
    json_destroy(alarms);
}

static int
setup(void **state)
{
    static const struct rest_auth auth;
    struct fixture *f = xzalloc(sizeof *f);
    struct json *interfaces = parse(
        "{'web': 1, 'here-a': 2, 'here-b': 3, 'here-c': 4, 'here-d': 5}");

    ovs_strlcpy(f->dir, "/tmp/history-XXXXXX", sizeof f->dir);
    ovs_assert(mkdtemp(f->dir));
    f->path = xasprintf("%s/objects.json", f->dir);
    f->objects = json_object_create();
    case_objects_write(f->objects, f->path);
    f->settings = parse("{'system-id': 'hv-1', 'nve-encap-ip': '192.0.2.1', "
                        "'nve-bridge-mappings': 'physnet1:br-ex'}");
    json_object_put_format(f->settings, "nve-controller", "file://%s",
                           f->path);
    f->agent = turn_create("", &auth);
    fake_local_set(f->agent->local, f->settings, interfaces);
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
    json_destroy(f->settings);
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

/* Puts a VPC with a profile of one option, which the remote hv-2 does not
 * receive, and endpoints here and there. */
static void
put_blocked(struct fixture *f, char name)
{
    char *text = xasprintf(
        "[{'kind': 'GeneveOption', 'name': '%c', 'spec': {"
        "  'class': '0xff01', 'type': '0x0%c', 'length': 4, "
        "  'value': {'constant': '0x01020304'}}},"
        " {'kind': 'OptionProfile', 'name': '%c', 'spec': {'options': ["
        "  {'name': '%c', 'required': true}]}},"
        " {'kind': 'VPC', 'name': '%c', 'spec': {'vni': %d, "
        "  'optionProfile': '%c'}},"
        " {'kind': 'Endpoint', 'name': 'here-%c', 'spec': {'vpc': '%c', "
        "  'mac': '02:00:00:00:01:0%c', 'nve': 'hv-1'}},"
        " {'kind': 'Endpoint', 'name': 'there-%c', 'spec': {'vpc': '%c', "
        "  'mac': '02:00:00:00:02:0%c', 'nve': 'hv-2'}}]",
        name, name, name, name, name, name, name, name, name, name, name,
        name, name);

    put(f, text);
    free(text);
}

/* Of several blocked profiles an alarm names the first one by name. */
static void
test_blocked_profiles(void **state)
{
    struct fixture *f = *state;

    put(f, "[" NVE(1500) ", {'kind': 'NVE', 'name': 'hv-2', "
        "'spec': {'underlay': {'ips': ['192.0.2.2']}}, "
        "'status': {'receive': {'encapsulation': 'geneve', "
        "                       'order': 'any', 'options': []}}}]");
    for (char name = 'd'; name >= 'a'; name--) {
        char *text = xasprintf("packets of profile %c to it are dropped; "
                               "`agentctl explain hv-2' says why", name);

        put_blocked(f, name);
        check_alarm(f, "remote hv-2", "blocked", text);
        free(text);
    }
}

/* Floating IPs and services of our node are there before that has an object,
 * and after. */
static void
test_node_without_object(void **state)
{
    struct fixture *f = *state;
    const struct m_fip *fip;

    put(f, "[" VPC("red", 5) ", " ENDPOINT ", "
        "{'kind': 'ExternalNetwork', 'name': 'x', 'spec': {"
        " 'physicalNetwork': 'physnet1', 'subnets': ["
        " {'cidr': '198.51.100.0/24', 'gateway': '198.51.100.1'}]}}, "
        "{'kind': 'FloatingIP', 'name': 'f', 'spec': {"
        " 'externalNetwork': 'x', 'address': '198.51.100.12', "
        " 'endpoint': 'web'}}, "
        "{'kind': 'LoadBalancer', 'name': 'l', 'spec': {'vpc': 'red', "
        " 'address': '10.0.0.100', "
        " 'ports': [{'protocol': 'TCP', 'port': 80}], "
        " 'backends': {'endpointSelector': {}}}}]");
    check_alarm(f, "FloatingIP f", "refused", NULL);
    check_alarm(f, "LoadBalancer l", "refused", NULL);
    put(f, "[" NVE(1500) "]");
    take(f, "['NVE hv-1']", N_TURNS);
    check_alarm(f, "FloatingIP f", "refused", NULL);
    fip = M_CAST(m_fip, entity_find(f->agent->model, MODEL_FIP, "f"));
    assert_true(fip->valid);
    assert_ptr_equal(fip->nve, model_get_self(f->agent->model));
}

/* With VXLAN alone a withdrawal ends, too, though nothing that is published
 * changes. */
static void
test_withdrawal_with_vxlan(void **state)
{
    struct fixture *f = *state;
    struct json *withdrawals;

    put_blocked(f, 'a');
    set(f, "nve-encap-type", "vxlan", N_TURNS);
    take(f, "['VPC a']", 1);
    for (int i = 0; i < 3; i++) {
        set(f, "nve-bum-rate", i % 2 ? "100" : "200", N_TURNS);
    }
    withdrawals = retained_show(f->agent);
    assert_int_equal(json_array(withdrawals)->n, 0);
    json_destroy(withdrawals);
}

/* Puts gateway 'gk' of VPC red, and its network. */
static void
put_gateway(struct fixture *f, int k)
{
    char *text = xasprintf(
        "[{'kind': 'ExternalNetwork', 'name': 'x%d', 'spec': {"
        "  'physicalNetwork': 'physnet1', 'vlan': %d, 'subnets': ["
        "  {'cidr': '198.51.%d.0/24', 'gateway': '198.51.%d.1'}]}},"
        " {'kind': 'VPCGateway', 'name': 'g%d', 'spec': {'vpc': 'red', "
        "  'externalNetwork': 'x%d', 'nodes': [{'nve': 'hv-1'}]}}]",
        k, k, k, k, k, k);

    put(f, text);
    free(text);
}

/* Gateways are explained in the order of their names. */
static void
test_gateways_explained(void **state)
{
    struct fixture *f = *state;
    struct json *lines = json_array_create_empty();
    int n = 0;

    put(f, "[" NVE(1500) ", " ENDPOINT ", "
        "{'kind': 'VPC', 'name': 'red', 'spec': {'vni': 5, 'subnets': ["
        " {'cidr': '10.0.0.0/24', 'gateway': '10.0.0.254'}]}}, "
        "{'kind': 'NVE', 'name': 'hv-2', "
        " 'spec': {'underlay': {'ips': ['192.0.2.2']}}}, "
        "{'kind': 'Endpoint', 'name': 'there', 'spec': {'vpc': 'red', "
        " 'mac': '02:00:00:00:00:02', 'nve': 'hv-2'}}]");
    for (int k = 8; k; k--) {
        put_gateway(f, k);
    }
    explain_source_put_lines(f->agent,
                             M_CAST(m_nve, entity_find(f->agent->model,
                                                       MODEL_NVE, "hv-2")),
                             lines);
    for (size_t i = 0; i < json_array(lines)->n; i++) {
        const struct json *line = json_array(lines)->elems[i];

        if (!strcmp(json_util_string(line, "rule", ""), "gateway-sends-as")) {
            char *begin = xasprintf("What gateway g%d ", ++n);
            const char *sentence = json_util_string(line, "sentence", "");

            if (strncmp(sentence, begin, strlen(begin))) {
                fail_msg("not %s: %s", begin, sentence);
            }
            free(begin);
        }
    }
    assert_int_equal(n, 8);
    json_destroy(lines);
}

int
main(int argc OVS_UNUSED, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_underlay_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vpc_that_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_blocked_profiles, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_node_without_object, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_withdrawal_with_vxlan, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_gateways_explained, setup,
                                        teardown),
    };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
