/* First-fit: each set of rules into the first plan that has room. */
#ifndef GA_PLAN_FIT_H
#define GA_PLAN_FIT_H 1

#include "lib/precedence.h"

struct rule_set {
    const struct precedence_rule *rules; /* Without contradiction, and not
                                          * empty. */
    size_t n;
    size_t weight;                  /* Remotes that want it. */
};

/* A plan number: none has room. */
#define NO_PLAN SIZE_MAX

bool rule_set_fits(const struct precedence *plan, const struct rule_set *);
bool rule_set_add(struct precedence *plan, const struct rule_set *);

size_t plan_first_fit(size_t n_elems, const struct rule_set *sets,
                      const size_t *order, size_t n, size_t max_plans,
                      size_t *plan_of, size_t *work);

#endif /* lib/plan-fit.h */
