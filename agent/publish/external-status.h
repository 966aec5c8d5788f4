/* The status of what leads out of VPCs: VPCGateways, FloatingIPs, VPCRoutes.
 *
 * One agent writes it, and all know which one: who serves the object, that is
 * the active node of a gateway, and who translates a floating IP.  Of one that
 * nobody serves it is the keeper, which follows from the objects: the first
 * node by name that could. */
#ifndef GA_EXTERNAL_STATUS_H
#define GA_EXTERNAL_STATUS_H 1

struct agent;
struct external_status;

struct external_status *external_status_create(void);

/* NULL is fine. */
void external_status_destroy(struct external_status *);

/* Publishes what changed. */
void external_status_run(struct agent *);

#endif /* agent/publish/external-status.h */
