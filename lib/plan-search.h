/* The search for the fewest plans.
 *
 * Each set of rules goes into one plan; sets may share a plan if all their
 * rules together have no cycle. */
#ifndef GA_PLAN_SEARCH_H
#define GA_PLAN_SEARCH_H 1

#include "lib/plan-fit.h"

/* Distributes the sets over at most 'max_plans' plans and stores the plan of
 * each, or NO_PLAN, in 'plan_of'.  Returns the number of plans.  If
 * 'max_plans' allows, it is the least possible up to 9 sets, usually beyond
 * too, and never more than first-fit finds. */
size_t plan_search(size_t n_elems, const struct rule_set *, size_t n_sets,
                   size_t max_plans, size_t *plan_of);

#endif /* lib/plan-search.h */
