/* Flows of policies for what endpoints receive, and what both directions have
 * in common: see pipeline.h for the tables, docs/policy.md for what they mean.
 *
 *     FLOW_EGRESS   tracks what an endpoint sends whose egress is free, so
 *                   that answers are recognized
 *     FLOW_LABEL    sets FLOW_REG_SRC_LABEL to the sender of a packet that
 *                   came from a tunnel
 *     FLOW_POLICY   tracks packets for a receiver in its zone; where policies
 *                   for ingress apply: FLOW_ACL; for others: FLOW_OUTPUT
 *     FLOW_ACL      answers and errors of known connections: FLOW_OUTPUT; what
 *                   a clause of the receiver's group allows: FLOW_ACCEPT; the
 *                   rest: FLOW_REFUSE
 *     FLOW_ACCEPT   commits a new connection
 *     FLOW_REFUSE   drops, and marks the connection as refused */
#ifndef GA_POLICY_STAGE_H
#define GA_POLICY_STAGE_H 1

#include <stddef.h>
#include <stdint.h>

struct agent;
struct flow_list;
struct m_endpoint;
struct m_vpc;
struct ofpbuf;

/* Adds the flows that are the same for all VPCs. */
void policy_stage_add_static(struct flow_list *);

/* Adds the VPC's flows of FLOW_LABEL and FLOW_POLICY, if policies for ingress
 * apply to endpoints here. */
void policy_stage_add_vpc(const struct agent *, const struct m_vpc *,
                          struct flow_list *);

/* Adds the flows of an endpoint.  If a policy for ingress applies to it: the
 * one that counts what is not allowed.  If it is at a remote whose endpoints
 * are known by address: those that find its label by its addresses. */
void policy_stage_add_endpoint(const struct m_endpoint *, struct flow_list *);

/* Appends actions that set the registers for packets that a local endpoint
 * sends, or that it receives. */
void policy_stage_put_sender(const struct m_endpoint *,
                             struct ofpbuf *actions);
void policy_stage_put_receiver(const struct m_endpoint *,
                               struct ofpbuf *actions);

/* What FLOW_REG_OUT has for a local endpoint. */
uint32_t policy_stage_get_out(const struct m_endpoint *);

/* Adds flows by which ARP and neighbour discovery go on from 'table' to
 * 'next'. */
void policy_stage_add_passes(struct flow_list *, uint8_t table, uint8_t next);

/* Adds the flow of 'table' that counts and refuses what no rule allows. */
void policy_stage_add_deny_flow(const struct m_endpoint *, uint8_t table,
                                struct flow_list *);

#endif /* agent/flows/policy-stage.h */
