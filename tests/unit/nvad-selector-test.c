/* Label and field selectors. */

#include <config.h>

#include "utilities/nvad/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "utilities/nvad/object.h"

static bool
matches(const struct selector *s, const char *name, const struct smap *labels)
{
    struct object o = {
        .name = CONST_CAST(char *, name), .labels = *labels,
        .vpc = CONST_CAST(char *, "blue"),
    };

    return selector_matches(s, &o);
}

static bool
labels_match(const char *text, const struct smap *labels)
{
    struct selector s = SELECTOR_INITIALIZER;
    char *error = selector_add_labels(&s, text);

    if (error) {
        fail_msg("\"%s\": %s", text, error);
    }

    bool ok = matches(&s, "name", labels);
    selector_destroy(&s);
    return ok;
}

static void
test_labels(void **state OVS_UNUSED)
{
    struct smap labels = SMAP_INITIALIZER(&labels);
    static const char *const yes[] = {
        "", " ", "a=1", "a==1", " a = 1 ", "a!=2", "x!=1", "a in (1)",
        "a in (0,1)", "a in ( 0 , 1 )", "a notin (2,3)", "x notin (1)", "a",
        "!x", "! x", "a,b", "a=1,b=", "b=", "b in ()", "b in (,)",
        "nvo3.io/vpc=blue", "a in (1),!x,b", "in=1", "notin in (x)",
    };
    static const char *const no[] = {
        "a=2", "a!=1", "x=1", "x", "!a", "a in (2)", "x in (1)", "x in ()",
        "a notin (1)", "a=1,x", "a,!b", "b=1", "a=", "nvo3.io/vpc=red",
    };

    smap_add(&labels, "a", "1");
    smap_add(&labels, "b", "");
    smap_add(&labels, "nvo3.io/vpc", "blue");
    smap_add(&labels, "in", "1");
    smap_add(&labels, "notin", "x");
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (!labels_match(yes[i], &labels)) {
            fail_msg("\"%s\" does not match", yes[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
        if (labels_match(no[i], &labels)) {
            fail_msg("\"%s\" matches", no[i]);
        }
    }
    smap_destroy(&labels);
}

static void
test_bad_labels(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        ",", "a,", ",a", "a,,b", "=1", "!", "!=1", "a b", "a=1 b", "a in",
        "a in 1", "a in (1", "a in (1 2)", "a in (1))", "a notin", "a=b/c",
        "a>1", "a<1", "a=\"x\"", "a=b=c", "(a)", "a;b", "!a=1", "a in (b/c)",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct selector s = SELECTOR_INITIALIZER;
        char *error = selector_add_labels(&s, bad[i]);

        if (!error) {
            fail_msg("\"%s\" was accepted", bad[i]);
        }
        free(error);
        selector_destroy(&s);
    }
}

static void
test_fields(void **state OVS_UNUSED)
{
    struct smap labels = SMAP_INITIALIZER(&labels);
    struct selector s = SELECTOR_INITIALIZER;

    assert_null(selector_add_fields(&s, RES_VPC, "metadata.name=a"));
    assert_string_equal(selector_get_name(&s), "a");
    assert_true(matches(&s, "a", &labels));
    assert_false(matches(&s, "b", &labels));
    assert_null(selector_add_labels(&s, "x"));
    assert_false(matches(&s, "a", &labels));
    selector_destroy(&s);

    s = (struct selector) SELECTOR_INITIALIZER;
    assert_null(selector_add_fields(&s, RES_VPC, "metadata.name!=a"));
    assert_null(selector_get_name(&s));
    assert_false(selector_is_empty(&s));
    assert_false(matches(&s, "a", &labels));
    assert_true(matches(&s, "b", &labels));
    selector_destroy(&s);
}

static void
test_bad_fields(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "spec.vni=5", "metadata.name", "!metadata.name", "=",
        "metadata.name in (a)x", "metadata.namespace=a",
        "spec.vpc=a",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct selector s = SELECTOR_INITIALIZER;
        char *error = selector_add_fields(&s, RES_VPC, bad[i]);

        if (!error) {
            fail_msg("\"%s\" was accepted", bad[i]);
        }
        free(error);
        selector_destroy(&s);
    }
}

