/* The status of endpoints: where they are, and how they are.
 *
 * Every agent writes it for the endpoints that are plugged in at its node, and
 * takes it back when they are not any more. */
#ifndef GA_ENDPOINT_STATUS_H
#define GA_ENDPOINT_STATUS_H 1

struct agent;
struct endpoint_status;

struct endpoint_status *endpoint_status_create(void);

/* NULL is fine. */
void endpoint_status_destroy(struct endpoint_status *);

/* Publishes what changed.  That an endpoint is running is published when the
 * switch has confirmed its flows. */
void endpoint_status_run(struct agent *);

#endif /* agent/publish/endpoint-status.h */
