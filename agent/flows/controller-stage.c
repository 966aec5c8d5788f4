/* Packets that flows hand to the agent: see controller-stage.h. */

#include <config.h>

#include "agent/flows/controller-stage.h"

#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"

/* How many bytes of a packet the agent gets: all headers, and as much as an
 * ICMP error quotes.  An ICMPv6 error has at most 1280 bytes (RFC 4443,
 * section 2.4). */
#define MAX_LEN 1400

const char *
controller_stage_reason_to_string(enum controller_stage_reason reason)
{
    switch (reason) {
    case CONTROLLER_STAGE_TTL: return "ttl";
    case CONTROLLER_STAGE_NO_ROUTE: return "noRoute";
    case CONTROLLER_STAGE_NO_HOST: return "noHost";
    case CONTROLLER_STAGE_NO_PORT: return "noPort";
    case CONTROLLER_STAGE_TOO_BIG: return "tooBig";
    case CONTROLLER_STAGE_SOLICITATION: return "solicitation";
    case CONTROLLER_STAGE_EXT_HEARD: return "neighborHeard";
    case CONTROLLER_STAGE_EXT_UNKNOWN: return "neighborUnknown";
    case CONTROLLER_STAGE_DHCP4: return "dhcp";
    case CONTROLLER_STAGE_DHCP6: return "dhcp6";
    case CONTROLLER_STAGE_ROUTER: return "routerSolicitation";
    case CONTROLLER_STAGE_DNS: return "dns";
    case CONTROLLER_STAGE_EXT_TOO_BIG: return "externalTooBig";
    case CONTROLLER_STAGE_EXT_TTL: return "externalTtl";
    case CONTROLLER_STAGE_EXT_SOLICITATION: return "externalSolicitation";
    case CONTROLLER_STAGE_NAT_ERROR: return "natError";
    case CONTROLLER_STAGE_NO_SERVICE: return "noService";
    case CONTROLLER_STAGE_PROBE: return "probe";
    case CONTROLLER_STAGE_N_REASONS:
    default: return "unknown";
    }
}

void
controller_stage_put(struct ofpbuf *actions,
                     enum controller_stage_reason reason)
{
    put_load_imm(actions, FLOW_REG_REASON, reason, 0);
    put_goto(actions, FLOW_CONTROLLER);
}

static void
put_hand_over(struct ofpbuf *actions, uint32_t meter,
              const struct m_endpoint *ep)
{
    if (meter) {
        put_meter(actions, meter);
    }
    put_controller(actions, CONTROLLER_STAGE_ID, MAX_LEN, ep->up.name);
}

void
controller_stage_put_directly(struct ofpbuf *actions,
                              enum controller_stage_reason reason,
                              uint32_t meter, const struct m_endpoint *ep)
{
    put_load_imm(actions, FLOW_REG_REASON, reason, 0);
    put_hand_over(actions, meter, ep);
}

void
controller_stage_add_flow(const struct m_endpoint *ep, uint32_t meter,
                          struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 128);
    put_hand_over(&actions, meter, ep);
    match_init_catchall(&match);
    match_set_in_port(&match, ep->ofport);
    flow_list_add(flows, FLOW_CONTROLLER,
                  meter ? FLOW_PRI_HIGH : FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}