/* Many terms: their array grows and moves. */
static void
test_many_terms(void **state OVS_UNUSED)
{
    struct smap labels = SMAP_INITIALIZER(&labels);

    smap_add(&labels, "a", "1");
    assert_true(labels_match("a=1,a,a!=2,a in (1,2),a notin (3),!b,!c,a==1",
                             &labels));
    assert_false(labels_match("a=1,a,a!=2,a in (1,2),a notin (3),!b,!c,a=2",
                              &labels));
    smap_destroy(&labels);
}

/* Endpoints and policies can be selected by what they say of their VPC,
 * whatever their labels say. */
static void
test_vpc(void **state OVS_UNUSED)
{
    static const enum resource_kind kinds[] = {
        RES_ENDPOINT, RES_VPC_POLICY, RES_VPC_GATEWAY, RES_VPC_ROUTE,
        RES_LOAD_BALANCER, RES_QOS_POLICY
    };
    struct smap labels = SMAP_INITIALIZER(&labels);

    smap_add(&labels, RESOURCE_LABEL_VPC, "red");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct selector s = SELECTOR_INITIALIZER;

        assert_null(selector_add_fields(&s, kinds[i], "spec.vpc=blue"));
        assert_null(selector_get_name(&s));
        assert_true(matches(&s, "a", &labels));
        assert_null(selector_add_fields(&s, kinds[i],
                                        "metadata.name=a,spec.vpc!=red"));
        assert_string_equal(selector_get_name(&s), "a");
        assert_true(matches(&s, "a", &labels));
        assert_null(selector_add_fields(&s, kinds[i], "spec.vpc=red"));
        assert_false(matches(&s, "a", &labels));
        selector_destroy(&s);
    }
    smap_destroy(&labels);
}

/* "a in (0,1,...)", or "a,a,..." without the set. */
static char *
repeat(size_t n, bool set)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, set ? "a in (" : "");
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, set ? "%"PRIuSIZE"," : "a,", i);
    }
    ds_chomp(&s, ',');
    ds_put_cstr(&s, set ? ")" : "");
    return ds_steal_cstr(&s);
}

/* What would take long to match is refused, in a short message. */
static void
test_limits(void **state OVS_UNUSED)
{
    static const struct { size_t n; bool set, ok; } cases[] = {
        { 32, false, true }, { 33, false, false }, { 8000, false, false },
        { 1000, true, true }, { 1001, true, false }, { 8000, true, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct selector s = SELECTOR_INITIALIZER;
        char *text = repeat(cases[i].n, cases[i].set);
        char *error = selector_add_labels(&s, text);

        assert_int_equal(!error, cases[i].ok);
        if (error) {
            assert_non_null(strstr(error, (cases[i].set ? "1000 values"
                                           : "32 terms")));
            assert_true(strlen(error) < 200);
        }
        free(error);
        free(text);
        selector_destroy(&s);
    }
}

/* The part that a selector narrows the objects to, "KEY=VALUE", or "". */
static void
assert_part(const char *labels, const char *fields, const char *expected)
{
    static const char *const keys[] = { "vpc", "vpc label", "nve label" };
    struct selector s = SELECTOR_INITIALIZER;
    struct object_part part;
    char *found;

    assert_null(selector_add_labels(&s, labels));
    assert_null(selector_add_fields(&s, RES_ENDPOINT, fields));
    found = (selector_get_part(&s, &part)
             ? xasprintf("%s=%s", keys[part.key], part.value) : xstrdup(""));
    assert_string_equal(found, expected);
    free(found);
    selector_destroy(&s);
}

static void
test_parts(void **state OVS_UNUSED)
{
    assert_part("", "", "");
    assert_part("a=1", "metadata.name=x", "");
    assert_part("a=1", "spec.vpc=blue", "vpc=blue");
    assert_part("a=1,nvo3.io/vpc=blue", "", "vpc label=blue");
    assert_part("nvo3.io/nve in (hv-1)", "", "nve label=hv-1");
    assert_part("nvo3.io/vpc in (blue,red)", "spec.vpc!=blue", "");
    assert_part("nvo3.io/vpc!=blue,!nvo3.io/nve", "", "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_bad_labels),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_bad_fields),
        cmocka_unit_test(test_many_terms),
        cmocka_unit_test(test_vpc),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("nvad-selector", tests, NULL, NULL);
}
