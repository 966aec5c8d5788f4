/* The labeller's bookkeeping: objects come and go, and what their status
 * should have is compared with what was told. */

#include <config.h>

#include "utilities/labeller/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "lib/policy-label.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "util.h"

#define HOUR POLICY_LABEL_HOLD_MS

/* What is wanted goes to a log. */
struct world {
    struct numbers *n;
    struct ds log;                  /* "web-1=3[app=a] vpc:v=16 -web-1 " */
    long long int now;
};

static void
set_status(enum resource_kind kind, const char *name, struct json *status,
           void *world_)
{
    struct world *w = world_;
    int64_t number;

    if (kind == RES_VPC) {
        assert_true(json_util_integer(status, "policyLabelLimit", &number));
        ds_put_format(&w->log, "vpc:%s=%d ", name, (int) number);
    } else {
        assert_true(json_util_integer(status, "policyLabel", &number));
        ds_put_format(&w->log, "%s=%d[%s] ", name, (int) number,
                      json_util_string(status, "policyLabelSet", "?"));
    }
    json_destroy(status);
}

static void
forget(enum resource_kind kind, const char *name, void *world_)
{
    struct world *w = world_;

    ds_put_format(&w->log, "-%s%s ", kind == RES_VPC ? "vpc:" : "", name);
}

static void
world_init(struct world *w)
{
    static const struct numbers_ops ops = { set_status, forget };

    w->n = numbers_create(&ops, w);
    ds_init(&w->log);
    w->now = 1000;
}

static void
world_destroy(struct world *w)
{
    numbers_destroy(w->n);
    ds_destroy(&w->log);
}

/* Fails unless exactly that was wanted since the last call. */
static void
expect(struct world *w, const char *expected)
{
    if (strcmp(ds_cstr(&w->log), expected)) {
        fail_msg("wanted \"%s\", not \"%s\"", ds_cstr(&w->log), expected);
    }
    ds_clear(&w->log);
}

/* Endpoint 'name' has 'labels' ("a=b", or "" for none); 'spec' and 'shown'
 * (with 'shown_set') are its numbers, -1: none. */
static void
endpoint_full(struct world *w, const char *name, const char *vpc,
              const char *labels, int64_t spec, int64_t shown,
              const char *shown_set)
{
    struct json *status = json_object_create();
    struct endpoint ep = { .vpc = CONST_CAST(char *, vpc),
                           .has_policy_label = spec >= 0,
                           .policy_label = spec >= 0 ? spec : 0 };
    struct smap map = SMAP_INITIALIZER(&map);
    char key[2] = { labels[0], 0 };

    ep.meta.labels = &map;
    if (labels[0]) {
        smap_add(&map, key, labels + 2);
    }
    smap_add(&map, "nvo3.io/vpc", vpc);
    if (shown >= 0) {
        json_object_put(status, "policyLabel", json_integer_create(shown));
    }
    if (shown_set) {
        json_object_put_string(status, "policyLabelSet", shown_set);
    }
    numbers_endpoint_changed(w->n, name, &ep, status, w->now);
    smap_destroy(&map);
    json_destroy(status);
}

static void
endpoint(struct world *w, const char *name, const char *labels)
{
    endpoint_full(w, name, "v", labels, -1, -1, NULL);
}

static void
gone(struct world *w, const char *name)
{
    numbers_endpoint_changed(w->n, name, NULL, NULL, w->now);
}

/* VPC "v" exists with 'limit'; -1: none, -2: it does not exist. */
static void
vpc(struct world *w, int64_t limit)
{
    struct json *status = json_object_create();

    if (limit >= 0) {
        json_object_put(status, "policyLabelLimit",
                        json_integer_create(limit));
    }
    numbers_vpc_changed(w->n, "v", limit != -2, status, w->now);
    json_destroy(status);
}

/* Nothing is decided before all is known, and no number is written before the
 * limit is. */
static void
test_start(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    endpoint(&w, "x", "a=1");
    expect(&w, "");
    vpc(&w, -1);
    expect(&w, "");
    numbers_start(w.n, w.now);
    expect(&w, "vpc:v=16 ");
    endpoint(&w, "y", "a=1");
    ds_clear(&w.log);
    vpc(&w, -1);
    expect(&w, "");
    vpc(&w, 16);
    expect(&w, "x=1[a=1] y=1[a=1] ");
    endpoint(&w, "z", "");
    expect(&w, "z=2[] ");

    /* Once more the same: nothing new. */
    endpoint(&w, "z", "");
    vpc(&w, 16);
    expect(&w, "");
    world_destroy(&w);
}

