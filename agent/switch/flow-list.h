/* Flows being made, for ofctrl_replace(). */
#ifndef GA_FLOW_LIST_H
#define GA_FLOW_LIST_H 1

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/list.h"
#include "openvswitch/match.h"

struct ofpbuf;

struct flow_list {
    struct ovs_list flows;          /* Contains "struct desired_flow"s. */
    size_t n;
};

void flow_list_init(struct flow_list *);

/* Appends a flow, without a cookie: that is its owner's.  'match' and
 * 'ofpacts' stay the caller's. */
void flow_list_add(struct flow_list *, uint8_t table, uint16_t priority,
                   const struct match *, const struct ofpbuf *ofpacts);

/* Frees the flows that ofctrl_replace() has not taken. */
void flow_list_destroy(struct flow_list *);

#endif /* agent/switch/flow-list.h */
