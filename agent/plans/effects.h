/* The effects of changes on all bridges that send: see switch/effect.h. */
#ifndef GA_EFFECTS_H
#define GA_EFFECTS_H 1

struct agent;

void effects_run(struct agent *);
void effects_wait(const struct agent *);

#endif /* agent/plans/effects.h */
