/* Router advertisements to local endpoints: answers to solicitations, and
 * those that nobody asked for (RFC 4861, section 6.2). */
#ifndef GA_ROUTER_ADVERTS_H
#define GA_ROUTER_ADVERTS_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;
struct packet_in;
struct router_adverts;

struct router_adverts *router_adverts_create(void);
void router_adverts_destroy(struct router_adverts *);

/* Answers 'p', a router solicitation of 'ep'.  Returns false if it was
 * dropped. */
bool router_adverts_handle(struct agent *, const struct m_endpoint *ep,
                           const struct packet_in *p);

/* Sends what is due, and what has changed, such as the MTU. */
void router_adverts_run(struct agent *);
void router_adverts_wait(const struct agent *);

#endif /* agent/answers/router-adverts.h */
