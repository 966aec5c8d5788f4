/* The model: references, duplicates, who is where, what stays valid. */

#include <config.h>

#include "agent/model/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/alarms.h"
#include "agent/controller/objects.h"
#include "agent/model/model-endpoint.h"
#include "agent/node/local.h"
#include "flow.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/unit/model-fixture.h"
#include "tests/unit/model-red.h"
#include "util.h"

static struct m_vpc *
get_vpc(struct model_fixture *f, const char *name)
{
    return M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, name));
}

static struct m_profile *
get_profile(struct model_fixture *f, const char *name)
{
    return M_CAST(m_profile, entity_find(f->model, MODEL_PROFILE, name));
}

static void
test_references_may_come_in_any_order(void **state)
{
    struct model_fixture *f = *state;

    plug(f, "web-1", 5);
    settle(f);
    assert_null(find_ep(f, "web-1")->vpc);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    assert_false(m_vpc_is_active(get_vpc(f, "red")));
    put_red(f);
    settle(f);
    assert_true(m_vpc_is_active(get_vpc(f, "red")));
    assert_int_equal(get_vpc(f, "red")->vni, 100);
    assert_int_equal(get_vpc(f, "red")->profile->n_options, 1);
}

static void
test_unplugging_ends_the_vpc_here(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    plug(f, "web-1", 5);
    settle(f);
    assert_true(hmapx_contains(&f->model->active_vpcs, get_vpc(f, "red")));
    model_set_iface(f->model, "web-1", NULL, false);
    settle(f);
    assert_true(hmapx_is_empty(&f->model->active_vpcs));
    assert_false(m_endpoint_is_local(find_ep(f, "web-1")));
}

/* The port of an interface often comes after the interface: replication in
 * the VPC goes by it. */
static void
test_late_port_changes_the_vpc(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    plug(f, "web-1", 0);
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    plug(f, "web-1", 5);
    objects_run(f->objects, model_object_changed, f->model);
    model_run(f->model);
    assert_true(hmapx_contains(&f->model->changed_vpcs, get_vpc(f, "red")));
    model_run_done(f->model);
}

static void
test_last_valid_profile_stays(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    plug(f, "web-1", 5);
    settle(f);
    objects_scope_delete(f->scopes[RES_GENEVE_OPTION], "label");
    settle(f);
    assert_non_null(get_profile(f, "gold")->up.problem);
    assert_int_equal(get_vpc(f, "red")->profile->n_options, 1);

    put(f, RES_VPC, "red", "\"spec\": {\"vni\": 100, "
        "\"optionProfile\": \"silver\"}");
    settle(f);
    assert_string_equal(get_vpc(f, "red")->profile->up.name, "gold");
    assert_true(m_vpc_is_active(get_vpc(f, "red")));

    put(f, RES_OPTION_PROFILE, "silver", "\"spec\": {\"options\": []}");
    settle(f);
    assert_string_equal(get_vpc(f, "red")->profile->up.name, "silver");
}

static bool
has_alarm(const struct model_fixture *f, const char *object,
          const char *reason)
{
    struct json *alarms = alarms_to_json(f->alarms);
    bool found = false;

    for (size_t i = 0; i < alarms->array.n; i++) {
        const struct json *alarm = alarms->array.elems[i];

        found |= (!strcmp(json_util_string(alarm, "object", ""), object)
                  && !strcmp(json_util_string(alarm, "reason", ""), reason));
    }
    json_destroy(alarms);
    return found;
}

static void
test_vpc_without_valid_profile_is_blocked(void **state)
{
    struct model_fixture *f = *state;

    put(f, RES_VPC, "red", "\"spec\": {\"vni\": 100, "
        "\"optionProfile\": \"gold\"}");
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    plug(f, "web-1", 5);
    settle(f);
    assert_null(get_vpc(f, "red")->profile);
    assert_non_null(strstr(get_vpc(f, "red")->up.problem,
                           "gold does not exist"));
    assert_false(m_vpc_is_active(get_vpc(f, "red")));
    assert_true(has_alarm(f, "VPC red", "profile"));

    /* One that cannot be used does not help, but the reason is another. */
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": ["
        "{\"name\": \"nothing\", \"required\": true}]}");
    settle(f);
    assert_non_null(strstr(get_vpc(f, "red")->up.problem,
                           "gold cannot be used"));
    assert_false(m_vpc_is_active(get_vpc(f, "red")));

    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": []}");
    settle(f);
    assert_null(get_vpc(f, "red")->up.problem);
    assert_true(m_vpc_is_active(get_vpc(f, "red")));
    assert_false(has_alarm(f, "VPC red", "profile"));

    /* A profile that goes is a problem, until it is there again. */
    objects_scope_delete(f->scopes[RES_OPTION_PROFILE], "gold");
    settle(f);
    assert_true(m_vpc_is_active(get_vpc(f, "red")));
    assert_true(has_alarm(f, "VPC red", "profile"));
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": []}");
    settle(f);
    assert_null(get_vpc(f, "red")->up.problem);
}

