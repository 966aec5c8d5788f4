/* Sources of gateways: see gateway-flows.h.
 *
 * What is for no subnet of the VPC is routed like anything else (FLOW_ROUTE),
 * passes the sender's policies, and in FLOW_GATEWAY a fast-failover group
 * chooses the best candidate whose tunnel is up by BFD.  From there on it is a
 * packet to that remote: options, order and MTU are that remote's.  If we are
 * the candidate, it goes on as if it had come from a tunnel.
 *
 *      FLOW_ROUTE    no subnet: TTL, FLOW_REG_GATEWAY; to FLOW_METER
 *      FLOW_FORWARD  does it fit the external network?  to FLOW_GATEWAY
 *      FLOW_GATEWAY  it does not: to FLOW_TOO_BIG
 *                    the gateway's MAC, and the group
 *        bucket      FLOW_REG_NVE; to FLOW_MTU (or FLOW_EXT_OUT here)
 *
 * A group is named by its gateway's id, so an agent that restarts finds the
 * groups that it wants. */

#include <config.h>

#include "agent/flows/gateway-flows.h"

#include "agent/agent.h"
#include "agent/flows/gateway-candidates.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/gateway-lost.h"
#include "agent/flows/gateway-out.h"
#include "agent/flows/gateway-owner.h"
#include "agent/flows/outside-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/return-stage.h"
#include "agent/flows/router.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "lib/virtual-mac.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Between what is in a subnet and "network unreachable" (router.c). */
#define PRI_DEFAULT_ROUTE 45

/* Before what is for a MAC. */
#define PRI_TO_GATEWAY 250

/* In FLOW_GATEWAY: before what is noted there (gateway-lost.c). */
#define PRI_TOO_BIG 400

struct eth_addr
gateway_flows_get_mac(const struct gateway *g)
{
    return virtual_mac("gateway", g->gw->up.name);
}

/* Groups. */

/* Of 24 bits the highest is for balancing, three more say which group. */
#define GROUP_ID_BITS 20

uint32_t
gateway_flows_group_id(unsigned int which, uint32_t n)
{
    return (FLOW_OWNER_GROUP_FIRST | which << GROUP_ID_BITS
            | (n & ((1u << GROUP_ID_BITS) - 1)));
}

static bool
id_is_used(const struct agent *agent, uint32_t id)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->gateways->all) {
        const struct gateway *g = node->data;

        if (g->groups[GATEWAY_GROUP_SOURCE] == id) {
            return true;
        }
    }
    return false;
}

/* Gives 'g' its ids.  Two gateways hardly ever want the same. */
static void
obtain_ids(const struct agent *agent, struct gateway *g)
{
    uint32_t n = g->gw->up.id;

    while (!g->groups[GATEWAY_GROUP_SOURCE]) {
        if (!id_is_used(agent, gateway_flows_group_id(GATEWAY_GROUP_SOURCE,
                                                      n))) {
            for (size_t i = 0; i < GATEWAY_N_GROUPS; i++) {
                g->groups[i] = gateway_flows_group_id(i, n);
            }
        }
        n++;
    }
}

static void
set_source_group(struct agent *agent, struct gateway *g)
{
    const struct m_gateway *gw = g->gw;
    struct group_spec group;

    group_spec_init(&group, OFPGT11_FF);
    for (size_t i = 0; i < gw->n_candidates; i++) {
        gateway_candidates_add(agent, g, &gw->nodes[i], &group);
    }
    ofctrl_set_group(agent->ofctrl, g->groups[GATEWAY_GROUP_SOURCE], &group,
                     &g->flows);
}

/* Flows of sources. */

/* Whether 'g' takes packets of a family: one that it translates, or any. */
static bool
takes_family(const struct gateway *g, bool ipv6)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);

    for (size_t i = 0; i < def->n_snat; i++) {
        if (def->snat[i].sources.is_ipv6 == ipv6) {
            return true;
        }
    }
    return !def->n_snat;
}

