/* Stencils of flows: see flow-stencil.h. */

#include <config.h>

#include "agent/switch/flow-stencil.h"

#include <string.h>

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

#define MIN_PLACEHOLDER 4

/* Notes each place of the placeholder number 'value'. */
static void
find_holes(struct flow_stencil *stencil, size_t value,
           const struct flow_stencil_value *placeholder)
{
    size_t len = placeholder->len;
    size_t n = stencil->n_holes;

    ovs_assert(len >= MIN_PLACEHOLDER);
    for (size_t i = 0; i + len <= stencil->match_len + stencil->inst_len;
         i++) {
        if (!memcmp(stencil->bytes + i, placeholder->data, len)) {
            ovs_assert(stencil->n_holes < FLOW_STENCIL_HOLES);
            stencil->holes[stencil->n_holes].value = value;
            stencil->holes[stencil->n_holes].len = len;
            stencil->holes[stencil->n_holes++].offset = i;
        }
    }
    ovs_assert(stencil->n_holes > n);
}

void
flow_stencil_make(struct flow_stencil *stencil, uint8_t table,
                  const struct match *match, const struct ofpbuf *ofpacts,
                  const struct flow_stencil_value placeholders[], size_t n)
{
    struct desired_flow *flow = desired_flow_create(table, 0, 0, match,
                                                    ofpacts->data,
                                                    ofpacts->size);
    struct ofpbuf b;

    *stencil = (struct flow_stencil) {
        .made = true,
        .table = table,
        .match_len = flow->match_len,
        .inst_len = flow->inst_len,
    };
    ovs_assert(!flow->needs_others
               && flow->match_len + flow->inst_len <= FLOW_STENCIL_BYTES);
    ofpbuf_use_stack(&b, stencil->bytes, sizeof stencil->bytes);
    desired_flow_put_match(flow, &b, DESIRED_FLOW_VERSION);
    desired_flow_put_instructions(flow, &b, DESIRED_FLOW_VERSION);
    desired_flow_unref(flow);
    for (size_t i = 0; i < n; i++) {
        find_holes(stencil, i, &placeholders[i]);
    }
}

void
flow_stencil_add(const struct flow_stencil *stencil, struct flow_list *list,
                 uint16_t priority, const struct flow_stencil_value values[])
{
    uint8_t bytes[FLOW_STENCIL_BYTES];

    memcpy(bytes, stencil->bytes, stencil->match_len + stencil->inst_len);
    for (size_t i = 0; i < stencil->n_holes; i++) {
        const struct flow_stencil_value *v = &values[stencil->holes[i].value];

        ovs_assert(v->len == stencil->holes[i].len);
        memcpy(bytes + stencil->holes[i].offset, v->data, v->len);
    }
    flow_list_push(list, desired_flow_create_encoded(
                       stencil->table, priority, FLOW_OWNER_COOKIE_PREFIX,
                       bytes, stencil->match_len,
                       bytes + stencil->match_len, stencil->inst_len));
}
