/* Claims: who has a thing that two objects want. */

#include <config.h>

#include "agent/model/claims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "svec.h"

struct fixture {
    struct claims claims;
    struct claimant a, b, c;
    int changes;                    /* Calls of count_change(). */
    void *last_changed;
};

static void
count_change(void *owner, void *f_)
{
    struct fixture *f = f_;

    f->changes++;
    f->last_changed = owner;
}

static void
claim(struct fixture *f, struct claimant *c, const char *key)
{
    struct svec keys = SVEC_EMPTY_INITIALIZER;

    if (key) {
        svec_add(&keys, key);
    }
    claims_set(&f->claims, c, &keys, count_change, f);
    svec_destroy(&keys);
}

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    claims_init(&f->claims);
    claimant_init(&f->a, "a", &f->a);
    claimant_init(&f->b, "b", &f->b);
    claimant_init(&f->c, "c", &f->c);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    claimant_destroy(&f->claims, &f->a, count_change, f);
    claimant_destroy(&f->claims, &f->b, count_change, f);
    claimant_destroy(&f->claims, &f->c, count_change, f);
    claims_destroy(&f->claims);
    free(f);
    return 0;
}

static void
test_first_come(void **state)
{
    struct fixture *f = *state;

    claim(f, &f->b, "vni 7");
    claim(f, &f->a, "vni 7");
    assert_null(claims_get_rival(&f->claims, &f->b, "vni 7"));
    assert_string_equal(claims_get_rival(&f->claims, &f->a, "vni 7"), "b");
    assert_ptr_equal(claims_get_owner(&f->claims, "vni 7"), &f->b);
    assert_int_equal(f->changes, 0);
}

static void
test_older_timestamp_wins(void **state)
{
    struct fixture *f = *state;

    claimant_set_timestamp(&f->a, "2026-01-02T00:00:00Z");
    claimant_set_timestamp(&f->b, "2026-01-01T00:00:00Z");
    claim(f, &f->a, "vni 7");
    claim(f, &f->b, "vni 7");
    assert_null(claims_get_rival(&f->claims, &f->b, "vni 7"));
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->a);
}

static void
test_next_one_gets_what_is_given_up(void **state)
{
    struct fixture *f = *state;

    claim(f, &f->a, "vni 7");
    claim(f, &f->b, "vni 7");
    claim(f, &f->c, "vni 7");
    claim(f, &f->b, "vni 8");
    assert_int_equal(f->changes, 0);
    claim(f, &f->a, NULL);
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->c);
    assert_null(claims_get_rival(&f->claims, &f->c, "vni 7"));
    assert_null(claims_get_owner(&f->claims, "vni 9"));
}

static void
test_claiming_again_changes_nothing(void **state)
{
    struct fixture *f = *state;

    claim(f, &f->a, "vni 7");
    claim(f, &f->b, "vni 7");
    claim(f, &f->a, "vni 7");
    assert_int_equal(f->changes, 0);
    assert_string_equal(claims_get_rival(&f->claims, &f->b, "vni 7"), "a");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_come, setup, teardown),
        cmocka_unit_test_setup_teardown(test_older_timestamp_wins, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_next_one_gets_what_is_given_up,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_claiming_again_changes_nothing,
                                        setup, teardown),
    };
    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
