/* Ways to candidates: see gateway-candidates.h.
 *
 * From FLOW_MTU on it is a packet to that remote: options, order and MTU are
 * that remote's. */

#include <config.h>

#include "agent/flows/gateway-candidates.h"

#include "agent/agent.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/node/attachments.h"
#include "agent/node/local.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* A bucket that sends to 'nve', while BFD says that it is up. */
static void
add_remote(const struct agent *agent, const struct m_nve *nve,
           struct group_spec *group)
{
    ofp_port_t ofport = (nve->n_tunnels
                         ? local_tunnel_get_ofport(agent->local,
                                                   &nve->tunnels[0]) : 0);
    struct ofpbuf actions;

    if (ofport) {
        ofpbuf_init(&actions, 64);
        put_load_imm(&actions, FLOW_REG_NVE, nve->up.id, 0);
        put_resubmit(&actions, FLOW_MTU);
        group_spec_add(group, nve->up.id & INT32_MAX, 0, ofport, &actions);
        ofpbuf_uninit(&actions);
    }
}

/* A bucket for this node itself, which nothing but its place takes away. */
static void
add_self(const struct agent *agent, const struct gateway *g,
         struct group_spec *group)
{
    const struct attachment *a = ext_flows_get_attachment(agent,
                                                          g->gw->extnet);
    struct ofpbuf actions;

    if (a && !gateway_place_says_down(&agent->gateways->place)) {
        ofpbuf_init(&actions, 64);
        put_resubmit(&actions, FLOW_EXT_OUT);
        group_spec_add(group, 0, 0, a->ofport, &actions);
        ofpbuf_uninit(&actions);
    }
}

void
gateway_candidates_add(const struct agent *agent, const struct gateway *g,
                       const struct m_gateway_node *node,
                       struct group_spec *group)
{
    if (node->is_self) {
        add_self(agent, g, group);
    } else {
        add_remote(agent, node->nve, group);
    }
}
