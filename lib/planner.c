/* Plans for a whole fleet of remotes.
 *
 * Ten thousand remotes have a handful of different constraints.  So the
 * constraints are first brought to one form in which equal ones are equal
 * arrays, and the search (lib/plan-search.c) sees every different set once.  A
 * remote without constraints goes into the base plan and never costs anything.
 *
 * The result is a function of the input alone: no time, no addresses. */

#include <config.h>

#include "lib/planner.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/plan-restrict.h"
#include "lib/plan-search.h"
#include "lib/precedence.h"
#include "openvswitch/hmap.h"
#include "util.h"

#define NO_SET SIZE_MAX

/* The options of a problem, with numbers in the order given. */

struct numbered_key {
    struct opt_key key;
    uint32_t number;
};

struct numbering {
    struct numbered_key *sorted;    /* By key. */
    struct opt_key *keys;           /* By number. */
    size_t n;
};

static int
compare_numbered(const void *a_, const void *b_)
{
    const struct numbered_key *a = a_;
    const struct numbered_key *b = b_;
    int cmp = opt_key_compare(a->key, b->key);

    return cmp ? cmp : a->number < b->number ? -1 : a->number > b->number;
}

/* An option that is given twice counts where it is given first. */
static void
numbering_init(struct numbering *nb, const struct opt_key *options, size_t n)
{
    size_t n_unique = 0;

    nb->sorted = xmalloc(n * sizeof *nb->sorted);
    nb->keys = xmalloc(n * sizeof *nb->keys);
    for (size_t i = 0; i < n; i++) {
        nb->sorted[i] = (struct numbered_key) { options[i], i };
    }
    qsort(nb->sorted, n, sizeof *nb->sorted, compare_numbered);

    bool *first = xcalloc(n, sizeof *first);
    for (size_t i = 0; i < n; i++) {
        first[nb->sorted[i].number] =
            !i || !opt_key_equals(nb->sorted[i].key, nb->sorted[i - 1].key);
    }
    uint32_t *renumbered = xmalloc(n * sizeof *renumbered);
    for (size_t i = 0; i < n; i++) {
        renumbered[i] = n_unique;
        if (first[i]) {
            nb->keys[n_unique++] = options[i];
        }
    }
    nb->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct numbered_key nk = nb->sorted[i];

        if (first[nk.number]) {
            nk.number = renumbered[nk.number];
            nb->sorted[nb->n++] = nk;
        }
    }
    free(first);
    free(renumbered);
}

static void
numbering_destroy(struct numbering *nb)
{
    free(nb->sorted);
    free(nb->keys);
}

