/* ICMP to local endpoints: errors, and neighbour advertisements where flows
 * cannot make them. */
#ifndef GA_ICMP_ANSWERS_H
#define GA_ICMP_ANSWERS_H 1

struct agent;

/* Answers the packets that the switch handed over since the last call. */
void icmp_answers_run(struct agent *);

#endif /* agent/answers/icmp-answers.h */