static void
add_route_flow(const struct gateway *g, bool ipv6, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    if (!router_has_gateway(g->gw->vpc, ipv6) || !takes_family(g, ipv6)) {
        return;
    }
    pipeline_init_match(&match, g->gw->vpc->vni);
    match_set_dl_dst(&match, (struct eth_addr) GATEWAY_MAC);
    match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
    ofpbuf_init(&actions, 64);
    put_dec_ttl(&actions);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_goto(&actions, FLOW_METER);
    flow_list_add(flows, FLOW_ROUTE, PRI_DEFAULT_ROUTE, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* What is too big for the external network gets its ICMP error here, where it
 * was sent, as what is too big for a tunnel does. */
static void
add_too_big_flow(const struct match *gateway, struct flow_list *flows)
{
    const uint32_t bit = 1u << FLOW_FLAG_TOO_BIG;
    struct match match = *gateway;

    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, bit, bit);
    flow_list_add_goto(flows, FLOW_GATEWAY, PRI_TOO_BIG, &match, FLOW_TOO_BIG);
}

static void
add_source_flows(const struct gateway *g, struct flow_list *flows)
{
    int mtu = external_network_get_mtu(m_extnet_get_def(g->gw->extnet));
    struct ofpbuf actions;
    struct match match;

    if (m_gateway_find_default(g->gw->vpc, NULL) == g->gw) {
        add_route_flow(g, false, flows);
        add_route_flow(g, true, flows);
    }

    pipeline_init_gateway(&match, g->gw->up.id);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_MTU, mtu, 0);
    put_check_larger(&actions, mtu + ETH_HEADER_LEN, FLOW_REG_FLAGS,
                     FLOW_FLAG_TOO_BIG);
    put_goto(&actions, FLOW_GATEWAY);
    flow_list_add(flows, FLOW_FORWARD, PRI_TO_GATEWAY, &match, &actions);
    add_too_big_flow(&match, flows);

    ofpbuf_clear(&actions);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, gateway_flows_get_mac(g));
    put_group(&actions, g->groups[GATEWAY_GROUP_SOURCE]);
    flow_list_add(flows, FLOW_GATEWAY, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* All of one gateway. */

static void
gateway_flows_make(struct agent *agent, struct gateway *g)
{
    struct flow_list flows, drops, lost;
    bool here = g->gw->self && !g->problem;
    bool recovers = !g->problem && gateway_lost_is_wanted(g);
    uint32_t owner;

    flow_list_init(&flows);
    flow_list_init(&drops);
    flow_list_init(&lost);
    obtain_ids(agent, g);
    owner = g->groups[GATEWAY_GROUP_OWNER];
    if (!g->problem) {
        set_source_group(agent, g);
        add_source_flows(g, &flows);
        return_stage_add_gateway(agent, g, &flows);
        outside_stage_add_gateway(g, &flows);
    } else {
        return_stage_forget_gateway(agent, g);
        ofctrl_unset_group(agent->ofctrl, g->groups[GATEWAY_GROUP_SOURCE],
                           &g->flows);
    }
    if (here) {
        gateway_owner_set_group(agent, g, owner);
        gateway_owner_add_flows(agent, g, owner, &flows);
        gateway_owner_set_sender(agent, g, g->groups[GATEWAY_GROUP_SENDER]);
        gateway_out_add_flows(g, &flows, &drops);
        gateway_in_add_flows(agent, g, &flows);
    } else {
        ofctrl_unset_group(agent->ofctrl, owner, &g->flows);
        ofctrl_unset_group(agent->ofctrl, g->groups[GATEWAY_GROUP_SENDER],
                           &g->flows);
    }
    if (recovers) {
        gateway_lost_add_source(g, g->groups[GATEWAY_GROUP_SOURCE], &lost);
    }
    if (recovers && here) {
        gateway_lost_set_group(agent, g, g->groups[GATEWAY_GROUP_LOST]);
        gateway_lost_add_candidate(agent, g, g->groups[GATEWAY_GROUP_LOST],
                                   &lost);
    } else {
        ofctrl_unset_group(agent->ofctrl, g->groups[GATEWAY_GROUP_LOST],
                           &g->flows);
    }
    ofctrl_replace(agent->ofctrl, &g->flows, &flows);
    ofctrl_replace(agent->ofctrl, &g->drops, &drops);
    ofctrl_replace(agent->ofctrl, &g->lost, &lost);
    flow_list_destroy(&lost);
    flow_list_destroy(&drops);
    flow_list_destroy(&flows);
}

/* Those that planning has touched have not 'flows_dirty': what they send by is
 * another one. */
void
gateway_flows_run(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    const struct hmapx_node *changed;
    struct shash_node *node;
    bool recovers = false;

    HMAPX_FOR_EACH (changed, &agent->model->changed_gateways) {
        const struct m_gateway *gw = changed->data;
        struct gateway *g = gateways_find(agent, gw->up.name);

        if (g) {
            g->flows_dirty = false;
            gateway_flows_make(agent, g);
        }
    }
    if (!gs->flows_dirty) {
        return;
    }
    gs->flows_dirty = false;
    gs->plans_dirty = true;
    SHASH_FOR_EACH (node, &gs->all) {
        struct gateway *g = node->data;

        recovers |= g->gw->self && gateway_lost_is_wanted(g);
        if (g->flows_dirty) {
            g->flows_dirty = false;
            gateway_flows_make(agent, g);
        }
    }
    gateway_lost_set_meter(agent, recovers);
}