static bool
numbering_find(const struct numbering *nb, struct opt_key key,
               uint32_t *number)
{
    size_t low = 0, high = nb->n;

    while (low < high) {
        size_t mid = (low + high) / 2;
        int cmp = opt_key_compare(key, nb->sorted[mid].key);

        if (!cmp) {
            *number = nb->sorted[mid].number;
            return true;
        } else if (cmp < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return false;
}

/* The different sets of constraints. */

/* All constraints of a remote in one array.  For each: the number of its
 * elements, times two, plus 1 for a chain; then the elements. */
struct code {
    uint32_t *words;
    size_t n, allocated;
};

struct unique_set {
    struct hmap_node node;          /* In struct problem's 'by_code'. */
    size_t id;
    struct code code;
    struct precedence_rule *rules;  /* Their elements are within 'code'. */
    size_t n_rules;
    size_t weight;                  /* Remotes that want it. */
};

struct problem {
    struct numbering numbering;
    struct hmap by_code;            /* Of struct unique_set. */
    struct unique_set **sets;       /* By id. */
    size_t n_sets, allocated_sets;
    size_t *set_of;                 /* For each remote a set, or NO_SET. */
    size_t *plan_of;                /* For each set its plan, or NO_PLAN. */
    size_t n_plans;
};

static void
code_put(struct code *code, uint32_t word)
{
    if (code->n == code->allocated) {
        code->words = x2nrealloc(code->words, &code->allocated,
                                 sizeof *code->words);
    }
    code->words[code->n++] = word;
}

static int
compare_words(const void *a_, const void *b_)
{
    const uint32_t *a = a_;
    const uint32_t *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* Removes the constraint that begins at word 'start' if an equal one precedes
 * it: the profiles of a remote mostly want the same. */
static void
code_drop_repeated(struct code *code, size_t start)
{
    size_t n = code->n - start;

    for (size_t i = 0; i < start; i += 1 + code->words[i] / 2) {
        if (code->words[i] == code->words[start]
            && !memcmp(&code->words[i], &code->words[start],
                       n * sizeof *code->words)) {
            code->n = start;
            return;
        }
    }
}

/* Appends 'constraint'.  Options that nobody numbered are left out; a "first"
 * of two is the same as a chain of two; what follows the front has no
 * order. */
static void
code_put_constraint(struct code *code, const struct numbering *nb,
                    const struct order_constraint *constraint)
{
    bool chain = constraint->kind == RECV_STRICT;
    size_t start = code->n;

    if (constraint->kind == RECV_ANY) {
        return;
    }
    code_put(code, 0);
    for (size_t i = 0; i < constraint->n_options; i++) {
        uint32_t number;

        if (numbering_find(nb, constraint->options[i], &number)) {
            code_put(code, number);
        } else if (!i && !chain) {
            break;
        }
    }

    size_t n = code->n - start - 1;
    if (n < 2) {
        code->n = start;
        return;
    } else if (n == 2) {
        chain = true;
    } else if (!chain) {
        qsort(&code->words[start + 2], n - 1, sizeof *code->words,
              compare_words);
    }
    code->words[start] = n * 2 + chain;
    code_drop_repeated(code, start);
}

static void
unique_set_destroy(struct unique_set *us)
{
    free(us->code.words);
    free(us->rules);
    free(us);
}

/* Takes over the words of 'code'. */
static struct unique_set *
unique_set_create(struct code *code)
{
    struct unique_set *us = xzalloc(sizeof *us);
    size_t allocated = 0;

    us->code = *code;
    *code = (struct code) { NULL, 0, 0 };
    for (size_t i = 0; i < us->code.n; i += 1 + us->code.words[i] / 2) {
        if (us->n_rules == allocated) {
            us->rules = x2nrealloc(us->rules, &allocated,
                                         sizeof *us->rules);
        }
        us->rules[us->n_rules++] = (struct precedence_rule) {
            .chain = us->code.words[i] & 1,
            .n = us->code.words[i] / 2,
            .elems = &us->code.words[i + 1],
        };
    }
    return us;
}

static bool
unique_set_is_possible(const struct unique_set *us, size_t n_elems)
{
    struct precedence p;
    bool possible;

    precedence_init(&p, n_elems);
    possible = precedence_add(&p, us->rules, us->n_rules);
    precedence_destroy(&p);
    return possible;
}

/* Returns the id of the set that 'code' stands for, or NO_SET if it is empty
 * or contradicts itself. */
static size_t
problem_find_set(struct problem *pb, struct code *code)
{
    uint32_t hash = hash_words(code->words, code->n, 0);
    struct unique_set *us;

    if (!code->n) {
        return NO_SET;
    }
    HMAP_FOR_EACH_WITH_HASH (us, node, hash, &pb->by_code) {
        if (us->code.n == code->n
            && !memcmp(us->code.words, code->words,
                       code->n * sizeof *code->words)) {
            return us->id;
        }
    }

    us = unique_set_create(code);
    hmap_insert(&pb->by_code, &us->node, hash);
    us->id = NO_SET;
    if (unique_set_is_possible(us, pb->numbering.n)) {
        if (pb->n_sets == pb->allocated_sets) {
            pb->sets = x2nrealloc(pb->sets, &pb->allocated_sets,
                                  sizeof *pb->sets);
        }
        us->id = pb->n_sets;
        pb->sets[pb->n_sets++] = us;
    }
    return us->id;
}

static void
problem_init(struct problem *pb, const struct opt_key *options,
             size_t n_options, const struct plan_remote *remotes,
             size_t n_remotes)
{
    struct code code = { NULL, 0, 0 };

    *pb = (struct problem) { .by_code = HMAP_INITIALIZER(&pb->by_code) };
    numbering_init(&pb->numbering, options, n_options);
    pb->set_of = xmalloc(n_remotes * sizeof *pb->set_of);
    for (size_t i = 0; i < n_remotes; i++) {
        code.n = 0;
        for (size_t j = 0; j < remotes[i].n_constraints; j++) {
            code_put_constraint(&code, &pb->numbering,
                                &remotes[i].constraints[j]);
        }
        pb->set_of[i] = problem_find_set(pb, &code);
        if (pb->set_of[i] != NO_SET) {
            pb->sets[pb->set_of[i]]->weight += 1 + remotes[i].n_more;
        }
    }
    free(code.words);
}

static void
problem_destroy(struct problem *pb)
{
    struct unique_set *us;

    HMAP_FOR_EACH_POP (us, node, &pb->by_code) {
        unique_set_destroy(us);
    }
    hmap_destroy(&pb->by_code);
    numbering_destroy(&pb->numbering);
    free(pb->sets);
    free(pb->set_of);
    free(pb->plan_of);
}

static void
problem_search(struct problem *pb, size_t max_plans)
{
    struct rule_set *sets = xmalloc(pb->n_sets * sizeof *sets);

    for (size_t i = 0; i < pb->n_sets; i++) {
        sets[i] = (struct rule_set) { pb->sets[i]->rules,
                                      pb->sets[i]->n_rules,
                                      pb->sets[i]->weight };
    }
    pb->plan_of = xmalloc(pb->n_sets * sizeof *pb->plan_of);
    pb->n_plans = plan_search(pb->numbering.n, sets, pb->n_sets, max_plans,
                              pb->plan_of);
    pb->n_plans = MAX(pb->n_plans, 1);
    free(sets);
}

/* Makes the plan that most remotes with constraints share the base plan: the
 * other ones cost a bridge each, and the base plan is there anyway.  Of equal
 * ones, the first. */
static void
problem_choose_base(struct problem *pb)
{
    size_t *count = xcalloc(pb->n_plans, sizeof *count);
    size_t base = 0;

    for (size_t i = 0; i < pb->n_sets; i++) {
        if (pb->plan_of[i] != NO_PLAN) {
            count[pb->plan_of[i]] += pb->sets[i]->weight;
        }
    }
    for (size_t p = 1; p < pb->n_plans; p++) {
        if (count[p] > count[base]) {
            base = p;
        }
    }
    for (size_t i = 0; i < pb->n_sets; i++) {
        pb->plan_of[i] = (pb->plan_of[i] == base ? 0
                          : pb->plan_of[i] == 0 ? base
                          : pb->plan_of[i]);
    }
    free(count);
}

/* Puts every option into '*plan' in an order that grants the sets of plan
 * 'id'. */
static void
plan_init_order(struct plan *plan, const struct problem *pb,
                const struct precedence *relation)
{
    size_t n = pb->numbering.n;
    uint32_t *preferred = xmalloc(n * sizeof *preferred);
    uint32_t *order = xmalloc(n * sizeof *order);

    for (size_t i = 0; i < n; i++) {
        preferred[i] = i;
    }
    precedence_sort(relation, preferred, n, order);
    plan->order = xmalloc(n * sizeof *plan->order);
    plan->n_order = n;
    for (size_t i = 0; i < n; i++) {
        plan->order[i] = pb->numbering.keys[order[i]];
    }
    free(preferred);
    free(order);
}

static void
append(size_t **array, size_t *n, size_t *allocated, size_t value)
{
    if (*n == *allocated) {
        *array = x2nrealloc(*array, allocated, sizeof **array);
    }
    (*array)[(*n)++] = value;
}

static void
plan_set_from_problem(struct plan_set *set, const struct problem *pb,
                      const struct plan_remote *remotes, size_t n_remotes)
{
    size_t allocated_beyond = 0;
    struct precedence *relations = xmalloc(pb->n_plans * sizeof *relations);
    size_t *allocated = xcalloc(pb->n_plans, sizeof *allocated);

    *set = (struct plan_set) { .n_plans = pb->n_plans };
    set->plans = xcalloc(set->n_plans, sizeof *set->plans);
    for (size_t p = 0; p < pb->n_plans; p++) {
        precedence_init(&relations[p], pb->numbering.n);
    }
    for (size_t i = 0; i < pb->n_sets; i++) {
        if (pb->plan_of[i] != NO_PLAN) {
            precedence_add(&relations[pb->plan_of[i]], pb->sets[i]->rules,
                           pb->sets[i]->n_rules);
        }
    }
    for (size_t p = 0; p < pb->n_plans; p++) {
        plan_init_order(&set->plans[p], pb, &relations[p]);
        precedence_destroy(&relations[p]);
    }
    for (size_t i = 0; i < n_remotes; i++) {
        size_t p = (pb->set_of[i] == NO_SET ? 0
                    : pb->plan_of[pb->set_of[i]]);

        if (p == NO_PLAN) {
            append(&set->beyond, &set->n_beyond, &allocated_beyond, i);
        } else {
            struct plan *plan = &set->plans[p];

            append(&plan->remotes, &plan->n_remotes, &allocated[p], i);
            plan->weight += 1 + remotes[i].n_more;
        }
    }
    free(relations);
    free(allocated);
}

void
planner_solve(const struct opt_key *options, size_t n_options,
              const struct plan_remote *remotes, size_t n_remotes,
              struct plan_set *set)
{
    planner_solve_within(options, n_options, remotes, n_remotes, SIZE_MAX,
                         set);
}

void
planner_solve_within(const struct opt_key *options, size_t n_options,
                     const struct plan_remote *remotes, size_t n_remotes,
                     size_t max_plans, struct plan_set *set)
{
    struct problem pb;

    problem_init(&pb, options, n_options, remotes, n_remotes);
    problem_search(&pb, max_plans);
    problem_choose_base(&pb);
    plan_set_from_problem(set, &pb, remotes, n_remotes);
    problem_destroy(&pb);
}

void
plan_set_destroy(struct plan_set *set)
{
    for (size_t i = 0; i < set->n_plans; i++) {
        free(set->plans[i].order);
        free(set->plans[i].remotes);
    }
    free(set->plans);
    free(set->beyond);
    *set = (struct plan_set) { .n_plans = 0 };
}
