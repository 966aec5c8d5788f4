/* Packets of a class on the bridge of a further plan: the tunnel ports that
 * send them with the class's DSCP, and the flows that lead there. */
#ifndef GA_PLAN_CLASS_FLOWS_H
#define GA_PLAN_CLASS_FLOWS_H 1

struct agent;
struct send_plan;

/* Follows which DSCPs there are, and the bridge's ports.  Sets
 * 'bridge_stale' if the plan's bridge needs others.  To be called after
 * class_ports_run(). */
void plan_class_flows_run(struct agent *, struct send_plan *);
void plan_class_flows_wait(const struct send_plan *);

#endif /* agent/flows/plan-class-flows.h */
