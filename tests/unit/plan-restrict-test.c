/* What is left of a negotiation in a given order, and what it constraints. */

#include <config.h>

#include "lib/plan-restrict.h"
#include "lib/planner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

/* Options are letters here. */
static struct opt_key
key(char letter)
{
    return (struct opt_key) { 0xff01, letter };
}

/* 'text': the options as they are sent; upper case is required, and a digit
 * after it a priority. */
static void
make_negotiation(struct negotiation *n, struct sender_table *sender,
                 enum recv_order order, const char *text)
{
    struct recv_entry entries[GENEVE_MAX_OPTIONS];
    struct neg_receive receive = {
        .source = NEG_SRC_ADVERTISED,
        .table = { .entries = entries, .order = order,
                   .limits = NEG_LIMITS_NONE },
    };

    *sender = (struct sender_table) { .limits = NEG_LIMITS_NONE };
    sender->options = xcalloc(strlen(text), sizeof *sender->options);
    for (; *text; text++) {
        char letter = *text | 0x20;
        int priority = NEG_DEFAULT_PRIORITY;
        bool required = letter != *text;

        if (text[1] >= '0' && text[1] <= '9') {
            priority = *++text - '0';
        }
        sender->options[sender->n_options++] = (struct sender_option) {
            .key = key(letter), .length = 4, .required = required,
            .priority = priority,
        };
        entries[receive.table.n_entries++] = (struct recv_entry) {
            .key = key(letter), .min_len = 4, .max_len = 4,
        };
    }
    negotiation_select(sender, &receive, NEG_LIMITS_NONE, n);
}

static void
check_restrict(enum recv_order order, const char *text, const char *wire,
               const char *expected)
{
    struct opt_key keys[64];
    struct sender_table sender;
    struct negotiation n;
    char left[65] = "";
    bool changed;

    for (size_t i = 0; wire[i]; i++) {
        keys[i] = key(wire[i]);
    }
    make_negotiation(&n, &sender, order, text);
    size_t before = n.n_options;
    changed = plan_restrict(&n, &sender, keys, strlen(wire));
    if (n.status == NEG_BLOCKED) {
        strcpy(left, "blocked");
    } else {
        for (size_t i = 0; i < n.n_options; i++) {
            left[i] = n.options[i].key.type;
        }
        assert_int_equal(changed, n.n_options < before);
    }
    assert_string_equal(left, expected);
    for (size_t i = 0; i < n.n_omitted; i++) {
        assert_int_equal(n.omitted[i].reason, NEG_PLAN);
    }
    negotiation_destroy(&n);
    free(sender.options);
}

static void
test_restrict(void **state OVS_UNUSED)
{
    check_restrict(RECV_ANY, "abc", "cba", "abc");
    check_restrict(RECV_ANY, "abc", "ca", "ac");
    check_restrict(RECV_STRICT, "abc", "abc", "abc");
    check_restrict(RECV_STRICT, "abc", "xaybzc", "abc");
    check_restrict(RECV_STRICT, "abc", "cba", "a");
    check_restrict(RECV_STRICT, "abc", "bca", "a");
    check_restrict(RECV_STRICT, "abc1", "bca", "bc");
    check_restrict(RECV_STRICT, "aBc1", "cba", "b");
    check_restrict(RECV_STRICT, "aBC", "cba", "blocked");
    check_restrict(RECV_STRICT, "ab", "", "");
    check_restrict(RECV_STRICT, "A", "", "blocked");
}

static void
test_restrict_first(void **state OVS_UNUSED)
{
    check_restrict(RECV_FIRST, "abc", "acb", "abc");
    /* The front stays, so what precedes it goes ... */
    check_restrict(RECV_FIRST, "abc", "bac", "ac");
    /* ... or it goes, and then nothing is pinned. */
    check_restrict(RECV_FIRST, "ab1c1", "bac", "bc");
    check_restrict(RECV_FIRST, "a2b1c", "cba", "bc");
    check_restrict(RECV_FIRST, "aBc", "cba", "bc");
    check_restrict(RECV_FIRST, "ABc", "bac", "blocked");
    check_restrict(RECV_FIRST, "abc", "cb", "bc");
}

static void
test_wish_of_a_negotiation(void **state OVS_UNUSED)
{
    static const struct {
        enum recv_order order;
        const char *text;
        enum recv_order kind;
        size_t n;
    } cases[] = {
        { RECV_ANY, "abc", RECV_ANY, 0 },
        { RECV_STRICT, "abc", RECV_STRICT, 3 },
        { RECV_FIRST, "abc", RECV_FIRST, 3 },
        { RECV_STRICT, "a", RECV_ANY, 0 },
        { RECV_FIRST, "a", RECV_ANY, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sender_table sender;
        struct order_constraint constraint;
        struct negotiation n;

        make_negotiation(&n, &sender, cases[i].order, cases[i].text);
        order_constraint_from_negotiation(&constraint, &n);
        assert_int_equal(constraint.kind, cases[i].kind);
        assert_int_equal(constraint.n_options, cases[i].n);
        order_constraint_destroy(&constraint);

        /* Without the front, the others have no order. */
        negotiation_drop_option(&n, &sender, key('a'), NEG_PLAN);
        order_constraint_from_negotiation(&constraint, &n);
        assert_int_equal(constraint.kind, cases[i].kind == RECV_STRICT
                         ? RECV_STRICT : RECV_ANY);
        order_constraint_destroy(&constraint);
        negotiation_destroy(&n);
        free(sender.options);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restrict),
        cmocka_unit_test(test_restrict_first),
        cmocka_unit_test(test_wish_of_a_negotiation),
    };
    return cmocka_run_group_tests_name("plan-restrict", tests, NULL, NULL);
}
