/* Flows of policies: see pipeline.h for the tables, docs/policy.md for what
 * they mean.
 *
 *     FLOW_EGRESS   tracks what a selected endpoint sends in its zone, so that
 *                   answers are recognized
 *     FLOW_LABEL    sets FLOW_REG_SRC_LABEL to the sender of a packet that
 *                   came from a tunnel
 *     FLOW_POLICY   tracks packets for a selected receiver in its zone; for
 *                   others: FLOW_OUTPUT
 *     FLOW_ACL      answers and errors of known connections: FLOW_OUTPUT; what
 *                   a clause of the receiver's group allows: FLOW_ACCEPT; the
 *                   rest is dropped
 *     FLOW_ACCEPT   commits a new connection */
#ifndef GA_POLICY_STAGE_H
#define GA_POLICY_STAGE_H 1

#include <stddef.h>

struct agent;
struct flow_list;
struct m_endpoint;
struct m_policy_group;
struct m_vpc;
struct ofpbuf;

/* Adds the flows that are the same for all VPCs. */
void policy_stage_add_static(struct flow_list *);

/* Adds the VPC's flows of FLOW_LABEL, if it has selected endpoints here. */
void policy_stage_add_vpc(const struct agent *, const struct m_vpc *,
                          struct flow_list *);

/* Adds the flows of an endpoint.  If it is local and selected: the one that
 * drops and counts what is not allowed.  If it is at a remote whose endpoints
 * are known by address: those that find its label by its addresses. */
void policy_stage_add_endpoint(const struct m_endpoint *, struct flow_list *);

/* Appends actions that set the registers for packets that a local endpoint
 * sends, or that it receives. */
void policy_stage_put_sender(const struct m_endpoint *,
                             struct ofpbuf *actions);
void policy_stage_put_receiver(const struct m_endpoint *,
                               struct ofpbuf *actions);

/* Makes the flows of a group. */
void policy_stage_make_group(struct agent *, struct m_policy_group *);

#endif /* agent/flows/policy-stage.h */
