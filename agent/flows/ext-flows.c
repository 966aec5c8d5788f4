/* ExternalNetworks: see ext-flows.h.
 *
 * A packet that comes from a provider bridge is untagged and marked with its
 * network at the entrance (FLOW_INPUT), and one that leaves gets its tag at
 * the exit (FLOW_EXT_SEND).  All between knows networks by FLOW_REG_EXTNET
 * alone.  What belongs to nobody here ends in FLOW_EXT_ADDRESS, so a node
 * answers for nothing on a provider network that it has not been given.
 *
 * Packets for the agent go through meters, as those of endpoints do: anybody
 * on a provider network can send ARP.  The meters' ids follow from the patch
 * port's number, as an endpoint's do from its own (meter-stage.c).  Where the
 * datapath has no meters, flows of lower priority do without. */

#include <config.h>

#include "agent/flows/ext-flows.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/ext-route.h"
#include "agent/flows/meter-stage.h"
#include "agent/flows/neighbor-answer.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "lib/virtual-mac.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_CONTROLLER: before the flows of endpoints. */
#define PRI_CONTROLLER 300

/* Networks by the same patch port have the same meters. */
#define METER_OWNER "external networks"

const struct attachment *
ext_flows_get_attachment(const struct agent *agent,
                         const struct m_extnet *extnet)
{
    const struct external_network *def = m_extnet_get_def(extnet);
    const struct attachment *a = NULL;

    if (def) {
        a = local_attachment_find(agent->local, def->physical_network);
    }
    return a && a->ofport ? a : NULL;
}

struct eth_addr
ext_flows_get_mac(const struct agent *agent)
{
    return virtual_mac("node", agent->model->self ? agent->model->self : "");
}

static void
add_input_flow(const struct m_extnet *extnet, const struct attachment *a,
               struct flow_list *flows)
{
    int vlan = m_extnet_get_def(extnet)->vlan;
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_in_port(&match, a->ofport);
    ofpbuf_init(&actions, 64);
    if (vlan) {
        match_set_dl_vlan(&match, htons(vlan), 0);
        ofpact_put_STRIP_VLAN(&actions);
    } else {
        match_set_dl_tci(&match, 0);
    }
    put_load_imm(&actions, FLOW_REG_EXTNET, extnet->up.id, 0);
    put_goto(&actions, FLOW_EXT_IN);
    flow_list_add(flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_send_flow(const struct m_extnet *extnet, const struct attachment *a,
              struct flow_list *flows)
{
    int vlan = m_extnet_get_def(extnet)->vlan;
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    ofpbuf_init(&actions, 64);
    if (vlan) {
        struct ofpact_vlan_vid *vid = ofpact_put_SET_VLAN_VID(&actions);

        vid->vlan_vid = vlan;
        vid->push_vlan_if_needed = true;
    }
    put_output(&actions, a->ofport);
    flow_list_add(flows, FLOW_EXT_SEND, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* What is sent to this node's own MAC there are answers to the agent's
 * questions for neighbours. */
static void
add_answer_flow(const struct agent *agent, const struct m_extnet *extnet,
                bool ipv6, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    match_set_dl_dst(&match, ext_flows_get_mac(agent));
    if (ipv6) {
        neighbor_answer_match_nd(&match, ND_NEIGHBOR_ADVERT);
        match_set_nw_ttl(&match, 255);      /* RFC 4861, section 7.1.2. */
    } else {
        match_set_dl_type(&match, htons(ETH_TYPE_ARP));
        match_set_nw_proto(&match, ARP_OP_REPLY);
    }
    ofpbuf_init(&actions, 32);
    controller_stage_put(&actions, CONTROLLER_STAGE_EXT_HEARD);
    flow_list_add(flows, FLOW_EXT_IN, FLOW_PRI_HIGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Hands over what neighbours say of themselves ('heard'), or all else: that
 * must not take the place of the former. */
static void
add_controller_flow(const struct m_extnet *extnet, bool heard, uint32_t meter,
                    struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    if (heard) {
        match_set_reg(&match, FLOW_REG_REASON - MFF_REG0,
                      CONTROLLER_STAGE_EXT_HEARD);
    }
    ofpbuf_init(&actions, 128);
    if (meter) {
        put_meter(&actions, meter);
    }
    put_controller(&actions, CONTROLLER_STAGE_ID, UINT16_MAX,
                   extnet->up.name);
    flow_list_add(flows, FLOW_CONTROLLER,
                  PRI_CONTROLLER + (heard ? 100 : 0) + (meter ? 10 : 0),
                  &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The meters of the network's patch port, which other networks may have, too.
 * Returns whether it gave up some. */
static bool
set_meters(struct agent *agent, struct m_extnet *extnet)
{
    const struct attachment *a = ext_flows_get_attachment(agent, extnet);
    bool gave_up = false;

    for (unsigned int i = 0; i < METER_STAGE_N; i++) {
        uint32_t id = a ? meter_stage_get_id(a->ofport, i) : 0;

        gave_up |= extnet->meters[i] && extnet->meters[i] != id;
        meter_stage_replace(agent->ofctrl, &extnet->meters[i], id,
                            meter_band_packets(METER_STAGE_PACKET_IN_RATE),
                            METER_OWNER);
    }
    return gave_up;
}

static void
ext_flows_make(struct agent *agent, struct m_extnet *extnet)
{
    const struct attachment *a = ext_flows_get_attachment(agent, extnet);
    struct flow_list flows, metered;

    flow_list_init(&flows);
    flow_list_init(&metered);
    if (a) {
        add_input_flow(extnet, a, &flows);
        add_answer_flow(agent, extnet, false, &flows);
        add_answer_flow(agent, extnet, true, &flows);
        ext_route_add_flows(extnet, &flows);
        add_send_flow(extnet, a, &flows);
        add_controller_flow(extnet, true, 0, &flows);
        add_controller_flow(extnet, false, 0, &flows);
        add_controller_flow(extnet, true, extnet->meters[0], &metered);
        add_controller_flow(extnet, false, extnet->meters[1], &metered);
    }
    ofctrl_replace(agent->ofctrl, &extnet->flows, &flows);
    ofctrl_replace(agent->ofctrl, &extnet->meter_flows, &metered);
    flow_list_destroy(&metered);
    flow_list_destroy(&flows);
}

void
ext_flows_run(struct agent *agent)
{
    struct model *model = agent->model;
    const struct hmapx_node *node;
    struct entity *entity;
    bool gave_up = false;

    HMAPX_FOR_EACH (node, &model->changed_extnets) {
        gave_up |= set_meters(agent, node->data);
        ext_flows_make(agent, node->data);
    }
    if (gave_up) {                  /* Others may still want them. */
        HMAP_FOR_EACH (entity, node, &model->entities[MODEL_EXTNET]) {
            set_meters(agent, M_CAST(m_extnet, entity));
        }
    }
}

static void
add_pass_flow(struct flow_list *flows)
{
    struct match match;

    match_init_catchall(&match);
    flow_list_add_goto(flows, FLOW_EXT_IN, FLOW_PRI_DEFAULT, &match,
                       FLOW_EXT_ADDRESS);
}

void
ext_flows_add_static(struct flow_list *flows)
{
    add_pass_flow(flows);
    ext_route_add_static(flows);
}
