/* `agentctl trace': how a packet would go through this node.  See show.h for
 * the format. */
#ifndef GA_TRACE_H
#define GA_TRACE_H 1

struct agent;
struct tracer;
struct unixctl_conn;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct tracer *tracer_create(const char *rundir);
void tracer_destroy(struct tracer *);
void tracer_run(struct agent *);
void tracer_wait(struct tracer *);

/* ga/trace SRC DST [FLOW].  The answer comes when the switch has answered. */
void trace_cb(struct unixctl_conn *, int argc, const char *argv[],
              void *agent);

#endif /* agent/show/trace.h */
