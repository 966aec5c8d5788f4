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
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "flow.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

static int
setup(void **state)
{
    struct model_fixture *f = xzalloc(sizeof *f);

    model_fixture_init(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct model_fixture *f = *state;

    model_fixture_destroy(f);
    free(f);
    return 0;
}

/* Brings the model up to date and forgets what changed. */
static void
run(struct model_fixture *f)
{
    objects_run(f->objects, model_object_changed, f->model);
    model_run(f->model);
    model_run_done(f->model);
    model_run(f->model);
    model_run_done(f->model);
}

/* 'more' are members of metadata. */
static void
put_with(struct model_fixture *f, enum resource_kind kind, const char *name,
         const char *more, const char *members)
{
    char *s = xasprintf("{\"metadata\": {\"name\": \"%s\"%s}, %s}", name,
                        more, members);
    struct json *json = json_from_string(s);

    assert_int_equal(json->type, JSON_OBJECT);
    objects_scope_upsert(f->scopes[kind], json);
    json_destroy(json);
    free(s);
}

static void
put(struct model_fixture *f, enum resource_kind kind, const char *name,
    const char *members)
{
    put_with(f, kind, name, "", members);
}

#define MADE_AT(SECOND, UID) \
    ", \"creationTimestamp\": \"2026-01-01T00:00:" SECOND "Z\", " \
    "\"uid\": \"" UID "\""

static void
set_iface(struct model_fixture *f, const char *name, int ofport, bool initial,
          bool settled)
{
    struct plug iface = {
        .iface_id = CONST_CAST(char *, name), .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(ofport), .settled = settled,
    };
    model_set_iface(f->model, name, &iface, initial);
}

static void
plug(struct model_fixture *f, const char *name, int ofport)
{
    set_iface(f, name, ofport, false, false);
}

static struct m_vpc *
get_vpc(struct model_fixture *f, const char *name)
{
    return M_CAST(m_vpc, entity_find(f->model, MODEL_VPC, name));
}

static struct m_endpoint *
get_ep(struct model_fixture *f, const char *name)
{
    return M_CAST(m_endpoint, entity_find(f->model, MODEL_ENDPOINT, name));
}

static struct m_profile *
get_profile(struct model_fixture *f, const char *name)
{
    return M_CAST(m_profile, entity_find(f->model, MODEL_PROFILE, name));
}

#define OPTION(TYPE) "\"spec\": {\"class\": \"0xff01\", \"type\": \"" TYPE \
    "\", \"length\": 4, \"value\": {\"constant\": \"0x00000001\"}}"
#define EP(MAC) "\"spec\": {\"vpc\": \"red\", \"mac\": \"" MAC "\"}"
#define EP_AT(MAC, NVE) "\"spec\": {\"vpc\": \"red\", \"mac\": \"" MAC \
    "\", \"nve\": \"" NVE "\"}"
#define MAC1 "02:00:00:00:00:01"
#define MAC2 "02:00:00:00:00:02"

static void
put_red(struct model_fixture *f)
{
    put(f, RES_GENEVE_OPTION, "label", OPTION("0x81"));
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": ["
        "{\"name\": \"label\", \"required\": true}]}");
    put(f, RES_VPC, "red", "\"spec\": {\"vni\": 100, "
        "\"optionProfile\": \"gold\"}");
}

