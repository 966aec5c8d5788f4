/* Broadcast and multicast of a VPC, by ingress replication. */
#ifndef GA_REPLICATION_H
#define GA_REPLICATION_H 1

struct agent;
struct flow_list;
struct m_vpc;

/* Adds the flows that copy a broadcast or multicast packet of 'vpc', which
 * must be active: one that came from a tunnel to every local endpoint, one
 * that an endpoint sent to every other local endpoint and to each remote NVE
 * with endpoints of the VPC.  RFC 8926, section 4.4.3.
 *
 * Remotes beyond what the switch can make copies for get none; that is an
 * alarm of the VPC. */
void replication_add_flows(struct agent *, const struct m_vpc *,
                           struct flow_list *);

/* 'vpc' is not active any more: there is nothing to be alarmed about. */
void replication_forget(struct agent *, const struct m_vpc *);

#endif /* agent/flows/replication.h */
