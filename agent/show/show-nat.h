/* `nat list'. */
#ifndef GA_SHOW_NAT_H
#define GA_SHOW_NAT_H 1

struct unixctl_conn;

/* Answers with what external addresses are translated to, as this node knows
 * it: [{"address", "externalNetwork", "kind": "fip" or "snat", "name": the
 * FloatingIP's or the VPCGateway's, "inside": the endpoint's address, or the
 * prefix of the sources; or null, "endpoint": or null, "vpc": or null, "mode":
 * "distributed" or "gateway", or null, "nve": who translates, or null if this
 * node does not know, "here": "active", "standby" or "-", "zone": its
 * conntrack zone here, or 0, "message": why it is not in use, or null}], by
 * address. */
void show_nat_list(struct unixctl_conn *, int argc, const char *argv[],
                   void *agent);

#endif /* agent/show/show-nat.h */