static void
test_references_may_come_in_any_order(void **state)
{
    struct model_fixture *f = *state;

    plug(f, "web-1", 5);
    run(f);
    assert_null(get_ep(f, "web-1")->vpc);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    assert_false(m_vpc_is_active(get_vpc(f, "red")));
    put_red(f);
    run(f);
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
    run(f);
    assert_true(hmapx_contains(&f->model->active_vpcs, get_vpc(f, "red")));
    model_set_iface(f->model, "web-1", NULL, false);
    run(f);
    assert_true(hmapx_is_empty(&f->model->active_vpcs));
    assert_false(m_endpoint_is_local(get_ep(f, "web-1")));
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
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
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
    run(f);
    objects_scope_delete(f->scopes[RES_GENEVE_OPTION], "label");
    run(f);
    assert_non_null(get_profile(f, "gold")->up.problem);
    assert_int_equal(get_vpc(f, "red")->profile->n_options, 1);

    put(f, RES_VPC, "red", "\"spec\": {\"vni\": 100, "
        "\"optionProfile\": \"silver\"}");
    run(f);
    assert_string_equal(get_vpc(f, "red")->profile->up.name, "gold");
    assert_true(m_vpc_is_active(get_vpc(f, "red")));

    put(f, RES_OPTION_PROFILE, "silver", "\"spec\": {\"options\": []}");
    run(f);
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
    run(f);
    assert_null(get_vpc(f, "red")->profile);
    assert_non_null(strstr(get_vpc(f, "red")->up.problem,
                           "gold does not exist"));
    assert_false(m_vpc_is_active(get_vpc(f, "red")));
    assert_true(has_alarm(f, "VPC red", "profile"));

    /* One that cannot be used does not help, but the reason is another. */
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": ["
        "{\"name\": \"nothing\", \"required\": true}]}");
    run(f);
    assert_non_null(strstr(get_vpc(f, "red")->up.problem,
                           "gold cannot be used"));
    assert_false(m_vpc_is_active(get_vpc(f, "red")));

    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": []}");
    run(f);
    assert_null(get_vpc(f, "red")->up.problem);
    assert_true(m_vpc_is_active(get_vpc(f, "red")));
    assert_false(has_alarm(f, "VPC red", "profile"));

    /* A profile that goes is a problem, until it is there again. */
    objects_scope_delete(f->scopes[RES_OPTION_PROFILE], "gold");
    run(f);
    assert_true(m_vpc_is_active(get_vpc(f, "red")));
    assert_true(has_alarm(f, "VPC red", "profile"));
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": []}");
    run(f);
    assert_null(get_vpc(f, "red")->up.problem);
}

static void
test_missing_optional_option_is_left_out(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": ["
        "{\"name\": \"label\"}, {\"name\": \"nothing\"}]}");
    run(f);
    assert_true(get_profile(f, "gold")->valid);
    assert_int_equal(get_profile(f, "gold")->n_options, 1);
    assert_non_null(strstr(get_profile(f, "gold")->up.problem, "nothing"));
}

static void
test_second_vpc_with_a_vni_is_refused(void **state)
{
    struct model_fixture *f = *state;

    put_with(f, RES_VPC, "red", MADE_AT("01", "9"),
             "\"spec\": {\"vni\": 100}");
    run(f);
    put_with(f, RES_VPC, "blue", MADE_AT("02", "1"),
             "\"spec\": {\"vni\": 100}");
    run(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 0);
    assert_int_equal(get_vpc(f, "red")->vni, 100);
    assert_non_null(strstr(get_vpc(f, "blue")->up.problem, "red"));

    objects_scope_delete(f->scopes[RES_VPC], "red");
    run(f);
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
    put_with(f, RES_VPC, "blue", MADE_AT("01", "2"), members);
    put_with(&other, RES_VPC, "red", MADE_AT("01", "1"), members);
    run(f);
    run(&other);
    put_with(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    put_with(&other, RES_VPC, "blue", MADE_AT("01", "2"), members);
    run(f);
    run(&other);
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

    put_with(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    put_with(f, RES_VPC, "blue", MADE_AT("02", "2"), members);
    model_set_complete(f->model);
    run(f);
    objects_scope_delete(f->scopes[RES_VPC], "red");
    run(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 0);
    assert_non_null(strstr(get_vpc(f, "blue")->up.problem, "VPC red's"));
    assert_true(hmapx_contains(&f->model->timed, get_vpc(f, "blue")));

    put_with(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    run(f);
    assert_int_equal(get_vpc(f, "red")->vni, 100);
}

/* An older VPC that is edited to a VNI gets it from none that uses it. */
static void
test_vni_stays_with_the_vpc_that_uses_it(void **state)
{
    struct model_fixture *f = *state;

    put_with(f, RES_VPC, "red", MADE_AT("01", "1"),
             "\"spec\": {\"vni\": 99}, \"status\": {\"vni\": 99}");
    put_with(f, RES_VPC, "blue", MADE_AT("02", "2"),
             "\"spec\": {\"vni\": 100}, \"status\": {\"vni\": 100}");
    run(f);
    put_with(f, RES_VPC, "red", MADE_AT("01", "1"),
             "\"spec\": {\"vni\": 100}, \"status\": {\"vni\": 99}");
    run(f);
    assert_int_equal(get_vpc(f, "blue")->vni, 100);
    assert_int_equal(get_vpc(f, "red")->vni, 0);

    /* Of two that both use it the older one has it. */
    put_with(f, RES_VPC, "red", MADE_AT("01", "1"),
             "\"spec\": {\"vni\": 100}, \"status\": {\"vni\": 100}");
    run(f);
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

    put_with(f, RES_VPC, "red", MADE_AT("01", "1"), members);
    put(f, RES_VPC, "other", "\"spec\": {\"vni\": 101}");
    model_set_complete(f->model);
    run(f);
    notes = model_to_notes(f->model);

    setup(&next_state);
    next = next_state;
    model_take_notes(next->model, notes);
    json_destroy(notes);
    put_with(next, RES_VPC, "blue", MADE_AT("02", "2"), members);
    put(next, RES_VPC, "other", "\"spec\": {\"vni\": 101}");
    model_set_complete(next->model);
    run(next);
    assert_int_equal(get_vpc(next, "blue")->vni, 0);
    assert_non_null(strstr(get_vpc(next, "blue")->up.problem, "VPC red's"));
    assert_true(hmapx_contains(&next->model->timed, get_vpc(next, "blue")));
    assert_int_equal(get_vpc(next, "other")->vni, 101);
    teardown(&next_state);
}

static void
test_second_endpoint_with_a_mac_is_refused(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    run(f);
    put(f, RES_ENDPOINT, "web-2", EP(MAC1));
    plug(f, "web-1", 5);
    plug(f, "web-2", 6);
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    assert_false(m_endpoint_is_local(get_ep(f, "web-2")));
    assert_non_null(strstr(get_ep(f, "web-2")->up.problem, "spec.mac"));
}

static void
test_spec_nve_decides(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-2"));
    plug(f, "web-1", 5);
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_string_equal(get_ep(f, "web-1")->nve->up.name, "hv-2");
    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-1"));
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    assert_null(get_ep(f, "web-1")->nve);
}

static void
test_last_claim_wins(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-2\"}");
    plug(f, "web-1", 5);
    run(f);

    /* Plugged in here after it was there: our claim is newer. */
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-1\"}");
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));

    /* Another one claims it after that: theirs is newer. */
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-3\"}");
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_string_equal(get_ep(f, "web-1")->nve->up.name, "hv-3");
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
    run(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-3\"}");
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);

    iface.ofport = u16_to_ofp(6);
    model_set_iface(f->model, "web-1", &iface, false);
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
    iface.uuid.parts[0] = 2;
    model_set_iface(f->model, "web-1", &iface, false);
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
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
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_string_equal(get_ep(f, "web-1")->nve->up.name, "hv-2");
    assert_null(get_ep(f, "web-1")->up.problem);

    iface.hold = false;
    model_set_iface(f->model, "web-1", &iface, false);
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));

    /* Nobody has it: there is nothing to wait for. */
    iface.hold = true;
    model_set_iface(f->model, "web-1", &iface, false);
    put(f, RES_ENDPOINT, "web-1", EP(MAC1));
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
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
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_int_equal(get_ep(f, "web-2")->binding, BINDING_CLAIMED);
    free(old);
    free(new);
}

