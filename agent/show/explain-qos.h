/* The lines of `agentctl explain' about DSCPs in the outer header. */
#ifndef GA_EXPLAIN_QOS_H
#define GA_EXPLAIN_QOS_H 1

struct agent;
struct json;
struct m_encap;

/* Returns what becomes of the DSCP of packets of 'encap', a sentence for the
 * caller to free, or NULL if there is nothing to say: no QoSClass has a DSCP,
 * or no packets are sent.  Sets '*rule' to a word for it. */
char *explain_qos_describe(const struct agent *, const struct m_encap *encap,
                           const char **rule);

#endif /* agent/show/explain-qos.h */