static void
test_missing_optional_option_is_left_out(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": ["
        "{\"name\": \"label\"}, {\"name\": \"nothing\"}]}");
    settle(f);
    assert_true(get_profile(f, "gold")->valid);
    assert_int_equal(get_profile(f, "gold")->n_options, 1);
    assert_non_null(strstr(get_profile(f, "gold")->up.problem, "nothing"));
}

static void
test_second_vpc_with_a_vni_is_refused(void **state)
{
    struct model_fixture *f = *state;

    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "9"),
             "\"spec\": {\"vni\": 100}");
    settle(f);
    model_fixture_put(f, RES_VPC, "blue", MADE_AT("02", "1"),
             "\"spec\": {\"vni\": 100}");
    settle(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 0);
    assert_int_equal(get_vpc(f, "red")->vni, 100);
    assert_non_null(strstr(get_vpc(f, "blue")->up.problem, "red"));

    objects_scope_delete(f->scopes[RES_VPC], "red");
    settle(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 100);
    assert_null(get_vpc(f, "blue")->up.problem);
}

/* Agents that see two VPCs of the same second in different orders agree which
 * of them has the VNI: otherwise packets of one reach endpoints of the
 * other. */
static void
test_every_agent_gives_a_vni_to_the_same_vpc(void **state)
{
    static const char members[] = "\"spec\": {\"vni\": 100}";
    struct model_fixture *f = *state;
    struct model_fixture other;

    model_fixture_init(&other);
    model_fixture_put(f, RES_VPC, "blue", MADE_AT("01", "2"), members);
    model_fixture_put(&other, RES_VPC, "red", MADE_AT("01", "1"), members);
    settle(f);
    settle(&other);
    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    model_fixture_put(&other, RES_VPC, "blue", MADE_AT("01", "2"), members);
    settle(f);
    settle(&other);
    assert_int_equal(get_vpc(f, "red")->vni, 100);
    assert_int_equal(get_vpc(f, "blue")->vni, 0);
    assert_int_equal(get_vpc(&other, "red")->vni, 100);
    assert_int_equal(get_vpc(&other, "blue")->vni, 0);
    model_fixture_destroy(&other);
}

/* Packets of the new VPC must not reach endpoints of the old one by agents
 * that have not heard yet. */
static void
test_vni_rests_between_two_vpcs(void **state)
{
    static const char members[] = "\"spec\": {\"vni\": 100}";
    struct model_fixture *f = *state;

    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    model_fixture_put(f, RES_VPC, "blue", MADE_AT("02", "2"), members);
    model_set_complete(f->model);
    settle(f);
    objects_scope_delete(f->scopes[RES_VPC], "red");
    settle(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 0);
    assert_non_null(strstr(get_vpc(f, "blue")->up.problem, "VPC red's"));
    assert_true(entity_get_time(f->model, &get_vpc(f, "blue")->up));

    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    settle(f);
    assert_int_equal(get_vpc(f, "red")->vni, 100);
}

/* An older VPC that is edited to a VNI gets it from none that uses it. */
static void
test_vni_stays_with_the_vpc_that_uses_it(void **state)
{
    struct model_fixture *f = *state;

    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"),
             "\"spec\": {\"vni\": 99}, \"status\": {\"vni\": 99}");
    model_fixture_put(f, RES_VPC, "blue", MADE_AT("02", "2"),
             "\"spec\": {\"vni\": 100}, \"status\": {\"vni\": 100}");
    settle(f);
    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"),
             "\"spec\": {\"vni\": 100}, \"status\": {\"vni\": 99}");
    settle(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 100);
    assert_int_equal(get_vpc(f, "red")->vni, 0);

    /* Of two that both use it the older one has it. */
    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"),
             "\"spec\": {\"vni\": 100}, \"status\": {\"vni\": 100}");
    settle(f);
    assert_int_equal(get_vpc(f, "red")->vni, 100);
}

/* Nor by an agent that has been restarted, and does not know of the old VPC
 * but by what the last run left. */
