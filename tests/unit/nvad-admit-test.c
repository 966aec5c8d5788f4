/* nvad's admission: what becomes of a write.  The REST tests go through the
 * same cases from outside; here is what they cannot see. */

#include <config.h>

#include "utilities/nvad/admit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/refs.h"
#include "utilities/nvad/store.h"
#include "uuid.h"

struct world {
    struct store *store;
    struct refs *refs;
    struct admission a;             /* Of the last write. */
    uint64_t rv;
};

static int
setup(void **state)
{
    struct store_limits limits = { 100, SIZE_MAX };
    struct world *w = xzalloc(sizeof *w);

    w->store = store_create(&limits);
    w->refs = refs_create(w->store);
    w->rv = 10;
    store_set_loaded(w->store, w->rv);
    admit(w->store, w->refs, &(struct write_request) {
              .verb = WRITE_DELETE, .name = CONST_CAST(char *, "none") },
          &w->a);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    admission_destroy(&w->a);
    store_destroy(w->store);
    refs_destroy(w->refs);
    free(w);
    return 0;
}

static enum admit_result
decide(struct world *w, enum write_verb verb, enum resource_kind kind,
       const char *name, bool status, const char *body)
{
    struct write_request rq = {
        .verb = verb, .kind = kind, .name = nullable_xstrdup(name),
        .status = status, .body = body ? json_from_string(body) : NULL,
    };

    admission_destroy(&w->a);
    admit(w->store, w->refs, &rq, &w->a);
    write_request_destroy(&rq);
    return w->a.result;
}

/* Does to the store what the database would. */
static void
carry_out(struct world *w, enum resource_kind kind)
{
    const struct draft *d = &w->a.draft;
    struct object_fields f = {
        .kind = kind, .name = d->name, .rv = ++w->rv,
        .generation = d->generation, .created = d->created,
        .labels = &d->labels, .annotations = &d->annotations,
        .spec = d->spec, .status = d->status,
    };

    if (w->a.old) {
        f.uuid = w->a.old->uuid;
    } else {
        uuid_generate(&f.uuid);
    }
    if (w->a.result == ADMIT_DELETE) {
        store_remove(w->store, w->a.old, w->rv);
    } else {
        store_put(w->store, object_create(&f));
    }
}

static void
create(struct world *w, enum resource_kind kind, const char *body)
{
    if (decide(w, WRITE_CREATE, kind, NULL, false, body) != ADMIT_CREATE) {
        fail_msg("%s: %s", body, json_util_string(w->a.error, "message", ""));
    }
    carry_out(w, kind);
}

#define ENDPOINT(NAME, N) \
    "{\"metadata\":{\"name\":\"" NAME "\"},\"spec\":{\"vpc\":\"blue\"," \
    "\"mac\":\"02:00:00:00:00:0" N "\"}}"

static void
make_blue(struct world *w)
{
    create(w, RES_VPC, "{\"metadata\":{\"name\":\"blue\"},"
           "\"spec\":{\"vni\":5}}");
}

static void
test_drafts(void **state)
{
    struct world *w = *state;
    const struct draft *d = &w->a.draft;

    make_blue(w);
    create(w, RES_ENDPOINT, ENDPOINT("a", "1"));
    assert_string_equal(d->spec, "{\"mac\":\"02:00:00:00:00:01\","
                        "\"vpc\":\"blue\"}");
    assert_string_equal(d->status, "");
    assert_int_equal(d->generation, 1);
    assert_string_equal(smap_get(&d->labels, "nvo3.io/vpc"), "blue");

    assert_int_equal(decide(w, WRITE_PATCH, RES_ENDPOINT, "a", true,
                            "{\"status\":{\"nve\":\"x\"},\"spec\":null}"),
                     ADMIT_UPDATE);
    assert_string_equal(d->status, "{\"nve\":\"x\"}");
    assert_string_equal(d->spec, "{\"mac\":\"02:00:00:00:00:01\","
                        "\"vpc\":\"blue\"}");
    assert_int_equal(d->generation, 1);
    carry_out(w, RES_ENDPOINT);

    assert_int_equal(decide(w, WRITE_PATCH, RES_ENDPOINT, "a", false,
                            "{\"spec\":{\"type\":7},\"status\":null}"),
                     ADMIT_UPDATE);
    assert_string_equal(d->status, "{\"nve\":\"x\"}");
    assert_int_equal(d->generation, 2);
    carry_out(w, RES_ENDPOINT);

    assert_int_equal(decide(w, WRITE_PATCH, RES_ENDPOINT, "a", false,
                            "{\"spec\":{\"type\":7}}"), ADMIT_UNCHANGED);
    assert_int_equal(decide(w, WRITE_PATCH, RES_ENDPOINT, "a", false,
                            "{\"metadata\":{\"labels\":{\"l\":\"x\"}}}"),
                     ADMIT_UPDATE);
    assert_int_equal(d->generation, 2);
}

