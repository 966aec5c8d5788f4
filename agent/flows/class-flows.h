/* The flows of QoS classes, which no endpoint and no remote has to itself. */
#ifndef GA_CLASS_FLOWS_H
#define GA_CLASS_FLOWS_H 1

struct agent;

/* Makes them again if class_ports_run() found that they may have changed. */
void class_flows_run(struct agent *);

#endif /* agent/flows/class-flows.h */