static void
test_unknown_vpc_is_a_problem_until_it_comes(void **state)
{
    struct model_fixture *f = *state;

    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-2"));
    run(f);
    assert_null(get_ep(f, "web-1")->up.problem);
    model_set_complete(f->model);
    run(f);
    assert_non_null(strstr(get_ep(f, "web-1")->up.problem, "spec.vpc"));
    put_red(f);
    run(f);
    assert_null(get_ep(f, "web-1")->up.problem);
    objects_scope_delete(f->scopes[RES_VPC], "red");
    run(f);
    assert_non_null(strstr(get_ep(f, "web-1")->up.problem, "spec.vpc"));
}

static void
test_shares_are_counted(void **state)
{
    struct model_fixture *f = *state;
    struct m_vpc *red;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1", EP_AT(MAC1, "hv-2"));
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-2"));
    run(f);
    red = get_vpc(f, "red");
    assert_int_equal(hmap_count(&red->shares), 1);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "web-1");
    run(f);
    assert_int_equal(hmap_count(&red->shares), 1);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "web-2");
    run(f);
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
    run(f);
    assert_counts(f, 0, 0, 1);

    plug(f, "web-1", 1);
    plug(f, "unknown", 2);
    assert_counts(f, 2, 0, 1);
    run(f);
    assert_counts(f, 2, 0, 1);

    ep = get_ep(f, "web-1");
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
    run(f);
    assert_counts(f, 2, 0, 1);
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-1"));
    run(f);
    assert_counts(f, 2, 0, 0);
    put(f, RES_ENDPOINT, "web-2", EP_AT(MAC2, "hv-3"));
    plug(f, "web-2", 3);
    run(f);
    assert_counts(f, 3, 0, 0);
    model_set_iface(f->model, "web-2", NULL, false);
    run(f);
    assert_counts(f, 2, 0, 1);

    model_set_iface(f->model, "unknown", NULL, false);
    model_set_iface(f->model, "web-1", NULL, false);
    objects_scope_delete(f->scopes[RES_ENDPOINT], "web-2");
    run(f);
    assert_counts(f, 0, 0, 0);
}

