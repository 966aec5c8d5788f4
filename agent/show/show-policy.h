/* agentctl's policy list: see show.h for the format. */
#ifndef GA_SHOW_POLICY_H
#define GA_SHOW_POLICY_H 1

struct json;
struct m_endpoint;
struct m_nve;
struct unixctl_conn;

void show_policy_list(struct unixctl_conn *, int argc, const char *argv[],
                      void *agent);

/* The names of the policies that select 'ep', which is local. */
struct json *show_policies_of(const struct m_endpoint *);

/* Adds lines to the answer of `explain': how the endpoints at 'nve' are known
 * as senders, for each VPC with selected endpoints here. */
void show_policy_explain(const struct m_nve *nve, struct json *lines);

#endif /* agent/show/show-policy.h */
