/* `agentctl policy list': see show.h for the format. */
#ifndef GA_SHOW_POLICY_H
#define GA_SHOW_POLICY_H 1

#include "unixctl.h"

#include "lib/resource-vpc-policy.h"

struct json;
struct m_endpoint;

unixctl_cb_func show_policy_list;   /* 'aux' is the agent. */

/* The names of the policies that apply to 'ep', which is local, in a
 * direction. */
struct json *show_policy_get_names(const struct m_endpoint *ep,
                                   enum policy_direction);

#endif /* agent/show/show-policy.h */
