/* Label and field selectors. */

#include <config.h>

#include "utilities/nvad/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util.h"

static bool
labels_match(const char *text, const struct smap *labels)
{
    struct selector s = SELECTOR_INITIALIZER;
    char *error = selector_add_labels(&s, text);

    if (error) {
        fail_msg("\"%s\": %s", text, error);
    }

    bool ok = selector_matches(&s, "name", labels);
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

    assert_null(selector_add_fields(&s, "metadata.name=a"));
    assert_string_equal(selector_get_name(&s), "a");
    assert_true(selector_matches(&s, "a", &labels));
    assert_false(selector_matches(&s, "b", &labels));
    assert_null(selector_add_labels(&s, "x"));
    assert_false(selector_matches(&s, "a", &labels));
    selector_destroy(&s);

    s = (struct selector) SELECTOR_INITIALIZER;
    assert_null(selector_add_fields(&s, "metadata.name!=a"));
    assert_null(selector_get_name(&s));
    assert_false(selector_is_empty(&s));
    assert_false(selector_matches(&s, "a", &labels));
    assert_true(selector_matches(&s, "b", &labels));
    selector_destroy(&s);
}

static void
test_bad_fields(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "spec.vni=5", "metadata.name", "!metadata.name", "=",
        "metadata.name in (a)x", "metadata.namespace=a",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct selector s = SELECTOR_INITIALIZER;
        char *error = selector_add_fields(&s, bad[i]);

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_bad_labels),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_bad_fields),
        cmocka_unit_test(test_many_terms),
    };
    return cmocka_run_group_tests_name("nvad-selector", tests, NULL, NULL);
}
