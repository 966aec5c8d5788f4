/* ARP and neighbour discovery for a floating IP of an endpoint here. */
#ifndef GA_FIP_ANSWERS_H
#define GA_FIP_ANSWERS_H 1

#include <stdbool.h>

struct flow_list;
struct m_fip;

/* Adds the flow that answers for 'fip'.  'by_agent': it hands a neighbour
 * solicitation over to the agent, which answers it. */
void fip_answers_add_flow(const struct m_fip *, bool by_agent,
                          struct flow_list *);

/* Adds the flows that complete advertisements. */
void fip_answers_add_static(struct flow_list *);

#endif /* agent/flows/fip-answers.h */