#define NVE(RECEIVE) "\"spec\": {\"underlay\": {\"ips\": [\"192.0.2.2\"]}}, " \
    "\"status\": {\"receive\": " RECEIVE "}"

static struct m_nve *
get_nve(struct model_fixture *f, const char *name)
{
    return M_CAST(m_nve, entity_find(f->model, MODEL_NVE, name));
}

static void
test_malformed_advertisement_keeps_the_last_good(void **state)
{
    struct model_fixture *f = *state;

    put(f, RES_NVE, "hv-2", NVE("{\"options\": [{\"class\": \"0xff01\", "
                                "\"type\": \"0x81\", \"length\": 4}]}"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_ADVERTISED);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17}"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    assert_int_equal(get_nve(f, "hv-2")->receive.table.n_entries, 1);
    /* A second bad one does not replace the good one. */
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 18}"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    put(f, RES_NVE, "hv-2", NVE("null"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_NONE);
}

/* In the saved state an NVE has its last good table beside the malformed one;
 * when the controller's version, without it, follows, it stays. */
static void
test_last_good_of_the_saved_state(void **state)
{
    struct model_fixture *f = *state;

    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17}, \"lastGood\": "
                                "{\"options\": [{\"class\": \"0xff01\", "
                                "\"type\": \"0x81\", \"length\": 4}]}"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    assert_int_equal(get_nve(f, "hv-2")->receive.table.n_entries, 1);
    assert_non_null(m_nve_get_last_good(get_nve(f, "hv-2")));
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17}"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": []}"));
    run(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_ADVERTISED);
    assert_null(m_nve_get_last_good(get_nve(f, "hv-2")));
}

static void
test_underlay_address_belongs_to_one(void **state)
{
    struct model_fixture *f = *state;
    struct in6_addr ip;

    put(f, RES_NVE, "hv-2", NVE("null"));
    run(f);
    put(f, RES_NVE, "hv-3", NVE("null"));
    run(f);
    in6_addr_set_mapped_ipv4(&ip, htonl(0xc0000202));
    assert_true(m_nve_owns_ip(f->model, get_nve(f, "hv-2"), &ip));
    assert_false(m_nve_owns_ip(f->model, get_nve(f, "hv-3"), &ip));
    assert_non_null(strstr(get_nve(f, "hv-3")->up.problem, "192.0.2.2"));
}

#define NVE_USES(SPEC, STATUS) \
    "\"spec\": {\"underlay\": {\"ips\": [\"" SPEC "\"]}}, " \
    "\"status\": {\"underlay\": {\"ips\": [\"" STATUS "\"]}}"

/* An older NVE that is edited to an address takes it from nobody who uses
 * it. */
static void
test_underlay_address_stays_with_who_uses_it(void **state)
{
    struct model_fixture *f = *state;
    struct in6_addr ip;

    in6_addr_set_mapped_ipv4(&ip, htonl(0xc0000203));
    put_with(f, RES_NVE, "hv-2", MADE_AT("01", "1"),
             NVE_USES("192.0.2.2", "192.0.2.2"));
    put_with(f, RES_NVE, "hv-3", MADE_AT("02", "2"),
             NVE_USES("192.0.2.3", "192.0.2.3"));
    run(f);
    put_with(f, RES_NVE, "hv-2", MADE_AT("01", "1"),
             NVE_USES("192.0.2.3", "192.0.2.2"));
    run(f);
    assert_true(m_nve_owns_ip(f->model, get_nve(f, "hv-3"), &ip));
    assert_null(get_nve(f, "hv-3")->up.problem);
    assert_false(m_nve_owns_ip(f->model, get_nve(f, "hv-2"), &ip));
    assert_non_null(strstr(get_nve(f, "hv-2")->up.problem, "hv-3"));

    /* When hv-3 is elsewhere it is hv-2's. */
    put_with(f, RES_NVE, "hv-3", MADE_AT("02", "2"),
             NVE_USES("192.0.2.4", "192.0.2.3"));
    run(f);
    assert_true(m_nve_owns_ip(f->model, get_nve(f, "hv-2"), &ip));
}

/* What is plugged in here is ours if nobody has the name that claimed it; but
 * a node whose object was deleted has the time to make it anew. */
