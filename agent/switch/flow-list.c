/* Lists of flows that are being made. */

#include <config.h>

#include "agent/switch/flow-list.h"

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-owner.h"
#include "openvswitch/ofpbuf.h"

void
flow_list_init(struct flow_list *list)
{
    *list = (struct flow_list) { .n = 0 };
}

void
flow_list_push(struct flow_list *list, struct desired_flow *flow)
{
    if (list->last) {
        list->last->next = flow;
    } else {
        list->first = flow;
    }
    list->last = flow;
    list->n++;
}

void
flow_list_add(struct flow_list *list, uint8_t table, uint16_t priority,
              const struct match *match, const struct ofpbuf *ofpacts)
{
    flow_list_push(list, desired_flow_create(
                       table, priority, FLOW_OWNER_COOKIE_PREFIX, match,
                       ofpacts->data, ofpacts->size));
}

void
flow_list_add_goto(struct flow_list *list, uint8_t table, uint16_t priority,
                   const struct match *match, uint8_t next)
{
    uint64_t stub[64 / 8];
    struct ofpbuf actions;

    ofpbuf_use_stub(&actions, stub, sizeof stub);
    if (next) {
        put_goto(&actions, next);
    }
    flow_list_add(list, table, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

void
flow_list_add_drop(struct flow_list *list, uint8_t table, uint16_t priority,
                   const struct match *match)
{
    flow_list_add_goto(list, table, priority, match, 0);
}

struct desired_flow *
flow_list_pop(struct flow_list *list)
{
    struct desired_flow *flow = list->first;

    if (flow) {
        list->first = flow->next;
        list->last = list->first ? list->last : NULL;
        list->n--;
        flow->next = NULL;
    }
    return flow;
}

void
flow_list_destroy(struct flow_list *list)
{
    struct desired_flow *flow;

    while ((flow = flow_list_pop(list)) != NULL) {
        desired_flow_unref(flow);
    }
}
