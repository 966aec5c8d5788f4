/* The flows of the integration bridge, made again for what changed in a turn.
 * pipeline.h has their tables and says which file makes which. */
#ifndef GA_FLOWS_H
#define GA_FLOWS_H 1

struct agent;
struct flows;
struct ofctrl;

struct flows *flows_create(void);
void flows_destroy(struct flows *, struct ofctrl *);

/* Has flows_run() make the flows that depend on no object again. */
void flows_touch_static(struct flows *);

/* Makes the flows of everything that changed in this turn. */
void flows_run(struct agent *);

#endif /* agent/flows/flows.h */
