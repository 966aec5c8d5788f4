/* The status of LoadBalancers and QoSPolicies.
 *
 * Which backends are healthy, each backend's own node writes, into the status
 * of its endpoint (endpoint-status.h).  One agent collects it into that of the
 * LoadBalancer: the active node of the gateway that serves its external
 * address, else the keeper of its VPC. */
#ifndef GA_SERVICE_STATUS_H
#define GA_SERVICE_STATUS_H 1

struct agent;
struct service_status;

struct service_status *service_status_create(void);

/* NULL is fine. */
void service_status_destroy(struct service_status *);

/* Publishes what changed, of an object at most every two seconds. */
void service_status_run(struct agent *);
void service_status_wait(const struct agent *);

#endif /* agent/publish/service-status.h */
