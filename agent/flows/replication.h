/* Broadcast and multicast of a VPC, by ingress replication. */
#ifndef GA_REPLICATION_H
#define GA_REPLICATION_H 1

struct agent;
struct flow_list;
struct m_vpc;

/* Adds the flows that copy the broadcast and multicast packets of a VPC, which
 * must be active.  A packet from a tunnel goes to every local endpoint.  A
 * packet from an endpoint goes to every other local endpoint and to each
 * remote NVE with endpoints of the VPC.  RFC 8926, section 4.4.3.
 *
 * If the switch cannot make copies for all remotes, some get none, and an
 * alarm of the VPC says so. */
void replication_add_flows(struct agent *, const struct m_vpc *,
                           struct flow_list *);

/* Clears the alarm of a VPC that is not active any more. */
void replication_forget(struct agent *, const struct m_vpc *);

#endif /* agent/flows/replication.h */