static void
test_vni_rests_after_a_restart(void **state)
{
    static const char members[] = "\"spec\": {\"vni\": 100}";
    struct model_fixture *f = *state;
    struct model_fixture *next;
    struct json *notes;
    void *next_state;

    model_fixture_put(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    put(f, RES_VPC, "other", "\"spec\": {\"vni\": 101}");
    model_set_complete(f->model);
    settle(f);
    notes = model_to_notes(f->model);

    model_fixture_setup(&next_state);
    next = next_state;
    model_take_notes(next->model, notes);
    json_destroy(notes);
    model_fixture_put(next, RES_VPC, "blue", MADE_AT("02", "2"), members);
    put(next, RES_VPC, "other", "\"spec\": {\"vni\": 101}");
    model_set_complete(next->model);
    settle(next);
    assert_int_equal(get_vpc(next, "blue")->vni, 0);
    assert_non_null(strstr(get_vpc(next, "blue")->up.problem, "VPC red's"));
    assert_true(entity_get_time(next->model, &get_vpc(next, "blue")->up));
    assert_int_equal(get_vpc(next, "other")->vni, 101);
    model_fixture_teardown(&next_state);
}

static void
test_second_endpoint_with_a_mac_is_refused(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    settle(f);
    put(f, RES_ENDPOINT, "web-2", EP(MAC1));
    plug(f, "web-1", 5);
    plug(f, "web-2", 6);
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    assert_false(m_endpoint_is_local(find_ep(f, "web-2")));
    assert_non_null(strstr(find_ep(f, "web-2")->up.problem, "spec.mac"));
}

static void
test_spec_nve_decides(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-2"));
    plug(f, "web-1", 5);
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_string_equal(find_ep(f, "web-1")->nve->up.name, "hv-2");
    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-1"));
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    assert_null(find_ep(f, "web-1")->nve);
}

static void
test_last_claim_wins(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-2\"}");
    plug(f, "web-1", 5);
    settle(f);

    /* Plugged in here after it was there: our claim is newer. */
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-1\"}");
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));

    /* Another one claims it after that: theirs is newer. */
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-3\"}");
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_string_equal(find_ep(f, "web-1")->nve->up.name, "hv-3");
}

/* A port that was made anew, in one transaction, is another plug: the last
 * claim is ours again.  A change of the same port is none. */
static void
test_new_port_claims_anew(void **state)
{
    struct model_fixture *f = *state;
    struct plug iface = {
        .iface_id = CONST_CAST(char *, "web-1"),
        .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(5),
        .uuid.parts = { 1 },
    };

    put_red(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-1\"}");
    model_set_iface(f->model, "web-1", &iface, false);
    settle(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-3\"}");
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);

    iface.ofport = u16_to_ofp(6);
    model_set_iface(f->model, "web-1", &iface, false);
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
    iface.uuid.parts[0] = 2;
    model_set_iface(f->model, "web-1", &iface, false);
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
}

/* During a live migration the target's port waits, and takes over when it is
 * told to. */
static void
test_port_on_hold_claims_when_it_is_let_go(void **state)
{
    struct model_fixture *f = *state;
    struct plug iface = {
        .iface_id = CONST_CAST(char *, "web-1"),
        .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(5),
        .hold = true,
    };

    put_red(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-2\"}");
    model_set_iface(f->model, "web-1", &iface, false);
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_string_equal(find_ep(f, "web-1")->nve->up.name, "hv-2");
    assert_null(find_ep(f, "web-1")->up.problem);

    iface.hold = false;
    model_set_iface(f->model, "web-1", &iface, false);
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));

    /* Nobody has it: there is nothing to wait for. */
    iface.hold = true;
    model_set_iface(f->model, "web-1", &iface, false);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
}

/* Of what was there when the agent started, what had been settled before is as
 * the status says; what had not been is a newer claim. */
static void
test_claims_of_a_start(void **state)
{
    static const char status[] = ", \"status\": {\"nve\": \"hv-2\"}";
    struct model_fixture *f = *state;
    char *old = xasprintf("%s%s", EP(MAC1), status);
    char *new = xasprintf("%s%s", EP(MAC2), status);

    set_iface(f, "web-1", 5, true, true);
    set_iface(f, "web-2", 6, true, false);
    put_red(f);
    put(f, RES_ENDPOINT, "web-1", old);
    put(f, RES_ENDPOINT, "web-2", new);
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_int_equal(find_ep(f, "web-2")->binding, BINDING_CLAIMED);
    free(old);
    free(new);
}

