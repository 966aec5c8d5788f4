/* NVEs in the model: which advertisement counts, whose an address is, what
 * stays when a node gets another name. */

#include <config.h>

#include "agent/model/model-nve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model.h"
#include "tests/unit/model-fixture.h"
#include "tests/unit/model-red.h"
#include "util.h"

#define NVE(RECEIVE) "\"spec\": {\"underlay\": {\"ips\": [\"192.0.2.2\"]}}, " \
    "\"status\": {\"receive\": " RECEIVE "}"

static struct m_nve *
get_nve(struct model_fixture *f, const char *name)
{
    return M_CAST(m_nve, entity_find(f->model, MODEL_NVE, name));
}

#define TABLE(ID) "{\"options\": [{\"class\": \"0xff01\", " \
    "\"type\": \"0x81\", \"length\": 4}], \"id\": " ID "}"

/* That it changed in its id only counts, too: others wait for an answer. */
static void
test_ids(void **state)
{
    struct model_fixture *f = *state;
    const struct m_nve *nve;
    unsigned int n;

    put(f, RES_NVE, "hv-2", NVE(TABLE("7")));
    settle(f);
    nve = get_nve(f, "hv-2");
    n = nve->n_advertisements;
    assert_int_equal(nve->advertisement_id, 7);
    put(f, RES_NVE, "hv-2", NVE(TABLE("8")));
    settle(f);
    assert_int_equal(nve->advertisement_id, 8);
    assert_int_equal(nve->n_advertisements, n + 1);
    assert_null(nve->last_good);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17, \"id\": 9}"));
    settle(f);
    assert_int_equal(nve->last_good_id, 8);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17, \"id\": 10}"));
    settle(f);
    assert_int_equal(nve->last_good_id, 8);
    put(f, RES_NVE, "hv-2", NVE(TABLE("11")));
    settle(f);
    assert_int_equal(nve->advertisement_id, 11);
    assert_int_equal(nve->last_good_id, 0);
    put(f, RES_NVE, "hv-2", NVE("null"));
    settle(f);
    assert_int_equal(nve->advertisement_id, 0);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17}, \"lastGood\": "
                                TABLE("11")));
    settle(f);
    assert_int_equal(nve->last_good_id, 11);
}

static void
test_malformed_advertisement_keeps_the_last_good(void **state)
{
    struct model_fixture *f = *state;

    put(f, RES_NVE, "hv-2", NVE("{\"options\": [{\"class\": \"0xff01\", "
                                "\"type\": \"0x81\", \"length\": 4}]}"));
    settle(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_ADVERTISED);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17}"));
    settle(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    assert_int_equal(get_nve(f, "hv-2")->receive.table.n_entries, 1);
    /* A second bad one does not replace the good one. */
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 18}"));
    settle(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    put(f, RES_NVE, "hv-2", NVE("null"));
    settle(f);
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
    settle(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    assert_int_equal(get_nve(f, "hv-2")->receive.table.n_entries, 1);
    assert_non_null(get_nve(f, "hv-2")->last_good);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": 17}"));
    settle(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_LAST_GOOD);
    put(f, RES_NVE, "hv-2", NVE("{\"options\": []}"));
    settle(f);
    assert_int_equal(get_nve(f, "hv-2")->receive.source, NEG_SRC_ADVERTISED);
    assert_null(get_nve(f, "hv-2")->last_good);
}

