/* Fewer plans than there are, where they will do. */
#ifndef GA_PLAN_MERGE_H
#define GA_PLAN_MERGE_H 1

struct agent;

/* Merges plans, if a merge is wanted and due and saves a plan. */
void plan_merge_run(struct agent *);

#endif /* agent/plans/plan-merge.h */
