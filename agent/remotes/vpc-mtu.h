/* The MTU of a VPC's endpoints on this node: the smallest of the VPC's
 * remotes, with the options that were negotiated with each. */
#ifndef GA_VPC_MTU_H
#define GA_VPC_MTU_H 1

struct agent;
struct vpc_mtu;

struct vpc_mtu *vpc_mtu_create(void);
void vpc_mtu_destroy(struct vpc_mtu *);

/* Updates the MTU of the VPCs that changed or whose remotes did, and gives it
 * to the interfaces of their endpoints.  Afterwards the endpoints whose MTU
 * changed are among the changed ones. */
void vpc_mtu_run(struct agent *);
void vpc_mtu_wait(const struct agent *);

#endif /* agent/remotes/vpc-mtu.h */
