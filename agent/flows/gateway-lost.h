/* Answers whose connection this candidate does not know: who began it is asked
 * to say so again. */
#ifndef GA_GATEWAY_LOST_H
#define GA_GATEWAY_LOST_H 1

#include <stdbool.h>
#include <stdint.h>

struct agent;
struct flow_list;
struct gateway;
struct ofpbuf;

/* Whether 'g' has this stage: it translates, and has several nodes. */
bool gateway_lost_is_wanted(const struct gateway *g);

/* Makes the group 'id' of 'g' with a copy for each node that may have begun
 * the connection. */
void gateway_lost_set_group(struct agent *, struct gateway *g, uint32_t id);

/* Adds the flows of a candidate: what it does not know goes to that group. */
void gateway_lost_add_candidate(const struct agent *, const struct gateway *g,
                                uint32_t id, struct flow_list *);

/* Adds the flows of every node: what it sends is noted, and a copy that comes
 * is delivered if it is an answer to that.  What is noted goes on by group
 * 'source'. */
void gateway_lost_add_source(const struct gateway *g, uint32_t source,
                             struct flow_list *);

/* Wants the meter that all copies go through, if 'wanted'. */
void gateway_lost_set_meter(struct agent *, bool wanted);

/* Adds the flow that keeps copies from going further than to this node. */
void gateway_lost_add_static(struct flow_list *);

#endif /* agent/flows/gateway-lost.h */
