/* What `agentctl explain' says about policies. */
#ifndef GA_EXPLAIN_POLICY_H
#define GA_EXPLAIN_POLICY_H 1

struct json;
struct m_nve;

/* Adds lines to the answer, see show.h: for each VPC with endpoints here that
 * policies select, how its endpoints at 'nve' are known as senders. */
void explain_policy_put_lines(const struct m_nve *nve, struct json *lines);

#endif /* agent/show/explain-policy.h */
