/* Flows of policies: see pipeline.h for the tables, docs/policy.md for what
 * they mean.
 *
 *     FLOW_EGRESS   what a selected endpoint sends is tracked in its zone, so
 *                   that answers are known as such
 *     FLOW_LABEL    who sent what came from a tunnel: FLOW_REG_SRC_LABEL
 *     FLOW_POLICY   for a selected receiver: to its zone; others: FLOW_OUTPUT
 *     FLOW_ACL      answers, errors of known connections, what a clause of the
 *                   receiver's group allows: FLOW_ACCEPT; else dropped
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

/* What is the same for all VPCs: the stages themselves. */
void policy_stage_add_static(struct flow_list *);

/* FLOW_LABEL, if the VPC has selected endpoints here. */
void policy_stage_add_vpc(const struct agent *, const struct m_vpc *,
                    struct flow_list *);

/* For a local endpoint, the flow that drops and counts what is not allowed;
 * for a remote one that is known by its addresses, the flows that match
 * them. */
void policy_stage_add_endpoint(const struct m_endpoint *, struct flow_list *);

/* Sets the registers for what 'ep', which is local, sends; and for what it
 * receives. */
void policy_stage_put_sender(const struct m_endpoint *,
                             struct ofpbuf *actions);
void policy_stage_put_receiver(const struct m_endpoint *,
                               struct ofpbuf *actions);

/* Makes the flows of a group. */
void policy_stage_make_group(struct agent *, struct m_policy_group *);

#endif /* agent/flows/policy-stage.h */
