/* Plans: order graphs, and whole fleets next to a brute-force minimum. */

#include <config.h>

#include "lib/order-graph.h"
#include "lib/planner.h"
#include "random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "util.h"

static void
start_random(uint32_t value)
{
    print_message("# seed %"PRIu32"\n", value);
    random_set_seed(value);
}

/* Options are letters here; a constraint is "<abc" (strict) or "^abc"
 * (first). */

static struct opt_key
key(char letter)
{
    return (struct opt_key) { 0xff01, letter };
}

static void
wish_init(struct order_constraint *constraint, const char *text)
{
    *constraint = (struct order_constraint) {
        .kind = *text == '<' ? RECV_STRICT : RECV_FIRST,
        .options = xmalloc(strlen(text) * sizeof *constraint->options),
    };
    while (*++text) {
        constraint->options[constraint->n_options++] = key(*text);
    }
}

static bool
add(struct order_graph *graph, const char *text)
{
    struct order_constraint constraint;
    bool added;

    wish_init(&constraint, text);
    added = order_graph_add(graph, &constraint, 1);
    order_constraint_destroy(&constraint);
    return added;
}

static void
check_sort(const struct order_graph *graph, const char *preferred,
           const char *expected)
{
    struct opt_key in[64], out[64];
    char letters[65] = "";
    size_t n = strlen(preferred);

    for (size_t i = 0; i < n; i++) {
        in[i] = key(preferred[i]);
    }
    n = order_graph_sort(graph, in, n, out);
    for (size_t i = 0; i < n; i++) {
        letters[i] = out[i].type;
    }
    assert_string_equal(letters, expected);
}

static void
test_graph_orders(void **state OVS_UNUSED)
{
    struct order_graph *graph = order_graph_create();

    check_sort(graph, "dcba", "dcba");
    assert_true(add(graph, "<bd"));
    check_sort(graph, "dcba", "cbda");
    assert_true(add(graph, "^abc"));
    check_sort(graph, "dcbaxa", "acbdx");
    check_sort(graph, "cd", "cd");
    /* By way of b, which is not there. */
    check_sort(graph, "da", "ad");
    order_graph_destroy(graph);
}

static void
test_graph_refuses_cycles(void **state OVS_UNUSED)
{
    struct order_graph *graph = order_graph_create(), *copy;
    struct order_constraint constraints[2];
    struct opt_key a, b;

    assert_true(add(graph, "<abc"));
    assert_true(add(graph, "<cd"));
    assert_true(add(graph, "<ad"));
    assert_false(add(graph, "<da"));
    assert_false(add(graph, "<xcyb"));
    assert_false(add(graph, "^dxa"));
    assert_false(add(graph, "<xx"));
    assert_true(add(graph, "^axd"));
    /* Nothing of what was refused remains. */
    assert_true(add(graph, "<bxy"));

    wish_init(&constraints[0], "<dxp");
    order_graph_destroy(order_graph_clone(graph));
    copy = order_graph_clone(graph);
    assert_false(order_graph_conflict(graph, &constraints[0], &a, &b));
    wish_init(&constraints[1], "<pd");
    assert_false(order_graph_conflict(graph, &constraints[1], &a, &b));
    /* Each alone would do. */
    assert_false(order_graph_add(graph, constraints, 2));
    check_sort(graph, "pd", "pd");
    assert_true(order_graph_add(graph, &constraints[0], 1));
    assert_true(order_graph_conflict(graph, &constraints[1], &a, &b));
    assert_int_equal(a.type, 'p');
    assert_int_equal(b.type, 'd');
    assert_false(order_graph_conflict(copy, &constraints[1], &a, &b));
    order_constraint_destroy(&constraints[0]);
    order_constraint_destroy(&constraints[1]);
    order_graph_destroy(graph);
    order_graph_destroy(copy);
}

static void
test_graph_grows(void **state OVS_UNUSED)
{
    struct order_graph *graph = order_graph_create();
    struct opt_key chain[200], order[200];
    struct order_constraint constraint = { RECV_STRICT, chain, 200 };
    struct order_constraint back = { RECV_STRICT, order, 2 };

    for (int i = 0; i < 200; i++) {
        chain[i] = (struct opt_key) { i, 1 };
    }
    assert_true(order_graph_add(graph, &constraint, 1));
    order[0] = chain[199];
    order[1] = chain[0];
    assert_false(order_graph_add(graph, &back, 1));
    order_graph_destroy(graph);
}

