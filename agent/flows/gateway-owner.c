/* Who answers for external addresses: see gateway-owner.h.
 *
 * Two candidates that answer for one address are the worst that can happen to
 * it: whoever asked may keep the wrong answer for hours.  So each question
 * goes through a group that follows BFD by itself:
 *
 *     for each better candidate: while its tunnel is up, nothing
 *     for each witness:          while its tunnel is up, the answer
 *     no witness at all:         the answer
 *
 * A witness is anybody whose tunnel tells that it is not we who have been cut
 * off, or have been frozen and wake up (gateways.h).  While the node has no
 * place (gateway-place.h), the group is empty.
 *
 *      FLOW_EXT_ADDRESS  a question for an address: the group
 *        bucket          FLOW_REG_GATEWAY; to FLOW_EXT_ADDRESS again
 *      FLOW_EXT_ADDRESS  with FLOW_REG_GATEWAY: turned into the answer, which
 *                        leaves by FLOW_EXT_SEND
 *
 * Packets that leave are not held up by this (gateway-out.c), but each of them
 * teaches the provider network's switches where the MAC is that it comes from.
 * One from a candidate that somebody's BFD was late to see another before, or
 * that is being drained, would draw the answers there, where nobody takes
 * them.  So only a candidate that sources should choose sends as the gateway,
 * by a second group; another one, or one that has been cut off, sends as this
 * node:
 *
 *      FLOW_EXT_SNAT     to leave: the group
 *        bucket          perhaps another source MAC; to FLOW_EXT_ROUTE */

#include <config.h>

#include "agent/flows/gateway-owner.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/neighbor-answer.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/node/attachments.h"
#include "agent/node/local.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* In FLOW_EXT_ADDRESS. */
enum {
    PRI_ADVERT = 240,
    PRI_ANSWER = 230,
    PRI_QUESTION = 130,
    PRI_QUESTION_ROUTED = 80,
};

/* The group. */

static void
add_bucket(const struct agent *agent, const struct m_nve *nve, uint32_t id,
           const struct ofpbuf *actions, struct group_spec *group)
{
    ofp_port_t ofport = (nve->n_tunnels
                         ? local_tunnel_get_ofport(agent->local,
                                                   &nve->tunnels[0]) : 0);

    if (ofport) {
        group_spec_add(group, id, 0, ofport, actions);
    }
}

/* While a better candidate is up: 'actions'. */
static void
add_better(const struct agent *agent, const struct gateway *g,
           const struct ofpbuf *actions, struct group_spec *group)
{
    const struct m_gateway *gw = g->gw;

    for (size_t i = 0; i < gw->n_candidates && !gw->nodes[i].is_self; i++) {
        add_bucket(agent, gw->nodes[i].nve, i, actions, group);
    }
}

/* While a witness is up, or if there is none: 'actions'.  Returns whether
 * there are any. */
static bool
add_witnesses(const struct agent *agent, const struct gateway *g,
              const struct ofpbuf *actions, struct group_spec *group)
{
    const struct m_nve *witnesses[GATEWAY_MAX_WITNESSES];
    size_t n = gateway_get_witnesses(agent, g, witnesses);
    const struct attachment *a = ext_flows_get_attachment(agent,
                                                          g->gw->extnet);

    for (size_t i = 0; i < n; i++) {
        add_bucket(agent, witnesses[i], 1000 + i, actions, group);
    }
    if (!n && a) {
        group_spec_add(group, 1000, 0, a->ofport, actions);
    }
    return n > 0;
}

