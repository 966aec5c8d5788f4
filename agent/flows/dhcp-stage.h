/* DHCP, router solicitations and names: handed over to the agent, which
 * answers them (agent/answers/answers.h).
 *
 * The flows are in FLOW_EGRESS, ahead of connection tracking and of every
 * policy: an endpoint has been checked to send from its own addresses, or from
 * 0.0.0.0 as a DHCP client, and gets its lease whatever policies say.  Only
 * endpoints in a subnet with 'dhcp' or 'ra' have such flows.  What others send
 * goes on as any broadcast or multicast. */
#ifndef GA_DHCP_STAGE_H
#define GA_DHCP_STAGE_H 1

struct flow_list;
struct m_endpoint;
struct m_vpc;

/* Adds the flows for what a local endpoint sends. */
void dhcp_stage_add_endpoint(const struct m_endpoint *, struct flow_list *);

/* Adds the flows for queries to the VPC's gateways that are resolvers. */
void dhcp_stage_add_vpc(const struct m_vpc *, struct flow_list *);

#endif /* agent/flows/dhcp-stage.h */
