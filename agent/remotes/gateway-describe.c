/* Candidates of gateways in words: see gateway-describe.h.
 *
 * Each node has its own view, by its own BFD; the words are those of a
 * VPCGateway's status, which the active node writes. */

#include <config.h>

#include "agent/remotes/gateway-describe.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/remotes/gateway-bfd.h"
#include "agent/remotes/gateways.h"

static const char *
describe_candidate(const struct agent *agent,
                   const struct m_gateway_node *node)
{
    if (node->is_self) {
        return (gateway_place_says_down(&agent->gateways->place) ? "Out"
                : "Standby");
    }
    switch (gateway_bfd_get(agent, node->nve)) {
    case TUNNEL_BFD_DOWN:
        return "Unreachable";
    case TUNNEL_BFD_PATH_DOWN:
        return "Out";
    case TUNNEL_BFD_OFF:
    case TUNNEL_BFD_UP:
    default:
        return "Standby";
    }
}

/* Of those that could be active, the first one is. */
const char *
gateway_describe_node(const struct agent *agent, const struct m_gateway *gw,
                      const struct m_gateway_node *node)
{
    const char *state = describe_candidate(agent, node);

    if (!m_nve_get_def(node->nve)) {
        return "Absent";
    } else if (!node->attached) {
        return "NotAttached";
    } else if (!node->priority) {
        return "Drained";
    } else if (strcmp(state, "Standby")) {
        return state;
    }
    for (const struct m_gateway_node *n = gw->nodes; n < node; n++) {
        if (!strcmp(describe_candidate(agent, n), "Standby")) {
            return "Standby";
        }
    }
    return "Active";
}
