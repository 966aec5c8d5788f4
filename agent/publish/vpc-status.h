/* That VNIs are in use: status.vni of the VPCs that have endpoints here.
 *
 * Nobody takes a VNI from a VPC that uses it (claims.h), but the objects have
 * to say which one does: of two with one VNI, any may be the older. */
#ifndef GA_VPC_STATUS_H
#define GA_VPC_STATUS_H 1

struct agent;
struct vpc_status;

struct vpc_status *vpc_status_create(void);

/* NULL is fine. */
void vpc_status_destroy(struct vpc_status *);

/* Publishes what is not said yet. */
void vpc_status_run(struct agent *);
void vpc_status_wait(const struct agent *);

#endif /* agent/publish/vpc-status.h */
