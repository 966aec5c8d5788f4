/* ICMP to local endpoints: errors, and neighbour advertisements where flows
 * cannot make them; and TCP resets. */
#ifndef GA_ICMP_ANSWERS_H
#define GA_ICMP_ANSWERS_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;
struct packet_in;

/* Sends 'ep' the ICMP error that 'p', a packet of its, asks for by its reason,
 * or the neighbour advertisement.  Returns false if there is to be none. */
bool icmp_answers_error(struct agent *, const struct m_endpoint *ep,
                        const struct packet_in *p);
bool icmp_answers_solicitation(struct agent *, const struct m_endpoint *ep,
                               const struct packet_in *p);

/* 'p' is for a service that does not take it: sends 'ep' a TCP reset or an
 * ICMP error, as the host that has the service's address would.  Returns false
 * if there is to be none. */
bool icmp_answers_no_service(struct agent *, const struct m_endpoint *ep,
                             const struct packet_in *p);

#endif /* agent/answers/icmp-answers.h */
