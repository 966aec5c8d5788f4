/* Flows of policies for what endpoints send: see pipeline.h for the tables,
 * docs/policy.md for what they mean.
 *
 *     FLOW_EGRESS_POLICY   what an endpoint sends to which policies for egress
 *                          apply is tracked in its zone; what others send:
 *                          FLOW_FORWARD
 *     FLOW_EGRESS_TO       finds the receiver: its label set
 *     FLOW_EGRESS_ACL      answers and errors of known connections:
 *                          FLOW_FORWARD; what a clause of the sender's group
 *                          allows: FLOW_EGRESS_ACCEPT; the rest: FLOW_REFUSE
 *     FLOW_EGRESS_ACCEPT   commits a new connection */
#ifndef GA_EGRESS_STAGE_H
#define GA_EGRESS_STAGE_H 1

struct flow_list;
struct m_endpoint;
struct m_vpc;

/* Adds the flows that are the same for all VPCs. */
void egress_stage_add_static(struct flow_list *);

/* Adds the VPC's flows, if policies for egress apply to endpoints here. */
void egress_stage_add_vpc(const struct m_vpc *, struct flow_list *);

/* Adds the flows of an endpoint of such a VPC: those by which it is known as
 * receiver, and if a policy for egress applies to it, the one that counts what
 * is not allowed. */
void egress_stage_add_endpoint(const struct m_endpoint *, struct flow_list *);

#endif /* agent/flows/egress-stage.h */
