/* DHCPv4 for local endpoints. */
#ifndef GA_DHCP4_ANSWERS_H
#define GA_DHCP4_ANSWERS_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;
struct packet_in;

/* Answers 'p', which 'ep' sent to a DHCP server.  Returns false if it was
 * dropped. */
bool dhcp4_answers_handle(struct agent *, const struct m_endpoint *ep,
                          const struct packet_in *p);

#endif /* agent/answers/dhcp4-answers.h */
