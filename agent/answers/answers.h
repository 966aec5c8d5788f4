/* What the agent answers to packets of endpoints. */
#ifndef GA_ANSWERS_H
#define GA_ANSWERS_H 1

struct agent;

/* Answers the packets that the switch handed over since the last call. */
void answers_run(struct agent *);

#endif /* agent/answers/answers.h */
