/* What a gateway sends to services' backends here: see vip-source.h.
 *
 *      FLOW_SOURCE    from a candidate, with the option "service":
 *                     FLOW_REG_SERVICE; to FLOW_DSR
 *                     with Cilium's: as if it had the other one, and were not
 *                     translated yet; to FLOW_DSR
 *                     without, but to a service's address, with a source MAC
 *                     that says so (vip-send.h): for who knows the
 *                     connection (vip-open.c); to FLOW_DSR
 *
 * So what comes by Cilium's option has a connection here like all others, by
 * which answers are translated, and is translated once more.  The option does
 * not say how answers go: out here if this node is attached. */

#include <config.h>

#include "agent/flows/vip-source.h"

#include <netinet/in.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/vip-return.h"
#include "agent/flows/vip-send.h"
#include "agent/flows/vips.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "lib/service-option.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_SOURCE: before the trusted. */
enum {
    PRI_OPTION = 115,
    PRI_DSR = 114,
    PRI_IF_KNOWN = 113,
};

static void
match_init_source(struct match *match, const struct m_lb *lb,
                  const struct m_nve *nve, unsigned int index)
{
    pipeline_init_match(match, lb->vpc->vni);
    match_set_reg(match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
    match_set_option_present(match, index);
}

/* Goes on as what other packets from the gateway look like. */
static void
put_dsr(struct ofpbuf *actions)
{
    put_set_eth_src(actions, (struct eth_addr) GATEWAY_MAC);
    put_goto(actions, FLOW_DSR);
}

static void
add_option_flow(const struct m_lb *lb, const struct m_nve *nve,
                unsigned int index, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_source(&match, lb, nve, index);
    ofpbuf_init(&actions, 64);
    put_move(&actions, MFF_TUN_METADATA0 + index, 0, FLOW_REG_SERVICE, 0, 32);
    put_dsr(&actions);
    flow_list_add(flows, FLOW_SOURCE, PRI_OPTION, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* 'port': where the protocol has it; 0: it has none. */
static void
add_dsr_flow(const struct m_lb *lb, const struct m_nve *nve,
             unsigned int index, uint8_t protocol, enum mf_field_id port,
             struct flow_list *flows)
{
    const enum mf_field_id option = MFF_TUN_METADATA0 + index;
    struct ofpbuf actions;
    struct match match;

    match_init_source(&match, lb, nve, index);
    match_set_dl_type(&match, htons(ETH_TYPE_IP));
    match_set_nw_proto(&match, protocol);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_SERVICE,
                 service_option_encode(SERVICE_OPTION_DIRECT, 0), 0);
    put_move(&actions, option, SERVICE_DSR_PORT_OFS, FLOW_REG_SERVICE, 0, 16);
    put_move(&actions, option, SERVICE_DSR_IP_OFS, MFF_IPV4_DST, 0, 32);
    if (port) {
        put_move(&actions, option, SERVICE_DSR_PORT_OFS, port, 0, 16);
    }
    put_dsr(&actions);
    flow_list_add(flows, FLOW_SOURCE, PRI_DSR, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_dsr_flows(const struct m_lb *lb, const struct m_nve *nve,
              unsigned int index, struct flow_list *flows)
{
    add_dsr_flow(lb, nve, index, IPPROTO_TCP, MFF_TCP_DST, flows);
    add_dsr_flow(lb, nve, index, IPPROTO_UDP, MFF_UDP_DST, flows);
    add_dsr_flow(lb, nve, index, IPPROTO_SCTP, MFF_SCTP_DST, flows);
    add_dsr_flow(lb, nve, index, IPPROTO_ICMP, 0, flows);
}

/* What candidate 'nve' sends with the option. */
static void
share_flows(struct agent *agent, struct vip *vip, const struct m_lb *lb,
            const struct m_nve *nve, enum value_from from)
{
    struct flow_owner *owner;
    struct flow_list flows;
    unsigned int index;

    if (!vip_return_find_option(agent, lb->vpc, from, &index)) {
        return;
    }
    owner = vip_share(agent, vip,
                      xasprintf("services of VNI %"PRIu32" from %s, %soption "
                                "%u", lb->vpc->vni, nve->up.name,
                                from == VALUE_SERVICE_DSR ? "Cilium's " : "",
                                index));
    if (owner) {
        flow_list_init(&flows);
        if (from == VALUE_SERVICE_VIP) {
            add_option_flow(lb, nve, index, &flows);
        } else {
            add_dsr_flows(lb, nve, index, &flows);
        }
        ofctrl_replace(agent->ofctrl, owner, &flows);
        flow_list_destroy(&flows);
    }
}

static void
add_if_known_flow(const struct m_lb *lb, const struct m_nve *nve,
                  struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, lb->vpc->vni);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
    match_set_dl_src(&match, (struct eth_addr) VIP_SEND_IF_KNOWN_MAC);
    match_set_ip(&match, &m_lb_get_def(lb)->external_address, true);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_SERVICE, 0, 0);
    put_dsr(&actions);
    flow_list_add(flows, FLOW_SOURCE, PRI_IF_KNOWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
vip_source_add_flows(struct agent *agent, struct vip *vip,
                     const struct m_lb *lb, struct flow_list *flows)
{
    const struct m_gateway *gw = lb->gateway;

    for (size_t i = 0; i < gw->n_nodes; i++) {
        if (gw->nodes[i].attached && !gw->nodes[i].is_self) {
            share_flows(agent, vip, lb, gw->nodes[i].nve, VALUE_SERVICE_VIP);
            share_flows(agent, vip, lb, gw->nodes[i].nve, VALUE_SERVICE_DSR);
            add_if_known_flow(lb, gw->nodes[i].nve, flows);
        }
    }
}
