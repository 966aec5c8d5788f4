/* Flows of the integration bridge that follow what changed in a turn.  Which
 * tables they are in, and who makes which, is in pipeline.h. */
#ifndef GA_FLOWS_H
#define GA_FLOWS_H 1

struct agent;
struct flows;
struct ofctrl;

struct flows *flows_create(void);
void flows_destroy(struct flows *, struct ofctrl *);

/* The flows that depend on no object are to be made again. */
void flows_touch_static(struct flows *);

/* Makes the flows of everything that changed in this turn. */
void flows_run(struct agent *);

#endif /* agent/flows/flows.h */
