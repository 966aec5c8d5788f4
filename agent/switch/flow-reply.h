/* The flows in a part of a dump, without decoding them where that would change
 * nothing. */
#ifndef GA_FLOW_REPLY_H
#define GA_FLOW_REPLY_H 1

struct desired_flow;
struct ofpbuf;

/* Takes the next flow out of 'msg', a reply that begins with its header or
 * with a flow, and returns it, for the caller to give back.  Returns NULL, and
 * leaves all flows, if there is none, or if it has to be decoded. */
struct desired_flow *flow_reply_pull(struct ofpbuf *msg);

#endif /* agent/switch/flow-reply.h */