static void
test_unknown_vpc_is_a_problem_until_it_comes(void **state)
{
    struct model_fixture *f = *state;

    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-2"));
    settle(f);
    assert_null(find_ep(f, "web-1")->up.problem);
    model_set_complete(f->model);
    settle(f);
    assert_non_null(strstr(find_ep(f, "web-1")->up.problem, "spec.vpc"));
    put_red(f);
    settle(f);
    assert_null(find_ep(f, "web-1")->up.problem);
    objects_scope_delete(f->scopes[RES_VPC], "red");
    settle(f);
    assert_non_null(strstr(find_ep(f, "web-1")->up.problem, "spec.vpc"));
}

static void
test_shares_are_counted(void **state)
{
    struct model_fixture *f = *state;
    struct m_vpc *red;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-2"));
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-2"));
    settle(f);
    red = get_vpc(f, "red");
    assert_int_equal(hmap_count(&red->shares), 1);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "web-1");
    settle(f);
    assert_int_equal(hmap_count(&red->shares), 1);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "web-2");
    settle(f);
    assert_int_equal(hmap_count(&red->shares), 0);
    /* Nothing holds that NVE any more. */
    assert_null(entity_find(f->model, MODEL_NVE, "hv-2"));
}

static void
assert_counts(const struct model_fixture *f, size_t local, size_t blocked,
              size_t remote)
{
    const size_t *n = f->model->n_endpoints;

    assert_int_equal(n[ENDPOINT_LOCAL], local);
    assert_int_equal(n[ENDPOINT_LOCAL_BLOCKED], blocked);
    assert_int_equal(n[ENDPOINT_REMOTE], remote);
}

/* An endpoint that changes is counted once, as what it is then. */
static void
test_endpoints_are_counted(void **state)
{
    struct model_fixture *f = *state;
    struct m_endpoint *ep;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-2"));
    settle(f);
    assert_counts(f, 0, 0, 1);

    plug(f, "web-1", 1);
    plug(f, "unknown", 2);
    assert_counts(f, 2, 0, 1);
    settle(f);
    assert_counts(f, 2, 0, 1);

    ep = find_ep(f, "web-1");
    ep->phase = ENDPOINT_BLOCKED;
    m_endpoint_count(f->model, ep);
    assert_counts(f, 1, 1, 1);
    m_endpoint_count(f->model, ep);
    assert_counts(f, 1, 1, 1);
    ep->phase = ENDPOINT_RUNNING;
    m_endpoint_count(f->model, ep);
    assert_counts(f, 2, 0, 1);

    /* To another node, to this one, and where it does not belong. */
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-3"));
    settle(f);
    assert_counts(f, 2, 0, 1);
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-1"));
    settle(f);
    assert_counts(f, 2, 0, 0);
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-3"));
    plug(f, "web-2", 3);
    settle(f);
    assert_counts(f, 3, 0, 0);
    model_set_iface(f->model, "web-2", NULL, false);
    settle(f);
    assert_counts(f, 2, 0, 1);

    model_set_iface(f->model, "unknown", NULL, false);
    model_set_iface(f->model, "web-1", NULL, false);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "web-2");
    settle(f);
    assert_counts(f, 0, 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_references_may_come_in_any_order),
        MODEL_TEST(test_unplugging_ends_the_vpc_here),
        MODEL_TEST(test_late_port_changes_the_vpc),
        MODEL_TEST(test_last_valid_profile_stays),
        MODEL_TEST(test_vpc_without_valid_profile_is_blocked),
        MODEL_TEST(test_missing_optional_option_is_left_out),
        MODEL_TEST(test_second_vpc_with_a_vni_is_refused),
        MODEL_TEST(test_every_agent_gives_a_vni_to_the_same_vpc),
        MODEL_TEST(test_vni_rests_between_two_vpcs),
        MODEL_TEST(test_vni_stays_with_the_vpc_that_uses_it),
        MODEL_TEST(test_vni_rests_after_a_restart),
        MODEL_TEST(test_second_endpoint_with_a_mac_is_refused),
        MODEL_TEST(test_spec_nve_decides),
        MODEL_TEST(test_last_claim_wins),
        MODEL_TEST(test_new_port_claims_anew),
        MODEL_TEST(test_port_on_hold_claims_when_it_is_let_go),
        MODEL_TEST(test_claims_of_a_start),
        MODEL_TEST(test_unknown_vpc_is_a_problem_until_it_comes),
        MODEL_TEST(test_shares_are_counted),
        MODEL_TEST(test_endpoints_are_counted),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
