/* `agentctl trace': how a packet would go through this node. */
#ifndef GA_TRACE_H
#define GA_TRACE_H 1

struct agent;
struct json;
struct trace;
struct trace_arrival;
struct tracer;
struct unixctl_conn;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct tracer *tracer_create(const char *rundir);
void tracer_destroy(struct tracer *);
void tracer_run(struct agent *);
void tracer_wait(struct tracer *);

/* ga/trace SRC DST [FLOW]: see show.h.  Answers when the switch has. */
void trace_cb(struct unixctl_conn *, int argc, const char *argv[],
              void *agent);

/* What a trace is about. */
struct trace_subject {
    const struct m_endpoint *src;   /* Local, with an OpenFlow port; or... */
    const struct trace_arrival *arrival; /* ...this says how it gets here. */
    const struct m_endpoint *dst;   /* NULL if it is none that we know. */
    const char *dst_text;           /* As it was asked for. */
    const char *flow;               /* As the switch was asked. */
};

/* In the product's words what the switch says (trace-explain.c); the result is
 * for the caller to own. */
struct json *trace_explain(const struct agent *,
                           const struct trace_subject *,
                           const struct trace *);

#endif /* agent/show/trace.h */
