/* The way of a packet through the stages, and how it ends. */
#ifndef GA_TRACE_WAY_H
#define GA_TRACE_WAY_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct m_endpoint;
struct m_encap;
struct send_plan;
struct trace;
struct trace_step;
struct trace_subject;

/* What came of a packet.  All pointers are to what others own. */
struct trace_way {
    const struct agent *agent;
    const struct trace_subject *subject;
    const struct trace *trace;
    const struct trace_step *last;  /* The last one that tells something;
                                     * NULL: there is none. */
    const struct m_encap *encap;          /* By which it goes to a remote. */
    const struct send_plan *plan;   /* The plan whose bridge it reached;
                                     * NULL: none but the base plan's. */
    bool routed;                    /* FLOW_ROUTE changed its MACs. */
    bool policy;                    /* Flows of policies had a say. */
    unsigned int mtu;               /* Larger packets get an ICMP error; 0:
                                     * any size passes. */
    const struct m_endpoint *receiver; /* Here, that it was output to. */
    bool returned;                  /* Something went back to SRC. */
    unsigned int controller;        /* Reason why the agent got it; 0: it did
                                     * not. */
};

void trace_way_follow(struct trace_way *, const struct agent *,
                      const struct trace_subject *, const struct trace *);

/* Whether step 'i' is taken only by a packet that is larger than the MTU. */
bool trace_way_is_too_big(const struct trace *, size_t i);

/* How it ends: "sent" (to remotes), "delivered" (here), "answered" (by the
 * switch), "agent" (which answers it), "dropped" or "unknown".  '*reason' is a
 * word for why, or NULL; '*sentence' is for the caller to free. */
const char *trace_way_explain(const struct trace_way *, const char **reason,
                              char **sentence);

/* The verdict of policies: "allowed", "denied", "none" (there is none for the
 * receiver), "receiver" (it is given there), or NULL: it did not come to
 * that. */
const char *trace_way_get_policy(const struct trace_way *,
                                 const char *outcome, const char *reason);

/* The plan whose bridge is 'bridge', or NULL. */
const struct send_plan *trace_way_find_plan(const struct agent *,
                                            const char *bridge);

/* The name of a stage of FLOW_..., or NULL. */
const char *trace_way_stage_to_string(int table);

#endif /* agent/show/trace-way.h */
