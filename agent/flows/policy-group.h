/* Flows of groups of endpoints to which the same policies apply: what these
 * allow.  No flow of a group mentions an endpoint. */
#ifndef GA_POLICY_GROUP_H
#define GA_POLICY_GROUP_H 1

struct agent;
struct m_policy_group;

/* Makes the flows of a group: in FLOW_ACL if it is about what its endpoints
 * receive, in FLOW_EGRESS_ACL if about what they send. */
void policy_group_make(struct agent *, struct m_policy_group *);

#endif /* agent/flows/policy-group.h */
