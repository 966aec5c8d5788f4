/* Lists of flows that are being made. */

#include <config.h>

#include "agent/switch/flow-list.h"

#include "agent/switch/desired-flow.h"
#include "openvswitch/ofpbuf.h"

void
flow_list_init(struct flow_list *list)
{
    ovs_list_init(&list->flows);
    list->n = 0;
}

void
flow_list_add(struct flow_list *list, uint8_t table, uint16_t priority,
              const struct match *match, const struct ofpbuf *ofpacts)
{
    struct desired_flow *flow = desired_flow_create(
        table, priority, 0, match, ofpacts->data, ofpacts->size);

    ovs_list_push_back(&list->flows, &flow->list_node);
    list->n++;
}

void
flow_list_destroy(struct flow_list *list)
{
    struct desired_flow *flow;

    LIST_FOR_EACH_POP (flow, list_node, &list->flows) {
        desired_flow_unref(flow);
    }
    list->n = 0;
}
