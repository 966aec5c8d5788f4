/* The bridges of further plans: their ports and flows, from the making of such
 * a bridge to its end. */
#ifndef GA_PLAN_FLOWS_H
#define GA_PLAN_FLOWS_H 1

struct agent;

/* Brings the plans' bridges and flows up to date, and moves remotes to plans
 * that are ready.  To be called after flows_run(). */
void plan_flows_run(struct agent *);
void plan_flows_wait(const struct agent *);

#endif /* agent/flows/plan-flows.h */
