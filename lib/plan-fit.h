/* First-fit: each set of rules into the first plan that has room. */
#ifndef GA_PLAN_FIT_H
#define GA_PLAN_FIT_H 1

#include "lib/precedence.h"

struct rule_set {
    const struct precedence_rule *rules; /* Not empty, no contradiction. */
    size_t n;
    size_t weight;                  /* Remotes that want it. */
};

/* A plan number: none has room. */
#define NO_PLAN SIZE_MAX

/* Whether each rule fits by itself; together they still may not. */
bool rule_set_fits(const struct precedence *plan, const struct rule_set *);

/* Adds the set to 'plan' and returns true, or returns false if it does not
 * fit. */
bool rule_set_add(struct precedence *plan, const struct rule_set *);

/* Puts sets[order[0]], sets[order[1]] ... one by one into the first of at most
 * 'max_plans' plans that has room.  Stores the plan of sets[I], or NO_PLAN, in
 * plan_of[I].  Returns the number of plans.  Adds to '*work' what it cost, in
 * an arbitrary unit that is the same on every machine. */
size_t plan_fit_all(size_t n_elems, const struct rule_set *sets,
                    const size_t *order, size_t n, size_t max_plans,
                    size_t *plan_of, size_t *work);

#endif /* lib/plan-fit.h */