/* Fleets. */

#define MAX_REMOTES 64

struct fleet {
    struct order_constraint constraints[MAX_REMOTES];
    struct plan_remote remotes[MAX_REMOTES];
    size_t n;
    struct opt_key options[26];
    size_t n_options;
};

static void
fleet_init(struct fleet *fleet, size_t n_options)
{
    fleet->n = 0;
    fleet->n_options = n_options;
    for (size_t i = 0; i < n_options; i++) {
        fleet->options[i] = key('a' + i);
    }
}

static void
fleet_add(struct fleet *fleet, struct order_constraint constraint)
{
    fleet->constraints[fleet->n] = constraint;
    fleet->remotes[fleet->n] = (struct plan_remote) {
        .constraints = &fleet->constraints[fleet->n],
        .n_constraints = 1,
    };
    fleet->n++;
}

static void
fleet_destroy(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->n; i++) {
        order_constraint_destroy(&fleet->constraints[i]);
    }
}

static size_t
position(const struct plan *plan, struct opt_key wanted)
{
    size_t i;

    for (i = 0; i < plan->n_order; i++) {
        if (opt_key_equals(plan->order[i], wanted)) {
            break;
        }
    }
    return i;
}

static bool
plan_grants(const struct plan *plan, const struct order_constraint *constraint)
{
    for (size_t i = 1; i < constraint->n_options; i++) {
        size_t before = constraint->kind == RECV_STRICT ? i - 1 : 0;

        if (constraint->kind != RECV_ANY
            && position(plan, constraint->options[before])
               >= position(plan, constraint->options[i])) {
            return false;
        }
    }
    return true;
}

/* Every remote in one plan, whose order has every option once and is what the
 * remote wants. */
