/* The last step before the wire: FLOW_REG_NEXT_HOP becomes a MAC.
 *
 * A neighbour that is not known is the agent's to find
 * (answers/ext-neighbors.c).  One that is known has two flows: packets to it
 * get its MAC, and what it tells everybody about itself (RFC 5227, section
 * 1.1, "ARP announcement"; RFC 4861, section 7.2.6) goes to the agent, too: a
 * router that takes another's place may say so once, and never again. */

#include <config.h>

#include "agent/flows/ext-neighbor-flows.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/neighbor-answer.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static void
add_binding_flow(const struct m_extnet *extnet, const struct ext_binding *b,
                 struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    if (IN6_IS_ADDR_V4MAPPED(&b->ip)) {
        match_set_dl_type(&match, htons(ETH_TYPE_IP));
        match_set_reg(&match, FLOW_REG_NEXT_HOP - MFF_REG0,
                      ntohl(in6_addr_get_mapped_ipv4(&b->ip)));
    } else {
        ovs_be128 ip;

        memcpy(&ip, &b->ip, sizeof ip);
        match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
        match_set_xxreg(&match, FLOW_REG_NEXT_HOP6 - MFF_XXREG0,
                        ntoh128(ip));
    }
    ofpbuf_init(&actions, 64);
    put_set_eth_dst(&actions, b->mac);
    put_goto(&actions, FLOW_EXT_SEND);
    flow_list_add(flows, FLOW_EXT_NEIGHBOR, FLOW_PRI_NORMAL, &match,
                  &actions);
    ofpbuf_uninit(&actions);
}

static void
add_announcement_flow(const struct m_extnet *extnet,
                      const struct ext_binding *b, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    if (IN6_IS_ADDR_V4MAPPED(&b->ip)) {
        ovs_be32 ip = in6_addr_get_mapped_ipv4(&b->ip);

        match_set_dl_type(&match, htons(ETH_TYPE_ARP));
        match_set_nw_src(&match, ip);
        match_set_nw_dst(&match, ip);
    } else {
        neighbor_answer_match_nd(&match, ND_NEIGHBOR_ADVERT);
        match_set_nw_ttl(&match, 255);
        match_set_nd_target(&match, &b->ip);
    }
    ofpbuf_init(&actions, 64);
    controller_stage_put(&actions, CONTROLLER_STAGE_EXT_HEARD);
    flow_list_add(flows, FLOW_EXT_IN, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_unknown_flow(const struct m_extnet *extnet, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, extnet->up.id);
    ofpbuf_init(&actions, 32);
    controller_stage_put(&actions, CONTROLLER_STAGE_EXT_UNKNOWN);
    flow_list_add(flows, FLOW_EXT_NEIGHBOR, FLOW_PRI_DEFAULT, &match,
                  &actions);
    ofpbuf_uninit(&actions);
}

void
ext_neighbor_flows_make(struct agent *agent, struct m_extnet *extnet,
                        const struct ext_binding *bindings, size_t n)
{
    struct flow_list flows;

    flow_list_init(&flows);
    if (ext_flows_get_attachment(agent, extnet)) {
        add_unknown_flow(extnet, &flows);
        for (size_t i = 0; i < n; i++) {
            add_binding_flow(extnet, &bindings[i], &flows);
            add_announcement_flow(extnet, &bindings[i], &flows);
        }
    }
    ofctrl_replace(agent->ofctrl, &extnet->neighbor_flows, &flows);
    flow_list_destroy(&flows);
}
