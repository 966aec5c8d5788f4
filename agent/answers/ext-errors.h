/* ICMP errors between a provider network and VPCs, of the kinds that flows
 * cannot make, or not translate. */
#ifndef GA_EXT_ERRORS_H
#define GA_EXT_ERRORS_H 1

#include <stdbool.h>

struct agent;
struct packet_in;

/* Takes a packet from a provider network that ext_answers_wants() does not.
 * One that had been translated back and could not go on to the endpoint: tells
 * the host outside why.  CONTROLLER_STAGE_NAT_ERROR: translates the error and
 * sends it on to the endpoint.  Returns false if it does neither. */
bool ext_errors_take(struct agent *, const struct packet_in *);

#endif /* agent/answers/ext-errors.h */