static void
check_plans(const struct plan_set *set, const struct plan_remote *remotes,
            size_t n, size_t n_options)
{
    size_t *count = xcalloc(n, sizeof *count);

    assert_true(set->n_plans >= 1);
    for (size_t p = 0; p < set->n_plans; p++) {
        const struct plan *plan = &set->plans[p];

        assert_int_equal(plan->n_order, n_options);
        for (size_t i = 0; i < n_options; i++) {
            assert_int_equal(position(plan, plan->order[i]), i);
        }
        assert_true(!p || plan->n_remotes);
        for (size_t i = 0; i < plan->n_remotes; i++) {
            const struct plan_remote *remote = &remotes[plan->remotes[i]];

            count[plan->remotes[i]]++;
            for (size_t w = 0; w < remote->n_constraints; w++) {
                assert_true(plan_grants(plan, &remote->constraints[w]));
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(count[i], 1);
    }
    free(count);
}

static size_t
solve(struct fleet *fleet)
{
    struct plan_set set;
    size_t n_plans;

    planner_solve(fleet->options, fleet->n_options, fleet->remotes, fleet->n,
                  &set);
    check_plans(&set, fleet->remotes, fleet->n, fleet->n_options);
    n_plans = set.n_plans;
    plan_set_destroy(&set);
    return n_plans;
}

/* 'constraints' are separated by blanks; "-" is none. */
static size_t
solve_text(const char *constraints)
{
    char *copy = xstrdup(constraints), *save = NULL;
    struct fleet fleet;
    size_t n_plans;

    fleet_init(&fleet, 26);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        struct order_constraint constraint = { .kind = RECV_ANY };

        if (*word != '-') {
            wish_init(&constraint, word);
        }
        fleet_add(&fleet, constraint);
    }
    n_plans = solve(&fleet);
    fleet_destroy(&fleet);
    free(copy);
    return n_plans;
}

static void
test_fleets(void **state OVS_UNUSED)
{
    assert_int_equal(solve_text(""), 1);
    assert_int_equal(solve_text("- - -"), 1);
    assert_int_equal(solve_text("<ab <bc <ac"), 1);
    assert_int_equal(solve_text("<ab <ba"), 2);
    assert_int_equal(solve_text("<ab <ba - <ab <ba"), 2);
    assert_int_equal(solve_text("^abc ^bca - <acb"), 2);
    /* Any two agree, all three do not. */
    assert_int_equal(solve_text("<ab <bc <ca"), 2);
    /* First-fit in this order needs three. */
    assert_int_equal(solve_text("<ab <cd <badc"), 2);
    assert_int_equal(solve_text("<ab <dc <ba <cd <abdc"), 2);
}

static void
test_tlv_plan(void **state OVS_UNUSED)
{
    static const char *constraints[] = { "<ab", "<ba", "<ba", "<dba" };
    struct plan_set set;
    struct fleet fleet;

    fleet_init(&fleet, 4);
    for (size_t i = 0; i < ARRAY_SIZE(constraints); i++) {
        struct order_constraint constraint;

        wish_init(&constraint, constraints[i]);
        fleet_add(&fleet, constraint);
    }
    fleet_add(&fleet, (struct order_constraint) { .kind = RECV_ANY });
    planner_solve(fleet.options, 4, fleet.remotes, fleet.n, &set);
    assert_int_equal(set.n_plans, 2);
    /* Where most are, and those without a constraint. */
    assert_int_equal(set.plans[0].n_remotes, 4);
    assert_int_equal(set.plans[0].remotes[0], 1);
    assert_int_equal(set.plans[0].remotes[3], 4);
    plan_set_destroy(&set);
    fleet_destroy(&fleet);
}

static void
test_several_wishes_of_a_remote(void **state OVS_UNUSED)
{
    struct opt_key options[] = { key('a'), key('b'), key('c'), key('a') };
    struct order_constraint constraints[4];
    struct plan_remote remotes[] = {
        { "x", &constraints[0], 2, 0 }, { "y", &constraints[1], 1, 0 },
        { "z", &constraints[2], 1, 0 }, { "self", &constraints[2], 2, 0 },
    };
    struct plan_set set;

    wish_init(&constraints[0], "<ab");
    wish_init(&constraints[1], "<bc");
    wish_init(&constraints[2], "<ca");
    wish_init(&constraints[3], "<ac");
    planner_solve(options, 4, remotes, 3, &set);
    assert_int_equal(set.n_plans, 2);
    check_plans(&set, remotes, 3, 3);
    plan_set_destroy(&set);

    /* A remote that contradicts itself is in the base plan. */
    planner_solve(options, 4, &remotes[3], 1, &set);
    assert_int_equal(set.n_plans, 1);
    assert_int_equal(set.plans[0].n_remotes, 1);
    plan_set_destroy(&set);
    for (int i = 0; i < 4; i++) {
        order_constraint_destroy(&constraints[i]);
    }
}

/* Random fleets. */

static struct order_constraint
random_wish(size_t n_options, size_t min)
{
    size_t n = min + random_range(n_options - min + 1);
    struct order_constraint constraint = {
        .kind = random_range(4) ? RECV_STRICT : RECV_FIRST
    };
    char letters[26];

    for (size_t i = 0; i < n_options; i++) {
        size_t j = random_range(i + 1);

        letters[i] = letters[j];
        letters[j] = 'a' + i;
    }
    constraint.options = xmalloc(n * sizeof *constraint.options);
    for (size_t i = 0; i < n; i++) {
        constraint.options[constraint.n_options++] = key(letters[i]);
    }
    return constraint;
}

/* The least number of plans, by trying all partitions. */
static size_t
brute_force(const struct fleet *fleet, struct order_graph **graphs, size_t n,
            size_t next, size_t best)
{
    if (n >= best) {
        return best;
    } else if (next == fleet->n) {
        return n;
    }
    for (size_t p = 0; p <= n; p++) {
        struct order_graph *saved = (p < n ? order_graph_clone(graphs[p])
                                     : order_graph_create());
        struct order_graph *graph = order_graph_clone(saved);

        if (order_graph_add(graph, &fleet->constraints[next], 1)) {
            struct order_graph *old = graphs[p];

            graphs[p] = graph;
            best = MIN(best, brute_force(fleet, graphs, MAX(n, p + 1),
                                         next + 1, best));
            graphs[p] = old;
        }
        order_graph_destroy(graph);
        order_graph_destroy(saved);
    }
    return best;
}

static size_t
first_fit(const struct fleet *fleet)
{
    struct order_graph *graphs[MAX_REMOTES];
    size_t n = 0;

    for (size_t i = 0; i < fleet->n; i++) {
        size_t p = 0;

        while (p < n
               && !order_graph_add(graphs[p], &fleet->constraints[i], 1)) {
            p++;
        }
        if (p == n) {
            graphs[n] = order_graph_create();
            order_graph_add(graphs[n++], &fleet->constraints[i], 1);
        }
    }
    for (size_t p = 0; p < n; p++) {
        order_graph_destroy(graphs[p]);
    }
    return MAX(n, 1);
}

static void
test_few_sets_need_the_minimum(void **state OVS_UNUSED)
{
    size_t n_better = 0;

    start_random(20250101);
    for (int round = 0; round < 400; round++) {
        struct order_graph *graphs[MAX_REMOTES];
        size_t n_options = 3 + random_range(4);
        size_t n = 1 + random_range(8);
        struct fleet fleet;
        size_t least, found;

        fleet_init(&fleet, n_options);
        for (size_t i = 0; i < n; i++) {
            fleet_add(&fleet, random_wish(n_options, 2));
        }
        least = brute_force(&fleet, graphs, 0, 0, n + 1);
        found = solve(&fleet);
        n_better += least < first_fit(&fleet);
        if (found != least) {
            fail_msg("round %d: %"PRIuSIZE" plans, %"PRIuSIZE" would do",
                     round, found, least);
        }
        fleet_destroy(&fleet);
    }
    assert_true(n_better > 10);     /* Else first-fit would do. */
}

static void
test_many_sets_are_no_worse_than_first_fit(void **state OVS_UNUSED)
{
    size_t n_better = 0;

    start_random(20250202);
    for (int round = 0; round < 150; round++) {
        size_t n_options = 4 + random_range(9);
        size_t n = 9 + random_range(MAX_REMOTES - 9);
        struct fleet fleet;
        size_t found, fitted;

        fleet_init(&fleet, n_options);
        for (size_t i = 0; i < n; i++) {
            fleet_add(&fleet, random_wish(random_range(2) ? 3 : n_options, 2));
        }
        fitted = first_fit(&fleet);
        found = solve(&fleet);
        if (found > fitted) {
            fail_msg("round %d: %"PRIuSIZE" plans, first-fit %"PRIuSIZE,
                     round, found, fitted);
        }
        n_better += found < fitted;
        fleet_destroy(&fleet);
    }
    assert_true(n_better > 10);
}

/* Time.  The bounds are ten times what was measured, so that only another
 * order of growth breaks them. */
static void
test_large_fleet(void **state OVS_UNUSED)
{
    enum { N = 10000, N_CONSTRAINTS = 200 };
    struct plan_remote *remotes = xcalloc(N, sizeof *remotes);
    struct order_constraint constraints[N_CONSTRAINTS];
    struct opt_key options[24];
    struct plan_set set;
    clock_t start;

    start_random(42);
    for (int i = 0; i < 24; i++) {
        options[i] = key('a' + i);
    }
    for (int i = 0; i < N_CONSTRAINTS; i++) {
        constraints[i] = random_wish(24, 20);
    }
    for (int i = 0; i < N; i++) {
        remotes[i] = (struct plan_remote) {
            .constraints = &constraints[random_range(N_CONSTRAINTS)],
            .n_constraints = 1,
        };
    }
    start = clock();
    planner_solve(options, 24, remotes, N, &set);
    double ms = (clock() - start) * 1000.0 / CLOCKS_PER_SEC;
    print_message("# %d remotes, %d constraints of 20 to 24 options: %"PRIuSIZE
                  " plans in %.1f ms\n", N, N_CONSTRAINTS, set.n_plans, ms);
    check_plans(&set, remotes, N, 24);
    assert_true(ms < 2000);
    plan_set_destroy(&set);
    for (int i = 0; i < N_CONSTRAINTS; i++) {
        order_constraint_destroy(&constraints[i]);
    }
    free(remotes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph_orders),
        cmocka_unit_test(test_graph_refuses_cycles),
        cmocka_unit_test(test_graph_grows),
        cmocka_unit_test(test_fleets),
        cmocka_unit_test(test_tlv_plan),
        cmocka_unit_test(test_several_wishes_of_a_remote),
        cmocka_unit_test(test_few_sets_need_the_minimum),
        cmocka_unit_test(test_many_sets_are_no_worse_than_first_fit),
        cmocka_unit_test(test_large_fleet),
    };
    return cmocka_run_group_tests_name("planner", tests, NULL, NULL);
}
