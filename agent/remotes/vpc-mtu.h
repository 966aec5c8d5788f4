/* The MTU of a VPC's endpoints on this node: the smallest over the VPC's
 * remotes, with the options that are negotiated with each. */
#ifndef GA_VPC_MTU_H
#define GA_VPC_MTU_H 1

struct agent;
struct vpc_mtu;

struct vpc_mtu *vpc_mtu_create(void);
void vpc_mtu_destroy(struct vpc_mtu *);

/* Brings 'mtu' of the VPCs that changed, or whose remotes did, up to date, and
 * has the interfaces of their endpoints get it.  Endpoints with another MTU
 * than before are among the changed ones afterwards. */
void vpc_mtu_run(struct agent *);
void vpc_mtu_wait(const struct agent *);

#endif /* agent/remotes/vpc-mtu.h */
