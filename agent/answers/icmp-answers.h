/* ICMP to local endpoints: errors, and where flows cannot make them, neighbour
 * advertisements. */
#ifndef GA_ICMP_ANSWERS_H
#define GA_ICMP_ANSWERS_H 1

#include <stdbool.h>

struct agent;

/* Answers the packets that the switch handed over since the last time. */
void icmp_answers_run(struct agent *);

#endif /* agent/answers/icmp-answers.h */
