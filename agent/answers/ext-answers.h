/* What the agent answers to packets from provider networks: ICMP errors about
 * packets to floating IPs, and with some datapaths neighbour
 * advertisements. */
#ifndef GA_EXT_ANSWERS_H
#define GA_EXT_ANSWERS_H 1

#include <stdbool.h>

#include "agent/flows/controller-stage.h"

struct agent;
struct packet_in;

/* Whether packets that were handed over for 'reason' are for
 * ext_answers_take(). */
bool ext_answers_wants(enum controller_stage_reason reason);

/* Answers such a packet, or has ext-neighbors.h take it.  Returns false if it
 * gets no answer. */
bool ext_answers_take(struct agent *, const struct packet_in *);

#endif /* agent/answers/ext-answers.h */
