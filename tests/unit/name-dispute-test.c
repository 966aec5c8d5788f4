/* Two nodes with one name: each is a dispute, and they share a status. */

#include <config.h>

#include "agent/publish/name-dispute.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nullable-string.h"
#include "util.h"

struct fixture {
    struct name_dispute a, b;
    char *instance, *contender, *contender_seen;
    long long int now;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    name_dispute_init(&f->a, xstrdup("a"));
    name_dispute_init(&f->b, xstrdup("b"));
    f->now = 1000;
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    name_dispute_destroy(&f->a);
    name_dispute_destroy(&f->b);
    free(f->instance);
    free(f->contender);
    free(f->contender_seen);
    free(f);
    return 0;
}

static void
set(char **s, const char *value)
{
    nullable_string_replace(s, nullable_xstrdup(value));
}

static void
update(struct fixture *f, struct name_dispute *d)
{
    struct name_status status = {
        f->instance, f->contender, f->contender_seen
    };

    name_dispute_update(d, &status, f->now);
}

/* 'd' sees the status and writes what it wants of it. */
static void
turn(struct fixture *f, struct name_dispute *d)
{
    update(f, d);
    if (d->state == NAME_OURS) {
        bool answer = d->rival && !d->rival_gone;

        set(&f->instance, d->instance);
        set(&f->contender_seen, answer ? d->rival : NULL);
        if (!answer) {
            set(&f->contender, NULL);
        }
    } else if (d->state == NAME_ASKING) {
        set(&f->contender, d->question);
    }
    update(f, d);
}

static void
test_nobody_else(void **state)
{
    struct fixture *f = *state;

    turn(f, &f->a);
    assert_int_equal(f->a.state, NAME_OURS);
    assert_string_equal(f->instance, "a");
    assert_true(name_dispute_get_deadline(&f->a) == LLONG_MAX);
    name_dispute_destroy(&f->a);
    name_dispute_init(&f->a, xstrdup("a"));
    turn(f, &f->a);             /* Restarted. */
    assert_int_equal(f->a.state, NAME_OURS);
}

static void
test_second_holds_still(void **state)
{
    struct fixture *f = *state;

    turn(f, &f->a);
    turn(f, &f->b);
    assert_int_equal(f->b.state, NAME_ASKING);
    turn(f, &f->a);
    assert_int_equal(f->a.state, NAME_OURS);
    assert_non_null(f->a.rival);
    turn(f, &f->b);
    assert_int_equal(f->b.state, NAME_HELD);
    assert_true(f->b.refused);
    assert_string_equal(f->instance, "a");

    /* It asks again, and is told again; all that time the first goes on. */
    for (int i = 0; i < 10; i++) {
        f->now += NAME_RETRY_TIME;
        turn(f, &f->b);
        assert_int_equal(f->b.state, NAME_ASKING);
        assert_true(f->b.refused);
        turn(f, &f->a);
        assert_non_null(f->a.rival);
        assert_false(f->a.rival_gone);
        turn(f, &f->b);
        assert_int_equal(f->b.state, NAME_HELD);
    }

    /* When the second has another name, the first forgets it. */
    f->now += NAME_RIVAL_TIME;
    turn(f, &f->a);
    assert_null(f->contender);
    turn(f, &f->a);
    assert_null(f->a.rival);
    assert_true(name_dispute_get_deadline(&f->a) == LLONG_MAX);
}

static void
test_who_is_gone_does_not_answer(void **state)
{
    struct fixture *f = *state;

    turn(f, &f->a);
    turn(f, &f->b);
    assert_true(name_dispute_get_deadline(&f->b)
                == f->now + NAME_ANSWER_TIME);
    f->now += NAME_ANSWER_TIME - 1;
    turn(f, &f->b);
    assert_int_equal(f->b.state, NAME_ASKING);
    f->now++;
    turn(f, &f->b);
    assert_int_equal(f->b.state, NAME_OURS);
    assert_false(f->b.refused);
    assert_string_equal(f->instance, "b");
    assert_null(f->contender);

    /* It was only cut off: now it is the second. */
    turn(f, &f->a);
    assert_int_equal(f->a.state, NAME_ASKING);
    turn(f, &f->b);
    turn(f, &f->a);
    assert_int_equal(f->a.state, NAME_HELD);
    assert_int_equal(f->b.state, NAME_OURS);
}

/* The question cannot be written: that is no silence. */
static void
test_time_counts_from_the_question(void **state)
{
    struct fixture *f = *state;

    turn(f, &f->a);
    update(f, &f->b);
    f->now += 10 * NAME_ANSWER_TIME;
    update(f, &f->b);
    assert_int_equal(f->b.state, NAME_ASKING);
}

static void
test_name_that_is_let_go_is_free(void **state)
{
    struct fixture *f = *state;

    turn(f, &f->a);
    turn(f, &f->b);
    turn(f, &f->a);
    turn(f, &f->b);
    assert_int_equal(f->b.state, NAME_HELD);
    set(&f->instance, NULL);    /* The object was deleted. */
    set(&f->contender, NULL);
    set(&f->contender_seen, NULL);
    turn(f, &f->b);
    assert_int_equal(f->b.state, NAME_OURS);
}

/* Both start while there is no object; the second write is what stays. */
static void
test_both_start_at_once(void **state)
{
    struct fixture *f = *state;

    update(f, &f->a);
    update(f, &f->b);
    set(&f->instance, "a");
    update(f, &f->a);
    set(&f->instance, "b");
    for (int i = 0; i < 4; i++) {
        turn(f, &f->a);
        turn(f, &f->b);
    }
    assert_int_equal(f->a.state, NAME_HELD);
    assert_int_equal(f->b.state, NAME_OURS);
    assert_string_equal(f->instance, "b");
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nobody_else),
        TEST(test_second_holds_still),
        TEST(test_who_is_gone_does_not_answer),
        TEST(test_time_counts_from_the_question),
        TEST(test_name_that_is_let_go_is_free),
        TEST(test_both_start_at_once),
    };
    return cmocka_run_group_tests_name("name-dispute", tests, NULL, NULL);
}
