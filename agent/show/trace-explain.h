/* What the switch says about a packet, in the agent's words. */
#ifndef GA_TRACE_EXPLAIN_H
#define GA_TRACE_EXPLAIN_H 1

struct agent;
struct json;
struct trace;
struct trace_subject;

/* Returns the answer to `agentctl trace', see show.h, but for what the switch
 * printed; for the caller to own. */
struct json *trace_explain(const struct agent *,
                           const struct trace_subject *,
                           const struct trace *);

#endif /* agent/show/trace-explain.h */
