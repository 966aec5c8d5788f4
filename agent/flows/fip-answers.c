/* Who has a floating IP: see fip-answers.h.
 *
 * An answer goes out by the port that the question came from, which output
 * leaves out unless in_port is another one: FLOW_EXT_SEND has to see it, as it
 * has the network's VLAN tag. */

#include <config.h>

#include "agent/flows/fip-answers.h"

#include <netinet/icmp6.h>

#include "agent/flows/controller-stage.h"
#include "agent/flows/fip-flows.h"
#include "agent/flows/neighbor-answer.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static void
put_send_back(struct ofpbuf *actions)
{
    put_load_imm(actions, MFF_IN_PORT, 0, 0);
    put_goto(actions, FLOW_EXT_SEND);
}

static void
add_arp_flow(const struct m_fip *fip, struct flow_list *flows)
{
    ovs_be32 ip = in6_addr_get_mapped_ipv4(
        &m_fip_get_def(fip)->address);
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, fip->extnet->up.id);
    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(&match, ARP_OP_REQUEST);
    match_set_nw_dst(&match, ip);
    ofpbuf_init(&actions, 256);
    neighbor_answer_put_arp(&actions, fip_flows_get_mac(fip), ip);
    put_send_back(&actions);
    flow_list_add(flows, FLOW_EXT_ADDRESS, FLOW_PRI_HIGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The first of two steps: the second is a static flow of FLOW_EXT_SEND. */
static void
add_nd_flow(const struct m_fip *fip, bool by_agent, struct flow_list *flows)
{
    const struct in6_addr *ip = &m_fip_get_def(fip)->address;
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, fip->extnet->up.id);
    neighbor_answer_match_nd(&match, ND_NEIGHBOR_SOLICIT);
    match_set_nw_ttl(&match, 255);
    match_set_nd_target(&match, ip);
    ofpbuf_init(&actions, 256);
    if (by_agent) {
        put_set_eth_src(&actions, fip_flows_get_mac(fip));
        controller_stage_put(&actions, CONTROLLER_STAGE_EXT_SOLICITATION);
    } else {
        neighbor_answer_put_advert(&actions, fip_flows_get_mac(fip), ip,
                                   NEIGHBOR_ANSWER_HOST);
        put_load_imm(&actions, FLOW_REG_FLAGS, 1u << FLOW_FLAG_ADVERT, 0);
        put_send_back(&actions);
    }
    flow_list_add(flows, FLOW_EXT_ADDRESS, FLOW_PRI_HIGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
fip_answers_add_flow(const struct m_fip *fip, bool by_agent,
                     struct flow_list *flows)
{
    if (IN6_IS_ADDR_V4MAPPED(&fip->ip)) {
        add_arp_flow(fip, flows);
    } else {
        add_nd_flow(fip, by_agent, flows);
    }
}

/* Completes an advertisement; 'to_all': see neighbor-answer.h. */
static void
add_advert_flow(struct flow_list *flows, bool to_all)
{
    const uint32_t bit = 1u << FLOW_FLAG_ADVERT;
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, bit, bit);
    neighbor_answer_match_nd(&match, ND_NEIGHBOR_ADVERT);
    ofpbuf_init(&actions, 256);
    put_move(&actions, MFF_ETH_SRC, 0, MFF_ND_TLL, 0, 48);
    put_load_imm(&actions, MFF_ND_OPTIONS_TYPE, ND_OPT_TARGET_LINKADDR, 0);
    put_load_imm(&actions, FLOW_REG_FLAGS, 0, 0);
    if (to_all) {
        neighbor_answer_put_to_all(&match, &actions);
    }
    put_resubmit(&actions, FLOW_EXT_SEND);
    flow_list_add(flows, FLOW_EXT_SEND,
                  FLOW_PRI_HIGH + (to_all ? 10 : 0), &match, &actions);
    ofpbuf_uninit(&actions);
}

void
fip_answers_add_static(struct flow_list *flows)
{
    add_advert_flow(flows, false);
    add_advert_flow(flows, true);
}
