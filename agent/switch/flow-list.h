/* Flows being made, for ofctrl_replace(). */
#ifndef GA_FLOW_LIST_H
#define GA_FLOW_LIST_H 1

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/match.h"

struct desired_flow;
struct ofpbuf;

struct flow_list {
    struct desired_flow *first;     /* Linked by 'next'. */
    struct desired_flow *last;
    size_t n;
};

void flow_list_init(struct flow_list *);

/* Appends a flow, without a cookie: that is its owner's.  'match' and
 * 'ofpacts' stay the caller's. */
void flow_list_add(struct flow_list *, uint8_t table, uint16_t priority,
                   const struct match *, const struct ofpbuf *ofpacts);

/* Appends a flow that has packets go on in table 'next', as they are; 0: no
 * further, where they are counted. */
void flow_list_add_goto(struct flow_list *, uint8_t table, uint16_t priority,
                        const struct match *, uint8_t next);
void flow_list_add_drop(struct flow_list *, uint8_t table, uint16_t priority,
                        const struct match *);

/* Appends a flow, and takes over the caller's reference. */
void flow_list_push(struct flow_list *, struct desired_flow *);

/* Takes the first flow out of the list, for the caller, or returns NULL. */
struct desired_flow *flow_list_pop(struct flow_list *);

/* Frees the flows that ofctrl_replace() has not taken. */
void flow_list_destroy(struct flow_list *);

#endif /* agent/switch/flow-list.h */
