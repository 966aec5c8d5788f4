/* Names of endpoints: the resolver at the gateways of a VPC. */
#ifndef GA_DNS_ANSWERS_H
#define GA_DNS_ANSWERS_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;
struct packet_in;

/* Answers 'p', which 'ep' sent to a gateway that is a resolver.  Returns false
 * if it was dropped. */
bool dns_answers_handle(struct agent *, const struct m_endpoint *ep,
                        const struct packet_in *p);

#endif /* agent/answers/dns-answers.h */