static void
started(struct world *w)
{
    world_init(w);
    vpc(w, 0);
    numbers_start(w->n, w->now);
    endpoint(w, "first", "z=z");
    vpc(w, 16);
    expect(w, "vpc:v=16 first=1[z=z] ");
}

static void
test_changes(void **state OVS_UNUSED)
{
    struct world w;

    started(&w);
    endpoint(&w, "x", "a=1");
    expect(&w, "x=2[a=1] ");
    endpoint_full(&w, "x", "v", "a=1", -1, 2, "a=1");
    expect(&w, "");
    endpoint_full(&w, "x", "v", "z=z", -1, 2, "a=1");
    expect(&w, "x=1[z=z] ");
    endpoint_full(&w, "x", "v", "z=z", -1, 1, "z=z");
    expect(&w, "");

    /* 2 rests for an hour. */
    endpoint(&w, "y", "b=1");
    expect(&w, "y=3[b=1] ");
    w.now += HOUR;
    endpoint(&w, "u", "c=1");
    expect(&w, "u=2[c=1] ");
    gone(&w, "u");
    expect(&w, "-u ");
    endpoint(&w, "u", "c=1");
    expect(&w, "u=2[c=1] ");
    gone(&w, "nobody");
    expect(&w, "");
    world_destroy(&w);
}

static void
test_limit_grows_in_steps(void **state OVS_UNUSED)
{
    struct world w;

    started(&w);
    for (int i = 2; i <= 17; i++) {
        char name[2] = { 'A' + i, 0 };
        char labels[4] = { 'n', '=', 'A' + i, 0 };

        endpoint(&w, name, labels);
    }
    assert_non_null(strstr(ds_cstr(&w.log), "Q=16[n=Q] vpc:v=32 "));
    assert_null(strstr(ds_cstr(&w.log), "R="));
    ds_clear(&w.log);
    vpc(&w, 32);
    expect(&w, "R=17[n=R] ");

    /* Somebody made it less: it is written again, as high as it was. */
    vpc(&w, 0);
    endpoint(&w, "s", "n=s");
    expect(&w, "vpc:v=32 ");
    vpc(&w, 32);
    expect(&w, "s=18[n=s] ");
    world_destroy(&w);
}

static void
test_spec_wins(void **state OVS_UNUSED)
{
    struct world w;

    started(&w);
    endpoint_full(&w, "x", "v", "a=1", 2, -1, NULL);
    expect(&w, "x=2[a=1] ");
    endpoint(&w, "y", "a=1");
    expect(&w, "y=3[a=1] ");

    /* It takes away a set's number; all of that set's get another one. */
    endpoint_full(&w, "x", "v", "a=1", 1, 2, "a=1");
    expect(&w, "first=4[z=z] x=1[a=1] ");

    /* A large one needs no limit and moves nobody. */
    endpoint_full(&w, "x", "v", "a=1", 4000000000, 1, "a=1");
    assert_non_null(strstr(ds_cstr(&w.log), "[a=1]"));
    ds_clear(&w.log);
    endpoint(&w, "u", "b=1");
    expect(&w, "u=5[b=1] ");

    /* Back to its set's. */
    endpoint(&w, "x", "a=1");
    expect(&w, "x=3[a=1] ");
    w.now += HOUR;
    endpoint(&w, "t", "c=1");
    expect(&w, "t=1[c=1] ");
    world_destroy(&w);
}

/* Its own set's number is taken by the only endpoint that it had. */
static void
test_spec_takes_own_number(void **state OVS_UNUSED)
{
    struct world w;

    started(&w);
    endpoint_full(&w, "first", "v", "z=z", 1, 1, "z=z");
    expect(&w, "first=1[z=z] ");
    endpoint(&w, "x", "z=z");
    endpoint_full(&w, "first", "v", "z=z", -1, 1, "z=z");
    expect(&w, "x=2[z=z] first=2[z=z] ");
    world_destroy(&w);
}

