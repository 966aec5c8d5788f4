/* Which rule of a policy lets a traced packet pass. */
#ifndef GA_TRACE_RULE_H
#define GA_TRACE_RULE_H 1

#include "lib/resource-vpc-policy.h"

struct json;
struct trace_subject;

/* "spec.egress[0] of POLICY": the first rule that allows the packet, of the
 * policies that apply in 'direction' to its source (POLICY_EGRESS) or
 * destination.  JSON null if there is none, or if the packet is none that
 * rules are about. */
struct json *trace_rule_find(const struct trace_subject *,
                             enum policy_direction);

#endif /* agent/show/trace-rule.h */
