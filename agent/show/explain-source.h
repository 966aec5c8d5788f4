/* What `agentctl explain' says about packets from outside of a VPC. */
#ifndef GA_EXPLAIN_SOURCE_H
#define GA_EXPLAIN_SOURCE_H 1

struct agent;
struct json;
struct m_nve;

/* Adds lines to the answer, see show.h: for each VPC that is in use here and
 * has a way out, whether what comes in from outside is believed of 'nve', also
 * by the type that its packets have, and as what our gateways send to it. */
void explain_source_put_lines(const struct agent *, const struct m_nve *nve,
                              struct json *lines);

#endif /* agent/show/explain-source.h */