static void
test_claims_die_with_their_nve(void **state)
{
    struct model_fixture *f = *state;
    struct m_nve *nve;

    put_red(f);
    put(f, RES_NVE, "hv-2", NVE("null"));
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-2\"}");
    set_iface(f, "web-1", 5, true, true);
    model_set_complete(f->model);
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);

    objects_scope_delete(f->scopes[RES_NVE], "hv-2");
    run(f);
    nve = get_nve(f, "hv-2");
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_true(hmapx_contains(&f->model->timed, nve));
    put(f, RES_NVE, "hv-2", NVE("null"));
    run(f);
    assert_int_equal(nve->absent_since, 0);

    objects_scope_delete(f->scopes[RES_NVE], "hv-2");
    run(f);
    nve->absent_since = 1;
    entity_set_dirty(f->model, &nve->up);
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    assert_null(get_ep(f, "web-1")->up.problem);
}

/* A node that gets another name keeps what it has. */
static void
test_claims_follow_our_name(void **state)
{
    struct model_fixture *f = *state;

    put_red(f);
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-1\"}");
    set_iface(f, "web-1", 5, true, true);
    run(f);
    model_set_self(f->model, NULL);
    run(f);
    model_set_self(f->model, "hv-9");
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    model_set_self(f->model, "hv-1");
    run(f);
    assert_true(m_endpoint_is_local(get_ep(f, "web-1")));
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-9\"}");
    run(f);
    assert_int_equal(get_ep(f, "web-1")->binding, BINDING_REFUSED);
}

/* The same for endpoints: their status says which addresses they use. */
static void
test_addresses_stay_with_the_endpoint_that_uses_them(void **state)
{
    static const char uses_mac2[]
        = ", \"status\": {\"nve\": \"hv-2\", \"mac\": \"" MAC2 "\", "
          "\"ips\": [\"10.0.0.2\"]}";
    struct model_fixture *f = *state;
    char *web_2 = xasprintf("%s%s", "\"spec\": {\"vpc\": \"red\", "
                            "\"mac\": \"" MAC2 "\", \"ips\": "
                            "[\"10.0.0.2\"]}", uses_mac2);

    put_red(f);
    put_with(f, RES_ENDPOINT, "web-1", MADE_AT("01", "1"), EP(MAC1));
    put_with(f, RES_ENDPOINT, "web-2", MADE_AT("02", "2"), web_2);
    run(f);
    put_with(f, RES_ENDPOINT, "web-1", MADE_AT("01", "1"), EP(MAC2));
    run(f);
    assert_null(get_ep(f, "web-2")->up.problem);
    assert_non_null(strstr(get_ep(f, "web-1")->up.problem, "spec.mac"));
    put_with(f, RES_ENDPOINT, "web-1", MADE_AT("01", "1"),
             "\"spec\": {\"vpc\": \"red\", \"mac\": \"" MAC1 "\", "
             "\"ips\": [\"10.0.0.2\"]}");
    run(f);
    assert_null(get_ep(f, "web-2")->up.problem);
    assert_non_null(strstr(get_ep(f, "web-1")->up.problem, "10.0.0.2"));
    free(web_2);
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_references_may_come_in_any_order),
        TEST(test_unplugging_ends_the_vpc_here),
        TEST(test_late_port_changes_the_vpc),
        TEST(test_last_valid_profile_stays),
        TEST(test_vpc_without_valid_profile_is_blocked),
        TEST(test_missing_optional_option_is_left_out),
        TEST(test_second_vpc_with_a_vni_is_refused),
        TEST(test_every_agent_gives_a_vni_to_the_same_vpc),
        TEST(test_vni_rests_between_two_vpcs),
        TEST(test_vni_stays_with_the_vpc_that_uses_it),
        TEST(test_vni_rests_after_a_restart),
        TEST(test_second_endpoint_with_a_mac_is_refused),
        TEST(test_spec_nve_decides),
        TEST(test_last_claim_wins),
        TEST(test_new_port_claims_anew),
        TEST(test_port_on_hold_claims_when_it_is_let_go),
        TEST(test_claims_of_a_start),
        TEST(test_claims_die_with_their_nve),
        TEST(test_claims_follow_our_name),
        TEST(test_unknown_vpc_is_a_problem_until_it_comes),
        TEST(test_shares_are_counted),
        TEST(test_endpoints_are_counted),
        TEST(test_malformed_advertisement_keeps_the_last_good),
        TEST(test_last_good_of_the_saved_state),
        TEST(test_underlay_address_belongs_to_one),
        TEST(test_underlay_address_stays_with_who_uses_it),
        TEST(test_addresses_stay_with_the_endpoint_that_uses_them),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