void
gateway_owner_set_group(struct agent *agent, struct gateway *g, uint32_t id)
{
    struct ofpbuf answer, nothing;
    struct group_spec group;

    ofpbuf_init(&nothing, 0);
    ofpbuf_init(&answer, 64);
    put_load_imm(&answer, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_resubmit(&answer, FLOW_EXT_ADDRESS);
    group_spec_init(&group, OFPGT11_FF);
    if (agent->gateways->place.state == GATEWAY_IN && g->has_rank
        && time_msec() >= g->claim_until) {
        add_better(agent, g, &nothing, &group);
        add_witnesses(agent, g, &answer, &group);
    }
    ofctrl_set_group(agent->ofctrl, id, &group, &g->flows);
    ofpbuf_uninit(&answer);
    ofpbuf_uninit(&nothing);
}

void
gateway_owner_set_sender(struct agent *agent, struct gateway *g, uint32_t id)
{
    const struct attachment *a = ext_flows_get_attachment(agent,
                                                          g->gw->extnet);
    bool serves = (g->has_rank
                   && !gateway_place_says_down(&agent->gateways->place));
    bool may_be_cut_off = true;
    struct ofpbuf as_gateway, as_node;
    struct group_spec group;

    ofpbuf_init(&as_gateway, 16);
    put_resubmit(&as_gateway, FLOW_EXT_ROUTE);
    ofpbuf_init(&as_node, 64);
    put_set_eth_src(&as_node, ext_flows_get_mac(agent));
    put_resubmit(&as_node, FLOW_EXT_ROUTE);
    group_spec_init(&group, OFPGT11_FF);
    if (serves) {
        add_better(agent, g, &as_node, &group);
        may_be_cut_off = add_witnesses(agent, g, &as_gateway, &group);
    }
    if (may_be_cut_off && a) {
        group_spec_add(&group, 2000, 0, a->ofport, &as_node);
    }
    ofctrl_set_group(agent->ofctrl, id, &group, &g->flows);
    ofpbuf_uninit(&as_node);
    ofpbuf_uninit(&as_gateway);
}

/* Questions and answers. */

/* Sends the packet back to the provider network. */
static void
put_send(const struct gateway *g, struct ofpbuf *actions)
{
    put_set_eth_src(actions, gateway_flows_get_mac(g));
    put_load_imm(actions, MFF_IN_PORT, ofp_to_u16(OFPP_NONE), 0);
    put_goto(actions, FLOW_EXT_SEND);
}

/* Adds the flow for the question that 'match' is about, and the one that does
 * 'answer'. */
static void
add_pair(const struct gateway *g, uint32_t group, uint16_t priority,
         struct match *match, const struct ofpbuf *answer,
         struct flow_list *flows)
{
    struct ofpbuf actions;

    match_set_reg(match, FLOW_REG_EXTNET - MFF_REG0, g->gw->extnet->up.id);
    match_set_reg(match, FLOW_REG_GATEWAY - MFF_REG0, 0);
    ofpbuf_init(&actions, 16);
    put_group(&actions, group);
    flow_list_add(flows, FLOW_EXT_ADDRESS, priority, match, &actions);
    ofpbuf_uninit(&actions);

    match_set_reg(match, FLOW_REG_GATEWAY - MFF_REG0, g->gw->up.id);
    flow_list_add(flows, FLOW_EXT_ADDRESS, PRI_ANSWER, match, answer);
}

/* The answer says that what was asked for is at the gateway's MAC. */
static void
add_arp(const struct gateway *g, uint32_t group, uint16_t priority,
        ovs_be32 ip, ovs_be32 mask, struct flow_list *flows)
{
    uint64_t mac = eth_addr_to_uint64(gateway_flows_get_mac(g));
    struct ofpbuf answer;
    struct match match;

    match_init_catchall(&match);
    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(&match, ARP_OP_REQUEST);
    match_set_nw_dst_masked(&match, ip, mask);

    ofpbuf_init(&answer, 256);
    put_move(&answer, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_load_imm(&answer, MFF_ARP_OP, ARP_OP_REPLY, 0);
    put_move(&answer, MFF_ARP_SHA, 0, MFF_ARP_THA, 0, 48);
    put_load_imm(&answer, MFF_ARP_SHA, mac, 0);
    put_move(&answer, MFF_ARP_TPA, 0, FLOW_REG_NEXT_HOP, 0, 32);
    put_move(&answer, MFF_ARP_SPA, 0, MFF_ARP_TPA, 0, 32);
    put_move(&answer, FLOW_REG_NEXT_HOP, 0, MFF_ARP_SPA, 0, 32);
    put_send(g, &answer);
    add_pair(g, group, priority, &match, &answer, flows);
    ofpbuf_uninit(&answer);
}

/* The answer is made in two steps (see neighbor-answer.h), or by the agent. */
static void
add_nd(const struct gateway *g, bool by_agent, uint32_t group,
       uint16_t priority, const struct in6_addr *ip,
       const struct in6_addr *mask, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    neighbor_answer_match_nd(&match, ND_NEIGHBOR_SOLICIT);
    match_set_nw_ttl(&match, 255);      /* RFC 4861, section 7.1.1. */
    match_set_nd_target_masked(&match, ip, mask);

    ofpbuf_init(&actions, 256);
    if (by_agent) {
        put_set_eth_src(&actions, gateway_flows_get_mac(g));
        controller_stage_put(&actions, CONTROLLER_STAGE_EXT_SOLICITATION);
    } else {
        put_move(&actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
        put_move(&actions, MFF_IPV6_SRC, 0, MFF_IPV6_DST, 0, 128);
        put_move(&actions, MFF_ND_TARGET, 0, MFF_IPV6_SRC, 0, 128);
        put_load_imm(&actions, MFF_ND_RESERVED, NEIGHBOR_ANSWER_ROUTER, 0);
        put_load_imm(&actions, MFF_ICMPV6_TYPE, ND_NEIGHBOR_ADVERT, 0);
        put_resubmit(&actions, FLOW_EXT_ADDRESS);
    }
    add_pair(g, group, priority, &match, &actions, flows);
    ofpbuf_uninit(&actions);
}

static void
add_advert_flow(const struct gateway *g, struct flow_list *flows)
{
    uint64_t mac = eth_addr_to_uint64(gateway_flows_get_mac(g));
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, g->gw->extnet->up.id);
    match_set_reg(&match, FLOW_REG_GATEWAY - MFF_REG0, g->gw->up.id);
    neighbor_answer_match_nd(&match, ND_NEIGHBOR_ADVERT);
    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, MFF_ND_TLL, mac, 0);
    put_load_imm(&actions, MFF_ND_OPTIONS_TYPE, ND_OPT_TARGET_LINKADDR, 0);
    put_send(g, &actions);
    flow_list_add(flows, FLOW_EXT_ADDRESS, PRI_ADVERT, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Without NAT, the gateway answers for all of the VPC's subnets: a host or
 * router outside that has a route to them by the network itself finds it. */
static void
add_routed(const struct gateway *g, bool by_agent, uint32_t group,
           struct flow_list *flows)
{
    const struct vpc *vpc = g->gw->vpc->up.object->vpc;

    for (size_t i = 0; i < vpc->n_subnets; i++) {
        const struct ip_prefix *p = &vpc->subnets[i].prefix;

        if (p->is_ipv6) {
            struct in6_addr mask = ipv6_create_mask(p->plen);

            add_nd(g, by_agent, group, PRI_QUESTION_ROUTED, &p->addr, &mask,
                   flows);
        } else {
            add_arp(g, group, PRI_QUESTION_ROUTED,
                    in6_addr_get_mapped_ipv4(&p->addr),
                    be32_prefix_mask(p->plen), flows);
        }
    }
}

static void
add_address(const struct agent *agent, const struct gateway *g,
            uint32_t group, const struct in6_addr *ip,
            struct flow_list *flows)
{
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        add_arp(g, group, PRI_QUESTION, in6_addr_get_mapped_ipv4(ip),
                OVS_BE32_MAX, flows);
    } else {
        add_nd(g, agent->nd_by_agent, group, PRI_QUESTION, ip, &in6addr_exact,
               flows);
    }
}

void
gateway_owner_add_address(const struct agent *agent, const struct gateway *g,
                          const struct in6_addr *ip, struct flow_list *flows)
{
    add_address(agent, g, g->groups[GATEWAY_GROUP_OWNER], ip, flows);
}

void
gateway_owner_add_flows(const struct agent *agent, const struct gateway *g,
                        uint32_t group, struct flow_list *flows)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);

    for (size_t i = 0; i < def->n_snat; i++) {
        add_address(agent, g, group, &def->snat[i].address, flows);
    }
    if (!def->n_snat) {
        add_routed(g, agent->nd_by_agent, group, flows);
    }
    if (!agent->nd_by_agent) {
        add_advert_flow(g, flows);
    }
}