static void
test_underlay_address_belongs_to_one(void **state)
{
    struct model_fixture *f = *state;
    struct in6_addr ip;

    put(f, RES_NVE, "hv-2", NVE("null"));
    settle(f);
    put(f, RES_NVE, "hv-3", NVE("null"));
    settle(f);
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
    model_fixture_put(f, RES_NVE, "hv-2", MADE_AT("01", "1"),
             NVE_USES("192.0.2.2", "192.0.2.2"));
    model_fixture_put(f, RES_NVE, "hv-3", MADE_AT("02", "2"),
             NVE_USES("192.0.2.3", "192.0.2.3"));
    settle(f);
    model_fixture_put(f, RES_NVE, "hv-2", MADE_AT("01", "1"),
             NVE_USES("192.0.2.3", "192.0.2.2"));
    settle(f);
    assert_true(m_nve_owns_ip(f->model, get_nve(f, "hv-3"), &ip));
    assert_null(get_nve(f, "hv-3")->up.problem);
    assert_false(m_nve_owns_ip(f->model, get_nve(f, "hv-2"), &ip));
    assert_non_null(strstr(get_nve(f, "hv-2")->up.problem, "hv-3"));

    /* When hv-3 is elsewhere it is hv-2's. */
    model_fixture_put(f, RES_NVE, "hv-3", MADE_AT("02", "2"),
             NVE_USES("192.0.2.4", "192.0.2.3"));
    settle(f);
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
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);

    objects_scope_delete(f->scopes[RES_NVE], "hv-2");
    settle(f);
    nve = get_nve(f, "hv-2");
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
    assert_true(entity_get_time(f->model, &nve->up));
    put(f, RES_NVE, "hv-2", NVE("null"));
    settle(f);
    assert_int_equal(nve->absent_since, 0);
    assert_false(entity_get_time(f->model, &nve->up));

    objects_scope_delete(f->scopes[RES_NVE], "hv-2");
    settle(f);
    nve->absent_since = 1;
    entity_set_dirty(f->model, &nve->up);
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    assert_null(find_ep(f, "web-1")->up.problem);
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
    settle(f);
    model_set_self(f->model, NULL);
    settle(f);
    model_set_self(f->model, "hv-9");
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    model_set_self(f->model, "hv-1");
    settle(f);
    assert_true(m_endpoint_is_local(find_ep(f, "web-1")));
    put(f, RES_ENDPOINT, "web-1",
        EP(MAC1) ", \"status\": {\"nve\": \"hv-9\"}");
    settle(f);
    assert_int_equal(find_ep(f, "web-1")->binding, BINDING_REFUSED);
}

/* Our own NVE is the one of our name, whatever came first, and whether it has
 * an object or not. */
static void
test_self(void **state)
{
    struct model_fixture *f = *state;

    assert_null(m_nve_get_def(model_get_self(f->model)));
    put(f, RES_NVE, "hv-1", NVE("null"));
    put(f, RES_NVE, "hv-2", NVE("null"));
    settle(f);
    assert_ptr_equal(model_get_self(f->model), get_nve(f, "hv-1"));
    model_set_self(f->model, "hv-2");
    assert_ptr_equal(model_get_self(f->model), get_nve(f, "hv-2"));
    objects_scope_delete(f->scopes[RES_NVE], "hv-2");
    settle(f);
    assert_ptr_equal(model_get_self(f->model), get_nve(f, "hv-2"));
    assert_null(m_nve_get_def(model_get_self(f->model)));
    put(f, RES_NVE, "hv-2", NVE("null"));
    settle(f);
    assert_ptr_equal(model_get_self(f->model), get_nve(f, "hv-2"));
    objects_scope_delete(f->scopes[RES_NVE], "hv-2");
    settle(f);
    model_set_self(f->model, NULL);
    settle(f);
    assert_null(model_get_self(f->model));
    assert_null(entity_find(f->model, MODEL_NVE, "hv-2"));
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
    model_fixture_put(f, RES_ENDPOINT, "web-1", MADE_AT("01", "1"), EP(MAC1));
    model_fixture_put(f, RES_ENDPOINT, "web-2", MADE_AT("02", "2"), web_2);
    settle(f);
    model_fixture_put(f, RES_ENDPOINT, "web-1", MADE_AT("01", "1"), EP(MAC2));
    settle(f);
    assert_null(find_ep(f, "web-2")->up.problem);
    assert_non_null(strstr(find_ep(f, "web-1")->up.problem, "spec.mac"));
    model_fixture_put(f, RES_ENDPOINT, "web-1", MADE_AT("01", "1"),
             "\"spec\": {\"vpc\": \"red\", \"mac\": \"" MAC1 "\", "
             "\"ips\": [\"10.0.0.2\"]}");
    settle(f);
    assert_null(find_ep(f, "web-2")->up.problem);
    assert_non_null(strstr(find_ep(f, "web-1")->up.problem, "10.0.0.2"));
    free(web_2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_claims_die_with_their_nve),
        MODEL_TEST(test_claims_follow_our_name),
        MODEL_TEST(test_self),
        MODEL_TEST(test_ids),
        MODEL_TEST(test_malformed_advertisement_keeps_the_last_good),
        MODEL_TEST(test_last_good_of_the_saved_state),
        MODEL_TEST(test_underlay_address_belongs_to_one),
        MODEL_TEST(test_underlay_address_stays_with_who_uses_it),
        MODEL_TEST(test_addresses_stay_with_the_endpoint_that_uses_them),
    };
    return cmocka_run_group_tests_name("model-nve", tests, NULL, NULL);
}
