/* Phases of endpoints: what keeps one from sending, one reason after the
 * other, and that it can be reached in spite of some of them. */

#include <config.h>

#include "agent/model/endpoint-phase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/objects.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/node/local.h"
#include "flow.h"
#include "lib/tlv-plan.h"
#include "openvswitch/json.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

struct fixture {
    struct model_fixture base;
    struct agent agent;
    struct tlv_plan plan;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    model_fixture_init(&f->base);
    tlv_plan_init(&f->plan);
    f->agent.model = f->base.model;
    f->agent.base_plan = &f->plan;
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    tlv_plan_destroy(&f->plan);
    model_fixture_destroy(&f->base);
    free(f);
    return 0;
}

static void
put(struct fixture *f, enum resource_kind kind, const char *name,
    const char *spec)
{
    char *s = xasprintf("{\"metadata\": {\"name\": \"%s\"}, \"spec\": {%s}}",
                        name, spec);
    struct json *json = json_from_string(s);

    assert_int_equal(json->type, JSON_OBJECT);
    objects_scope_upsert(f->base.scopes[kind], json);
    json_destroy(json);
    free(s);
}

static void
plug(struct fixture *f, int ofport)
{
    struct plug iface = {
        .iface_id = CONST_CAST(char *, "web-1"),
        .name = CONST_CAST(char *, "v"), .ofport = u16_to_ofp(ofport),
    };

    model_set_iface(f->base.model, "web-1", &iface, false);
}

static const struct m_endpoint *
get_ep(const struct fixture *f)
{
    return M_CAST(m_endpoint,
                  entity_find(f->base.model, MODEL_ENDPOINT, "web-1"));
}

/* A turn; then the endpoint is in 'phase' for a reason that has 'message' in
 * it, NULL if there is none. */
static void
expect(struct fixture *f, enum endpoint_phase phase, const char *message,
       bool attached)
{
    struct model *model = f->base.model;
    const struct m_endpoint *ep;
    struct hmapx_node *node;

    objects_run(f->base.objects, model_object_changed, model);
    model_run(model);
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        struct m_vpc *vpc = node->data;

        if (vpc->sent) {
            source_set_update(vpc->sent->source, vpc->sent->options,
                              vpc->sent->n_options);
        }
    }
    endpoint_phase_run(&f->agent);
    ep = get_ep(f);
    assert_string_equal(endpoint_phase_to_string(ep->phase),
                        endpoint_phase_to_string(phase));
    assert_int_equal(!message, !ep->message);
    if (message && !strstr(ep->message, message)) {
        fail_msg("\"%s\" is not in \"%s\"", message, ep->message);
    }
    assert_int_equal(ep->attached, attached);
    model_run_done(model);
}

#define EP "\"vpc\": \"red\", \"mac\": \"02:00:00:00:00:01\""
#define OPTION "\"class\": \"0xff01\", \"type\": \"0x81\", \"length\": 4, "

/* VPC red has a profile with one option, required or not, whose value is
 * 'value'. */
static void
put_vpc(struct fixture *f, const char *value, bool required)
{
    char *option = xasprintf(OPTION"\"value\": {%s}", value);

    put(f, RES_GENEVE_OPTION, "class", option);
    put(f, RES_OPTION_PROFILE, "gold", required
        ? "\"options\": [{\"name\": \"class\", \"required\": true}]"
        : "\"options\": [{\"name\": \"class\"}]");
    put(f, RES_VPC, "red", "\"vni\": 100, \"optionProfile\": \"gold\"");
    free(option);
}

/* Gives the option a place in the base plan's map. */
static void
map_option(struct fixture *f)
{
    struct plan_option option = {
        .key = { .class = 0xff01, .type = 0x81 }, .length = 4,
    };

    tlv_plan_update(&f->plan, &option, 1, NULL, 0);
    model_touch_plugged(f->base.model);
}

static void
know_policies(struct fixture *f)
{
    m_vpc_set_policies_known(f->base.model,
                             M_CAST(m_vpc, entity_find(f->base.model,
                                                       MODEL_VPC, "red")),
                             true);
}

static void
test_one_reason_after_the_other(void **state)
{
    struct fixture *f = *state;

    plug(f, 0);
    expect(f, ENDPOINT_PENDING, NULL, false);
    model_set_complete(f->base.model);
    put(f, RES_ENDPOINT, "web-1", EP);
    expect(f, ENDPOINT_BLOCKED, "VPC red does not exist", false);
    put_vpc(f, "\"from\": \"endpoint.qosClass\"", true);
    expect(f, ENDPOINT_PENDING, "no OpenFlow port", false);
    plug(f, 5);
    expect(f, ENDPOINT_PENDING, "policies of its VPC", false);
    know_policies(f);
    expect(f, ENDPOINT_BLOCKED, "set endpoint.qosClass", true);
    put(f, RES_ENDPOINT, "web-1", EP", \"qosClass\": 3");
    expect(f, ENDPOINT_BLOCKED, "no place in the TLV map", true);
    map_option(f);
    expect(f, ENDPOINT_RUNNING, NULL, true);
    put(f, RES_ENDPOINT, "web-1", EP", \"nve\": \"hv-2\"");
    expect(f, ENDPOINT_REFUSED, "spec.nve says it is at hv-2", false);
}

static void
test_optional_option_is_left_out(void **state)
{
    struct fixture *f = *state;

    plug(f, 5);
    put(f, RES_ENDPOINT, "web-1", EP);
    put_vpc(f, "\"from\": \"endpoint.qosClass\"", false);
    expect(f, ENDPOINT_PENDING, "policies of its VPC", false);
    know_policies(f);
    expect(f, ENDPOINT_RUNNING, NULL, true);
}

static void
test_value_that_does_not_fit(void **state)
{
    struct fixture *f = *state;

    plug(f, 5);
    put(f, RES_ENDPOINT, "web-1",
        EP", \"values\": {\"size\": \"0x0102030405\"}");
    put_vpc(f, "\"from\": \"endpoint.values.size\"", false);
    expect(f, ENDPOINT_PENDING, "policies of its VPC", false);
    know_policies(f);
    expect(f, ENDPOINT_REFUSED, "option class: ", true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
        TEST(test_one_reason_after_the_other),
        TEST(test_optional_option_is_left_out),
        TEST(test_value_that_does_not_fit),
    };

    return cmocka_run_group_tests_name("endpoint-phase", tests, NULL, NULL);
}
