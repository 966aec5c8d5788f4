/* Health checks of services: the backends that are here are probed by this
 * node, whose agent tells the model what it finds.
 *
 * Probes go straight to the port of the backend, past all flows, so policies
 * do not stop them.  They come from the gateway of its subnet.  If that subnet
 * has none, or an endpoint has the gateway's address, they come from the
 * service's address. */
#ifndef GA_HEALTH_PROBES_H
#define GA_HEALTH_PROBES_H 1

#include <stdbool.h>

struct agent;
struct health_probes;
struct m_endpoint;
struct packet_in;

struct health_probes *health_probes_create(void);

/* To be called before the board's ofctrl is destroyed. */
void health_probes_destroy(struct agent *);

/* Tells the model what has been found since the last call.  To be called
 * before model_run(). */
void health_probes_tell(struct agent *);

/* Brings up to date who is probed, and the flows for answers. */
void health_probes_follow(struct agent *);

/* Sends the probes that are due.  To be called after answers_run(). */
void health_probes_run(struct agent *);
void health_probes_wait(const struct agent *);

/* Takes what 'ep' may have sent in answer to a probe.  Returns false if it is
 * of no use. */
bool health_probes_take(struct agent *, struct m_endpoint *ep,
                        const struct packet_in *);

/* Returns what the last probe of the backend 'ep' (a name) of the service 'lb'
 * (the same) found, such as "HTTP status 503"; NULL if it is not probed here,
 * or has not been yet. */
const char *health_probes_describe(const struct health_probes *,
                                   const char *lb, const char *ep);

#endif /* agent/answers/health-probes.h */
