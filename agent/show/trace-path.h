/* The path of a packet through the stages. */
#ifndef GA_TRACE_PATH_H
#define GA_TRACE_PATH_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct m_endpoint;
struct m_encap;
struct m_vpc;
struct send_plan;
struct trace;
struct trace_outside;
struct trace_step;
struct trace_subject;

/* What a trace is about. */
struct trace_subject {
    const struct m_endpoint *src;   /* Who sends the packet; NULL: somebody
                                     * outside. */
    const char *src_text;           /* As sentences call the sender. */
    const struct m_vpc *vpc;        /* Of 'src', or where it leads to. */
    const struct trace_outside *outside; /* How it comes in, or NULL. */
    const struct trace_arrival *arrival; /* How the packet comes here from
                                     * another node; NULL: 'src' is here. */
    const struct m_endpoint *dst;   /* Who is to get it, or NULL if no endpoint
                                     * that we know is. */
    const char *dst_text;           /* As it was asked for. */
    const char *flow;               /* As the switch was asked. */
};

/* What became of a packet.  All pointers are to what others own. */
struct trace_path {
    const struct agent *agent;
    const struct trace_subject *subject;
    const struct trace *trace;
    const struct trace_step *last;  /* The last one on a bridge of ours that
                                     * tells something, or NULL. */
    const struct m_encap *encap;          /* With which it goes to a remote. */
    const struct send_plan *plan;   /* The further plan whose bridge it
                                     * reached, or NULL. */
    bool routed;                    /* FLOW_ROUTE changed its MACs. */
    bool egress;                    /* Policies of 'src' had a say... */
    bool misdirected;               /* ...and found no receiver that has both
                                     * its MAC and its IP address. */
    bool policy;                    /* Policies of the receiver had a say. */
    unsigned int mtu;               /* Larger packets get an ICMP error; 0:
                                     * any size passes. */
    const struct m_endpoint *receiver; /* Here, that it was output to. */
    bool returned;                  /* Something went back to 'src'. */
    unsigned int controller;        /* Reason why the agent got it; 0: it did
                                     * not. */
};

void trace_path_follow(struct trace_path *, const struct agent *,
                      const struct trace_subject *, const struct trace *);

/* Whether only a packet that is larger than the MTU takes step 'i'. */
bool trace_path_is_too_big(const struct trace *, size_t i);

/* The plan whose bridge is 'bridge', or NULL. */
const struct send_plan *trace_path_find_plan(const struct agent *,
                                        const char *bridge);

/* The name of the stage of table FLOW_..., or NULL. */
const char *trace_path_stage_to_string(int table);

#endif /* agent/show/trace-path.h */