static void
test_references_follow_changes(void **state)
{
    struct world *w = *state;

    make_blue(w);
    create(w, RES_ENDPOINT, ENDPOINT("a", "1"));
    create(w, RES_ENDPOINT, ENDPOINT("b", "2"));
    assert_int_equal(refs_count_referrers(w->refs, RES_VPC, "blue"), 2);
    assert_int_equal(decide(w, WRITE_DELETE, RES_VPC, "blue", false, NULL),
                     ADMIT_REFUSED);
    assert_int_equal(api_status_get_code(w->a.error), 409);

    /* The MAC of "a" is free once "a" has another. */
    assert_int_equal(decide(w, WRITE_PATCH, RES_ENDPOINT, "b", false,
                            "{\"spec\":{\"mac\":\"02:00:00:00:00:01\"}}"),
                     ADMIT_REFUSED);
    decide(w, WRITE_PATCH, RES_ENDPOINT, "a", false,
           "{\"spec\":{\"mac\":\"02:00:00:00:00:03\"}}");
    carry_out(w, RES_ENDPOINT);
    assert_int_equal(decide(w, WRITE_PATCH, RES_ENDPOINT, "b", false,
                            "{\"spec\":{\"mac\":\"02:00:00:00:00:01\"}}"),
                     ADMIT_UPDATE);

    for (const char *name = "a"; name; name = *name == 'a' ? "b" : NULL) {
        assert_int_equal(decide(w, WRITE_DELETE, RES_ENDPOINT, name, false,
                                NULL), ADMIT_DELETE);
        carry_out(w, RES_ENDPOINT);
    }
    assert_int_equal(refs_count_referrers(w->refs, RES_VPC, "blue"), 0);
    assert_int_equal(decide(w, WRITE_DELETE, RES_VPC, "blue", false, NULL),
                     ADMIT_DELETE);
}

/* What is in the database may break rules that a write may not: it is served,
 * and can be put right. */
static void
test_broken_objects_can_be_mended(void **state)
{
    struct world *w = *state;
    struct object_fields f = {
        .kind = RES_VPC, .name = "bad", .rv = ++w->rv, .generation = 1,
        .created = "", .spec = "{\"vni\":99999999}", .status = "",
    };

    uuid_generate(&f.uuid);
    store_put(w->store, object_create(&f));
    assert_int_equal(decide(w, WRITE_PATCH, RES_VPC, "bad", false,
                            "{\"spec\":{\"mtu\":1400}}"), ADMIT_REFUSED);
    assert_int_equal(decide(w, WRITE_PATCH, RES_VPC, "bad", false,
                            "{\"spec\":{\"vni\":9}}"), ADMIT_UPDATE);
    carry_out(w, RES_VPC);
    assert_non_null(refs_find_claimant(w->refs, "VNI 9", RES_VPC, ""));
    assert_int_equal(decide(w, WRITE_DELETE, RES_VPC, "bad", false, NULL),
                     ADMIT_DELETE);
}

/* An option that a profile of the database names already, but that is new:
 * the profile's sum is checked then. */
static void
test_option_of_a_full_profile(void **state)
{
    struct world *w = *state;
    struct object_fields f = {
        .kind = RES_OPTION_PROFILE, .name = "p", .rv = ++w->rv,
        .generation = 1, .created = "", .status = "",
        .spec = "{\"options\":[{\"name\":\"a\",\"required\":true},"
                "{\"name\":\"b\",\"required\":true},"
                "{\"name\":\"c\",\"required\":true}]}",
    };

    uuid_generate(&f.uuid);
    store_put(w->store, object_create(&f));
    create(w, RES_GENEVE_OPTION, "{\"metadata\":{\"name\":\"a\"},\"spec\":"
           "{\"class\":\"0xff01\",\"type\":\"0x1\",\"length\":120}}");
    create(w, RES_GENEVE_OPTION, "{\"metadata\":{\"name\":\"b\"},\"spec\":"
           "{\"class\":\"0xff01\",\"type\":\"0x2\",\"length\":120}}");
    assert_int_equal(
        decide(w, WRITE_CREATE, RES_GENEVE_OPTION, NULL, false,
               "{\"metadata\":{\"name\":\"c\"},\"spec\":{\"class\":\"0xff01\","
               "\"type\":\"0x3\",\"length\":4}}"), ADMIT_REFUSED);
    assert_int_equal(api_status_get_code(w->a.error), 422);
    create(w, RES_GENEVE_OPTION, "{\"metadata\":{\"name\":\"c\"},\"spec\":"
           "{\"class\":\"0xff01\",\"type\":\"0x3\",\"length\":0}}");
}

static void
test_generated_names_are_free(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 200; i++) {
        char *body = xasprintf("{\"metadata\":{\"generateName\":\"n-\"},"
                               "\"spec\":{\"vni\":%d}}", i + 1);

        create(w, RES_VPC, body);
        free(body);
    }
    assert_int_equal(store_count(w->store, RES_VPC), 200);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_drafts),
        TEST(test_references_follow_changes),
        TEST(test_broken_objects_can_be_mended),
        TEST(test_option_of_a_full_profile),
        TEST(test_generated_names_are_free),
    };
    return cmocka_run_group_tests_name("nvad-admit", tests, NULL, NULL);
}