static void
test_restart(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    endpoint_full(&w, "a", "v", "a=1", -1, 7, "a=1");
    endpoint_full(&w, "b", "v", "b=1", -1, 3, "b=1");
    /* Its labels have changed meanwhile: 7 stays that of a=1. */
    endpoint_full(&w, "c", "v", "c=1", -1, 7, "a=1");
    /* So have these; nobody has that set now, but it may come back. */
    endpoint_full(&w, "d", "v", "c=1", -1, 9, "d=1");
    endpoint_full(&w, "e", "v", "e=1", 3000, 3000, "e=1");
    /* From before there was a policyLabelSet. */
    endpoint_full(&w, "f", "v", "f=1", -1, 5, NULL);
    vpc(&w, 16);
    expect(&w, "");
    numbers_start(w.n, w.now);
    assert_non_null(strstr(ds_cstr(&w.log), "a=7[a=1] "));
    assert_non_null(strstr(ds_cstr(&w.log), "b=3[b=1] "));
    assert_non_null(strstr(ds_cstr(&w.log), "e=3000[e=1] "));
    assert_non_null(strstr(ds_cstr(&w.log), "f=5[f=1] "));
    assert_non_null(strstr(ds_cstr(&w.log), "vpc:v=32 "));
    ds_clear(&w.log);
    vpc(&w, 32);
    assert_non_null(strstr(ds_cstr(&w.log), "c=17[c=1] "));
    assert_non_null(strstr(ds_cstr(&w.log), "d=17[c=1] "));
    ds_clear(&w.log);
    endpoint(&w, "g", "d=1");
    expect(&w, "g=9[d=1] ");

    /* What was given before the restart rests for an hour. */
    endpoint(&w, "h", "h=1");
    expect(&w, "h=18[h=1] ");
    w.now += HOUR;
    endpoint(&w, "i", "i=1");
    expect(&w, "i=1[i=1] ");
    world_destroy(&w);
}

/* Two sets show the same number: one keeps it, the other gets another. */
static void
test_clash(void **state OVS_UNUSED)
{
    struct world w;
    bool a, b;

    world_init(&w);
    vpc(&w, 16);
    endpoint_full(&w, "a", "v", "a=1", -1, 4, "a=1");
    endpoint_full(&w, "b", "v", "b=1", -1, 4, "b=1");
    numbers_start(w.n, w.now);
    vpc(&w, 32);
    a = strstr(ds_cstr(&w.log), "a=4[a=1] ") != NULL;
    b = strstr(ds_cstr(&w.log), "b=4[b=1] ") != NULL;
    assert_true(a != b);
    assert_non_null(strstr(ds_cstr(&w.log), a ? "b=17[b=1] "
                           : "a=17[a=1] "));
    world_destroy(&w);
}

/* A VPC that comes after its endpoints, goes, and comes again. */
static void
test_vpc_comes_and_goes(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    numbers_start(w.n, w.now);
    endpoint_full(&w, "x", "v", "a=1", -1, 2, "a=1");
    endpoint_full(&w, "y", "v", "b=1", 5, -1, NULL);
    expect(&w, "");
    vpc(&w, 16);
    assert_non_null(strstr(ds_cstr(&w.log), "x=2[a=1] "));
    assert_non_null(strstr(ds_cstr(&w.log), "y=5[b=1] "));
    ds_clear(&w.log);

    gone(&w, "x");
    vpc(&w, -2);
    expect(&w, "-x ");
    gone(&w, "y");
    expect(&w, "-vpc:v -y ");

    endpoint(&w, "x", "a=1");
    gone(&w, "x");
    expect(&w, "-vpc:v -x ");
    world_destroy(&w);
}

/* Numbers are those of a VPC. */
static void
test_two_vpcs(void **state OVS_UNUSED)
{
    struct world w;

    started(&w);
    numbers_vpc_changed(w.n, "w", true, NULL, w.now);
    endpoint_full(&w, "x", "w", "a=1", -1, -1, NULL);
    expect(&w, "vpc:w=16 ");
    struct json *status = json_object_create();
    json_object_put(status, "policyLabelLimit", json_integer_create(16));
    numbers_vpc_changed(w.n, "w", true, status, w.now);
    json_destroy(status);
    expect(&w, "x=1[a=1] ");

    /* Deleted and made anew in the other one. */
    endpoint_full(&w, "x", "v", "a=1", -1, 1, "a=1");
    expect(&w, "x=2[a=1] ");
    world_destroy(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_limit_grows_in_steps),
        cmocka_unit_test(test_spec_wins),
        cmocka_unit_test(test_spec_takes_own_number),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_clash),
        cmocka_unit_test(test_vpc_comes_and_goes),
        cmocka_unit_test(test_two_vpcs),
    };
    return cmocka_run_group_tests_name("labeller-numbers", tests, NULL, NULL);
}
