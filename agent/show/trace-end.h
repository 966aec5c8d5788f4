/* How the path of a packet ends, in words. */
#ifndef GA_TRACE_END_H
#define GA_TRACE_END_H 1

struct trace_path;

/* How it ends: "sent" (to remotes), "delivered" (here), "answered" (by the
 * switch), "agent" (which answers it), "left" (by a gateway here), "dropped"
 * or "unknown".  Stores a word for the reason, or NULL, in '*reason', and a
 * sentence, for the caller to free, in '*sentence'. */
const char *trace_end_explain(const struct trace_path *, const char **reason,
                              char **sentence);

/* The verdict of policies: "allowed", "denied", "none" (there is none for the
 * receiver), "receiver" (the receiver's node gives it), or NULL if the packet
 * did not get that far. */
const char *trace_end_get_policy(const struct trace_path *,
                                 const char *outcome, const char *reason);

/* The verdict of policies for what the sender sends: "allowed", "denied",
 * "none" (there is none for the sender, or it did not get that far), or
 * "sender" (the sender's node has given it). */
const char *trace_end_get_egress(const struct trace_path *,
                                 const char *reason);

#endif /* agent/show/trace-end.h */
